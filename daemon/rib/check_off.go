//go:build !ribcheck

package rib

// checked is set by the build tag ribcheck: every use of a freed object panics, freed attribute bytes are overwritten, and
// reference counts may not go wrong. The tests are run with it as well.
const checked = false
