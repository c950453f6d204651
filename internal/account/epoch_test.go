package account

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"
)

// Another password and a ban make tickets worthless; nothing else does.
func TestEpoch(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		ctx := t.Context()
		made, err := s.Create(ctx, NewAccount{Handle: ada, Password: "first"})
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range []struct {
			what string
			do   func() error
			more bool
		}{
			{"another password", func() error { return s.SetPassword(ctx, ada, "second") }, true},
			{"a legacy password", func() error { return s.SetLegacyPassword(ctx, ada, "third") }, false},
			{"a ban", func() error { return s.SetBanned(ctx, ada, true) }, true},
			{"the end of the ban", func() error { return s.SetBanned(ctx, ada, false) }, true},
		} {
			before, err1 := s.GetID(ctx, made.ID)
			err2 := step.do()
			after, err3 := s.GetID(ctx, made.ID)
			if err := errors.Join(err1, err2, err3); err != nil {
				t.Fatal(err)
			}
			if (after.Epoch != before.Epoch) != step.more {
				t.Errorf("%s: epoch %d, then %d", step.what, before.Epoch, after.Epoch)
			}
		}
		if a, err := s.CheckPassword(ctx, ada, "second"); err != nil || a.Epoch != 3 {
			t.Errorf("checked: %+v %v", a, err)
		}
		if _, err := s.GetID(ctx, made.ID+1); !errors.Is(err, ErrNotFound) {
			t.Errorf("nobody's id: %v", err)
		}
	})
}

// Tickets outlive a restart, and are good on every machine that has the key.
func TestTicketSecretComesFromTheKey(t *testing.T) {
	dir := t.TempDir()
	open := func(name string) []byte {
		s, err := New(t.Context(), Options{DB: openURL(t, "sqlite://"+filepath.Join(dir, name+".db")),
			KeyFile: filepath.Join(dir, name+".key"), Hash: cheap})
		if err != nil {
			t.Fatal(err)
		}
		return s.TicketSecret()
	}
	one := open("one")
	if len(one) != 32 || !bytes.Equal(one, open("one")) || bytes.Equal(one, open("other")) {
		t.Error("the secret does not follow the key")
	}
}
