package roster

import "iter"

// allows is the rule that all others rest on: a handle that is on the given
// lists of somebody may know about them and call them.
func allows(lists Lists, blockUnlisted bool) bool {
	if lists&Block != 0 {
		return false
	}
	return lists&Allow != 0 || !blockUnlisted
}

// CanSee reports whether watcher is to be told of subject's status, provided
// that subject shows one.
func CanSee(subject *Privacy, watcher string) bool {
	l := subject.Lookup(watcher)
	return l&Reverse != 0 && allows(l, subject.BlockUnlisted)
}

// CanCall reports whether caller may open a conversation with subject.
func CanCall(subject *Privacy, caller string) bool {
	return allows(subject.Lookup(caller), subject.BlockUnlisted)
}

// Watchers gives everybody who can see the owner of p, see [CanSee].
func (p *Privacy) Watchers() iter.Seq[string] {
	return func(yield func(string) bool) {
		for e := range p.All(Reverse) {
			if allows(e.Lists, p.BlockUnlisted) && !yield(e.Handle) {
				return
			}
		}
	}
}

// Unlisted gives those who have the owner on their forward list and are on
// neither AL nor BL: they are the ones for whom a change of BlockUnlisted
// turns the owner on or off.
func (p *Privacy) Unlisted() iter.Seq[string] {
	return func(yield func(string) bool) {
		for e := range p.All(Reverse) {
			if e.Lists&(Allow|Block) == 0 && !yield(e.Handle) {
				return
			}
		}
	}
}
