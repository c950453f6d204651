package load

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/papilio-im/papilio/msnp"
)

// short is a time in which something is sure to happen, or need not.
const short = 200 * time.Millisecond

func TestSignInOnce(t *testing.T) {
	server := serve(t, 30, 10)
	r := do(t, Plan{Kind: SignIn, Server: server, Accounts: Accounts{Count: 30}, Versions: Versions{msnp.MSNP2, msnp.MSNP5, msnp.MSNP7}})
	took(t, r, "sign_in", "referral")
	if r.Counts["sign_ins"] != 30 || r.Counts["referrals"] != 30 || r.Peak != 30 {
		t.Errorf("counts %v, peak %d", r.Counts, r.Peak)
	}
	if len(r.Servers) != 1 || len(r.Timeline) == 0 || r.Generator.Processes != 1 {
		t.Errorf("servers %v, timeline %v, generator %+v", r.Servers, r.Timeline, r.Generator)
	}
}

func TestSignInOverAndOver(t *testing.T) {
	server := serve(t, 10, 0)
	r := do(t, Plan{Kind: SignIn, Server: server, Accounts: Accounts{Count: 10}, Duration: time.Hour, Rate: 500}, signIns, referrals)
	took(t, r, "sign_in")
}

func TestIdle(t *testing.T) {
	server := serve(t, 10, 4)
	do(t, Plan{Kind: Idle, Server: server, Accounts: Accounts{Count: 10}, Ping: short / 10, Sources: 3}, signIns, pings)
}

func TestChat(t *testing.T) {
	server := serve(t, 9, 0)
	r := do(t, Plan{Kind: Chat, Server: server, Accounts: Accounts{Count: 9}, Members: 3}, conversations, messages, deliveries)
	took(t, r, "ack", "delivery")
	if n := r.Counts; n["conversations"] > 3 || n["deliveries"] < 2*n["messages"] || n["missing"] != 0 {
		t.Errorf("counts %v", n)
	}
}

// Whoever watches sees each change, whether the subject was a contact before or
// is made one for it; then it is none any more.
func TestPresence(t *testing.T) {
	server := serve(t, 12, 4)
	p := Plan{Kind: Presence, Server: server, Accounts: Accounts{Count: 12}, Watchers: 5, Placement: SameNode}
	for range 2 {
		r := do(t, p, changes, notices)
		took(t, r, "change", "notice", "notice_same_node", "last_notice")
		if n := r.Counts; n["notices"] < 5*(n["changes"]-2) || n["missing"] != 0 || r.Latency["notice_other_node"].Count != 0 {
			t.Errorf("counts %v", n)
		}
	}
}

func TestTransfer(t *testing.T) {
	server := serve(t, 4, 0)
	r := do(t, Plan{Kind: Transfer, Server: server, Accounts: Accounts{Count: 4}}, conversations, calls)
	took(t, r, "transfer", "call", "call_same_node", "ring", "ring_same_node")
}

func TestReferral(t *testing.T) {
	server := serve(t, 1, 0)
	for _, v := range msnp.Versions(msnp.Beta2, msnp.MSNP12) {
		r := do(t, Plan{Kind: Referral, Server: server, Versions: Versions{v}}, referrals)
		took(t, r, "referral")
	}
}

func TestMixed(t *testing.T) {
	server := serve(t, 20, 10)
	p := Plan{Kind: Mixed, Server: server, Accounts: Accounts{Count: 20}, Speed: 5000, Backoff: short / 10}
	do(t, p, signIns, returned, changes, conversations, messages, deliveries)
}

// Ctrl-C is an early end with a report, and no error.
func TestEndedEarly(t *testing.T) {
	server := serve(t, 4, 0)
	ctx, cancel := context.WithCancel(t.Context())
	ready := func(context.Context) error { cancel(); return nil }
	r, err := Run(ctx, Plan{Kind: Chat, Server: server, Accounts: Accounts{Count: 4}, Duration: time.Hour}, Hooks{Ready: ready})
	if err != nil || !r.Interrupted || r.Counts["sign_ins"] != 4 || r.SignedIn != 0 || len(r.Errors) > 0 {
		t.Errorf("%v: %+v", err, r)
	}
}

// Who watches sees the end, too, which takes its time when there are thousands.
func TestProgressToTheEnd(t *testing.T) {
	p := Plan{Kind: SignIn, Server: serve(t, 2, 0), Accounts: Accounts{Count: 2}}
	if err := p.complete(); err != nil {
		t.Fatal(err)
	}
	seen := make(chan struct{})
	var once sync.Once
	r := newRun(p, Hooks{
		Progress: func(r Report) {
			if r.Phase == SigningOut {
				once.Do(func() { close(seen) })
			}
		},
		Over: func() {
			select {
			case <-seen:
			case <-time.After(time.Minute):
				t.Error("nothing is told of those who leave")
			}
		},
	})
	r.often = time.Millisecond
	if _, err := r.whole(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestNobody(t *testing.T) {
	server := serve(t, 1, 0)
	r, err := Run(t.Context(), Plan{Kind: Chat, Server: server, Accounts: Accounts{From: 10, Count: 4}, Duration: time.Hour}, Hooks{})
	if !errors.Is(err, ErrNobody) || r.Errors["sign-in: USR refused: authentication failed (911)"] != 4 {
		t.Errorf("%v: %v", err, r.Errors)
	}
}
