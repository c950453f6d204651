//go:build race

package main

// The race detector has nothing to find in a program with one goroutine, and
// makes millions of accounts take minutes.
const raceDetector = true
