// Package notification is the notification server (NS): it signs clients in,
// keeps their lists, shows them each other's presence, rings them for
// conversations and refers them to where they belong.
//
// A session is owned by its connection's goroutine and touched by no other:
// who wants something of it gives it an order, which runs there after
// everything that the client had already asked. Lines about others come by
// package presence straight into the connection's queue.
//
// A server holds the shards that its node owns (holder.go). When one goes to
// another node, each principal in it is carried there before its client is
// referred (move.go); whoever signs in meanwhile is sent to where the account is
// at home (home.go), and so is every message about it (forward.go). When the node
// may not serve its accounts any more, nothing is written to their clients.
//
// Only so many sign-ins are under way at a time (admission.go), fewer where they are
// slow (bound.go), so that a throng that comes from a lost node does not keep this
// one from what it owes to the clients and nodes that it has.
//
// A client up to MSNP7 proves a password here (signin.go), a later one shows a ticket
// that the web sign-in gave it; its challenge is held back a little (ticket.go).
//
// There is a file for each family of commands; verbs.go lists them all. What
// differs between versions is in package msnp, and nowhere here.
package notification
