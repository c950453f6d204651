//go:build race

package server_test

// lease is that of nodes in tests. The race detector makes everything several
// times as slow, and a node that is too slow to renew its lease is fenced.
const lease = "20s"

const raceDetector = true
