package presence

import "github.com/papilio-im/papilio/internal/roster"

// watchedBy notes that a watcher asks for the principal when it comes, and so has it
// on its forward list. That it has put it there may be on its way yet, on a node that
// was cut off from the others, or was lost with one that has died; and nobody is
// shown anything who is not on the reverse list. number says from when the watcher's
// lists are: an edit that is later than that counts. It is 0 if they are not known to
// be those of the database. The lock is held.
func (p *Principal) watchedBy(watcher string, number uint64) {
	if number == 0 || p.lists.Lookup(watcher).Has(roster.Reverse) {
		return
	}
	if p.hub.latest(p.Handle, watcher, number) {
		p.reverse(watcher, true)
	}
}
