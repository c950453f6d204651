// Package presence knows who is signed in on this node and what others are
// shown of them. The notification server tells it of sign-ins, status changes
// and edits of the lists; it works out who has to hear of it, by the rules of
// package roster, and puts the lines into their connections' queues.
//
// Who may see somebody is decided where that account is at home. A hub tells
// the hubs of other nodes over the [Bus]: a change goes to each node once, with
// all who are to hear of it there; the states of contacts are asked of their
// nodes when a client comes; changes of the lists of others are done at their
// homes, and tried again until they are. What is told has numbers, so that
// nothing that comes late takes the place of what came after it.
//
// What somebody is shown as is a status, a name, what their client can do and a
// picture, which are told together, and what is personal, which is told by itself:
// it changes with every song, and clients of the first ten years know nothing of it.
// The two have numbers of their own. Whoever is told gets what their version has, in
// its form, which is made once for all of them.
//
// A principal outlives its connection while it is being moved, here or to
// another node: it stays shown as it was, and is told of to nobody, until its
// client has signed in again or the grace is over.
//
// The package holds its locks only while it changes its own memory and appends
// to bounded queues. It writes to no socket and no bus under them, and asks the
// database for nothing but the lists of those who are carried here.
package presence
