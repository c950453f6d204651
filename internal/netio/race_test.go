//go:build race

package netio

// raceEnabled says that pools lose things at random, so that allocations cannot
// be counted.
const raceEnabled = true
