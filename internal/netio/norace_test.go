//go:build !race

package netio

// raceEnabled is explained where it is true.
const raceEnabled = false
