package endtoend

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/papilio-im/papilio/msnp"
	"github.com/papilio-im/papilio/msnp/client"
)

// nudge is what a client sends that shakes the other's window.
const nudge = "MIME-Version: 1.0\r\nContent-Type: text/x-msnmsgr-datacast\r\n\r\nID: 1\r\n\r\n"

// versions are those that a client can speak here.
var versions = []msnp.Version{
	msnp.Beta2, msnp.MSNP2, msnp.MSNP3, msnp.MSNP4, msnp.MSNP5, msnp.MSNP6, msnp.MSNP7,
	msnp.MSNP8, msnp.MSNP9, msnp.MSNP10, msnp.MSNP11, msnp.MSNP12,
}

// Somebody with a client of each version meets somebody with the newest one, first
// both over TCP, and then one of them, or both, through the gateway.
func TestEveryVersion(t *testing.T) {
	s := serve(t)
	for _, v := range versions {
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			ana, bea := s.accounts(t, v)
			for i, ways := range ways {
				t.Run(ways.name, func(t *testing.T) {
					ana, bea := s.comes(t, ana, v, s.by(ways.ana)), s.comes(t, bea, msnp.MSNP12, s.by(ways.bea))
					if i == 0 {
						befriend(t, ana, bea)
					}
					meet(t, ana, bea)
				})
			}
		})
	}
}

// ways are how two people come to the service: through the gateway or not.
var ways = []struct {
	name     string
	ana, bea bool
}{
	{"tcp", false, false},
	{"gateway", true, false},
	{"to a gateway", false, true},
	{"both by gateway", true, true},
}

// by is how a client comes.
func (s *service) by(gateway bool) func(*client.Options) {
	return func(o *client.Options) {
		if gateway {
			o.Gateway = client.Gateway{URL: "http://" + s.addresses["gateway"], Poll: 200 * time.Millisecond}
		}
	}
}

// accounts makes accounts for two people.
func (s *service) accounts(t *testing.T, v msnp.Version) (ana, bea string) {
	t.Helper()
	name := strings.ToLower(strings.ReplaceAll(v.String(), " ", "")) + "@example.com"
	ana, bea = "ana-"+name, "bea-"+name
	s.account(t, ana, password, "Ana")
	s.account(t, bea, password, "Bea")
	return ana, bea
}

// meet has two people do all that their clients can do.
func meet(t *testing.T, ana, bea *person) {
	t.Helper()
	seeEachOther(t, ana, bea)
	talk(t, ana, bea)
	if ana.Version().Has(msnp.FeatureObjects) {
		showPictures(t, ana, bea)
		sendFiles(t, ana, bea)
	}
}

// seeEachOther has each show the other what there is to be shown.
func seeEachOther(t *testing.T, ana, bea *person) {
	t.Helper()
	for _, pair := range [][2]*person{{ana, bea}, {bea, ana}} {
		me, other := pair[0], pair[1]
		asks(t, "a status", func(ctx context.Context) error { return me.SetStatus(ctx, msnp.StatusLunch) })
		wait(other, "a status", func(e client.Presence) bool { return e.Handle == me.handle && e.Status == msnp.StatusLunch })
		name := "The one & only of " + t.Name()
		asks(t, "a name", func(ctx context.Context) error { return me.RenameSelf(ctx, name) })
		wait(other, "a name", func(e client.Presence) bool { return e.Handle == me.handle && e.Name == name })
		if !me.Version().Has(msnp.FeaturePersonalMessages) {
			continue
		}
		shown := msnp.Personal{Message: "gone <fishing> & back, " + t.Name(), Media: `\0Music\01\0{0} - {1}\0Blue Train\0J. Coltrane\0\0`}
		asks(t, "a personal message", func(ctx context.Context) error { return me.SetPersonal(ctx, shown) })
		if other.Version().Has(msnp.FeaturePersonalMessages) {
			wait(other, "a personal message", func(e client.PersonalChanged) bool {
				return e.Handle == me.handle && e.Personal == shown
			})
		}
	}
}

// talk has both say something in one conversation, which ana begins.
func talk(t *testing.T, ana, bea *person) {
	t.Helper()
	ctx, cancel := within(t)
	defer cancel()
	hers, err := ana.Open(ctx, bea.handle)
	if err != nil {
		t.Fatal(err)
	}
	his := wait(bea, "an invitation", func(client.Answered) bool { return true }).Conversation
	for i, turn := range []struct {
		says  *client.Conversation
		hears *person
	}{{hers, bea}, {his, ana}} {
		text := fmt.Sprintf("line %d: ünï\r\ncode %s", i, strings.Repeat("=", 900))
		if err := turn.says.Send(ctx, text); err != nil {
			t.Fatal(err)
		}
		wait(turn.hears, "a message", func(e client.Message) bool {
			heard, ok := e.Text()
			return ok && heard == text
		})
		if _, err := turn.says.SendRaw(ctx, msnp.AckNone, []byte(nudge)); err != nil {
			t.Fatal(err)
		}
		wait(turn.hears, "a nudge", func(e client.Message) bool { return bytes.Equal(e.Payload, []byte(nudge)) })
	}
	if err := hers.Close(); err != nil {
		t.Error(err)
	}
	wait(bea, "the end of the conversation", func(e client.Ended) bool { return e.Conversation == his && e.Err == nil })
}
