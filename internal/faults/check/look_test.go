package check

import (
	"strings"
	"testing"

	"github.com/papilio-im/papilio/msnp"
)

// Each version is shown what it knows, all of it and nothing else.
func TestLookByVersion(t *testing.T) {
	object := msnp.NewObject("ada", msnp.ObjectPicture, "x", []byte("picture"))
	look := Look{Capabilities: 16, Object: object.Encode(), Personal: msnp.Personal{Message: "away", Media: "song"}}
	ada := Person{Handle: "ada", Here: true, Status: msnp.StatusBusy, Name: "Ada", Look: look, Shows: everybody}
	without := func(change func(*Look)) Look {
		l := look
		change(&l)
		return l
	}
	none, capable := Look{}, Look{Capabilities: 16}
	pictured := without(func(l *Look) { l.Personal = msnp.Personal{} })
	for _, test := range []struct {
		version msnp.Version
		sees    Look
		right   bool
	}{
		{msnp.MSNP7, none, true},
		{msnp.MSNP7, capable, false},
		{msnp.MSNP8, capable, true},
		{msnp.MSNP8, none, false},
		{msnp.MSNP9, pictured, true},
		{msnp.MSNP10, capable, false},
		{msnp.MSNP10, look, false},
		{msnp.MSNP11, look, true},
		{msnp.MSNP12, pictured, false},
		{msnp.MSNP12, without(func(l *Look) { l.Object = "" }), false},
		{msnp.MSNP12, without(func(l *Look) { l.Personal.Media = "" }), false},
	} {
		ben := Person{
			Handle: "ben", Here: true, Version: test.version,
			Sees: map[string]Seen{"ada": {Status: msnp.StatusBusy, Name: "Ada", Look: test.sees}},
		}
		n, wrong := Sight([]Person{ada, ben}, nil)
		looks := 0
		if test.version.Has(msnp.FeatureCapabilities) {
			looks = 1
		}
		if n != (Compared{1, looks}) || (len(wrong) == 0) != test.right || !test.right && wrong[0].Broken != Looks {
			t.Errorf("%s sees %s: %+v compared, %q", test.version, Seen{Status: msnp.StatusBusy, Look: test.sees}, n, wrong)
		}
	}
	// Who has left is shown without anything.
	ada.Here = false
	ben := Person{Handle: "ben", Here: true, Version: msnp.MSNP12, Sees: map[string]Seen{"ada": {Status: msnp.StatusOffline, Look: look}}}
	if _, wrong := Sight([]Person{ada, ben}, nil); len(wrong) != 1 {
		t.Errorf("got %q", wrong)
	}
	if text := (Seen{Status: msnp.StatusBusy, Name: "Ada", Look: look}).String(); !strings.Contains(text, `"away"`) || strings.Contains(text, "msnobj") {
		t.Error(text)
	}
}
