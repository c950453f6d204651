// Package gateway is the HTTP gateway: it lets clients that cannot reach the
// other servers speak to them in the bodies of POST requests.
//
// A session of the gateway is one connection of one client to a notification
// server or a switchboard. It lives on the node that has opened it, as one end of
// a stream of package cluster whose other end is the server's; to that the client
// is like any other. What the server says waits in the stream until the client
// asks: a session has no goroutine, and no buffer while nothing waits. Its id tells
// every node which one has it, so a request may come in anywhere and is answered
// by that node, over the bus.
//
// One request at a time is dealt with for a session, and what it is answered with is
// forgotten only when it has been written. The gateway connects to servers of
// this cluster and never to an address that a client names. Two things that
// servers say it does not pass on as they are: a referral to another notification
// server it follows itself, and where switchboards cannot be reached directly it
// puts its own host in place of theirs.
package gateway
