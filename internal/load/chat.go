package load

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/papilio-im/papilio/msnp/client"
)

const (
	// breath is how long a group waits after something has failed.
	breath = time.Second
	// lateness is how long a delivery may take after everybody has stopped.
	lateness = 5 * time.Second
)

// place is where a conversation is.
type place struct {
	server  string
	session uint32
}

// seats are the conversations that a session has been invited to.
type seats struct {
	mu    sync.Mutex
	rooms map[place]*client.Conversation
	came  chan struct{} // closed when there is one more
}

// take notes a conversation.
func (s *seats) take(at place, v *client.Conversation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rooms == nil {
		s.rooms = make(map[place]*client.Conversation)
	}
	s.rooms[at] = v
	if s.came != nil {
		close(s.came)
		s.came = nil
	}
}

// leave forgets one.
func (s *seats) leave(v *client.Conversation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for at, other := range s.rooms {
		if other == v {
			delete(s.rooms, at)
		}
	}
}

// at waits for the conversation at a place.
func (s *seats) at(ctx context.Context, at place) (*client.Conversation, error) {
	for {
		s.mu.Lock()
		v := s.rooms[at]
		if v == nil && s.came == nil {
			s.came = make(chan struct{})
		}
		came := s.came
		s.mu.Unlock()
		if v != nil {
			return v, nil
		}
		select {
		case <-came:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// chat is groups that converse: everybody in turns says something, and waits until
// it is acknowledged.
type chat struct {
	r     *run
	seats []seats // by the number of the session
}

func newChat(r *run) *chat { return &chat{r: r, seats: make([]seats, r.plan.Accounts.Count)} }

func (*chat) prepare(context.Context) error { return nil }

// finish counts what does not arrive.
func (c *chat) finish(ctx context.Context) { c.r.awaitDeliveries(ctx, int64(c.r.plan.Members-1)) }

func (c *chat) see(s *session, e event) {
	switch e := e.(type) {
	case client.Answered:
		c.seats[s.number].take(place{e.Invitation.Server, e.Invitation.Session}, e.Conversation)
	case client.Ended:
		c.seats[s.number].leave(e.Conversation)
	case client.InvitationFailed:
		c.r.unanswered(e.Err)
	case client.Message:
		if sent, ok := c.r.sentAt(e.Payload); ok {
			c.r.meter.count(deliveries)
			c.r.meter.record(tookDelivery, time.Since(sent))
		}
	}
}

// unanswered counts an invitation that could not be answered. One that was taken
// back, or came when everybody left, is nobody's fault.
func (r *run) unanswered(err error) {
	if !errors.Is(err, client.ErrClosed) && !errors.Is(err, client.ErrSignedOut) {
		r.meter.fail("answer", err)
	}
}

func (c *chat) do(ctx context.Context) error {
	var groups sync.WaitGroup
	size := c.r.plan.Members
	for i := 0; i+size <= len(c.r.sessions); i += size {
		group := c.r.sessions[i : i+size]
		groups.Go(func() {
			// They do not all speak at the same moment.
			for waitFor(ctx, within(c.r.plan.Every)) && ctx.Err() == nil {
				if !c.converse(ctx, group, -1, c.r.plan.Every) {
					waitFor(ctx, breath)
				}
			}
		})
	}
	groups.Wait()
	return nil
}

// within is a moment of a span of time.
func within(d time.Duration) time.Duration {
	return time.Duration(rand.Int64N(int64(d) + 1)) //nolint:gosec // not a secret
}

// converse opens a conversation of a group and says so many messages in it, with
// some time between them, or goes on until the end if messages is -1. It reports
// whether nothing went wrong.
func (c *chat) converse(ctx context.Context, group []*session, messages int, every time.Duration) bool {
	here := clients(group)
	rooms, err := c.open(ctx, group)
	if err != nil {
		c.failed(ctx, group, here, "open", err)
		return false
	}
	c.r.meter.count(conversations)
	defer func() {
		// At the end of the run something may still be on its way to who opened it;
		// it is closed with the session then.
		if ctx.Err() == nil {
			_ = rooms[0].Close() // it has no error
		}
	}()
	next := time.Now()
	for n := 0; n != messages; n++ {
		if err := c.say(ctx, rooms[n%len(rooms)]); err != nil {
			c.failed(ctx, group, here, "message", err)
			return false
		}
		// Who is late does not hurry to catch up.
		if next = next.Add(every); next.Before(time.Now()) {
			next = time.Now()
		}
		if !waitUntil(ctx, next) {
			return true
		}
	}
	return true
}

// failed counts an error, unless it is because the run ends, or because somebody
// has left.
func (c *chat) failed(ctx context.Context, group []*session, here []*client.Client, what string, err error) {
	if ctx.Err() == nil && !slices.Contains(here, nil) && slices.Equal(here, clients(group)) {
		c.r.meter.fail(what, err)
	}
}

// clients are those of a group, as they are now.
func clients(group []*session) []*client.Client {
	all := make([]*client.Client, len(group))
	for i, s := range group {
		all[i] = s.current()
	}
	return all
}

// open opens a conversation, and gives everybody's end of it.
func (c *chat) open(ctx context.Context, group []*session) ([]*client.Conversation, error) {
	ctx, cancel := context.WithTimeout(ctx, c.r.plan.Timeout)
	defer cancel()
	opener := group[0].current()
	if opener == nil {
		return nil, errAway
	}
	handles := make([]string, len(group)-1)
	for i, s := range group[1:] {
		handles[i] = s.handle
	}
	v, err := opener.Open(ctx, handles...)
	if err != nil {
		return nil, err
	}
	rooms := []*client.Conversation{v}
	for _, s := range group[1:] {
		other, err := c.seats[s.number].at(ctx, place{v.Server(), v.Session()})
		if err != nil {
			_ = v.Close() // it has no error
			return nil, err
		}
		rooms = append(rooms, other)
	}
	return rooms, nil
}

// say says when it is said.
func (c *chat) say(ctx context.Context, v *client.Conversation) error {
	ctx, cancel := context.WithTimeout(ctx, c.r.plan.Timeout)
	defer cancel()
	sent := time.Now()
	if err := v.Send(ctx, c.r.stamp(sent)); err != nil {
		return err
	}
	c.r.meter.record(tookAck, time.Since(sent))
	c.r.meter.count(messages)
	return nil
}

// stamp is a text that tells when it was sent, as long as the plan says.
func (r *run) stamp(sent time.Time) string {
	text := strconv.FormatInt(int64(sent.Sub(r.began)), 10) + " "
	return text + strings.Repeat("x", max(0, r.plan.Size-len(text)))
}

// sentAt reads it.
func (r *run) sentAt(payload []byte) (time.Time, bool) {
	_, text, found := bytes.Cut(payload, []byte("\r\n\r\n"))
	number, _, stamped := bytes.Cut(text, []byte(" "))
	if !found || !stamped {
		return time.Time{}, false
	}
	after, err := strconv.ParseInt(string(number), 10, 64)
	return r.began.Add(time.Duration(after)), err == nil
}

// awaitDeliveries waits for what was acknowledged and has not reached its
// recipients yet, so many each, and counts what does not.
func (r *run) awaitDeliveries(ctx context.Context, each int64) {
	ctx, cancel := context.WithTimeout(ctx, lateness)
	defer cancel()
	owed := func() int64 { return r.meter.counts[messages].Load()*each - r.meter.counts[deliveries].Load() }
	for owed() > 0 && waitFor(ctx, breath/20) {
	}
	r.meter.counts[missing].Add(max(0, owed()))
}
