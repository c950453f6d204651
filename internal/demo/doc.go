// Package demo plays a short piece on a service of its own: six clients of
// six eras are referred, sign in, see each other, talk, are moved under way
// and leave. Everything that goes over the wire is printed.
//
// The command line calls it. The service and the clients are the real ones and
// meet over loopback; only the data is in memory. What should happen and does
// not is an error. It never uses a fixed port, never touches anybody's data,
// and leaves nothing behind.
package demo
