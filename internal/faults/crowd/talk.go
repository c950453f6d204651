package crowd

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/papilio-im/papilio/internal/faults/check"
	"github.com/papilio-im/papilio/msnp/client"
	"github.com/papilio-im/papilio/msnp/p2p"
)

// part is one person's part in a conversation.
type part struct {
	s    *session
	conv *client.Conversation

	mu     sync.Mutex
	id     string // "" as long as it is not known
	caller string
	begun  bool            // the person has begun to answer
	last   map[string]bool // who has said their last message
	gone   map[string]bool // who has left
	alone  bool            // everybody else has left, or was told to
	quiet  bool            // it was ended by the switchboard, in the quiet way
	closed bool            // by the person, while others were there
	over   bool
	all    bool          // over, in order
	news   chan struct{} // closed when any of this changes
}

// talkID is what both sides know of a conversation.
func talkID(server string, session uint32, caller string) string {
	return fmt.Sprintf("%s/%d/%s", server, session, caller)
}

// part gives the person's part in a conversation, which is made if need be.
func (s *session) part(v *client.Conversation) *part {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.parts[v]
	if t == nil {
		t = &part{s: s, conv: v, last: make(map[string]bool), gone: make(map[string]bool), news: make(chan struct{})}
		s.parts[v] = t
	}
	return t
}

// join tells which conversation it is.
func (s *session) join(v *client.Conversation, id, caller string) *part {
	t := s.part(v)
	t.mu.Lock()
	t.id, t.caller = id, caller
	over, all := t.over, t.all
	t.mu.Unlock()
	if over {
		s.p.crowd.talks.Ended(id, s.p.handle, all)
	}
	return t
}

// changed is called with the lock held.
func (t *part) changed() {
	close(t.news)
	t.news = make(chan struct{})
}

// wait waits until something is so, or the conversation is over.
func (t *part) wait(ctx context.Context, so func() bool) bool {
	for {
		t.mu.Lock()
		done, over, news := so(), t.over, t.news
		t.mu.Unlock()
		if done || over {
			return done
		}
		select {
		case <-news:
		case <-ctx.Done():
			return false
		}
	}
}

const lastWord = "last"

// heard takes a message in. The first one makes somebody who was called answer.
func (t *part) heard(m client.Message) {
	if m.ContentType() == p2p.ContentType {
		return // a piece of a picture, between two others
	}
	text, _ := m.Text()
	words := strings.Fields(text)
	if len(words) < 2 {
		t.s.p.crowd.ledger.Broken(check.Messages, "%s heard %q from %s", t.s.p.handle, text, m.Handle)
		return
	}
	n, _ := strconv.Atoi(words[1])
	t.mu.Lock()
	id := t.id
	if words[len(words)-1] == lastWord {
		t.last[m.Handle] = true
	}
	answer := !t.begun && t.caller == m.Handle
	t.begun = t.begun || answer
	t.changed()
	t.mu.Unlock()
	t.s.p.crowd.talks.Heard(id, t.s.p.handle, m.Handle, n, words[0])
	if answer {
		t.s.spawn(func() { t.answer(context.Background()) })
	}
}

func (t *part) left(e client.Left) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.gone[e.Handle] = true
	t.alone = e.Remaining == 0
	t.quiet = t.quiet || e.Idle
	t.changed()
}

// ended is told that the connection is closed.
func (t *part) ended(err error) {
	s := t.s
	nobody := len(t.conv.Members()) == 0 // who has nobody to say anything to is told nothing at the end
	t.mu.Lock()
	t.over = true
	t.quiet = t.quiet || nobody && !t.alone && !t.closed
	t.all = t.alone && !t.closed
	orderly := t.alone || t.closed || nobody
	id, all, quiet := t.id, t.all, t.quiet
	t.changed()
	t.mu.Unlock()
	s.mu.Lock()
	delete(s.parts, t.conv)
	s.mu.Unlock()
	ledger := s.p.crowd.ledger
	switch {
	case quiet:
		ledger.Add("conversations ended quietly", 1)
	case orderly || s.leaving.Load():
		ledger.Add("conversations", 1)
	case id == "" && err == nil:
		// Whoever wanted to begin it has not got it yet: as a rule somebody who was
		// called has not come, and the client has given it up. That the switchboard
		// closes it looks the same here, but not to who is waiting for it: that is
		// counted as not opened, because it was cut off.
		ledger.Add("conversations over before they began", 1)
	default:
		ledger.Add("conversations cut off", 1)
		if s.p.crowd.calm.Load() {
			ledger.Broken(check.Moves, "%s was cut off from the conversation %s: %v", s.p.handle, id, err)
		}
	}
	if id != "" {
		s.p.crowd.talks.Ended(id, s.p.handle, all)
	}
}

// closing notes that the person leaves. Who does so because everybody else has left
// has heard everything.
func (t *part) closing() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = !t.alone
}

