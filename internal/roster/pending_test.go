package roster

import (
	"testing"

	"github.com/papilio-im/papilio/msnp"
)

// Who is allowed or blocked has been answered, unless the client knows the pending
// list and says so itself.
func TestPending(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		pending := RemoveRequest{List: Pending, Handle: bea, Group: NoGroup}
		mustAdd(t, s, bea, AddRequest{List: Forward, Handle: ada})
		mustAdd(t, s, ada, AddRequest{List: Allow, Handle: bea, Pends: true})
		diff(t, "allowed", lists(t, s, ada), map[string]string{bea: "AL,RL,PL"})
		before, peer := version(t, s, ada), version(t, s, bea)
		diff(t, "taken off", mustRemove(t, s, ada, pending), Change{Version: before + 1, Handle: bea})
		diff(t, "answered", lists(t, s, ada), map[string]string{bea: "AL,RL"})
		diff(t, "bea's version", version(t, s, bea), peer)
		_, err := s.Remove(t.Context(), ada, pending)
		wantCode(t, "taken off again", err, "216")
		mustRemove(t, s, ada, RemoveRequest{List: Allow, Handle: bea, Group: NoGroup})
		mustRemove(t, s, bea, RemoveRequest{List: Forward, Handle: ada, Group: NoGroup})

		mustAdd(t, s, bea, AddRequest{List: Forward, Handle: ada})
		mustAdd(t, s, ada, AddRequest{List: Block, Handle: bea})
		diff(t, "blocked by an old client", lists(t, s, ada), map[string]string{bea: "BL,RL"})
		mustRemove(t, s, bea, RemoveRequest{List: Forward, Handle: ada, Group: NoGroup})
		mustAdd(t, s, bea, AddRequest{List: Forward, Handle: ada})
		diff(t, "added again", lists(t, s, ada), map[string]string{bea: "BL,RL"})
	})
}

func TestAcknowledge(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		mustAdd(t, s, bea, AddRequest{List: Forward, Handle: ada})
		mustAdd(t, s, ada, AddRequest{List: Forward, Handle: carl})
		for _, c := range []struct{ handle, want string }{
			{"bea", "201"}, {"nobody@example.net", "205"}, {carl, "201"}, {dora, "201"}, {"BEA@example.net", "ok"}, {bea, "215"},
		} {
			_, err := s.Acknowledge(t.Context(), ada, c.handle)
			wantCode(t, c.handle, err, c.want)
		}
		diff(t, "lists", lists(t, s, ada), map[string]string{bea: "RL", carl: "FL"})
	})
}

// A client that names groups by GUIDs knows of none that has the number 0, and whoever
// is in no other is in none.
func TestByGUID(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		ctx := t.Context()
		contact := msnp.GUID(mustAdd(t, s, ada, AddRequest{List: Forward, Handle: bea}).GUID)
		mustGroup(t, s, ada, "Work")
		group := func(number int) msnp.GUID { return msnp.GUID(mustLoad(t, s, ada).Groups[number].GUID) }
		place := func(g msnp.GUID) error {
			_, err := s.Place(ctx, ada, contact, g)
			return err
		}
		remove := func(g msnp.GUID) error {
			c, err := s.Remove(ctx, ada, RemoveRequest{List: Forward, Contact: contact, GroupID: g, Group: NoGroup})
			if c.Gone {
				t.Error("left the forward list")
			}
			return err
		}
		diff(t, "at first", groups(t, s, ada, bea), []int{0})
		wantCode(t, "into group 0", place(group(0)), "224")
		wantCode(t, "into Work", place(group(1)), "ok")
		wantCode(t, "into Work again", place(group(1)), "215")
		diff(t, "in Work alone", groups(t, s, ada, bea), []int{1})
		wantCode(t, "out of group 0", remove(group(0)), "224")
		wantCode(t, "out of Work", remove(group(1)), "ok")
		wantCode(t, "out of Work again", remove(group(1)), "225")
		diff(t, "in none", groups(t, s, ada, bea), []int{0})
		wantCode(t, "into Work once more", place(group(1)), "ok")
		peer := version(t, s, bea)
		if _, err := s.RemoveGroup(ctx, ada, GroupKey{GUID: group(0)}); code(err) != "224" {
			t.Errorf("group 0 removed: %v", err)
		}
		got, err := s.RemoveGroup(ctx, ada, GroupKey{GUID: group(1)})
		if err != nil || got.Gone != nil || got.Group.Number != 1 {
			t.Errorf("Work removed: %+v %v", got, err)
		}
		diff(t, "in none again", groups(t, s, ada, bea), []int{0})
		diff(t, "bea's version", version(t, s, bea), peer)
		mustRemove(t, s, ada, RemoveRequest{List: Forward, Contact: contact, Group: NoGroup})
		wantCode(t, "into a group after that", place(group(0)), "208")
		diff(t, "bea's lists", lists(t, s, bea), map[string]string{})
	})
}
