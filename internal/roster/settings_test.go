package roster

import (
	"strings"
	"testing"
)

func TestNames(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		ctx := t.Context()
		mustAdd(t, s, ada, AddRequest{List: Forward, Handle: bea})
		v, err := s.RenameContact(ctx, ada, "Bea@example.net", "B 蝶")
		if err != nil || v != 3 || mustLoad(t, s, ada).Contacts[0].Name != "B 蝶" {
			t.Errorf("contact: %d %v", v, err)
		}
		v, err = s.RenameContact(ctx, ada, bea, "B 蝶")
		if err != nil || v != 3 {
			t.Errorf("the same name again: %d %v", v, err)
		}
		// A name for somebody who is only on the reverse list.
		if v, err = s.RenameContact(ctx, bea, ada, "A"); err != nil || v != 3 {
			t.Errorf("reverse list: %d %v", v, err)
		}
		_, err = s.RenameContact(ctx, ada, carl, "C")
		wantRefusal(t, "on no list", err, 216)
		if v, err = s.RenameSelf(ctx, ada, "Countess"); err != nil || v != 4 {
			t.Errorf("self: %d %v", v, err)
		}
		if v, err = s.RenameSelf(ctx, ada, "Countess"); err != nil || v != 4 {
			t.Errorf("self again: %d %v", v, err)
		}
		set, err := s.Settings(ctx, ada)
		if err != nil || set.Name != "Countess" {
			t.Errorf("settings: %+v %v", set, err)
		}
		mustAdd(t, s, ada, AddRequest{List: Forward, Handle: carl})
		diff(t, "to who is added next", mustLoad(t, s, carl).Contacts[0].Name, "Countess")
		for _, name := range []string{"", strings.Repeat("é", 65), "a\x00", "\xff"} {
			_, err = s.RenameSelf(ctx, ada, name)
			wantRefusal(t, "self "+name, err, 209)
			_, err = s.RenameContact(ctx, ada, bea, name)
			wantRefusal(t, "contact "+name, err, 209)
		}
	})
}

func TestModes(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		ctx := t.Context()
		_, err := s.SetAskWhenAdded(ctx, ada, true)
		wantRefusal(t, "GTC A", err, 218)
		_, err = s.SetBlockUnlisted(ctx, ada, false)
		wantRefusal(t, "BLP AL", err, 218)
		if v, err := s.SetAskWhenAdded(ctx, ada, false); err != nil || v != 2 {
			t.Errorf("GTC N: %d %v", v, err)
		}
		if v, err := s.SetBlockUnlisted(ctx, ada, true); err != nil || v != 3 {
			t.Errorf("BLP BL: %d %v", v, err)
		}
		full := mustLoad(t, s, ada)
		diff(t, "settings", full.Settings, Settings{Name: nameOf(ada), BlockUnlisted: true})
		if !full.SettingsStamp.After(full.ListStamp) {
			t.Error("a setting moves the settings' stamp only")
		}
	})
}

func TestProperties(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		for i, c := range []struct {
			key, value, want string
			stored           bool
		}{
			{"PHH", "1 (555) 010", "1 (555) 010", true},
			{"PHW", "2", "2", true},
			{"PHM", "3", "3", true},
			{"PHM", "3", "3", false}, // the same again
			{"MOB", "Y", "N", false}, // without a mobile device
			{"MBE", "Y", "Y", true},
			{"MOB", "Y", "Y", true},
			{"PHW", "", "", true},
			{"MOB", "", "N", true},
		} {
			before := version(t, s, ada)
			got, err := s.SetProperty(t.Context(), ada, c.key, c.value)
			if err != nil {
				t.Fatal(err)
			}
			if c.stored {
				before++
			}
			diff(t, c.key, got, Setting{Version: before, Value: c.want})
			if i == 6 {
				diff(t, "phones", mustLoad(t, s, ada).Settings.Phones,
					Phones{Home: "1 (555) 010", Work: "2", Mobile: "3", Device: true, Pages: true})
			}
		}
		for _, c := range []struct{ key, value, want string }{
			{"LONG", "x", "close"}, {"PHH", strings.Repeat("%", 32), "close"}, {"PHH", "\x00", "close"},
			{"phh", "x", "715"}, {"MFN", "x", "715"}, {"", "x", "715"}, {"WWE", "1", "715"},
			{"MOB", "y", "close"}, {"MBE", "1", "close"},
		} {
			_, err := s.SetProperty(t.Context(), ada, c.key, c.value)
			wantCode(t, c.key+" "+c.value, err, c.want)
		}
	})
}

// Phones are for those whom the owner lets see, online or not.
func TestPhonesAreShown(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		ctx := t.Context()
		for _, watcher := range []string{bea, carl, dora, ada} {
			mustAdd(t, s, watcher, AddRequest{List: Forward, Handle: ada})
		}
		mustAdd(t, s, ada, AddRequest{List: Allow, Handle: bea})
		mustAdd(t, s, ada, AddRequest{List: Block, Handle: carl})
		shown := func(watcher string) string {
			return mustLoad(t, s, watcher).Contacts[0].Phones.Home
		}
		set := func(value string) map[string]uint32 {
			t.Helper()
			got, err := s.SetProperty(ctx, ada, "PHH", value)
			if err != nil {
				t.Fatal(err)
			}
			return got.Watchers
		}
		beas, doras := version(t, s, bea), version(t, s, dora)
		diff(t, "told", set("555"), map[string]uint32{bea: beas + 1, dora: doras + 1})
		diff(t, "seen", []string{shown(bea), shown(carl), shown(dora)}, []string{"555", "", "555"})
		if _, err := s.SetBlockUnlisted(ctx, ada, true); err != nil {
			t.Fatal(err)
		}
		diff(t, "told when the unlisted are blocked", set("556"), map[string]uint32{bea: beas + 2})
		diff(t, "seen", []string{shown(bea), shown(carl), shown(dora)}, []string{"556", "", ""})
		got, err := s.SetProperty(ctx, ada, "MBE", "Y")
		if err != nil || got.Watchers != nil {
			t.Errorf("MBE is nobody's business: %+v %v", got, err)
		}
		// Ada is on her own reverse list, but does not see her phone there.
		mustRemove(t, s, bea, RemoveRequest{List: Forward, Handle: ada, Group: NoGroup})
		diff(t, "no watcher left", len(set("557")), 0)
	})
}
