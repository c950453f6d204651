//go:build race

package endtoend

// race says that the race detector is on.
const race = true
