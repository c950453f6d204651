package crowd

import (
	"context"
	"fmt"
	"slices"

	"github.com/papilio-im/papilio/internal/faults/check"
	"github.com/papilio-im/papilio/msnp"
	"github.com/papilio-im/papilio/msnp/client"
)

// act lets the person do one thing.
func (s *session) act(ctx context.Context) {
	switch n := s.p.rand.IntN(100); {
	case n < 20:
		s.changeStatus(ctx)
	case n < 24:
		s.changeName(ctx)
	case n < 30:
		s.changeLook(ctx)
	case n < 60:
		s.edit(ctx)
	case n < 96:
		s.beginTalk(ctx)
	default:
		if !s.p.crowd.calm.Load() {
			s.leave(ctx)
		}
	}
}

var statuses = []msnp.Status{
	msnp.StatusOnline, msnp.StatusBusy, msnp.StatusIdle, msnp.StatusBack, msnp.StatusAway, msnp.StatusPhone, msnp.StatusLunch,
}

func (s *session) changeStatus(ctx context.Context) {
	status := statuses[s.p.rand.IntN(len(statuses))]
	if s.p.rand.IntN(10) == 0 && !s.p.crowd.calm.Load() {
		status = msnp.StatusHidden
	}
	moves := s.referred.Load()
	s.p.willShow(status)
	err := s.ask(ctx, func(ctx context.Context) error { return s.c.SetStatus(ctx, status) })
	s.p.history.add("", "%s %s", status, outcome(err))
	switch {
	case err != nil:
		s.p.crowd.ledger.Add("statuses not set", 1)
	case s.c.Status() != status && s.referred.Load() == moves:
		s.p.crowd.ledger.Add("statuses not as asked", 1)
	}
	s.p.status = s.c.Status()
}

func (s *session) changeName(ctx context.Context) {
	name := fmt.Sprintf("Name %d of %d", s.p.rand.IntN(1000), s.p.number)
	s.p.orName.Store(&name)
	err := s.ask(ctx, func(ctx context.Context) error { return s.c.RenameSelf(ctx, name) })
	if err != nil {
		s.p.crowd.ledger.Add("names left open", 1)
		s.drop() // what the name is now will be told at the next sign-in
		return
	}
	s.p.orName.Store(nil)
}

// beginTalk calls somebody whom the client shows as being there. One in six
// conversations is of three.
func (s *session) beginTalk(ctx context.Context) {
	var there []string
	for _, contact := range s.c.Roster().Contacts {
		if contact.Lists.Has(client.OnForward) && contact.Status.Open() {
			there = append(there, contact.Handle)
		}
	}
	seed := s.p.rand.Uint64()
	s.p.rand.Shuffle(len(there), func(i, j int) { there[i], there[j] = there[j], there[i] })
	n := 1
	if s.p.rand.IntN(6) == 0 {
		n = 2
	}
	if len(there) < n || s.busy() || !s.c.Status().Open() {
		return
	}
	s.spawn(func() { s.talk(ctx, seed, there[:n]) })
}

// maxParts is in how many conversations somebody is at a time before they begin
// no new one.
const maxParts = 4

func (s *session) busy() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.parts) >= maxParts
}

// edit changes the lists.
func (s *session) edit(ctx context.Context) {
	lists := s.p.lists.Load()
	now, n := lists.Possible()
	if n > 8 { // so much is open that a look is needed
		if !s.p.crowd.calm.Load() {
			s.leave(ctx)
		}
		return
	}
	for _, e := range s.p.choose(now) {
		if !s.do(ctx, lists, e) {
			return
		}
	}
}

// do makes one edit, and tells the model what came of it. It reports whether the
// service has answered.
func (s *session) do(ctx context.Context, lists *check.Account, e check.Edit) bool {
	moves, group := s.referred.Load(), 0
	err := s.ask(ctx, func(ctx context.Context) (err error) {
		group, err = s.request(ctx, e)
		return err
	})
	s.p.history.add(e.Handle, "%s %s", e, outcome(err))
	again := s.referred.Load() != moves
	ledger, late, wrong := s.p.crowd.ledger, false, ""
	switch code := client.Code(err); {
	case err == nil:
		ledger.Add("edits acknowledged", 1)
		late, wrong = lists.Acknowledged(e, group, again)
	case slices.Contains(refusals, code):
		late, wrong = lists.Refused(e, code, again)
	default:
		ledger.Add("edits left open", 1)
		lists.Open(e)
		return false
	}
	switch {
	case wrong != "":
		ledger.Broken(check.Lists, "%s: %s", s.p.handle, wrong)
	case late:
		ledger.Add("edits done late", 1)
	default:
		ledger.Kept(check.Lists, 1)
	}
	return true
}

// refusals are the answers that say for certain that nothing was changed, and why.
var refusals = []msnp.Code{
	msnp.CodeAlreadyThere, msnp.CodeNotOnList, msnp.CodeOppositeList, msnp.CodeNoSuchGroup, msnp.CodeNotInGroup,
	msnp.CodeGroupExists, msnp.CodeTooManyGroups, msnp.CodeGroupZero,
}

// request makes the client ask for an edit.
func (s *session) request(ctx context.Context, e check.Edit) (group int, err error) {
	switch e.Verb {
	case check.Add:
		return 0, s.c.Add(ctx, e.List, e.Handle, e.Name, s.group(e.Group))
	case check.Remove:
		return 0, s.c.Remove(ctx, e.List, e.Handle, s.group(e.Group))
	case check.Rename:
		return 0, s.c.Rename(ctx, e.Handle, e.Name)
	case check.AddGroup:
		group, err = s.c.AddGroup(ctx, e.Name)
		if s.p.version.Has(msnp.FeatureGUIDs) {
			group = check.GroupNumber(e.Name) // the client's own says nothing
		}
		return group, err
	case check.RenameGroup:
		return 0, s.c.RenameGroup(ctx, s.group(e.Group), e.Name)
	default:
		return 0, s.c.RemoveGroup(ctx, s.group(e.Group))
	}
}

// unknownGroup is the number of no group of a client.
const unknownGroup = 1 << 20

// group gives the number that the client has for a group.
func (s *session) group(number int) int {
	if !s.p.version.Has(msnp.FeatureGUIDs) || number == msnp.NoGroup {
		return number
	}
	for _, g := range s.c.Roster().Groups {
		if check.GroupNumber(g.Name) == number {
			return g.ID
		}
	}
	return unknownGroup
}