// close leaves the conversation, and waits until all that was said in it is heard.
func (t *part) close() {
	t.closing()
	_ = t.conv.Close() // it gives none
	<-t.conv.Done()
}

// style is how somebody talks.
type style struct {
	messages int
	pause    time.Duration
	patience time.Duration // with the others
}

// styles draws one: most people have something to say, a few linger.
func (s *session) style(r *rand.Rand) style {
	if r.IntN(8) == 0 {
		return style{messages: 3 + r.IntN(3), pause: 3 * time.Second, patience: time.Minute}
	}
	return style{messages: 2 + r.IntN(6), pause: 50 * time.Millisecond, patience: 20 * time.Second}
}

// tries is how often a conversation that ended too soon is begun again.
const tries = 3

// talk calls somebody and says some things. If the conversation ends before they are
// said, the rest is said in a new one.
func (s *session) talk(ctx context.Context, seed uint64, whom []string) {
	r := rand.New(rand.NewPCG(seed, uint64(s.p.number))) //nolint:gosec // to be repeated
	how := s.style(r)
	for range tries {
		t, err := s.call(ctx, whom)
		if err != nil {
			return
		}
		patience, cancel := context.WithTimeout(ctx, how.patience)
		t.fetchPicture(patience, whom[r.IntN(len(whom))])
		done := t.speak(patience, r, &how) && t.wait(patience, func() bool { return t.haveSpoken(whom) })
		cancel()
		t.close()
		if done || ctx.Err() != nil || how.messages == 0 {
			return
		}
	}
}

// call opens a conversation.
func (s *session) call(ctx context.Context, whom []string) (*part, error) {
	opening, cancel := context.WithTimeout(ctx, s.p.crowd.o.Patience)
	defer cancel()
	v, err := s.c.Open(opening, whom...)
	if err != nil {
		s.p.crowd.ledger.Add("conversations not opened: "+why(err), 1)
		return nil, err
	}
	id := talkID(v.Server(), v.Session(), s.p.handle)
	t := s.join(v, id, "")
	s.p.crowd.talks.Begin(id, append([]string{s.p.handle}, whom...)...)
	return t, nil
}

// why puts an error into a few words.
func why(err error) string {
	switch code := client.Code(err); {
	case code != 0:
		return code.String()
	case errors.Is(err, context.DeadlineExceeded):
		return "too late"
	case errors.Is(err, client.ErrConnectionLost), errors.Is(err, client.ErrClosed):
		return "cut off"
	}
	return "else"
}

// haveSpoken is called with the lock held.
func (t *part) haveSpoken(whom []string) bool {
	for _, who := range whom {
		if !t.last[who] {
			return false
		}
	}
	return true
}

// speak says what there is to say. It reports false if that was not possible; what
// is left is in how then.
func (t *part) speak(ctx context.Context, r *rand.Rand, how *style) bool {
	for n := 1; how.messages > 0; n++ {
		if !t.say(ctx, n, how.messages == 1) {
			return false
		}
		how.messages--
		if how.messages > 0 && !t.sleep(ctx, how.pause/2+time.Duration(r.Int64N(int64(how.pause)))) {
			return false
		}
	}
	return true
}

// sleep waits, and reports false if the conversation ends before.
func (t *part) sleep(ctx context.Context, d time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	t.wait(ctx, func() bool { return false })
	t.mu.Lock()
	defer t.mu.Unlock()
	return !t.over && errors.Is(ctx.Err(), context.DeadlineExceeded)
}

// say says one message, and reports whether it was acknowledged, or at least
// answered.
func (t *part) say(ctx context.Context, n int, last bool) bool {
	crowd := t.s.p.crowd
	ctx, cancel := context.WithTimeout(ctx, crowd.o.Patience)
	defer cancel()
	text := t.id + " " + strconv.Itoa(n)
	if last {
		text += " " + lastWord
	}
	crowd.talks.Said(t.id, t.s.p.handle, n)
	switch err := t.conv.Send(ctx, text); {
	case err == nil:
		crowd.talks.Acknowledged(t.id, t.s.p.handle, n)
		return true
	case errors.Is(err, client.ErrNotDelivered):
		crowd.ledger.Add("messages not delivered", 1)
		return true
	default:
		crowd.ledger.Add("messages left open", 1)
		return false
	}
}

// answer is the part of somebody who was called: say some things, and stay until
// the caller has left.
func (t *part) answer(ctx context.Context) {
	p := t.s.p
	r := rand.New(rand.NewPCG(p.crowd.o.Seed, uint64(time.Now().UnixNano()))) //nolint:gosec // how chatty somebody is
	how := t.s.style(r)
	ctx, cancel := context.WithTimeout(ctx, how.patience)
	defer cancel()
	t.speak(ctx, r, &how)
	t.wait(ctx, func() bool { return t.gone[t.caller] })
	t.close()
}
