// Package front is what the dispatch server, the notification server and the
// switchboard have in common: a loop that reads lines by the command table,
// checks phase, arguments and rate once, runs the handler of the command,
// and writes the wire log and the counters on the way.
//
// The three roles give it their handlers and keep their sessions. The loop knows
// no command by name and never looks into an argument; the greeting that the
// dispatch and the notification server share, VER, INF and CVR, is answered here
// too (negotiate.go).
package front
