//go:build race

package switchboard

// racing: pools forget things at random under the race detector.
const racing = true
