package server_test

import (
	"context"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	nats "github.com/nats-io/nats-server/v2/server"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/config"
	"github.com/papilio-im/papilio/internal/server"
	"github.com/papilio-im/papilio/msnp"
	"github.com/papilio-im/papilio/msnp/client"
)

// service is a service of several nodes on one bus and one database.
type service struct {
	t   *testing.T
	bus *nats.Server
	dir string
}

// longGrace is longer than anything takes here.
const longGrace = 10 * time.Minute

func newService(t *testing.T) *service {
	t.Helper()
	t.Parallel()
	bus, err := nats.NewServer(&nats.Options{
		Host: "127.0.0.1", Port: -1, NoSigs: true, NoLog: true, JetStream: true, StoreDir: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	bus.Start()
	t.Cleanup(func() {
		bus.Shutdown()
		bus.WaitForShutdown()
	})
	if !bus.ReadyForConnections(patience) {
		t.Fatal("the NATS server is not ready")
	}
	return &service{t: t, bus: bus, dir: t.TempDir()}
}

// config is that of a node of the service with some roles, all if none are named.
// When the test is over it does not wait for anybody, unless extra says so.
func (s *service) config(name string, extra string, roles ...config.Role) config.Config {
	s.t.Helper()
	if len(roles) == 0 {
		roles = config.Roles()
	}
	if !strings.Contains(extra, "[shutdown]") {
		extra += "\n[shutdown]\ndeadline = \"0s\"\n"
	}
	quoted := make([]string, len(roles))
	for i, r := range roles {
		quoted[i] = strconv.Quote(string(r))
	}
	return loopback(s.t, `
roles = [`+strings.Join(quoted, ", ")+`]
[cluster]
node = "`+name+`"
nats_url = "`+s.bus.ClientURL()+`"
lease = "`+lease+`"
[storage]
url = "sqlite://`+filepath.ToSlash(filepath.Join(s.dir, "papilio.db"))+`"
legacy_key = "`+filepath.ToSlash(filepath.Join(s.dir, "legacy.key"))+`"
`+extra)
}

// node runs a node of the service, and waits until it is active.
func (s *service) node(name, extra string, roles ...config.Role) *running {
	s.t.Helper()
	return s.nodeOf(s.config(name, extra, roles...))
}

func (s *service) nodeOf(c config.Config) *running {
	s.t.Helper()
	ready := make(chan struct{})
	n := startWith(s.t, server.Options{
		Config: c, Grace: longGrace,
		Ready: func(context.Context) error { close(ready); return nil },
	})
	select {
	case <-ready:
	case <-time.After(patience):
		s.t.Fatalf("%s is not ready", n.Node())
	}
	return n
}

// settled waits until each of these nodes, which are all, knows of all others that
// they are active, and that those with a notification server serve their share.
func (s *service) settled(nodes ...*running) {
	s.t.Helper()
	holders := 0
	for _, n := range nodes {
		if n.config.Has(config.RoleNotification) {
			holders++
		}
	}
	for _, n := range nodes {
		eventually(s.t, "every shard is where it belongs", func() bool {
			active, owners := 0, make(map[string]bool)
			for _, m := range n.Members() {
				if m.State == cluster.StateActive {
					active++
				}
			}
			for _, shard := range n.Shards() {
				if shard.Owner == "" || shard.Owner != shard.Target || shard.Next != "" {
					return false
				}
				owners[shard.Owner] = true
			}
			return active == len(nodes) && len(owners) == holders
		})
	}
}

// person is a client, with what has happened to it.
type person struct {
	*client.Client
	t *testing.T

	mu     sync.Mutex
	events []client.Event
	gone   []string // lines that told of somebody who has left
}

// people adds accounts and signs them in by a dispatch server. Everybody has
// everybody on their forward list.
func people(t *testing.T, n *running, dispatch string, names ...string) []*person {
	t.Helper()
	all := make([]*person, len(names))
	for _, name := range names {
		n.addAccount(t, name+"@example.net", "pw", name)
	}
	for i, name := range names {
		all[i] = enter(t, dispatch, name, msnp.StatusOnline)
		for _, other := range names {
			if other == name {
				continue
			}
			if err := all[i].Add(t.Context(), msnp.ForwardList, other+"@example.net", other, msnp.NoGroup); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, p := range all {
		for _, other := range all {
			if other != p {
				p.sees(other, msnp.StatusOnline)
			}
		}
	}
	return all
}

// enter signs somebody in.
func enter(t *testing.T, dispatch, name string, status msnp.Status) *person {
	t.Helper()
	p := &person{t: t}
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	c, err := client.SignIn(ctx, client.Options{
		Dispatch: dispatch, Handle: name + "@example.net", Password: "pw", Status: status,
		Trace: func(l client.TraceLine) {
			if strings.HasPrefix(l.Line, "FLN ") {
				p.mu.Lock()
				defer p.mu.Unlock()
				p.gone = append(p.gone, l.Line)
			}
		},
		OnEvent: func(_ *client.Client, e client.Event) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.events = append(p.events, e)
		},
	})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	p.Client = c
	t.Cleanup(func() {
		_ = c.SignOut(context.WithoutCancel(t.Context())) // the service may be gone
		<-c.Done()
	})
	return p
}

// has reports whether something of a kind has happened that is as wanted.
func has[E client.Event](p *person, want func(E) bool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.events {
		if e, ok := e.(E); ok && want(e) {
			return true
		}
	}
	return false
}

// waits until something has happened.
func waits[E client.Event](p *person, what string, want func(E) bool) {
	p.t.Helper()
	eventually(p.t, p.Handle()+": "+what, func() bool { return has(p, want) })
}

// forget drops what has happened so far.
func (p *person) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.events, p.gone = nil, nil
}

func (p *person) sees(other *person, status msnp.Status) {
	p.t.Helper()
	eventually(p.t, p.Handle()+" sees "+other.Handle()+" as "+string(status), func() bool {
		c, ok := p.Contact(other.Handle())
		return ok && c.Status == status
	})
}

// undisturbed fails if the client has been signed out, or was told that anybody
// has left. That a contact's status came late after a move is no such thing.
func (p *person) undisturbed() {
	p.t.Helper()
	select {
	case <-p.Done():
		p.t.Errorf("%s was signed out: %v", p.Handle(), p.Err())
	default:
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.gone) > 0 {
		p.t.Errorf("%s was told %q", p.Handle(), p.gone)
	}
}

// talk opens a conversation and waits until something that is said there has
// arrived.
func talk(a, b *person, text string) *client.Conversation {
	a.t.Helper()
	ctx, cancel := context.WithTimeout(a.t.Context(), patience)
	defer cancel()
	v, err := a.Open(ctx, b.Handle())
	if err != nil {
		a.t.Fatalf("%s opens a conversation: %v", a.Handle(), err)
	}
	if err := v.Send(ctx, text); err != nil {
		a.t.Fatalf("%s says something: %v", a.Handle(), err)
	}
	waits(b, "hears "+text, func(e client.Message) bool { said, ok := e.Text(); return ok && said == text })
	return v
}
