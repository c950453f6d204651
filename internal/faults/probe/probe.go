package probe

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/papilio-im/papilio/internal/faults/check"
)

// Server is a notification server.
type Server struct{ Name, Address string }

// Options say what is probed. All are required.
type Options struct {
	Accounts int
	Password string
	Servers  []Server
	Answers  *check.Answers
	Ledger   *check.Ledger
	Seed     uint64
}

// Handle is the account with a number.
func Handle(i int) string { return fmt.Sprintf("probe%02d@faults.test", i) }

// Probe is running probes.
type Probe struct {
	o     Options
	conns atomic.Int64 // numbers the connections
	stop  context.CancelFunc
	wg    sync.WaitGroup
}

// Start begins to probe.
func Start(ctx context.Context, o Options) *Probe {
	p := &Probe{o: o}
	ctx, p.stop = context.WithCancel(ctx)
	for i := range o.Accounts {
		a := &account{
			probe: p, handle: Handle(i),
			rand:  rand.New(rand.NewPCG(o.Seed, 1<<63|uint64(i))), //nolint:gosec // to be repeated
			conns: make(map[*conn]struct{}),
		}
		p.wg.Go(func() { a.run(ctx) })
	}
	return p
}

// Stop ends it, and closes all connections.
func (p *Probe) Stop() {
	p.stop()
	p.wg.Wait()
}

// name finds the server that has an address.
func (p *Probe) name(address string) string {
	for _, s := range p.o.Servers {
		if s.Address == address {
			return s.Name
		}
	}
	return address
}

// account is one account, on all connections that have signed it in and are not
// closed by a server.
type account struct {
	probe  *Probe
	handle string
	rand   *rand.Rand // owned by run
	wg     sync.WaitGroup

	mu    sync.Mutex
	conns map[*conn]struct{}
	newer atomic.Int32 // sign-ins that are under way
}

const (
	// askEvery is how often every connection is asked.
	askEvery = 150 * time.Millisecond
	// again is how many such times pass between two sign-ins, on average, while
	// there is no need for one.
	again = 30
	// signInTime bounds a sign-in, referrals included.
	signInTime = 8 * time.Second
)

func (a *account) run(ctx context.Context) {
	tick := time.NewTicker(askEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			a.closeAll()
			a.wg.Wait()
			return
		}
		a.askAll()
		a.comeIn(ctx)
	}
}

// comeIn signs in once more if nobody serves the account, or now and then; and
// now and then at all servers at the same moment.
func (a *account) comeIn(ctx context.Context) {
	servers := a.probe.o.Servers
	first := a.rand.IntN(len(servers))
	n := a.rand.IntN(6 * again)
	switch {
	case a.newer.Load() > 0:
	case n == 0:
		for _, s := range servers {
			a.signIn(ctx, s)
		}
	case n < 6, !a.served():
		a.signIn(ctx, servers[first])
	}
}

// signIn begins a sign-in.
func (a *account) signIn(ctx context.Context, at Server) {
	a.newer.Add(1)
	a.wg.Go(func() {
		defer a.newer.Add(-1)
		trying, cancel := context.WithTimeout(ctx, signInTime)
		defer cancel()
		c, err := a.enter(trying, at)
		if err != nil {
			a.probe.o.Ledger.Add("probes not let in", 1)
			return
		}
		a.mu.Lock()
		a.conns[c] = struct{}{}
		a.mu.Unlock()
		if ctx.Err() != nil {
			c.close()
		}
		a.wg.Go(func() { a.listen(c) })
	})
}

// served reports whether any connection was not referred elsewhere yet.
func (a *account) served() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for c := range a.conns {
		if !c.referred.Load() {
			return true
		}
	}
	return false
}

func (a *account) all() []*conn {
	a.mu.Lock()
	defer a.mu.Unlock()
	all := make([]*conn, 0, len(a.conns))
	for c := range a.conns {
		all = append(all, c)
	}
	return all
}

func (a *account) askAll() {
	for _, c := range a.all() {
		if at := c.ask(); !at.IsZero() {
			a.probe.o.Answers.Asked(c.node, at)
		}
	}
}

func (a *account) closeAll() {
	for _, c := range a.all() {
		c.close()
	}
}

// listen notes every answer until the server closes the connection.
func (a *account) listen(c *conn) {
	defer func() {
		c.close()
		a.mu.Lock()
		defer a.mu.Unlock()
		delete(a.conns, c)
	}()
	for {
		l, err := c.next()
		if err != nil {
			return
		}
		switch l.Name() {
		case "QNG":
			if asked, ok := c.asked(); ok {
				a.probe.o.Answers.Answered(a.handle, c.number, asked)
			}
		case "XFR":
			c.referred.Store(true)
		case "OUT":
			return
		}
	}
}
