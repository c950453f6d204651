// Package postgrestest gives tests a real PostgreSQL: a server of their own in
// a temporary folder, on a free port of the loopback address, that is gone with
// them. The tests of the store and of what stands on it use it, and the program
// that breaks things on purpose.
//
// The server never runs as root, which it refuses: tests that do, as in a
// container, start it as the user postgres or nobody.
//
// Where no PostgreSQL is installed tests are skipped, except under CI, where
// they fail: nothing is tested that does not run.
package postgrestest
