package crowd

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/papilio-im/papilio/internal/faults/check"
	"github.com/papilio-im/papilio/msnp"
)

// Options say who the crowd is. All are required but Idle.
type Options struct {
	// Busy people do everything; Idle ones, who come when Arrive is called, are
	// signed in and look.
	Busy, Idle int
	// Dispatch are the dispatch servers, and Web those where tickets are to be had,
	// host:port.
	Dispatch, Web []string
	Password      string
	Ledger        *check.Ledger
	Seed          uint64
	// Pace is how long somebody pauses between two things, on average.
	Pace time.Duration
	// Patience is how long a client waits for an answer before it gives a server
	// up.
	Patience time.Duration
}

// Crowd is the people. Its methods can be called from any goroutine.
type Crowd struct {
	o      Options
	ledger *check.Ledger
	talks  *check.Talks
	people []*person // who have come
	later  []*person // who will
	byName map[string]*person

	gate gate
	// calm says that nothing happens that could excuse a disturbance: whoever is
	// moved is to notice nothing. Nobody leaves or hides by themselves then.
	calm    atomic.Bool
	staying atomic.Pointer[staying]

	life context.Context //nolint:containedctx // of the goroutines of people: ended by Stop
	stop context.CancelFunc
	wg   sync.WaitGroup
}

// versions are what people speak, in turn.
var versions = []msnp.Version{
	msnp.Beta2, msnp.MSNP2, msnp.MSNP3, msnp.MSNP4, msnp.MSNP5, msnp.MSNP6, msnp.MSNP7,
	msnp.MSNP8, msnp.MSNP9, msnp.MSNP10, msnp.MSNP11, msnp.MSNP12,
}

// Handle is the account of the person with a number.
func Handle(i int) string { return fmt.Sprintf("p%04d@faults.test", i) }

// neighbours is how far away the people are whom somebody knows, by their numbers.
const neighbours = 12

// Friends are those whom the person with a number has on the forward list to begin
// with: busy people know only each other, so that nobody calls the idle ones.
func (o Options) Friends(i int) []string {
	first, n := 0, o.Busy
	if i >= o.Busy {
		first, n = o.Busy, o.Idle
	}
	var all []string
	for _, d := range []int{-5, -3, -1, 1, 2, 4} {
		friend := Handle(first + ((i-first+d)%n+n)%n)
		if friend != Handle(i) && !slices.Contains(all, friend) {
			all = append(all, friend)
		}
	}
	return all
}

// New makes a crowd of people who are not there yet.
func New(o Options) *Crowd {
	c := &Crowd{o: o, ledger: o.Ledger, talks: check.NewTalks(o.Ledger), byName: make(map[string]*person)}
	for i := range o.Busy + o.Idle {
		p := &person{
			crowd: c, number: i, handle: Handle(i), version: versions[i%len(versions)], idle: i >= o.Busy,
			status: msnp.StatusOnline,
			rand:   rand.New(rand.NewPCG(o.Seed, uint64(i))), //nolint:gosec // to be repeated, not to be secret
		}
		p.look = p.newLook()
		if p.idle {
			c.later = append(c.later, p)
		} else {
			c.people = append(c.people, p)
		}
		c.byName[p.handle] = p
	}
	return c
}

// Start lets busy people begin to sign in.
func (c *Crowd) Start(ctx context.Context) {
	c.life, c.stop = context.WithCancel(ctx)
	c.begin(c.people)
}

// Arrive lets the idle ones begin, too. It is called once, and not while another
// method runs.
func (c *Crowd) Arrive() {
	c.begin(c.later)
	c.people = append(c.people, c.later...)
}

func (c *Crowd) begin(people []*person) {
	for _, p := range people {
		c.wg.Go(func() { p.live(c.life) })
	}
}

// Stop lets everybody leave, and judges the conversations that were still open.
func (c *Crowd) Stop() {
	c.stop()
	c.wg.Wait()
	c.ledger.Add("conversations open at the end", float64(c.talks.Close()))
}

// Calm says whether anything that disturbs anybody is a broken promise from now on. It
// is to begin while nobody does anything.
func (c *Crowd) Calm(on bool) {
	for _, p := range c.people {
		p.begin(on)
	}
	c.calm.Store(on)
}

