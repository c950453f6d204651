//go:build race

package msnp

import "testing"

// skipIfRace passes over a test of allocations: the race detector makes some.
func skipIfRace(t *testing.T) {
	t.Helper()
	t.Skip("the race detector allocates")
}
