package roster

import (
	"errors"
	"strings"
	"testing"
)

func TestAddForward(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		got := mustAdd(t, s, ada, AddRequest{List: Forward, Handle: "BEA@example.net", Name: "Bea Q"})
		diff(t, "change", got, Change{
			Version: 2, Handle: bea, New: true, Peer: 2,
		})
		diff(t, "ada's", lists(t, s, ada), map[string]string{bea: "FL"})
		diff(t, "bea's", lists(t, s, bea), map[string]string{ada: "RL,PL"})
		diff(t, "stored name", mustLoad(t, s, ada).Contacts[0].Name, "Bea Q")
		diff(t, "name on the reverse list", mustLoad(t, s, bea).Contacts[0].Name, nameOf(ada))
		_, err := s.Add(t.Context(), "nobody@example.net", AddRequest{List: Forward, Handle: bea})
		if !errors.Is(err, ErrNoAccount) {
			t.Errorf("owner without account: %v", err)
		}
	})
}

func TestAnswerEndsPending(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		for i, list := range []Lists{Allow, Block} {
			owner := []string{bea, carl}[i]
			mustAdd(t, s, ada, AddRequest{List: Forward, Handle: owner})
			mustAdd(t, s, owner, AddRequest{List: list, Handle: ada})
			diff(t, "after the answer", lists(t, s, owner), map[string]string{ada: list.String() + ",RL"})
		}
		// Who has decided before is not asked.
		mustAdd(t, s, dora, AddRequest{List: Allow, Handle: ada})
		mustAdd(t, s, ada, AddRequest{List: Forward, Handle: dora})
		diff(t, "decided before", lists(t, s, dora), map[string]string{ada: "AL,RL"})
		// Adding back is no decision.
		mustAdd(t, s, ada, AddRequest{List: Block, Handle: dora})
		mustRemove(t, s, ada, RemoveRequest{List: Block, Handle: dora, Group: NoGroup})
		mustAdd(t, s, dora, AddRequest{List: Forward, Handle: ada})
		diff(t, "mutual", lists(t, s, ada)[dora], "FL,RL,PL")
	})
}

func TestRemoveForward(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		mustAdd(t, s, ada, AddRequest{List: Forward, Handle: bea, Name: "Bea"})
		mustAdd(t, s, ada, AddRequest{List: Allow, Handle: bea})
		got := mustRemove(t, s, ada, RemoveRequest{List: Forward, Handle: "Bea@Example.net", Group: NoGroup})
		diff(t, "change", got, Change{
			Version: 4, Handle: bea, Gone: true, Peer: 3,
		})
		diff(t, "ada's", lists(t, s, ada), map[string]string{bea: "AL"})
		diff(t, "bea's", lists(t, s, bea), map[string]string{})
		guid := mustLoad(t, s, ada).Contacts[0].GUID
		mustAdd(t, s, ada, AddRequest{List: Forward, Handle: bea, Name: "Bea again"})
		c := mustLoad(t, s, ada).Contacts[0]
		if c.GUID != guid || c.Name != "Bea again" {
			t.Errorf("on the forward list again: %+v", c)
		}
		got = mustRemove(t, s, ada, RemoveRequest{List: Allow, Handle: bea, Group: NoGroup})
		diff(t, "allow", got, Change{Version: 6, Handle: bea})
	})
}

// Whoever is allowed and watches may be told the phones, which counts as a
// change of the watcher's lists.
func TestAllowReveals(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		got := mustAdd(t, s, ada, AddRequest{List: Allow, Handle: bea})
		diff(t, "not watched", got.Revealed, uint32(0))
		mustRemove(t, s, ada, RemoveRequest{List: Allow, Handle: bea, Group: NoGroup})
		mustAdd(t, s, bea, AddRequest{List: Forward, Handle: ada})
		before := version(t, s, bea)
		got = mustAdd(t, s, ada, AddRequest{List: Allow, Handle: bea})
		diff(t, "watched", got.Revealed, before+1)
		diff(t, "peer", got.Peer, uint32(0))
		diff(t, "bea's version", version(t, s, bea), before+1)
	})
}

// People do add themselves. Both sides of the change are theirs.
func TestAddSelf(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		got := mustAdd(t, s, ada, AddRequest{List: Forward, Handle: ada})
		diff(t, "change", got, Change{
			Version: 2, Handle: ada, New: true, Peer: 3,
		})
		diff(t, "lists", lists(t, s, ada), map[string]string{ada: "FL,RL,PL"})
		got = mustRemove(t, s, ada, RemoveRequest{List: Forward, Handle: ada, Group: NoGroup})
		diff(t, "versions", []uint32{got.Version, got.Peer}, []uint32{4, 5})
		diff(t, "lists", lists(t, s, ada), map[string]string{})
	})
}

