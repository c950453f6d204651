// Package dispatch is the dispatch server (DS), the first that clients of every
// version come to: it agrees on a version, lets them say who they are, and
// refers them to the notification server of their account.
//
// It knows no accounts and reads no passwords, so its answer is the same
// whether or not there is such an account. Where an account belongs is for
// package referral to say; if the node that served it has died, the client waits
// until another has taken its place. After the referral it says nothing more and
// waits for the client to leave.
package dispatch
