package roster

import (
	"fmt"
	"strings"
	"testing"
)

func mustGroup(tb testing.TB, s *Service, owner, name string) int {
	tb.Helper()
	g, _, err := s.AddGroup(tb.Context(), owner, name)
	if err != nil {
		tb.Fatal(err)
	}
	return g.Number
}

func TestGroups(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		ctx := t.Context()
		g, v, err := s.AddGroup(ctx, ada, "Work & Play")
		if err != nil || g.Number != 1 || g.Name != "Work & Play" || len(g.GUID) != 36 || v != 2 {
			t.Errorf("got %+v %d %v", g, v, err)
		}
		mustGroup(t, s, ada, "Two")
		mustGroup(t, s, ada, "Three")
		if got, err := s.RemoveGroup(ctx, ada, GroupKey{Number: 2}); err != nil || got.Version != 5 || got.Group.Name != "Two" {
			t.Errorf("remove: %+v %v", got, err)
		}
		if v, err := s.RenameGroup(ctx, ada, GroupKey{}, "Other Contacts"); err != nil || v != 6 {
			t.Errorf("rename: %d %v", v, err)
		}
		if v, err := s.RenameGroup(ctx, ada, GroupKey{}, "Other Contacts"); err != nil || v != 6 {
			t.Errorf("the same name again: %d %v", v, err)
		}
		diff(t, "lowest free", mustGroup(t, s, ada, "New"), 2)
		var names []string
		for i, g := range mustLoad(t, s, ada).Groups {
			names = append(names, g.Name)
			diff(t, "number", g.Number, i)
		}
		diff(t, "names", names, []string{"Other Contacts", "Work & Play", "New", "Three"})
	})
}

func TestGroupErrors(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		ctx := t.Context()
		s.limits.Groups = 4
		mustGroup(t, s, ada, "Work")
		long := strings.Repeat("é", 11) // 66 octets once encoded
		for name, want := range map[string]string{
			"Work": "228", "~": "228", long: "229", strings.Repeat("x", 62): "229", "": "close", "a\x00": "close",
		} {
			_, _, err := s.AddGroup(ctx, ada, name)
			wantCode(t, "add "+name, err, want)
		}
		mustGroup(t, s, ada, strings.Repeat("x", 61))
		mustGroup(t, s, ada, "last")
		for _, name := range []string{"more", "Work", long} {
			_, _, err := s.AddGroup(ctx, ada, name)
			wantCode(t, "add to full "+name, err, "223")
		}
		for _, c := range []struct {
			number int
			name   string
			want   string
		}{
			{30, "x", "close"}, {-1, "x", "close"}, {1, strings.Repeat("x", 128), "close"}, {1, "", "close"},
			{9, "last", "224"}, {1, "last", "228"}, {1, long, "ok"},
		} {
			_, err := s.RenameGroup(ctx, ada, GroupKey{Number: c.number}, c.name)
			wantCode(t, fmt.Sprintf("rename %d to %s", c.number, c.name), err, c.want)
		}
		for number, want := range map[int]string{30: "close", -1: "close", 0: "230", 9: "224"} {
			_, err := s.RemoveGroup(ctx, ada, GroupKey{Number: number})
			wantCode(t, fmt.Sprintf("remove %d", number), err, want)
		}
	})
}

func TestContactInGroups(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		work, home := mustGroup(t, s, ada, "Work"), mustGroup(t, s, ada, "Home")
		add := func(group int) error {
			_, err := s.Add(t.Context(), ada, AddRequest{List: Forward, Handle: bea, Group: group, Grouped: true})
			return err
		}
		remove := func(group int) Change {
			return mustRemove(t, s, ada, RemoveRequest{List: Forward, Handle: bea, Group: group})
		}
		// From group 0, where a client that knows no groups put her.
		mustAdd(t, s, ada, AddRequest{List: Forward, Handle: bea})
		diff(t, "at first", groups(t, s, ada, bea), []int{0})
		wantCode(t, "into group 0", add(NoGroup), "215")
		wantCode(t, "into Work", add(work), "ok")
		wantCode(t, "into Work again", add(work), "215")
		diff(t, "in two", groups(t, s, ada, bea), []int{0, work})
		remove(0)
		diff(t, "in one", groups(t, s, ada, bea), []int{work})
		wantCode(t, "into group 0", add(NoGroup), "ok")
		wantCode(t, "into Home", add(home), "ok")
		diff(t, "in three", groups(t, s, ada, bea), []int{0, work, home})
		before, peer := version(t, s, ada), version(t, s, bea)
		remove(work)
		diff(t, "versions", []uint32{version(t, s, ada), version(t, s, bea)}, []uint32{before + 1, peer})
		if c := remove(home); c.Gone || c.Peer != 0 {
			t.Errorf("still in group 0, but %+v", c)
		}
		if c := remove(0); !c.Gone || c.Peer != peer+1 {
			t.Errorf("out of the last group: %+v", c)
		}
		diff(t, "ada's", lists(t, s, ada), map[string]string{})
		diff(t, "bea's", lists(t, s, bea), map[string]string{})
	})
}

func TestRemoveGroupWithMembers(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		work, home := mustGroup(t, s, ada, "Work"), mustGroup(t, s, ada, "Home")
		in := func(handle string, group int) {
			mustAdd(t, s, ada, AddRequest{List: Forward, Handle: handle, Group: group, Grouped: true})
		}
		in(bea, work)
		in(carl, work)
		in(carl, home)
		in(dora, 0)
		mustAdd(t, s, ada, AddRequest{List: Allow, Handle: bea})
		before := version(t, s, ada)
		got, err := s.RemoveGroup(t.Context(), ada, GroupKey{Number: work})
		if err != nil {
			t.Fatal(err)
		}
		diff(t, "gone", got.Gone, []Change{{
			Version: before + 1, Handle: bea, Gone: true, Peer: 3,
		}})
		diff(t, "version", got.Version, version(t, s, ada))
		diff(t, "ada's", lists(t, s, ada), map[string]string{bea: "AL", carl: "FL", dora: "FL"})
		diff(t, "bea's", lists(t, s, bea), map[string]string{})
		diff(t, "carl's groups", groups(t, s, ada, carl), []int{home})
	})
}
