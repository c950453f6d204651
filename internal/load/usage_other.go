//go:build !unix

package load

// Elsewhere the system is not asked.
func processorTime() float64 { return 0 }
func residentMemory() int64  { return 0 }
