// Package notification is the notification server (NS): it signs clients in,
// keeps their lists, shows them each other's presence, rings them for
// conversations and refers them to where they belong.
//
// A session is owned by its connection's goroutine and touched by no other:
// who wants something of it gives it an order, which runs there after
// everything that the client had already asked. Lines about others come by
// package presence straight into the connection's queue.
//
// There is a file for each family of commands; verbs.go lists them all. What
// differs between versions is in package msnp, and nowhere here.
package notification
