package account

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/internal/store"
)

// An account that is removed and made again, while others put it on their
// lists and take it off, from another node: nobody keeps somebody who is gone.
func TestRemoveWhileOthersAdd(t *testing.T) {
	url := onPostgres.URL(t)
	s := newService(t, openURL(t, url))
	mustCreate(t, s, NewAccount{Handle: ada, Password: "x"})
	const friends, rounds = 4, 25
	var work sync.WaitGroup
	for i := range friends {
		friend := fmt.Sprintf("friend%d@example.net", i)
		mustCreate(t, s, NewAccount{Handle: friend, Password: "x"})
		lists := newLists(t, openURL(t, url))
		work.Go(func() {
			for n := range rounds {
				if err := befriend(t, lists, friend, n%2 == 0); err != nil {
					t.Errorf("%s: %v", friend, err)
				}
			}
		})
	}
	for range rounds {
		if _, err := s.Remove(t.Context(), ada); err != nil {
			t.Error(err)
		}
		mustCreate(t, s, NewAccount{Handle: ada, Password: "x"})
	}
	work.Wait()
	problems, err := s.db.Check(t.Context(), nil)
	if err != nil || len(problems) > 0 {
		t.Errorf("found %+v, %v", problems, err)
	}
}

func newLists(t *testing.T, db *store.DB) *roster.Service {
	t.Helper()
	lists, err := roster.New(roster.Options{DB: db})
	if err != nil {
		t.Fatal(err)
	}
	return lists
}

// befriend has two people put each other on their forward lists, or take each
// other off. That they are there already, or are gone, is no error.
func befriend(t *testing.T, lists *roster.Service, friend string, add bool) error {
	t.Helper()
	for _, pair := range [][2]string{{friend, ada}, {ada, friend}} {
		var err error
		if add {
			_, err = lists.Add(t.Context(), pair[0], roster.AddRequest{List: roster.Forward, Handle: pair[1]})
		} else {
			_, err = lists.Remove(t.Context(), pair[0], roster.RemoveRequest{List: roster.Forward, Handle: pair[1], Group: roster.NoGroup})
		}
		if err != nil && !errors.As(err, new(roster.Refusal)) && !errors.Is(err, roster.ErrNoAccount) {
			return err
		}
	}
	return nil
}
