package endtoend

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

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

// Somebody with a client of each version meets somebody with the newest one.
func TestEveryVersion(t *testing.T) {
	s := serve(t)
	for _, v := range versions {
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			ana, bea := s.pair(t, v)
			meet(t, ana, bea)
		})
	}
}

// pair are two people, of whom the second has the newest client.
func (s *service) pair(t *testing.T, v msnp.Version) (ana, bea *person) {
	t.Helper()
	name := strings.ToLower(strings.ReplaceAll(v.String(), " ", "")) + "@example.com"
	s.account(t, "ana-"+name, password, "Ana")
	s.account(t, "bea-"+name, password, "Bea")
	return s.comes(t, "ana-"+name, v, nil), s.comes(t, "bea-"+name, msnp.MSNP12, nil)
}

// meet has two people do all that their clients can do.
func meet(t *testing.T, ana, bea *person) {
	t.Helper()
	befriend(t, ana, bea)
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
		name := "The one & only"
		asks(t, "a name", func(ctx context.Context) error { return me.RenameSelf(ctx, name) })
		wait(other, "a name", func(e client.Presence) bool { return e.Handle == me.handle && e.Name == name })
		if !me.Version().Has(msnp.FeaturePersonalMessages) {
			continue
		}
		shown := msnp.Personal{Message: "gone <fishing> & back", Media: `\0Music\01\0{0} - {1}\0Blue Train\0J. Coltrane\0\0`}
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
