// Package netio moves bytes between sockets and the sessions of a server:
// accept loops, reading without a buffer while idle, bounded outgoing queues,
// deadlines, and an orderly end of a connection.
//
// The fronts (dispatch, notification, switchboard) call it. A front wraps each
// accepted connection in a [Conn] and gives its [Conn.Run] a [Handler], whose
// methods are called one at a time. Every other goroutine may queue, flush, wake
// and close a Conn, and never waits for its peer: a peer that does not read what
// it is sent is cut off at the bound of its queue.
//
// An idle connection costs one parked goroutine with a small stack and a small
// struct. A buffer is borrowed from a pool when there is something to read and
// given back when all of it has been consumed; so is the stack on which a
// handler runs. What is to be sent lies in pooled [Frame]s, shared between all
// connections that it goes to.
//
// The package knows no protocol: it sees no lines, writes no logs and keeps no
// counters of its own, but reports to the callbacks in [Options] and
// [AcceptorOptions].
package netio
