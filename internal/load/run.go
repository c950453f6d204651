package load

import (
	"context"
	"errors"
	"maps"
	"runtime/debug"
	"sync"
	"time"
)

// Hooks let somebody follow a run, and hold it. All may be nil.
type Hooks struct {
	// Ready is called when all have signed in; the work begins when it returns.
	// An error ends the run.
	Ready func(ctx context.Context) error
	// Over is called when the work is over, before anybody leaves. It should not
	// take long.
	Over func()
	// Progress is given a report of what there is so far, once a second.
	Progress func(Report)
}

// ErrNobody says that not one client could sign in.
var ErrNobody = errors.New("nobody could sign in")

// Run does a plan. When the context ends it stops early, and the report says so;
// that is no error. What goes wrong with clients is counted in the report; the
// error is one of the plan, of a hook, or [ErrNobody], and there is a report then,
// too, except for an error of the plan.
func Run(ctx context.Context, p Plan, h Hooks) (Report, error) {
	if err := p.complete(); err != nil {
		return Report{}, err
	}
	return newRun(p, h).whole(ctx)
}

// run is a plan being done.
type run struct {
	plan  Plan
	hooks Hooks
	meter meter
	work  work
	began time.Time
	often time.Duration // between two reports of progress

	sessions []*session
	pages    *pages
	//nolint:containedctx // the life of those who come back by themselves, whom no caller waits for
	life      context.Context
	returning sync.WaitGroup

	idleMemory, fullMemory int64 // before anybody has signed in, and after all have

	mu       sync.Mutex
	over     bool // nobody comes back any more
	phase    Phase
	entered  time.Time // the phase
	seconds  map[Phase]float64
	timeline []Point
	servers  map[string]int
}

// work is what the clients of a kind do.
type work interface {
	// see is shown every event of a client, on the goroutine that reads.
	see(s *session, e event)
	// prepare is called when all have signed in, before the work is timed.
	prepare(ctx context.Context) error
	// do does it until the context ends, or it is done.
	do(ctx context.Context) error
	// finish waits for what is on its way still, and undoes what prepare has done,
	// as far as it lasts. It is called in any case.
	finish(ctx context.Context)
}

func newRun(p Plan, h Hooks) *run {
	r := &run{plan: p, hooks: h, began: time.Now(), often: time.Second, seconds: make(map[Phase]float64), idleMemory: residentMemory()}
	r.work = newWork(r)
	r.pages = newPages(&r.plan)
	if p.Kind == Referral {
		return r
	}
	r.sessions = make([]*session, p.Accounts.Count)
	for i := range r.sessions {
		r.sessions[i] = newSession(r, i)
	}
	return r
}

// whole does it all.
func (r *run) whole(ctx context.Context) (Report, error) {
	err := r.do(ctx)
	r.enter(Done)
	return r.report(ctx), err
}

// do goes through the phases.
func (r *run) do(ctx context.Context) error {
	gone := make(chan struct{})
	var telling sync.WaitGroup
	telling.Go(func() { r.tell(ctx, gone) })
	defer telling.Wait()
	defer close(gone)
	life, end := context.WithCancel(ctx)
	defer end()
	r.life = life
	ticking := make(chan struct{})
	go func() {
		defer close(ticking)
		r.tick(life)
	}()
	err := r.phases(life)
	end()
	<-ticking
	r.mu.Lock()
	r.over = true
	r.mu.Unlock()
	r.returning.Wait()
	r.enter(SigningOut)
	if r.hooks.Over != nil {
		r.hooks.Over()
	}
	r.finish(ctx)
	r.signOutAll(context.WithoutCancel(ctx))
	r.pages.close()
	return err
}

// finish lets the work come to its end.
func (r *run) finish(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.plan.Timeout)
	defer cancel()
	r.work.finish(ctx)
}