func TestAddErrors(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		s.limits = Limits{Forward: 1, Allow: 2, Block: 1, Groups: 3}
		mustAdd(t, s, ada, AddRequest{List: Forward, Handle: bea})
		mustAdd(t, s, ada, AddRequest{List: Allow, Handle: bea})
		mustAdd(t, s, ada, AddRequest{List: Block, Handle: carl})
		before := version(t, s, ada)
		long := strings.Repeat("é", 65) // 390 octets once encoded
		for _, c := range []struct {
			what string
			r    AddRequest
			want string
		}{
			{"reverse list", AddRequest{List: Reverse, Handle: bea}, "close"},
			{"pending list", AddRequest{List: Pending, Handle: bea}, "close"},
			{"two lists", AddRequest{List: Allow | Block, Handle: bea}, "close"},
			{"no list", AddRequest{Handle: bea}, "close"},
			{"long name before bad handle", AddRequest{List: Allow, Handle: "x", Name: long}, "close"},
			{"group no client has", AddRequest{List: Forward, Handle: "x", Group: 30, Grouped: true}, "close"},
			{"bad handle", AddRequest{List: Allow, Handle: "a@b"}, "201"},
			{"name with NUL", AddRequest{List: Allow, Handle: bea, Name: "\x00"}, "201"},
			{"unknown before group", AddRequest{List: Forward, Handle: "no@example.net", Group: 7, Grouped: true}, "205"},
			{"group before full", AddRequest{List: Forward, Handle: dora, Group: 7, Grouped: true}, "224"},
			{"full", AddRequest{List: Forward, Handle: dora, Grouped: true}, "210"},
			{"full before there", AddRequest{List: Forward, Handle: bea}, "210"},
			{"there, in the group", AddRequest{List: Forward, Handle: bea, Grouped: true, Group: NoGroup}, "215"},
			{"there", AddRequest{List: Allow, Handle: bea}, "215"},
			{"blocked", AddRequest{List: Allow, Handle: carl}, "219"},
			{"full before opposite", AddRequest{List: Block, Handle: bea}, "210"},
		} {
			_, err := s.Add(t.Context(), ada, c.r)
			wantCode(t, c.what, err, c.want)
		}
		s.limits.Block = 9
		_, err := s.Add(t.Context(), ada, AddRequest{List: Block, Handle: bea})
		wantCode(t, "allowed", err, "219")
		diff(t, "version after refusals", version(t, s, ada), before)
		diff(t, "lists after refusals", lists(t, s, ada), map[string]string{bea: "FL,AL", carl: "BL"})
	})
}

func TestRemoveErrors(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		mustAdd(t, s, ada, AddRequest{List: Forward, Handle: bea})
		if _, _, err := s.AddGroup(t.Context(), ada, "Work"); err != nil {
			t.Fatal(err)
		}
		before := version(t, s, ada)
		for _, c := range []struct {
			what string
			r    RemoveRequest
			want string
		}{
			{"reverse list", RemoveRequest{List: Reverse, Handle: bea, Group: NoGroup}, "close"},
			{"pending list, where nobody is", RemoveRequest{List: Pending, Handle: bea, Group: NoGroup}, "216"},
			{"nobody's GUID", RemoveRequest{List: Forward, Contact: nobodysGUID, GroupID: nobodysGUID, Group: NoGroup}, "216"},
			{"group no client has", RemoveRequest{List: Forward, Handle: bea, Group: 30}, "close"},
			{"not on the list", RemoveRequest{List: Allow, Handle: bea, Group: NoGroup}, "216"},
			{"unknown", RemoveRequest{List: Forward, Handle: "no@example.net", Group: NoGroup}, "216"},
			{"no handle", RemoveRequest{List: Forward, Handle: "%", Group: NoGroup}, "216"},
			{"not on the list before group", RemoveRequest{List: Forward, Handle: carl, Group: 7}, "216"},
			{"no such group", RemoveRequest{List: Forward, Handle: bea, Group: 7}, "224"},
			{"not in the group", RemoveRequest{List: Forward, Handle: bea, Group: 1}, "225"},
		} {
			_, err := s.Remove(t.Context(), ada, c.r)
			wantCode(t, c.what, err, c.want)
		}
		diff(t, "version after refusals", version(t, s, ada), before)
		diff(t, "lists after refusals", lists(t, s, ada), map[string]string{bea: "FL"})
	})
}

func TestLimits(t *testing.T) {
	db := openURL(t, "sqlite://:memory:")
	for _, l := range []Limits{{Forward: 1}, {1, 1, 1, 31}, {1, 1, 1, 0}, {-1, 1, 1, 1}} {
		if _, err := New(Options{DB: db, Limits: l}); err == nil {
			t.Errorf("%+v accepted", l)
		}
	}
	if _, err := New(Options{}); err == nil {
		t.Error("no database accepted")
	}
	diff(t, "defaults", newService(t, db).limits, Limits{Forward: 600, Allow: 1500, Block: 1200, Groups: 30})
}
