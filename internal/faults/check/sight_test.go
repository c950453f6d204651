package check

import (
	"slices"
	"testing"

	"github.com/papilio-im/papilio/msnp"
)

func everybody(string) (bool, bool) { return true, true }

func TestSight(t *testing.T) {
	offline := Seen{Status: msnp.StatusOffline}
	busy := Seen{Status: msnp.StatusBusy, Name: "Ada"}
	for name, test := range map[string]struct {
		subject Person
		seen    Seen
		want    string
	}{
		"as it is":           {Person{Here: true, Status: msnp.StatusBusy, Name: "Ada", Shows: everybody}, busy, ""},
		"gone":               {Person{Status: msnp.StatusBusy, Name: "Ada"}, offline, ""},
		"hidden":             {Person{Here: true, Status: msnp.StatusHidden, Name: "Ada", Shows: everybody}, offline, ""},
		"has set no status":  {Person{Here: true, Name: "Ada", Shows: everybody}, offline, ""},
		"blocked":            {Person{Here: true, Status: msnp.StatusBusy, Name: "Ada", Shows: func(string) (bool, bool) { return false, true }}, offline, ""},
		"not certain":        {Person{Here: true, Status: msnp.StatusBusy, Name: "Ada", Shows: func(string) (bool, bool) { return false, false }}, busy, ""},
		"a ghost":            {Person{}, busy, `ben sees ada BSY "Ada", who is offline (not signed in)`},
		"not shown":          {Person{Here: true, Status: msnp.StatusBusy, Name: "Ada", Shows: everybody}, offline, `ben sees ada offline, who is BSY "Ada"`},
		"another status":     {Person{Here: true, Status: msnp.StatusAway, Name: "Ada", Shows: everybody}, busy, `ben sees ada BSY "Ada", who is AWY "Ada"`},
		"another name":       {Person{Here: true, Status: msnp.StatusBusy, Name: "A", Shows: everybody}, busy, `ben sees ada BSY "Ada", who is BSY "A"`},
		"a name left open":   {Person{Here: true, Status: msnp.StatusBusy, Name: "A", OrName: "Ada", Shows: everybody}, busy, ""},
		"neither name":       {Person{Here: true, Status: msnp.StatusBusy, Name: "A", OrName: "B", Shows: everybody}, busy, `ben sees ada BSY "Ada", who is BSY "A"`},
		"hidden and shown":   {Person{Here: true, Status: msnp.StatusHidden, Name: "Ada", Shows: everybody}, busy, `ben sees ada BSY "Ada", who is offline ("HDN")`},
		"blocked, and shown": {Person{Here: true, Status: msnp.StatusBusy, Shows: func(string) (bool, bool) { return false, true }}, busy, `ben sees ada BSY "Ada", who is offline (to them)`},
	} {
		t.Run(name, func(t *testing.T) {
			test.subject.Handle = "ada"
			ben := Person{Handle: "ben", Here: true, Sees: map[string]Seen{"ada": test.seen, "nobody": busy}}
			n, wrong := Sight([]Person{test.subject, ben}, nil)
			if certain := name != "not certain"; (n == Compared{Pairs: 1}) != certain {
				t.Errorf("compared %+v", n)
			}
			if test.want == "" && len(wrong) > 0 || test.want != "" && !slices.ContainsFunc(wrong, func(m Mismatch) bool { return m == Mismatch{Presence, "ben", "ada", test.want} }) {
				t.Errorf("got %q, want %q", wrong, test.want)
			}
			if n, wrong := Sight([]Person{test.subject, ben}, func(h string) bool { return h == "ada" }); n != (Compared{}) || wrong != nil {
				t.Errorf("left out, and compared: %+v %q", n, wrong)
			}
		})
	}
}
