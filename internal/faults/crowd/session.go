package crowd

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/papilio-im/papilio/internal/faults/check"
	"github.com/papilio-im/papilio/msnp"
	"github.com/papilio-im/papilio/msnp/client"
)

// session is the time from a sign-in to its end, moves included.
type session struct {
	p *person
	c *client.Client // set before run

	began    time.Time
	referred atomic.Int32 // unasked referrals that were followed
	moving   atomic.Bool
	leaving  atomic.Bool // by the person's own will

	history  history                       // of what the client was told of its contacts
	personal atomic.Pointer[msnp.Personal] // what stands below the own name

	mu    sync.Mutex
	conns map[net.Conn]struct{}
	parts map[*client.Conversation]*part
	seen  map[string]check.Seen // what the client was told last of each contact
	ended bool
	wg    sync.WaitGroup // what the person does at the same time, until ended
}

func newSession(p *person) *session {
	return &session{
		p: p, began: time.Now(), conns: make(map[net.Conn]struct{}),
		parts: make(map[*client.Conversation]*part), seen: make(map[string]check.Seen),
	}
}

// tracked is a connection that the session knows of until it is closed.
type tracked struct {
	net.Conn
	s *session
}

// Close closes the connection.
func (t *tracked) Close() error {
	t.s.mu.Lock()
	delete(t.s.conns, t)
	t.s.mu.Unlock()
	return t.Conn.Close()
}

// CloseWrite ends what the client says, as it does when it leaves.
func (t *tracked) CloseWrite() error {
	half, ok := t.Conn.(interface{ CloseWrite() error })
	if !ok {
		return t.Conn.Close()
	}
	return half.CloseWrite()
}

// dial is how the client connects.
func (s *session) dial(ctx context.Context, network, address string) (net.Conn, error) {
	nc, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	t := &tracked{nc, s}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns[t] = struct{}{}
	return t, nil
}

// drop ends the session as the loss of its line would: without a word.
func (s *session) drop() {
	s.mu.Lock()
	var all []net.Conn
	for nc := range s.conns {
		all = append(all, nc)
	}
	s.mu.Unlock()
	for _, nc := range all {
		_ = nc.Close() // it was given up
	}
}

// run lets the person do things until the session ends.
func (s *session) run(ctx context.Context) {
	if s.p.idle {
		select {
		case <-s.c.Done():
		case <-ctx.Done():
			s.leave(ctx)
		}
		return
	}
	s.spawn(func() { s.keepAsking(ctx) })
	for s.pause(ctx) && s.p.crowd.gate.enter(ctx, s.c.Done()) {
		if ctx.Err() == nil {
			s.act(ctx)
		}
		s.p.crowd.gate.leave()
		if s.leaving.Load() {
			break
		}
	}
	if ctx.Err() != nil {
		s.leave(ctx)
	}
}

// spawn lets the person do something at the same time as the rest.
func (s *session) spawn(what func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ended {
		s.wg.Go(what)
	}
}

// pause waits until the person does the next thing. It reports false if the session
// is over before that.
func (s *session) pause(ctx context.Context) bool {
	pace := s.p.crowd.o.Pace
	t := time.NewTimer(pace/2 + time.Duration(s.p.rand.Int64N(int64(pace))))
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-s.c.Done():
	case <-ctx.Done():
	}
	return false
}

// askEvery is how often a client asks whether its server is there.
const askEvery = 2 * time.Second

// keepAsking gives the server up when it does not answer, as clients do.
func (s *session) keepAsking(ctx context.Context) {
	t := time.NewTicker(askEvery)
	defer t.Stop()
	for {
		select {
		case <-t.C:
		case <-s.c.Done():
			return
		case <-ctx.Done():
			return
		}
		if err := s.ask(ctx, s.c.Ping); err != nil {
			return
		}
	}
}

// calmPatience is how long a client waits at least while everything is calm.
const calmPatience = 20 * time.Second

// ask lets the client ask for something and waits for as long as it has patience.
// If the answer does not come the session is dropped.
func (s *session) ask(ctx context.Context, what func(context.Context) error) error {
	wait := s.p.crowd.o.Patience
	if s.p.crowd.calm.Load() {
		wait = max(wait, calmPatience) // a busy machine is no disturbance
	}
	patience, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	err := what(patience)
	if patience.Err() != nil && ctx.Err() == nil {
		select {
		case <-s.c.Done():
		default:
			s.p.crowd.ledger.Add("servers given up", 1)
			if s.p.crowd.calm.Load() {
				s.p.crowd.ledger.Broken(check.Moves, "%s had no answer from %s for %s", s.p.handle, s.c.Server(), wait)
			}
			s.drop()
		}
	}
	return err
}

// leave signs out. The client is gone when it returns.
func (s *session) leave(ctx context.Context) {
	s.leaving.Store(true)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.p.crowd.o.Patience)
	defer cancel()
	if s.c.SignOut(ctx) != nil {
		s.drop()
	}
}

