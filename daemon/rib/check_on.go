//go:build ribcheck

package rib

const checked = true
