package ticket

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/papilio-im/papilio/internal/account"
)

// people are accounts in memory.
type people map[int64]account.Account

func (p people) GetID(_ context.Context, id int64) (account.Account, error) {
	if a, ok := p[id]; ok {
		return a, nil
	}
	return account.Account{}, account.ErrNotFound
}

var (
	secret = bytes.Repeat([]byte("s"), 32)
	ada    = account.Account{ID: 7, Handle: "ada@example.net", Epoch: 3}
)

func tickets(t testing.TB, p people) *Tickets {
	t.Helper()
	made, err := New(Options{Secret: secret, Accounts: p})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func issue(t testing.TB, by *Tickets, a account.Account, p Purpose) string {
	t.Helper()
	text, err := by.Issue(a, p)
	if err != nil {
		t.Fatal(err)
	}
	return text.Reveal()
}

func TestTicketOpensWhatItIsFor(t *testing.T) {
	p := people{7: ada}
	one, another := tickets(t, p), tickets(t, p) // two nodes
	for issued, good := range map[Purpose][]Purpose{
		ForSignIn: {ForSignIn, ForServices}, ForServices: {ForServices}, ForRenewal: {ForRenewal},
	} {
		text := issue(t, one, ada, issued)
		for asked := ForSignIn; asked <= ForRenewal; asked++ {
			a, err := another.Check(t.Context(), text, asked)
			fits := strings.Contains(fmt.Sprint(good), asked.String())
			if fits && (err != nil || a.Handle != ada.Handle) || !fits && !errors.Is(err, ErrTicket) {
				t.Errorf("issued for %s, shown for %s: %v %v", issued, asked, a, err)
			}
		}
	}
}

func TestTicketIsShortAndPlain(t *testing.T) {
	k := tickets(t, people{7: ada})
	text := issue(t, k, ada, ForSignIn)
	if len(text) != 67 || strings.ContainsAny(text, " ,'\";&%=\r\n") {
		t.Errorf("a ticket of %d characters: %s", len(text), text)
	}
	if text == issue(t, k, ada, ForSignIn) {
		t.Error("two tickets are alike")
	}
	for _, shown := range []string{text, "t=" + text, "t=" + text + "&p=", "t=" + text + "&p=profile", Text(text).Pair().Reveal()} {
		if _, err := k.Check(t.Context(), shown, ForSignIn); err != nil {
			t.Errorf("%s: %v", shown, err)
		}
	}
}

func TestForgedTicketsAreRefused(t *testing.T) {
	k := tickets(t, people{7: ada, 8: {ID: 8}})
	text := issue(t, k, ada, ForServices)
	for i := range text {
		for _, c := range []byte("Aw-\n= ") {
			if text[i] == c {
				continue
			}
			forged := text[:i] + string(c) + text[i+1:]
			if a, err := k.Check(t.Context(), forged, ForServices); !errors.Is(err, ErrTicket) {
				t.Fatalf("character %d changed to %q: %v %v", i, c, a, err)
			}
		}
	}
	other, err := New(Options{Secret: bytes.Repeat([]byte("x"), 32), Accounts: people{7: ada}})
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{"", "t=", "t=&p=", "&", text + "\n", text + text, issue(t, other, ada, ForServices)} {
		if _, err := k.Check(t.Context(), shown, ForServices); !errors.Is(err, ErrTicket) {
			t.Errorf("%q: %v", shown, err)
		}
	}
}

func TestTicketEnds(t *testing.T) {
	for name, c := range map[string]struct {
		change func(people)
		want   error
	}{
		"another password": {func(p people) { p[7] = account.Account{ID: 7, Epoch: 4} }, ErrTicket},
		"banned":           {func(p people) { p[7] = account.Account{ID: 7, Epoch: 3, Banned: true} }, account.ErrBanned},
		"removed":          {func(p people) { delete(p, 7) }, ErrTicket},
	} {
		t.Run(name, func(t *testing.T) {
			p := maps.Clone(people{7: ada})
			k := tickets(t, p)
			text := issue(t, k, ada, ForSignIn)
			c.change(p)
			_, err := k.Check(t.Context(), text, ForSignIn)
			var why *CheckError
			if !errors.Is(err, c.want) || !errors.As(err, &why) || why.Account != 7 {
				t.Errorf("got %v", err)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		k := tickets(t, people{7: ada})
		text := issue(t, k, ada, ForSignIn)
		time.Sleep(Life - time.Second) // the bubble's clock
		if _, err := k.Check(t.Context(), text, ForSignIn); err != nil {
			t.Errorf("before its time: %v", err)
		}
		time.Sleep(time.Second)
		if _, err := k.Check(t.Context(), text, ForSignIn); !errors.Is(err, ErrExpired) {
			t.Errorf("after its time: %v", err)
		}
	})
}

func TestProofKeyGoesWithTheTicket(t *testing.T) {
	one, another := tickets(t, nil), tickets(t, nil)
	text := issue(t, one, ada, ForSignIn)
	key := one.ProofKey("t=" + text + "&p=")
	if len(key) != ProofKeySize || !bytes.Equal(key, another.ProofKey(text)) {
		t.Error("the key is not made again on another node")
	}
	if bytes.Equal(key, one.ProofKey(issue(t, one, ada, ForSignIn))) {
		t.Error("two tickets have one key")
	}
}

func TestTicketsDoNotReachLogs(t *testing.T) {
	text := Text("t=thesecret&p=")
	var b bytes.Buffer
	slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "ticket", text, "in", struct{ T Text }{text})
	if all := b.String() + fmt.Sprintf("%v %s %#v", text, text, text); strings.Contains(all, "thesecret") {
		t.Error(all)
	}
}

func TestNewRefuses(t *testing.T) {
	for _, o := range []Options{{}, {Secret: secret}, {Secret: secret[:31], Accounts: people{}}} {
		if _, err := New(o); err == nil {
			t.Errorf("%d octets, accounts %v: no error", len(o.Secret), o.Accounts)
		}
	}
	k := tickets(t, people{})
	if _, err := k.Issue(account.Account{}, ForSignIn); err == nil {
		t.Error("a ticket for nobody")
	}
	if _, err := k.Issue(ada, 9); err == nil {
		t.Error("a ticket for nothing")
	}
}

// What is not the ticket itself is no good. Each process that fuzzes has a secret of
// its own, since it makes a ticket of its own.
func FuzzCheck(f *testing.F) {
	k, err := New(Options{Secret: []byte(rand.Text() + rand.Text()), Accounts: people{7: ada}})
	if err != nil {
		f.Fatal(err)
	}
	good := issue(f, k, ada, ForSignIn)
	for _, seed := range []string{"", good, "t=" + good + "&p=", "t=x&p=y", good[:66] + "="} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, shown string) {
		if _, err := k.Check(t.Context(), shown, ForSignIn); err == nil && plain(shown) != good {
			t.Errorf("%q is good", shown)
		}
	})
}

// What a node does for each sign-in with a ticket, but for the look at the account.
func BenchmarkCheck(b *testing.B) {
	k := tickets(b, people{7: ada})
	text := "t=" + issue(b, k, ada, ForSignIn) + "&p="
	b.ReportAllocs()
	for b.Loop() {
		if _, err := k.Check(b.Context(), text, ForSignIn); err != nil {
			b.Fatal(err)
		}
	}
}
