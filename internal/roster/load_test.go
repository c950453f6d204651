package roster

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/papilio-im/papilio/internal/store"
	"github.com/papilio-im/papilio/msnp"
)

func TestLoadVersions(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		ctx := t.Context()
		mustAdd(t, s, ada, AddRequest{List: Forward, Handle: bea})
		load := func(client uint32) Full {
			t.Helper()
			full, err := s.Load(ctx, ada, Known{Version: client})
			if err != nil {
				t.Fatal(err)
			}
			return full
		}
		if full := load(2); !full.Unchanged || full.Version != 2 || full.Contacts != nil {
			t.Errorf("the same version: %+v", full)
		}
		for client, want := range map[uint32]uint32{0: 2, 1: 2} {
			if full := load(client); full.Unchanged || full.Version != want || len(full.Contacts) != 1 {
				t.Errorf("client has %d: %+v", client, full)
			}
		}
		if full := load(40); full.Unchanged || full.Version != 41 || len(full.Groups) != 1 {
			t.Errorf("client is ahead: %+v", full)
		}
		if full := load(math.MaxUint32); full.Unchanged || full.Version != 1 || len(full.Contacts) != 1 {
			t.Errorf("client has the highest: %+v", full)
		}
		diff(t, "next", mustAdd(t, s, ada, AddRequest{List: Allow, Handle: bea}).Version, uint32(2))
	})
}

// A client that goes by stamps has all if both are those that it was given, as texts.
func TestLoadStamps(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		mustAdd(t, s, ada, AddRequest{List: Forward, Handle: bea})
		full := mustLoad(t, s, ada)
		lists, settings := msnp.NewStamp(full.ListStamp), msnp.NewStamp(full.SettingsStamp)
		ticks := func(s msnp.Stamp, tick string) msnp.Stamp { return s[:26] + msnp.Stamp(tick) + s[27:] }
		for _, c := range []struct {
			known Known
			want  bool
		}{
			{Known{Lists: lists, Settings: settings}, true},
			{Known{Lists: lists}, false},
			{Known{Settings: settings}, false},
			{Known{Lists: settings, Settings: lists}, false},
			{Known{Lists: ticks(lists, "1"), Settings: settings}, false},
			{Known{Lists: lists, Settings: msnp.Stamp(strings.Replace(string(settings), "-07:00", "-08:00", 1))}, false},
			{Known{Lists: msnp.Stamp(full.ListStamp.UTC().Format(time.RFC3339Nano)), Settings: settings}, false},
			{Known{Lists: "1", Settings: "1"}, false},
		} {
			got, err := s.Load(t.Context(), ada, c.known)
			if err != nil {
				t.Fatal(err)
			}
			if got.Unchanged != c.want || len(got.Contacts) != len(full.Contacts) && !c.want {
				t.Errorf("%+v: unchanged %t, %d contacts", c.known, got.Unchanged, len(got.Contacts))
			}
			if got.Unchanged && (got.Contacts != nil || !got.ListStamp.Equal(full.ListStamp)) {
				t.Errorf("%+v: %+v", c.known, got)
			}
		}
	})
}

// A stamp is later with every change, however fast they come.
func TestStampsAreStrict(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		last := mustLoad(t, s, ada)
		for i := range 20 {
			if _, err := s.SetAskWhenAdded(t.Context(), ada, i%2 == 1); err != nil {
				t.Fatal(err)
			}
			mustGroup(t, s, ada, fmt.Sprint(i))
			full := mustLoad(t, s, ada)
			if !full.ListStamp.After(last.ListStamp) || !full.SettingsStamp.After(last.SettingsStamp) {
				t.Fatalf("from %v, %v to %v, %v", last.ListStamp, last.SettingsStamp, full.ListStamp, full.SettingsStamp)
			}
			last = full
		}
	})
}

