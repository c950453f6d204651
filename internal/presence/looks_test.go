package presence

import (
	"slices"
	"testing"

	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/msnp"
)

// The octets of what is personal.
const (
	fishing = "<Data><PSM>gone fishing</PSM><CurrentMedia></CurrentMedia></Data>"
	back    = "<Data><PSM>back &lt;soon&gt;</PSM><CurrentMedia></CurrentMedia></Data>"
	music   = `<Data><PSM></PSM><CurrentMedia>\0Music\01\0{0}\0Blue Train\0</CurrentMedia></Data>`
	both    = `<Data><PSM>gone fishing</PSM><CurrentMedia>\0Music\01\0{0}\0Blue Train\0</CurrentMedia></Data>`
)

// message is UUX with a message alone.
func message(text string) msnp.ChangePersonal {
	return msnp.ChangePersonal{Personal: msnp.Personal{Message: text}, KeepMedia: true}
}

// media is UUX with what plays alone.
func media(text string) msnp.ChangePersonal {
	return msnp.ChangePersonal{Personal: msnp.Personal{Media: text}, KeepMessage: true}
}

// crowd signs in watchers with clients of some versions.
func crowd(h *Hub, versions ...msnp.Version) []person {
	var all []person
	for _, v := range versions {
		p := signInWith(h, v, v.String())
		p.Arrive(p.endpoint)
		p.Ready(p.endpoint)
		all = append(all, p)
	}
	return all
}

func signInWith(h *Hub, v msnp.Version, handle string, watchers ...string) person {
	p := attachWith(h, v, handle)
	p.Load(p.endpoint, watched(watchers...))
	return p
}

func names(people []person) []string {
	var handles []string
	for _, p := range people {
		handles = append(handles, p.Handle)
	}
	return handles
}

// Everybody is told what their version has of it, of each change once.
func TestLooks(t *testing.T) {
	h := newHub(t, Options{})
	all := crowd(h, msnp.MSNP2, msnp.MSNP7, msnp.MSNP8, msnp.MSNP9, msnp.MSNP10, msnp.MSNP11, msnp.MSNP12)
	ada := signInWith(h, msnp.MSNP12, "ada", names(all)...)
	hear := func(what string, old, caps, object, personal []string) {
		t.Helper()
		for i, want := range [][]string{old, old, caps, object, object, personal, personal} {
			if got := all[i].take(); !slices.Equal(got, want) {
				t.Errorf("%s: %s was told %q, want %q", what, all[i].Handle, got, want)
			}
		}
	}
	nothing := []string(nil)

	ada.SetPersonal(ada.endpoint, message("gone fishing"))
	hear("before the first status", nothing, nothing, nothing, nothing)

	look := Appearance{Status: msnp.StatusOnline, Object: "%3Cmsnobj%2F%3E", Capabilities: 1342177316}
	ada.SetStatus(ada.endpoint, look)
	hear("comes", []string{"NLN NLN ada ada"}, []string{"NLN NLN ada ada 1342177316"},
		[]string{"NLN NLN ada ada 1342177316 %3Cmsnobj%2F%3E"},
		[]string{"NLN NLN ada ada 1342177316 %3Cmsnobj%2F%3E", "UBX ada 65\r\n" + fishing})

	ada.SetStatus(ada.endpoint, look)
	ada.SetPersonal(ada.endpoint, message("gone fishing"))
	ada.SetPersonal(ada.endpoint, media(""))
	hear("the same again", nothing, nothing, nothing, nothing)

	ada.SetPersonal(ada.endpoint, media(`\0Music\01\0{0}\0Blue Train\0`))
	hear("plays", nothing, nothing, nothing, []string{"UBX ada 94\r\n" + both})
	ada.SetPersonal(ada.endpoint, message(""))
	hear("no message", nothing, nothing, nothing, []string{"UBX ada 82\r\n" + music})
	ada.SetPersonal(ada.endpoint, msnp.ChangePersonal{})
	hear("nothing", nothing, nothing, nothing, []string{"UBX ada 0"})

	look.Object = ""
	ada.SetStatus(ada.endpoint, look)
	line := []string{"NLN NLN ada ada 1342177316"}
	hear("no picture", []string{"NLN NLN ada ada"}, line, line, line)

	ada.SetStatus(ada.endpoint, Appearance{Status: msnp.StatusHidden, Capabilities: 5})
	hear("hides", []string{"FLN ada"}, []string{"FLN ada"}, []string{"FLN ada"}, []string{"FLN ada"})
	ada.SetPersonal(ada.endpoint, message("back <soon>"))
	ada.SetStatus(ada.endpoint, Appearance{Status: msnp.StatusHidden, Capabilities: 7})
	hear("while hidden", nothing, nothing, nothing, nothing)
	ada.SetStatus(ada.endpoint, Appearance{Status: msnp.StatusAway})
	line = []string{"NLN AWY ada ada 0"}
	hear("shows", []string{"NLN AWY ada ada"}, line, line, []string{"NLN AWY ada ada 0", "UBX ada 70\r\n" + back})

	ada.SetName("Ada")
	line = []string{"NLN AWY ada Ada 0"}
	hear("name", []string{"NLN AWY ada Ada"}, line, line, line)
	ada.Edit(all[6].Handle, func(l *roster.Privacy) { l.Set(all[6].Handle, roster.Allow) }, true)
	heard(t, all[6], "NLN AWY ada Ada 0", "UBX ada 70\r\n"+back)

	ada.Detach(ada.endpoint)
	hear("leaves", []string{"FLN ada"}, []string{"FLN ada"}, []string{"FLN ada"}, []string{"FLN ada"})
	ada = signInWith(h, msnp.MSNP12, "ada", names(all)...)
	ada.set(msnp.StatusOnline)
	line = []string{"NLN NLN ada ada 0"}
	hear("comes again", []string{"NLN NLN ada ada"}, line, line, line)
}

