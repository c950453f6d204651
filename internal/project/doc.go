// Package project has no code of its own: its tests hold the repository to
// the rules that a compiler does not know. Imports point one way, an outside
// library is known to one package, every package says what it is, no test
// waits by the clock, and links between the pages of the documentation lead
// somewhere.
//
// Nothing imports it.
package project
