//go:build !race

package server_test

// lease is that of nodes in tests: short enough to wait for its end, and long
// enough for a machine that is busy with others.
const lease = "5s"

const raceDetector = false
