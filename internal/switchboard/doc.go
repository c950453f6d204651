// Package switchboard is the switchboard (SB): it lets clients into the
// conversations that a notification server has sent them to, has others invited,
// and passes on what they say to each other, octet for octet.
//
// A member is one connection, owned by its goroutine; a session is what members
// have in common. Lines about others are put straight into a member's queue by
// the goroutine of whoever caused them, and nobody waits for anybody's socket.
//
// It keeps no accounts and no lists. Who is coming is in the cookie or the
// grant; what they are called, what their client can do and whether they may be rung
// is for their notification server to say, over package cluster.
package switchboard
