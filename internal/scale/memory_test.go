package main

import (
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/papilio-im/papilio/internal/roster"
)

// BenchmarkContactMemory tells what a contact costs who is known to nobody
// else on the node. On one of many nodes nearly all are such.
func BenchmarkContactMemory(b *testing.B) {
	const people, contacts = 10_000, 50
	chance := rand.New(rand.NewPCG(1, 2))
	entries := make([]roster.Entry, contacts)
	keep := make([]roster.Privacy, people)
	var heap uint64
	for b.Loop() {
		clear(keep)
		before := live()
		for i := range keep {
			for j := range entries {
				entries[j] = roster.Entry{Handle: handle(chance.IntN(1_000_000_000)), Lists: roster.Forward | roster.Allow | roster.Reverse}
			}
			keep[i] = roster.NewPrivacy(false, entries...)
		}
		heap = live() - before
	}
	runtime.KeepAlive(keep)
	b.ReportMetric(float64(heap)/(people*contacts), "octets/contact")
}

// live is the size of the heap when all garbage is gone: interned strings go
// a collection later than what they were in.
func live() uint64 {
	var m runtime.MemStats
	for range 5 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
