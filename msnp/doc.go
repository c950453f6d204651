// Package msnp is the Mobile Status Notification Protocol of MSN Messenger,
// in every version from 1.0 Beta 2 (1999) to Windows Live Messenger 2012
// (MSNP21): versions, commands, lines, escaping, error codes and the typed
// forms of what is said.
//
// It does no input or output of its own and keeps no state, so servers,
// clients and tools can all be built on it. Two things know about versions:
// the command table (see [Commands]) tells when a command exists, and the
// Append method of each typed reply tells how it is written; nothing else has
// to compare version numbers.
//
// A line is read with [Line.Parse], which neither copies nor allocates: its
// arguments are slices of the buffer that was read.
package msnp
