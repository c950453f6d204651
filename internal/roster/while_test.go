package roster

import (
	"errors"
	"testing"
)

// A change of somebody who has lost the right to make it is not made, and one
// that is not refused is not known of either.
func TestWhile(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		asked, may := 0, true
		limited := s.While(func() bool { asked++; return may })
		if _, err := limited.Add(t.Context(), ada, AddRequest{List: Forward, Handle: bea, Group: NoGroup}); err != nil {
			t.Fatal(err)
		}
		if asked == 0 {
			t.Error("nobody asked")
		}
		may = false
		if _, err := limited.Add(t.Context(), ada, AddRequest{List: Forward, Handle: carl, Group: NoGroup}); !errors.Is(err, ErrTooLate) {
			t.Errorf("adding: %v", err)
		}
		if _, err := limited.RemoveGroup(t.Context(), ada, GroupKey{}); err == nil {
			t.Error("removed a group")
		}
		full, err := limited.Load(t.Context(), ada, Known{})
		if err != nil {
			t.Fatal(err)
		}
		if len(full.Contacts) != 1 || full.Contacts[0].Handle != bea {
			t.Errorf("the lists are %+v", full.Contacts)
		}
		if _, err := s.Add(t.Context(), ada, AddRequest{List: Forward, Handle: carl, Group: NoGroup}); err != nil {
			t.Errorf("without limit: %v", err)
		}
	})
}
