package crowd

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/papilio-im/papilio/internal/faults/check"
	"github.com/papilio-im/papilio/msnp"
	"github.com/papilio-im/papilio/msnp/client"
)

// look is what somebody shows beside status and name, as far as their version knows
// it. Everybody has all of it at all times, so that it means something if a watcher
// sees none.
type look struct {
	capabilities msnp.Capabilities
	picture      []byte
	personal     msnp.Personal
}

// newLook draws what somebody begins with.
func (p *person) newLook() look {
	var l look
	if p.version.Has(msnp.FeatureCapabilities) {
		l.capabilities = msnp.Capabilities(1+p.number%1000) << 12
	}
	if p.version.Has(msnp.FeatureObjects) {
		l.picture = p.picture()
	}
	if p.version.Has(msnp.FeaturePersonalMessages) {
		l.personal = p.personal()
	}
	return l
}

// pictureSize is some pieces, as they are sent.
const pictureSize = 3000

func (p *person) picture() []byte {
	return bytes.Repeat(fmt.Appendf(nil, "%s of %d ", p.word("picture"), p.number), pictureSize/20)
}

func (p *person) personal() msnp.Personal {
	shows := msnp.Personal{Message: p.word("<away> & back") + fmt.Sprintf(" of %d", p.number)}
	if p.rand.IntN(2) == 0 {
		shows.Media = `\0Music\01\0{0}\0` + p.word("Song") + `\0\0`
	}
	return shows
}

// passport says where the person gets a ticket: from any of the nodes, as clients do
// that find them by a name with several addresses. The newest have two ways.
func (p *person) passport() client.Passport {
	if !p.version.SignsInBy(msnp.MethodTWN) {
		return client.Passport{}
	}
	at := "http://" + p.crowd.o.Web[p.rand.IntN(len(p.crowd.o.Web))]
	where := client.Passport{Nexus: at + "/rdr/pprdr.asp", Login: at + "/login2.srf"} // the nexus names https
	if p.version.Has(msnp.FeatureListNetwork) && p.rand.IntN(2) == 0 {
		where.RST = at + "/RST.srf"
	}
	return where
}

// look is what the client has told the service to show.
func (s *session) look() check.Look {
	l := check.Look{Capabilities: s.p.look.capabilities, Object: s.c.Object()}
	if shown := s.personal.Load(); shown != nil {
		l.Personal = *shown
	}
	return l
}

func (s *session) showPersonal(ctx context.Context, shows msnp.Personal) error {
	err := s.c.SetPersonal(ctx, shows)
	if err == nil {
		s.personal.Store(&shows)
	}
	return err
}

// changeLook changes the picture or what stands below the name. If the service does
// not answer, the next sign-in tells it again.
func (s *session) changeLook(ctx context.Context) {
	p := s.p
	change := func(context.Context) error { return nil }
	switch personal := p.version.Has(msnp.FeaturePersonalMessages); {
	case personal && p.rand.IntN(2) == 0:
		p.look.personal = p.personal()
		change = func(ctx context.Context) error { return s.showPersonal(ctx, p.look.personal) }
	case p.version.Has(msnp.FeatureObjects):
		p.look.picture = p.picture()
		change = func(ctx context.Context) error { return s.c.SetPicture(ctx, p.look.picture) }
	}
	err := s.ask(ctx, change)
	p.status = s.c.Status() // a picture goes with it
	if err != nil {
		p.crowd.ledger.Add("looks left open", 1)
		s.drop()
	}
}

// fetchPicture gets the picture of somebody whom a conversation was begun with, as
// clients do. The client compares it with its description.
func (t *part) fetchPicture(ctx context.Context, whom string) {
	contact, _ := t.s.c.Contact(whom)
	o, ok := msnp.ParseObject(contact.Object)
	if !ok || !t.s.p.version.Has(msnp.FeatureObjects) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, t.s.p.crowd.o.Patience)
	defer cancel()
	if _, err := t.conv.FetchObject(ctx, whom, o); err != nil {
		t.s.p.crowd.ledger.Add("pictures not fetched", 1) // there may be another one meanwhile
		return
	}
	t.s.p.crowd.ledger.Add("pictures fetched", 1)
}

// begin begins a calm, in which nobody may see the person with a status that they do
// not set, or ends it.
func (p *person) begin(calm bool) {
	s := p.current()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shown = nil; calm && s != nil {
		p.shown = []msnp.Status{s.c.Status()}
	}
}

// willShow notes a status before it is set.
func (p *person) willShow(status msnp.Status) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shown != nil {
		p.shown = append(p.shown, status)
	}
}

// hasShown reports whether somebody may be seen with a status in the calm.
func (c *Crowd) hasShown(handle string, status msnp.Status) bool {
	p := c.byName[handle]
	if p == nil {
		return true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.shown == nil || slices.Contains(p.shown, status)
}
