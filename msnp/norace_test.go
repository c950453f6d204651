//go:build !race

package msnp

import "testing"

// skipIfRace does nothing without the race detector.
func skipIfRace(*testing.T) {}