func TestStampsMove(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		stamps := func(owner string) (list, settings time.Time) {
			full := mustLoad(t, s, owner)
			return full.ListStamp, full.SettingsStamp
		}
		list, settings := stamps(bea)
		mustAdd(t, s, ada, AddRequest{List: Forward, Handle: bea})
		after, same := stamps(bea)
		if !after.After(list) || !same.Equal(settings) {
			t.Errorf("lists: %v %v, settings: %v %v", list, after, settings, same)
		}
		if _, err := s.RenameSelf(t.Context(), bea, "B"); err != nil {
			t.Fatal(err)
		}
		if same, moved := stamps(bea); !same.Equal(after) || !moved.After(settings) {
			t.Errorf("lists: %v %v, settings: %v %v", after, same, settings, moved)
		}
	})
}

func TestNobody(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		ctx := t.Context()
		const nobody = "nobody@example.net"
		_, load := s.Load(ctx, nobody, Known{Version: 7})
		_, privacy := s.Privacy(ctx, nobody)
		_, version := s.Version(ctx, nobody)
		_, settings := s.Settings(ctx, nobody)
		_, remove := s.Remove(ctx, nobody, RemoveRequest{List: Allow, Handle: ada, Group: NoGroup})
		_, self := s.RenameSelf(ctx, nobody, "x")
		_, _, group := s.AddGroup(ctx, nobody, "x")
		_, property := s.SetProperty(ctx, nobody, "PHH", "1")
		for what, err := range map[string]error{
			"load": load, "privacy": privacy, "version": version, "settings": settings,
			"remove": remove, "rename": self, "group": group, "property": property,
		} {
			if !errors.Is(err, ErrNoAccount) {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}

func TestPrivacyIsRead(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		mustAdd(t, s, ada, AddRequest{List: Forward, Handle: bea})
		mustAdd(t, s, carl, AddRequest{List: Forward, Handle: ada})
		mustAdd(t, s, ada, AddRequest{List: Block, Handle: dora})
		if _, err := s.SetBlockUnlisted(t.Context(), ada, true); err != nil {
			t.Fatal(err)
		}
		p, err := s.Privacy(t.Context(), ada)
		if err != nil {
			t.Fatal(err)
		}
		var got []Entry
		for i := range p.Len() {
			got = append(got, p.At(i))
		}
		diff(t, "entries", got, []Entry{{bea, Forward}, {carl, Reverse}, {dora, Block}})
		diff(t, "version", p.Version, version(t, s, ada))
		diff(t, "BLP", p.BlockUnlisted, true)
	})
}

// Four people edit each other's lists at once, through two processes' worth of
// connections. Both sides of every pair agree in the end.
func TestEditsAtOnce(t *testing.T) {
	for engine, url := range keptEngines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			editAtOnce(t, url(t))
		})
	}
}

func editAtOnce(t *testing.T, url string) {
	t.Helper()
	first, second := openURL(t, url), openURL(t, url)
	who := []string{ada, bea, carl, dora}
	people(t, first, who...)
	var work sync.WaitGroup
	for i, owner := range who {
		s := newService(t, []*store.DB{first, second}[i%2])
		work.Go(func() {
			for n := range 40 {
				handle := who[(i+1+n%3)%4]
				_, err := s.Add(t.Context(), owner, AddRequest{List: Forward, Handle: handle})
				if code(err) == "215" {
					_, err = s.Remove(t.Context(), owner, RemoveRequest{List: Forward, Handle: handle, Group: NoGroup})
				}
				wantCode(t, owner+" edits "+handle, err, "ok")
			}
		})
	}
	work.Wait()
	s := newService(t, first)
	for _, a := range who {
		mine := lists(t, s, a)
		for _, b := range who {
			forward := strings.Contains(mine[b], "FL")
			if reverse := strings.Contains(lists(t, s, b)[a], "RL"); forward != reverse {
				t.Errorf("%s has %s on the forward list: %v; the reverse list says %v", a, b, forward, reverse)
			}
		}
	}
}