func (r *run) phases(ctx context.Context) error {
	r.fetchTickets(ctx)
	if r.signsInFirst() {
		r.enter(SigningIn)
		r.signInAll(ctx)
	}
	if r.signsInFirst() && r.meter.up.Load() == 0 && ctx.Err() == nil && !r.plan.returns() {
		return ErrNobody
	}
	if err := r.work.prepare(ctx); err != nil {
		return ended(ctx, err)
	}
	r.settle()
	if r.hooks.Ready != nil && ctx.Err() == nil {
		if err := r.hooks.Ready(ctx); err != nil {
			return ended(ctx, err)
		}
	}
	r.enter(Running)
	working := ctx
	if r.plan.Duration > 0 {
		// Not with a deadline: connections would break at it a moment before the
		// context says that it is over, and be counted as errors.
		var stop context.CancelFunc
		working, stop = context.WithCancel(ctx)
		defer stop()
		defer time.AfterFunc(r.plan.Duration, stop).Stop()
	}
	return ended(working, r.work.do(working))
}

// ended takes an error away that only says that the time is over.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// signsInFirst reports whether there is a phase in which all sign in.
func (r *run) signsInFirst() bool {
	return r.plan.Kind != Referral && (r.plan.Kind != SignIn || r.plan.Duration == 0)
}

// hasEnd reports whether the work ends without being ended.
func (r *run) hasEnd() bool { return r.plan.Duration > 0 || r.plan.Kind == SignIn }

// settle notes what a session costs here, and who is where.
func (r *run) settle() {
	debug.FreeOSMemory() // or it would be that of what signing in has left
	full := residentMemory()
	servers := make(map[string]int)
	for _, s := range r.sessions {
		if server := s.server(); server != "" {
			servers[server]++
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fullMemory, r.servers = full, servers
}

// enter begins a phase.
func (r *run) enter(p Phase) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	if r.phase != "" {
		r.seconds[r.phase] = now.Sub(r.entered).Seconds()
	}
	r.phase, r.entered = p, now
}

// tell tells of progress, until everybody is gone: thousands take their time to
// leave, too.
func (r *run) tell(ctx context.Context, gone <-chan struct{}) {
	if r.hooks.Progress == nil {
		return
	}
	ticker := time.NewTicker(r.often)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			r.hooks.Progress(r.report(ctx))
		case <-gone:
			return
		}
	}
}

// tick writes the timeline.
func (r *run) tick(ctx context.Context) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case now := <-ticker.C:
			r.point(now)
		case <-ctx.Done():
			r.point(time.Now())
			return
		}
	}
}

func (r *run) point(now time.Time) {
	m := &r.meter
	p := Point{
		At: now.Unix(), SignedIn: int(m.up.Load()), SignIns: m.counts[signIns].Load() + m.counts[returned].Load(),
		Lost: m.counts[lost].Load(), Moves: m.counts[moves].Load(), Failures: m.counts[failures].Load(),
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch last := len(r.timeline) - 1; {
	case last >= 0 && r.timeline[last].At == p.At:
		r.timeline[last] = p
	case last+1 < maxPoints:
		r.timeline = append(r.timeline, p)
	}
}

// report writes down what there is so far. Until the end it is without the
// timeline.
func (r *run) report(ctx context.Context) Report {
	report := Report{Plan: r.plan, Started: r.began, Interrupted: ctx.Err() != nil && r.hasEnd()}
	r.meter.into(&report)
	r.mu.Lock()
	defer r.mu.Unlock()
	report.Phase, report.Servers = r.phase, r.servers
	report.Seconds = maps.Clone(r.seconds)
	if r.phase == Done {
		report.Timeline = r.timeline
	} else {
		report.Seconds[r.phase] = time.Since(r.entered).Seconds()
	}
	report.Generator = Generator{Processes: 1, Resident: r.fullMemory, CPU: processorTime()}
	if up := report.Peak; up > 0 && r.fullMemory > r.idleMemory {
		report.Generator.PerSession = (r.fullMemory - r.idleMemory) / int64(up)
	}
	report.rate()
	return report
}
