package crowd

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/papilio-im/papilio/internal/faults/check"
	"github.com/papilio-im/papilio/msnp"
	"github.com/papilio-im/papilio/msnp/client"
)

// person is somebody with an account and one client.
type person struct {
	crowd   *Crowd
	number  int
	handle  string
	version msnp.Version
	idle    bool
	lists   atomic.Pointer[check.Account] // nil before the first sign-in
	away    atomic.Bool                   // was cut off and stays away
	orName  atomic.Pointer[string]        // a name that may have been set; nil if none
	history history                       // of what the person has done

	// Owned by live.
	rand   *rand.Rand
	status msnp.Status // to sign in with
	look   look        // likewise

	mu      sync.Mutex
	session *session      // nil while not signed in
	err     error         // why the last sign-in has failed
	shown   []msnp.Status // since the calm began, nil for any
}

// How soon a client tries again that could not sign in.
const (
	firstPause = 100 * time.Millisecond
	mostPause  = 2 * time.Second
)

// live is a person's time in the crowd: sign in, do things, and again after being
// cut off.
func (p *person) live(ctx context.Context) {
	pause := firstPause
	for ctx.Err() == nil {
		s, err := p.signIn(ctx)
		if err != nil {
			p.failed(ctx, err)
			if !sleep(ctx, pause/2+time.Duration(p.rand.Int64N(int64(pause)))) {
				return
			}
			pause = min(2*pause, mostPause)
			continue
		}
		pause = firstPause
		p.set(s)
		s.run(ctx)
		p.set(nil)
		s.over(ctx)
		if ctx.Err() == nil && s.cutOff() {
			p.stayAway(ctx)
			sleep(ctx, firstPause+time.Duration(p.rand.Int64N(int64(3*firstPause))))
		}
	}
}

// signIn makes one attempt, through any of the dispatch servers.
func (p *person) signIn(ctx context.Context) (*session, error) {
	s := newSession(p)
	ctx, cancel := context.WithTimeout(ctx, p.crowd.o.Patience)
	defer cancel()
	c, err := client.SignIn(ctx, client.Options{
		Dispatch: p.crowd.o.Dispatch[p.rand.IntN(len(p.crowd.o.Dispatch))],
		Handle:   p.handle, Password: p.crowd.o.Password, Version: p.version, Status: p.status,
		Pipeline: p.number%3 == 1 && p.version != msnp.Beta2,
		Passport: p.passport(), Plain: true, Capabilities: p.look.capabilities, Picture: p.look.picture,
		OnEvent: s.onEvent, Filter: s.filter, Dial: s.dial, SignInTimeout: p.crowd.o.Patience,
	})
	if err != nil {
		return nil, err
	}
	s.c = c
	if p.version.Has(msnp.FeaturePersonalMessages) {
		if err := s.showPersonal(ctx, p.look.personal); err != nil {
			s.drop()
			<-c.Done()
			return nil, err
		}
	}
	p.compare(c)
	return s, nil
}

// compare looks whether the lists are what they should be after a sign-in.
func (p *person) compare(c *client.Client) {
	r := check.RosterOf(c.Roster(), c.Version())
	lists := p.lists.Load()
	if lists == nil {
		p.lists.Store(check.NewAccount(r))
		return
	}
	late, wrong := lists.Seen(r)
	switch {
	case wrong != "":
		p.crowd.ledger.Broken(check.Lists, "%s after a sign-in: %s", p.handle, wrong)
	case late:
		p.crowd.ledger.Add("edits done late", 1)
	default:
		p.crowd.ledger.Kept(check.Lists, 1)
	}
}

// failed notes why somebody could not sign in.
func (p *person) failed(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	p.mu.Lock()
	p.err = err
	p.mu.Unlock()
	p.crowd.ledger.Add("sign-ins failed", 1)
	if p.crowd.calm.Load() {
		p.crowd.ledger.Broken(check.Moves, "%s cannot sign in: %v", p.handle, err)
	}
}

// stayAway waits until somebody who stays away after being cut off comes back.
func (p *person) stayAway(ctx context.Context) {
	s := p.crowd.staying.Load()
	if s == nil || s.enough.Load() || p.idle || !s.of(p.number) {
		return
	}
	p.away.Store(true)
	select {
	case <-s.back:
	case <-ctx.Done():
	}
	p.away.Store(false)
}

func (p *person) set(s *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.session = s
}

// current is the session that goes on, or nil.
func (p *person) current() *session {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.session == nil {
		return nil
	}
	select {
	case <-p.session.c.Done():
		return nil
	default:
		return p.session
	}
}

// trouble is why somebody is not signed in.
func (p *person) trouble() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil {
		return "not signed in"
	}
	return p.err.Error()
}

var errNotHere = errors.New("not signed in")

// wellTime is how long somebody who is well takes to answer.
const wellTime = 3 * time.Second

// answers asks the server of somebody whether it is there.
func (p *person) answers(ctx context.Context) error {
	s := p.current()
	if s == nil {
		return errNotHere
	}
	ctx, cancel := context.WithTimeout(ctx, wellTime)
	defer cancel()
	return s.c.Ping(ctx)
}

// now gives the person and what their client shows.
func (p *person) now() check.Person {
	me := check.Person{Handle: p.handle, Version: p.version, Shows: p.shows}
	s := p.current()
	if s == nil {
		return me
	}
	me.Here, me.Status, me.Name, me.Look = true, s.c.Status(), s.c.Name(), s.look()
	if name := p.orName.Load(); name != nil {
		me.OrName = *name
	}
	me.Sees = make(map[string]check.Seen)
	for _, contact := range s.c.Roster().Contacts {
		if contact.Lists.Has(client.OnForward) {
			me.Sees[contact.Handle] = check.Seen{
				Status: contact.Status, Name: contact.DisplayName,
				Look: check.Look{Capabilities: contact.Capabilities, Object: contact.Object, Personal: contact.Personal},
			}
		}
	}
	return me
}

// shows tells whether the person's lists let somebody see them: all but those who
// are blocked.
func (p *person) shows(to string) (yes, known bool) {
	lists := p.lists.Load()
	if lists == nil {
		return false, false
	}
	blocked, open := 0, 0
	for _, r := range lists.All() {
		if r.Contacts[to].On.Has(client.OnBlock) {
			blocked++
		} else {
			open++
		}
	}
	return open > 0, blocked == 0 || open == 0
}

// sleep waits, and reports false if the context has ended before.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
