//go:build race

package daemon

// raceDetector makes pools of memory forgetful.
const raceDetector = true
