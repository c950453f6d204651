package load

import (
	"strings"
	"testing"
	"time"

	"github.com/papilio-im/papilio/msnp"
)

func TestTicketsEachTime(t *testing.T) {
	server, web := serveWeb(t, 12, 4)
	r := do(t, Plan{
		Kind: SignIn, Server: server, Web: web, Accounts: Accounts{Count: 12},
		Versions: Versions{msnp.MSNP7, msnp.MSNP8, msnp.MSNP10, msnp.MSNP12},
	})
	took(t, r, "sign_in", "referral")
	if r.Counts["sign_ins"] != 12 || r.Plan.Tickets != EachTime || r.Seconds[Fetching] != 0 {
		t.Errorf("%d sign-ins, tickets %q, %v", r.Counts["sign_ins"], r.Plan.Tickets, r.Seconds)
	}
	summary(t, r, "tickets", "from "+web+", at each sign-in")
}

// Tickets that are in hand are got before, and what is measured knows nothing of it.
func TestTicketsInHand(t *testing.T) {
	server, web := serveWeb(t, 6, 0)
	p := Plan{
		Kind: SignIn, Server: server, Web: web, Tickets: InHand, Accounts: Accounts{Count: 6}, Sources: 2,
		Versions: Versions{msnp.MSNP8, msnp.MSNP12, msnp.MSNP5}, Duration: time.Hour,
	}
	r := do(t, p, signIns)
	took(t, r, "sign_in")
	if r.Seconds[Fetching] == 0 || len(r.Errors) > 0 {
		t.Errorf("%v, %v", r.Seconds, r.Errors)
	}
	summary(t, r, "tickets", "from "+web+", before in")
}

// All kinds go with versions that sign in with a ticket.
func TestLaterVersions(t *testing.T) {
	server, web := serveWeb(t, 12, 4)
	p := Plan{
		Server: server, Web: web, Accounts: Accounts{Count: 12}, Versions: Versions{msnp.MSNP12, msnp.MSNP9, msnp.MSNP7},
		Tickets: InHand, Speed: 5000, Backoff: short / 10, Watchers: 3,
	}
	for kind, happens := range map[Kind][]count{
		Idle: {signIns}, Chat: {messages, deliveries}, Presence: {changes, notices}, Transfer: {calls}, Mixed: {returned, changes, messages},
	} {
		p.Kind = kind
		do(t, p, happens...)
	}
}

// Who gets no ticket is an error, with a reason that names nobody.
func TestNoTickets(t *testing.T) {
	server := serve(t, 1, 0)
	r, err := Run(t.Context(), Plan{
		Kind: SignIn, Server: server, Web: "http://" + server, Accounts: Accounts{Count: 1}, Versions: Versions{msnp.MSNP11}, Timeout: 10 * time.Second,
	}, Hooks{})
	if err == nil || len(r.Errors) != 1 {
		t.Errorf("%v: %v", err, r.Errors)
	}
}

func TestWebOfPlan(t *testing.T) {
	for _, test := range []struct{ web, tickets, version, wrong, target string }{
		{"http://127.0.0.1:8080", "", "MSNP12", "", "127.0.0.1:8080"},
		{"https://chat.example.net", "ready", "MSNP8", "", "chat.example.net:https"},
		{"http://", "", "MSNP8", "is not http://HOST:PORT", ""},
		{"127.0.0.1:8080", "", "MSNP8", "is not http://HOST:PORT", ""},
		{"http://127.0.0.1/x", "", "MSNP8", "is not http://HOST:PORT", "127.0.0.1:http"},
		{"http://127.0.0.1", "never", "MSNP8", `not "never"`, "127.0.0.1:http"},
		{"", "", "MSNP7", "", ""},
		{"http://127.0.0.1", "ready", "MSNP7", "", ""}, // nobody needs one
	} {
		v, err := ParseVersion(test.version)
		if err != nil {
			t.Fatal(err)
		}
		p := Plan{
			Kind: Idle, Server: "127.0.0.1:1863", Accounts: Accounts{Count: 1}, Versions: Versions{v},
			Web: test.web, Tickets: Tickets(test.tickets),
		}
		err = p.Check()
		if (err == nil) != (test.wrong == "") || err != nil && !strings.Contains(err.Error(), test.wrong) {
			t.Errorf("%+v: %v", test, err)
		}
		if got := p.WebServer(); got != test.target {
			t.Errorf("%+v: to %q", test, got)
		}
	}
}

// summary looks for words in the report for people.
func summary(t *testing.T, r Report, words ...string) {
	t.Helper()
	var text strings.Builder
	if err := r.Summary(&text); err != nil {
		t.Fatal(err)
	}
	for _, word := range words {
		if !strings.Contains(text.String(), word) {
			t.Errorf("no %q in:\n%s", word, &text)
		}
	}
}
