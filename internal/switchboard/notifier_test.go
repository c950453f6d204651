package switchboard

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/referral"
	"github.com/papilio-im/papilio/msnp"
)

// notifier plays the notification servers: it knows people, rings them, and
// tells what they are called.
type notifier struct {
	node *cluster.Node
	keys *referral.Keys

	mu     sync.Mutex
	people map[string]*person
	rings  int

	// Both are called without the lock, if they are set before there are
	// clients.
	beforeAnswer func(rung) // when RNG is out but the switchboard has no answer
	lookUp       func() error
}

// person is somebody who is signed in.
type person struct {
	handle   string
	version  msnp.Version
	method   msnp.Method // how it enters a switchboard, CKI if empty
	password string
	rng      chan rung

	// Guarded by the notifier's lock, once there are clients.
	name    msnp.Encoded
	caps    msnp.Capabilities
	offline bool
	since   time.Time // of the sign-in
	refuse  msnp.Code // to be rung
}

// shownTo is what IRO and JOI tell others of a person.
func (p *person) shownTo(v msnp.Version) string {
	if v < msnp.MSNP12 {
		return p.handle + " " + string(p.name)
	}
	return fmt.Sprintf("%s %s %d", p.handle, p.name, p.caps)
}

// rung is what RNG told somebody.
type rung struct {
	cluster.Invitation
	method msnp.Method
	param  string // cookie or salt
}

func newNotifier(t testing.TB, node *cluster.Node, keys *referral.Keys) *notifier {
	t.Helper()
	n := &notifier{node: node, keys: keys, people: make(map[string]*person)}
	if err := node.ServeInvitations(n.invite); err != nil {
		t.Fatal(err)
	}
	if err := node.ServeLookups(n.profile); err != nil {
		t.Fatal(err)
	}
	return n
}

// person signs somebody in.
func (n *notifier) person(name string, v msnp.Version) *person {
	p := &person{
		handle: name + "@example.test", name: msnp.Encoded(name + "%20T"), version: v,
		password: "s3cret", rng: make(chan rung, 16),
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.people[p.handle] = p
	return p
}

// change changes somebody.
func (n *notifier) change(f func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	f()
}

// profileOrder is when all profiles were told.
const profileOrder = 7

func (n *notifier) profile(_ context.Context, q cluster.Question) (cluster.Profile, error) {
	n.mu.Lock()
	p, lookUp := n.people[q.Handle], n.lookUp
	profile := cluster.Profile{}
	if p != nil {
		profile = cluster.Profile{Name: p.name, Capabilities: p.caps, SignedIn: !p.offline, Since: p.since, Order: profileOrder}
	}
	n.mu.Unlock()
	if lookUp != nil {
		if err := lookUp(); err != nil {
			return cluster.Profile{}, err
		}
	}
	return profile, nil
}

func (n *notifier) invite(ctx context.Context, i cluster.Invitation) (cluster.InvitationAnswer, error) {
	n.mu.Lock()
	p := n.people[i.Callee]
	if p == nil || p.offline {
		n.mu.Unlock()
		return cluster.InvitationAnswer{Code: msnp.CodeNotOnline}, nil
	}
	refuse, before := p.refuse, n.beforeAnswer
	n.rings++
	// Passes of one account differ in their expiry, as they do where half a
	// minute lies between them.
	expires := time.Now().Truncate(time.Second).Add(60*time.Second + time.Duration(n.rings)*time.Second)
	n.mu.Unlock()
	if refuse != 0 {
		return cluster.InvitationAnswer{Code: refuse}, nil
	}
	r, err := n.ring(ctx, p, i, expires)
	if err != nil {
		return cluster.InvitationAnswer{Code: msnp.CodeSwitchboardFailed}, nil
	}
	p.rng <- r
	if before != nil {
		before(r)
	}
	return cluster.InvitationAnswer{Expires: expires}, nil
}

func (n *notifier) ring(ctx context.Context, p *person, i cluster.Invitation, expires time.Time) (rung, error) {
	pass := referral.Pass{
		Purpose: referral.ForRing, Session: i.Session, Handle: p.handle, Version: p.version,
		Node: i.SwitchboardNode, Expires: expires,
	}
	if p.method != "" {
		salt, err := n.expect(ctx, p, pass)
		return rung{Invitation: i, method: p.method, param: salt}, err
	}
	cookie, err := n.keys.Mint(pass)
	return rung{Invitation: i, method: msnp.MethodCKI, param: cookie}, err
}

// expect announces somebody who knows no cookie, and gives the salt.
func (n *notifier) expect(ctx context.Context, p *person, pass referral.Pass) (string, error) {
	salt := referral.NewSalt()
	grant, err := referral.NewGrant(pass, p.method, salt, hash(salt, p.password))
	if err != nil {
		return "", err
	}
	return salt, n.node.Expect(ctx, pass.Node, cluster.Expectation{Grants: []cluster.Grant{grant}})
}

// hash is what MD5 clients send.
func hash(salt, password string) string {
	sum := md5.Sum([]byte(salt + password))
	return hex.EncodeToString(sum[:])
}

// rung waits until somebody is rung.
func (p *person) rung(t testing.TB) rung {
	t.Helper()
	select {
	case r := <-p.rng:
		return r
	case <-time.After(patience):
		t.Fatal(p.handle + " was not rung")
		panic("not reached")
	}
}