// Pause lets nobody begin anything that others would see, and waits for what has
// begun. Those who are cut off still come back, and conversations go on.
func (c *Crowd) Pause(ctx context.Context) error { return c.gate.shut(ctx) }

// Resume lets everybody go on.
func (c *Crowd) Resume() { c.gate.open() }

// staying says which of those who are cut off stay away.
type staying struct {
	of     func(number int) bool
	enough atomic.Bool   // nobody more
	back   chan struct{} // closed when they may come back
}

// StayAway lets one in so many of those who are cut off from now on stay away until
// Return.
func (c *Crowd) StayAway(one int) {
	seed := c.o.Seed
	c.staying.Store(&staying{
		of:   func(number int) bool { return rand.New(rand.NewPCG(seed, uint64(number)<<32)).IntN(one) == 0 }, //nolint:gosec // as in New
		back: make(chan struct{}),
	})
}

// EnoughAway ends that: who is cut off from now on comes back at once.
func (c *Crowd) EnoughAway() {
	if s := c.staying.Load(); s != nil {
		s.enough.Store(true)
	}
}

// Return lets those who stay away come back.
func (c *Crowd) Return() {
	if s := c.staying.Swap(nil); s != nil {
		close(s.back)
	}
}

// Away reports whether somebody was cut off and stays away.
func (c *Crowd) Away(handle string) bool { return c.byName[handle].away.Load() }

// Absent counts those who stay away.
func (c *Crowd) Absent() int {
	n := 0
	for _, p := range c.people {
		if p.away.Load() {
			n++
		}
	}
	return n
}

// asking is how many clients are asked at a time whether they are well.
const asking = 64

// Whole waits until everybody who does not stay away is signed in and gets an
// answer. The error tells who does not.
func (c *Crowd) Whole(ctx context.Context) error {
	for {
		missing := c.missing(ctx)
		if len(missing) == 0 {
			return nil
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			few := missing[:min(len(missing), 5)]
			return errors.Join(context.Cause(ctx), fmt.Errorf("%d of %d are not back, among them %s", len(missing), len(c.people), strings.Join(few, "; ")))
		}
	}
}

// missing asks everybody. It asks nobody as long as somebody is not signed in.
func (c *Crowd) missing(ctx context.Context) (who []string) {
	for _, p := range c.people {
		if !p.away.Load() && p.current() == nil {
			who = append(who, p.handle+" ("+p.trouble()+")")
		}
	}
	if len(who) > 0 {
		return who
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	turns := make(chan struct{}, asking)
	for _, p := range c.people {
		if p.away.Load() {
			continue
		}
		turns <- struct{}{}
		wg.Go(func() {
			defer func() { <-turns }()
			if err := p.answers(ctx); err != nil {
				mu.Lock()
				defer mu.Unlock()
				who = append(who, p.handle+" ("+err.Error()+")")
			}
		})
	}
	wg.Wait()
	return who
}

// Relog lets one in so many of those who are signed in sign out and in again. It
// returns when they are out.
func (c *Crowd) Relog(ctx context.Context, one int) {
	var wg sync.WaitGroup
	for i, p := range c.people {
		if s := p.current(); s != nil && i%one == 0 {
			wg.Go(func() { s.leave(ctx) })
		}
	}
	wg.Wait()
}

// Look gives everybody as they are and what they see. It means something only while
// nobody does anything.
func (c *Crowd) Look() []check.Person {
	all := make([]check.Person, len(c.people))
	for i, p := range c.people {
		all[i] = p.now()
	}
	return all
}

// History is what somebody's client was told of somebody, and what both have done
// about each other, in words.
func (c *Crowd) History(watcher, subject string) string {
	w, p := c.byName[watcher], c.byName[subject]
	s := w.current()
	if s == nil {
		return "is not signed in any more"
	}
	return fmt.Sprintf("signed in at %s, %s; has done: %s; the other: %s", s.began.UTC().Format("15:04:05.000"),
		s.history.of(subject), w.history.deeds(subject), p.history.deeds(watcher))
}

// Accounts gives what everybody's lists may be, by handle, of those who were ever
// signed in.
func (c *Crowd) Accounts() map[string]*check.Account {
	all := make(map[string]*check.Account)
	for _, p := range c.people {
		if lists := p.lists.Load(); lists != nil {
			all[p.handle] = lists
		}
	}
	return all
}