// over is called when the session has ended, however that was.
func (s *session) over(ctx context.Context) {
	<-s.c.Done()
	s.mu.Lock()
	s.ended = true
	s.mu.Unlock()
	s.wg.Wait()
	if !s.cutOff() || ctx.Err() != nil {
		return
	}
	s.p.crowd.ledger.Add("sessions cut off", 1)
	if s.p.crowd.calm.Load() {
		s.p.crowd.ledger.Broken(check.Moves, "%s was cut off from %s: %v", s.p.handle, s.c.Server(), s.c.Err())
	}
}

// cutOff reports whether the session ended against the person's will.
func (s *session) cutOff() bool { return !s.leaving.Load() }

// filter is told of every event on the goroutine that reads the connection, before
// the calls that wait are made again on another server.
func (s *session) filter(e client.Event) bool {
	switch e := e.(type) {
	case client.Referred:
		if e.Unasked {
			s.referred.Add(1)
			s.moving.Store(true)
			s.history.add("", "moved to %s", e.To)
			s.p.crowd.ledger.Add("moves", 1)
		}
		return false
	case client.SignedIn:
		s.moving.Store(false)
		if e.Moved {
			s.p.crowd.ledger.Kept(check.Moves, 1)
		}
		return false
	case client.Presence:
		s.history.add(e.Handle, "%s %q", e.Status, e.Name)
		s.presence(e)
		return false
	case client.PersonalChanged:
		s.history.add(e.Handle, "%q", e.Personal)
		s.personalChanged(e)
		return false
	case client.ListChanged:
		s.history.add(e.Handle, "%s removed:%t unasked:%t", e.List, e.Removed, e.Unasked)
		return false
	case client.Answered, client.Message, client.Left, client.Ended:
		return true
	case client.SignedOut:
		return false
	}
	return false
}

// presence looks at what the client is told of a contact. Who leaves while
// everything is calm has been lost by the service.
func (s *session) presence(e client.Presence) {
	now := check.Seen{
		Status: e.Status, Name: e.Name, Look: check.Look{Capabilities: e.Capabilities, Object: e.Object},
	}
	s.mu.Lock()
	before := s.seen[e.Handle]
	if e.Status.Open() {
		now.Look.Personal = before.Look.Personal // which comes by itself
	}
	s.seen[e.Handle] = now
	s.mu.Unlock()
	if !s.p.crowd.calm.Load() {
		return
	}
	ledger := s.p.crowd.ledger
	switch {
	case e.Status == msnp.StatusOffline && !before.Status.Open():
		ledger.Add("needless notices", 1) // it was so already
	case e.Status == msnp.StatusOffline && s.moving.Load():
		// The client has moved, and the new server has not spoken of the contact
		// yet. If it does not soon, the comparison of all that is seen tells.
		ledger.Add("contacts told late after a move", 1)
	case e.Status == msnp.StatusOffline:
		ledger.Broken(check.Moves, "%s saw %s leave; %s", s.p.handle, e.Handle, s.history.of(e.Handle))
	case e.Status.Open() && !s.p.crowd.hasShown(e.Handle, e.Status):
		ledger.Broken(check.Moves, "%s saw %s as %s, which they were not; %s", s.p.handle, e.Handle, e.Status, s.history.of(e.Handle))
	case e.Object == "" && before.Look.Object != "", e.Capabilities == 0 && before.Look.Capabilities != 0:
		// Nobody takes a picture away, or can do nothing any more.
		ledger.Broken(check.Moves, "%s saw what %s looks like no more; %s", s.p.handle, e.Handle, s.history.of(e.Handle))
	case before == now && !e.Initial:
		ledger.Add("needless notices", 1)
	}
}

// personalChanged looks at what stands below the name of a contact. Nobody takes it
// away without leaving.
func (s *session) personalChanged(e client.PersonalChanged) {
	s.mu.Lock()
	seen := s.seen[e.Handle]
	before := seen.Look.Personal
	seen.Look.Personal = e.Personal
	s.seen[e.Handle] = seen
	s.mu.Unlock()
	none := msnp.Personal{}
	if s.p.crowd.calm.Load() && e.Personal == none && before != none {
		s.p.crowd.ledger.Broken(check.Moves, "%s saw the personal message of %s go; %s", s.p.handle, e.Handle, s.history.of(e.Handle))
	}
}

// onEvent is told of what happens in conversations.
func (s *session) onEvent(c *client.Client, e client.Event) {
	switch e := e.(type) {
	case client.Answered:
		i := e.Invitation
		s.join(e.Conversation, talkID(i.Server, i.Session, i.Caller), i.Caller)
	case client.Message:
		s.part(e.Conversation).heard(e)
	case client.Left:
		s.part(e.Conversation).left(e)
	case client.Ended:
		s.part(e.Conversation).ended(e.Err)
	default: // the filter lets nothing else pass
	}
}
