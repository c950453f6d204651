package check

import (
	"fmt"

	"github.com/papilio-im/papilio/msnp"
)

// Person is somebody at a moment in which nobody does anything.
type Person struct {
	Handle string
	// Version is what the person's client speaks, which decides what it is told of
	// others.
	Version msnp.Version
	// Here says that the person is signed in, with this status and name, and what
	// else the person's client has said: nothing that its version does not know.
	Here   bool
	Status msnp.Status
	Name   string
	Look   Look
	// OrName is another name that the person may have, because the outcome of a
	// change was not told; "" if there is none.
	OrName string
	// Shows tells whether the person's lists let somebody see them. known is false
	// where that is not certain, because the outcome of a change was not told.
	Shows func(to string) (yes, known bool)
	// Sees is what the person's client shows, by handle, of those on the forward
	// list. It is nil for those who are not here.
	Sees map[string]Seen
}

// Seen is how somebody is shown.
type Seen struct {
	Status msnp.Status // msnp.StatusOffline for those who are not there
	Name   string      // "" for those
	Look   Look
}

// Look is what versions from MSNP8 on know of somebody who is there.
type Look struct {
	Capabilities msnp.Capabilities
	Object       string        // the description of the picture (since MSNP9)
	Personal     msnp.Personal // what stands below the name (since MSNP11)
}

// to is the same for a watcher of some version.
func (l Look) to(v msnp.Version) Look {
	if !v.Has(msnp.FeatureCapabilities) {
		l.Capabilities = 0
	}
	if !v.Has(msnp.FeatureObjects) {
		l.Object = ""
	}
	if !v.Has(msnp.FeaturePersonalMessages) {
		l.Personal = msnp.Personal{}
	}
	return l
}

// Mismatch is somebody who is not shown as they are.
type Mismatch struct {
	Broken                 Invariant // Presence or Looks
	Watcher, Subject, What string
}

// Compared is how many pairs of people were compared, and in how many of them the
// subject was to be shown with more than status and name.
type Compared struct{ Pairs, Looks int }

// Sight compares what everybody sees with what there is. skip, if not nil, leaves
// subjects out. It gives how much was compared, and what is wrong.
func Sight(people []Person, skip func(handle string) bool) (n Compared, wrong []Mismatch) {
	all := make(map[string]*Person, len(people))
	for i := range people {
		all[people[i].Handle] = &people[i]
	}
	for _, watcher := range people {
		for handle, seen := range watcher.Sees {
			subject := all[handle]
			if subject == nil || skip != nil && skip(handle) {
				continue
			}
			want, known := subject.shownTo(&watcher)
			if !known {
				continue
			}
			n.Pairs++
			if want.Look != (Look{}) {
				n.Looks++
			}
			if seen.Name == subject.OrName && want.Status != msnp.StatusOffline && seen.Name != "" {
				want.Name = seen.Name
			}
			if seen != want {
				what := fmt.Sprintf("%s sees %s %s, who is %s%s", watcher.Handle, handle, seen, want, subject.why(want))
				wrong = append(wrong, Mismatch{broken(seen, want), watcher.Handle, handle, what})
			}
		}
	}
	return n, wrong
}

// broken tells which promise is broken by how somebody is shown.
func broken(seen, want Seen) Invariant {
	if seen.Look = want.Look; seen == want {
		return Looks
	}
	return Presence
}

// shownTo is how the person should be shown to somebody.
func (p *Person) shownTo(watcher *Person) (s Seen, known bool) {
	away := Seen{Status: msnp.StatusOffline}
	if !p.Here || !p.Status.Open() {
		return away, true
	}
	yes, known := p.Shows(watcher.Handle)
	if !yes {
		return away, known
	}
	return Seen{Status: p.Status, Name: p.Name, Look: p.Look.to(watcher.Version)}, known
}

// why tells why somebody is to be shown as offline.
func (p *Person) why(want Seen) string {
	switch {
	case want.Status != msnp.StatusOffline:
		return ""
	case !p.Here:
		return " (not signed in)"
	case !p.Status.Open():
		return fmt.Sprintf(" (%q)", p.Status)
	}
	return " (to them)"
}

// String is how somebody is shown, in short.
func (s Seen) String() string {
	if s.Status == msnp.StatusOffline {
		return "offline"
	}
	text := fmt.Sprintf("%s %q", s.Status, s.Name)
	if s.Look == (Look{}) {
		return text
	}
	// Descriptions are long, and differ in what is made of the picture.
	o, _ := msnp.ParseObject(s.Look.Object)
	return fmt.Sprintf("%s (can %d, picture %.8q, %q)", text, s.Look.Capabilities, o.DataHash, s.Look.Personal)
}
