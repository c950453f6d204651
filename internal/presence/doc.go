// Package presence knows who is signed in on this node and what others are
// shown of them. The notification server tells it of sign-ins, status changes
// and edits of the lists; it works out who has to hear of it, by the rules of
// package roster, and puts the lines into their connections' queues.
//
// A principal outlives its connection while it is being moved: it stays shown
// as it was, and is told of to nobody, until its client has signed in again or
// the grace is over.
//
// The package writes to no socket and asks no database: it holds its locks
// only while it changes its own memory and appends to bounded queues.
package presence
