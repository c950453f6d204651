// Package check holds the promises of the service that the program of faults
// tests, each as a model that is told what clients did and saw, and says when that
// cannot be true of a service that keeps its word. The models know no sockets and
// no clock, so their own tests can give them histories in which the service lies.
//
//   - [Account]: what somebody's lists may be, after changes that were
//     acknowledged, refused, or left open.
//   - [Talks]: what was said in conversations, acknowledged and heard.
//   - [Sight]: how people are shown to each other.
//   - [Answers]: which connections of one account answer at the same time.
//
// A [Ledger] counts what was checked, and keeps what was found, by fault.
package check