// A client that comes is told each contact's state, and what is personal of it right
// behind.
func TestLooksOnArrival(t *testing.T) {
	h := newHub(t, Options{})
	for _, handle := range []string{"bea", "carl", "dora"} {
		p := signInWith(h, msnp.MSNP11, handle, "new", "old")
		if handle != "carl" {
			p.SetPersonal(p.endpoint, message("gone fishing"))
		}
		p.SetStatus(p.endpoint, Appearance{Status: msnp.StatusOnline, Object: "%3Cmsnobj%2F%3E", Capabilities: 7})
		if handle == "dora" {
			p.SetPersonal(p.endpoint, message(""))
		}
	}
	contacts := roster.NewPrivacy(false)
	for _, handle := range []string{"bea", "carl", "dora"} {
		contacts.Set(handle, roster.Forward)
	}
	for _, c := range []struct {
		v    msnp.Version
		want []string
	}{
		{msnp.MSNP7, []string{"ILN 3 NLN bea bea", "ILN 3 NLN carl carl", "ILN 3 NLN dora dora"}},
		{msnp.MSNP8, []string{"ILN 3 NLN bea bea 7", "ILN 3 NLN carl carl 7", "ILN 3 NLN dora dora 7"}},
		{msnp.MSNP11, []string{
			"ILN 3 NLN bea bea 7 %3Cmsnobj%2F%3E", "UBX bea 65\r\n" + fishing,
			"ILN 3 NLN carl carl 7 %3Cmsnobj%2F%3E", "ILN 3 NLN dora dora 7 %3Cmsnobj%2F%3E",
		}},
	} {
		p := signInWith(h, c.v, "new")
		p.Load(p.endpoint, contacts)
		p.SetStatus(p.endpoint, Appearance{Status: msnp.StatusHidden})
		p.Contacts(p.endpoint, 3, false)
		heard(t, p, c.want...)
	}
}

// What is personal belongs to a session: a client that takes the place of another
// brings its own, or none.
func TestPersonalOfTheSessionBefore(t *testing.T) {
	h := newHub(t, Options{})
	bea := crowd(h, msnp.MSNP12)[0]
	come := func() person { return signInWith(h, msnp.MSNP12, "ada", bea.Handle) }
	online := Appearance{Status: msnp.StatusOnline}
	ada := come()
	ada.SetStatus(ada.endpoint, online)
	ada.SetPersonal(ada.endpoint, msnp.ChangePersonal{Personal: msnp.Personal{Message: "x", Media: "y"}})
	bea.take()

	ada = come()
	heard(t, bea) // until it says something
	ada.SetPersonal(ada.endpoint, message("gone fishing"))
	heard(t, bea, "UBX ada 65\r\n"+fishing)
	ada.SetStatus(ada.endpoint, online)
	heard(t, bea)

	ada = come()
	ada.SetStatus(ada.endpoint, online)
	heard(t, bea, "UBX ada 0")
	if p := ada.Personal(); p != (msnp.Personal{}) {
		t.Errorf("ada has %q yet", p)
	}

	ada.SetPersonal(ada.endpoint, message("gone fishing"))
	bea.take()
	ada.Move()
	ada = come()
	ada.SetStatus(ada.endpoint, online)
	ada.SetPersonal(ada.endpoint, message("gone fishing"))
	heard(t, bea)
}

// A client of a version without messages that takes the place of one that was sent away
// has none, and shows none.
func TestPersonalIsNotInherited(t *testing.T) {
	h := newHub(t, Options{})
	bea := crowd(h, msnp.MSNP12)[0]
	ada := signInWith(h, msnp.MSNP12, "ada", bea.Handle)
	ada.SetPersonal(ada.endpoint, message("gone fishing"))
	ada.set(msnp.StatusOnline)
	bea.take()
	ada.Move()
	ada = signInWith(h, msnp.MSNP9, "ada", bea.Handle)
	heard(t, bea)
	ada.set(msnp.StatusOnline)
	heard(t, bea, "UBX ada 0")
}
