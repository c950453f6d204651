package crowd

import (
	"testing"

	"github.com/papilio-im/papilio/internal/faults/check"
	"github.com/papilio-im/papilio/msnp"
	"github.com/papilio-im/papilio/msnp/client"
)

// Everybody has all that their version knows, and those who need one get a ticket from
// one of the nodes.
func TestLooks(t *testing.T) {
	o := testOptions()
	o.Web = []string{"web1.test:8080", "web2.test:8080"}
	ways := make(map[bool]int)
	for _, p := range New(o).people {
		if got := p.look.capabilities != 0; got != p.version.Has(msnp.FeatureCapabilities) {
			t.Errorf("%s has capabilities: %t", p.version, got)
		}
		if got := len(p.look.picture) > 0; got != p.version.Has(msnp.FeatureObjects) {
			t.Errorf("%s has a picture: %t", p.version, got)
		}
		if got := p.look.personal != (msnp.Personal{}); got != p.version.Has(msnp.FeaturePersonalMessages) {
			t.Errorf("%s has a personal message: %t", p.version, got)
		}
		where := p.passport()
		if got := where.Nexus != ""; got != p.version.SignsInBy(msnp.MethodTWN) {
			t.Errorf("%s goes to %q", p.version, where.Nexus)
		}
		if p.version == msnp.MSNP12 {
			for range 20 {
				ways[p.passport().RST != ""]++
			}
		}
	}
	if ways[true] == 0 || ways[false] == 0 {
		t.Errorf("the newest get their tickets by RST: %v", ways)
	}
}

// While nodes are drained nobody may seem to lose what they show, though they may
// change it. Whoever is on the move hears of it late.
func TestFlickerInTheCalm(t *testing.T) {
	shown := client.Presence{Handle: "x", Status: msnp.StatusOnline, Name: "X", Capabilities: 16, Object: "o"}
	personal := client.PersonalChanged{Handle: "x", Personal: msnp.Personal{Message: "m"}}
	bare, plain := shown, shown
	bare.Object, plain.Capabilities = "", 0
	for name, test := range map[string]struct {
		then   client.Event
		broken int
	}{
		"the same":                  {shown, 0},
		"another status":            {client.Presence{Handle: "x", Status: msnp.StatusBusy, Name: "X", Capabilities: 16, Object: "p"}, 0},
		"no picture":                {bare, 1},
		"no capabilities":           {plain, 1},
		"gone":                      {client.Presence{Handle: "x", Status: msnp.StatusOffline}, 1},
		"another personal message":  {client.PersonalChanged{Handle: "x", Personal: msnp.Personal{Message: "n"}}, 0},
		"no personal message":       {client.PersonalChanged{Handle: "x"}, 1},
		"somebody else without one": {client.PersonalChanged{Handle: "y"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			c := New(testOptions())
			s := newSession(c.people[11])
			s.filter(shown)
			s.filter(personal)
			c.Calm(true)
			s.filter(test.then)
			if _, broken := c.ledger.Violations(); broken != test.broken {
				t.Errorf("%d promises are broken, want %d", broken, test.broken)
			}
		})
	}
}

// A status that nobody has set is a flicker, too.
func TestStatusInTheCalm(t *testing.T) {
	c := New(testOptions())
	subject := c.people[3]
	subject.shown = []msnp.Status{msnp.StatusBusy}
	s := newSession(c.people[11])
	see := func(status msnp.Status) (broken int) {
		s.filter(client.Presence{Handle: subject.handle, Status: status, Name: "X"})
		_, broken = c.ledger.Violations()
		return broken
	}
	see(msnp.StatusLunch) // before
	c.calm.Store(true)
	subject.willShow(msnp.StatusPhone)
	for _, status := range []msnp.Status{msnp.StatusBusy, msnp.StatusPhone, msnp.StatusBusy} {
		if broken := see(status); broken != 0 {
			t.Errorf("%s is no status of theirs", status)
		}
	}
	if broken := see(msnp.StatusOnline); broken != 1 {
		t.Errorf("seen online, and %d promises are broken", broken)
	}
	c.Calm(true) // not signed in: nothing is known
	if broken := see(msnp.StatusAway); broken != 1 {
		t.Errorf("%d promises are broken", broken)
	}
}

// What is drawn for somebody whose groups have names can be made, too.
func TestChoicesWithNamedGroups(t *testing.T) {
	p := New(testOptions()).people[10]
	account := check.NewAccount(check.Roster{Contacts: map[string]check.Contact{}, Groups: map[int]string{}, Named: true})
	verbs := make(map[check.Verb]int)
	for range 2000 {
		now, _ := account.Possible()
		for _, e := range p.choose(now) {
			verbs[e.Verb]++
			account.Open(e)
			if all := account.All(); len(all) > 1 { // it was possible
				account = check.NewAccount(all[len(all)-1])
			}
		}
	}
	for verb := check.Add; verb <= check.RemoveGroup; verb++ {
		if verbs[verb] == 0 {
			t.Errorf("verb %d was never chosen: %v", verb, verbs)
		}
	}
}
