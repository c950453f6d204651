package demo

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/papilio-im/papilio/internal/config"
	"github.com/papilio-im/papilio/msnp"
	"github.com/papilio-im/papilio/msnp/client"
)

// password is everybody's. It is shown to nobody, and gone with the accounts.
const password = "butterfly"

// actor is a client and the events that it was told of.
type actor struct {
	*client.Client
	stage   *stage
	name    string // as the printer has it
	title   string // as others see it
	handle  string
	program string // what such a client was called
	version msnp.Version

	mu     sync.Mutex
	events []client.Event // that nobody has waited for yet
	grown  chan struct{}  // closed when there is one more, or owed is less
	owed   int            // answers to challenges that the server has not taken yet
}

func (s *stage) add(name, program string, v msnp.Version) *actor {
	a := &actor{
		stage: s, name: name, title: string(name[0]-'a'+'A') + name[1:], handle: name + "@example.com",
		program: program, version: v, grown: make(chan struct{}),
	}
	s.cast = append(s.cast, a)
	return a
}

// signIn signs the actor in by way of the dispatch server.
func (a *actor) signIn(ctx context.Context, status msnp.Status, traced bool) (err error) {
	o := client.Options{
		Dispatch: a.stage.server.Addr(config.RoleDispatch).String(),
		Handle:   a.handle, Password: password, Version: a.version, Status: status,
		Passport: a.stage.passport(a.version), HTTP: a.stage.web, Plain: true, // nobody listens on loopback
	}
	if traced {
		o.OnEvent = func(_ *client.Client, e client.Event) { a.note(e) }
		o.Trace = func(t client.TraceLine) {
			a.stage.printer.line(a, t)
			a.owe(t)
		}
		o.HTTP = &http.Client{Transport: &pages{actor: a, to: a.stage.web.Transport}}
	}
	if a.Client, err = client.SignIn(ctx, o); err != nil {
		return fmt.Errorf("%s does not get in: %w", a.title, err)
	}
	if a.Version() != a.version {
		return fmt.Errorf("%s speaks %s, not %s", a.title, a.Version(), a.version)
	}
	return nil
}

func (a *actor) note(e client.Event) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.events = append(a.events, e)
	close(a.grown)
	a.grown = make(chan struct{})
}

// owe looks for challenges, which the client answers by itself.
func (a *actor) owe(t client.TraceLine) {
	word, _, _ := strings.Cut(t.Line, " ")
	if t.From != msnp.FromServer || word != "CHL" && word != "QRY" {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if word == "CHL" {
		a.owed++
		return
	}
	a.owed--
	close(a.grown)
	a.grown = make(chan struct{})
}

// settle waits until the server has taken every answer to a challenge, for what belongs
// to one act not to be printed in the next.
func (a *actor) settle(ctx context.Context) error {
	for {
		a.mu.Lock()
		owed, grown := a.owed, a.grown
		a.mu.Unlock()
		if owed <= 0 {
			return nil
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return fmt.Errorf("%s has answered a challenge, and waits", a.title)
		}
	}
}

// take finds the first event that fits and takes it out. If there is none it
// gives what is closed when there may be.
func (a *actor) take(fits func(client.Event) bool) (bool, <-chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i, e := range a.events {
		if fits(e) {
			a.events = append(a.events[:i:i], a.events[i+1:]...)
			return true, nil
		}
	}
	return false, a.grown
}

// await waits for an event that fits.
func await[E client.Event](ctx context.Context, a *actor, what string, fits func(E) bool) error {
	for {
		found, grown := a.take(func(e client.Event) bool {
			e1, ok := e.(E)
			return ok && fits(e1)
		})
		if found {
			return nil
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return fmt.Errorf("%s was not told %s", a.title, what)
		}
	}
}

// sees waits until the actor is told of somebody's status.
func (a *actor) sees(ctx context.Context, whom *actor, status msnp.Status) error {
	return await(ctx, a, "that "+whom.title+" is "+string(status), func(e client.Presence) bool {
		return e.Handle == whom.handle && e.Status == status
	})
}

// unaware reports an error if the actor was told anything about somebody.
func (a *actor) unaware(whom *actor) error {
	told, _ := a.take(func(e client.Event) bool {
		p, ok := e.(client.Presence)
		return ok && p.Handle == whom.handle
	})
	if told {
		return fmt.Errorf("%s has noticed that %s moved", a.title, whom.title)
	}
	return nil
}

// trouble finds an event that must not be.
func (a *actor) trouble() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, e := range a.events {
		var err error
		switch e := e.(type) {
		case client.Refused:
			err = fmt.Errorf("%s was refused something: %s", a.title, e.Code.Meaning())
		case client.InvitationFailed:
			err = fmt.Errorf("%s cannot come: %w", a.title, e.Err)
		case client.StatusChanged:
			err = fmt.Errorf("the status of %s became %s by itself", a.title, e.Status)
		case client.Ended:
			err = e.Err
		case client.SignedOut:
			err = e.Err
		}
		if err != nil {
			return err
		}
	}
	return nil
}
