package client

import (
	"math/rand/v2"
	"strings"
	"sync"

	"github.com/papilio-im/papilio/msnp"
	"github.com/papilio-im/papilio/msnp/p2p"
)

// Bounds on what others can make a conversation keep.
const (
	maxSessions    = 16       // that are open, however far they are: of the user's own, and of one member's
	maxAllSessions = 64       // with those of all members
	maxJoins       = 16       // of one member's SLPs, of which some pieces have come
	maxAllJoins    = 64       // of all members'
	maxSLP         = 64 << 10 // octets of an invitation, which can hold a small picture
)

// exchange is what the members of a conversation do beside talking: they fetch
// pictures from each other and send files. It is made when it is first needed.
//
// What comes is handled by the goroutine of the conversation, which never waits for
// anything here: answers are sent by another, which exists while there are any.
type exchange struct {
	v     *Conversation
	start func() // run, which goes on when the context of who has something to send ends

	mu       sync.Mutex
	id       uint32 // of the last message
	joins    map[whole]*joining
	sessions map[whole]*session
	acks     map[whole]chan struct{} // closed when what was sent has come
	out      []outgoing
	sending  bool  // the goroutine exists
	err      error // why it is over

	under []*call // owned by the goroutine: what it has sent last
}

// whole names something of a member: what pieces make up, by its ID, or a session.
type whole struct {
	peer string // a handle
	id   uint32
}

// joining is something of which some pieces have come.
type joining struct {
	*p2p.Join
	session uint32
}

// transfers gives the exchange of the conversation, nil if the program does that.
func (v *Conversation) transfers() *exchange {
	if !v.version.Has(msnp.FeatureObjects) || v.c.o.ManualTransfers {
		return nil
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.exchange == nil {
		v.exchange = &exchange{
			v: v, id: rand.Uint32(), joins: make(map[whole]*joining), //nolint:gosec // not to be unguessable
			sessions: make(map[whole]*session), acks: make(map[whole]chan struct{}),
		}
		v.exchange.start = v.exchange.run
		if v.ending.Load() {
			v.exchange.err = orClosed(v.err)
		}
	}
	return v.exchange
}

// receive takes a message of a member. What is not for the user, and what nothing can
// be made of, is passed over.
func (x *exchange) receive(peer string, payload []byte) {
	to, m, err := p2p.ParsePayload(payload)
	if err != nil || to != x.v.c.o.Handle {
		return
	}
	const broken = p2p.FlagNAK | p2p.FlagError | p2p.FlagTransport
	switch {
	case m.Size > 0:
		x.piece(peer, &m)
	case m.Flags&p2p.FlagACK != 0:
		x.acknowledged(peer, m.AckID)
	case m.Flags&p2p.FlagClosed != 0:
		x.acknowledged(peer, m.AckID)
		x.fail(whole{peer, m.Session}, errBrokenOff)
	case m.Flags&broken != 0:
		x.fail(whole{peer, m.Session}, errBrokenOff)
	}
}

// acknowledged tells who waits for it.
func (x *exchange) acknowledged(peer string, id uint32) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if ch := x.acks[whole{peer, id}]; ch != nil {
		close(ch)
		delete(x.acks, whole{peer, id})
	}
}

// fail ends a session, if it is there.
func (x *exchange) fail(which whole, err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if s := x.sessions[which]; s != nil {
		x.end(s, err)
	}
}

// piece puts a piece to those before it.
func (x *exchange) piece(peer string, m *p2p.Message) {
	data, s, err := x.join(peer, m)
	switch {
	case err != nil && s != nil:
		x.bye(byMember, s)
	case data == nil:
	case m.Session == 0:
		x.post(byMember, peer, m.Ack(x.next()))
		x.slp(peer, data)
	default:
		x.post(byMember, peer, m.Ack(x.next()))
		if s != nil && !s.prepares(m) {
			s.take(data)
		}
	}
}

// join gives what a piece has made whole, nil if more is to come or nothing was
// expected, and the session that it belongs to. The error has ended that.
func (x *exchange) join(peer string, m *p2p.Message) ([]byte, *session, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := x.sessions[whole{peer, m.Session}]
	key := whole{peer, m.ID}
	j, err := x.joins[key], error(nil)
	if j != nil {
		err = j.Add(m)
	} else {
		limit, ok := x.expects(peer, m)
		if !ok {
			return nil, nil, nil
		}
		j = &joining{session: m.Session}
		j.Join, err = p2p.NewJoin(m, limit)
	}
	switch {
	case err != nil:
		delete(x.joins, key)
		if s != nil {
			x.end(s, &TransferError{Reason: "bad data", Err: err})
		}
		return nil, s, err
	case !j.Whole():
		if x.joins[key] == nil {
			x.room(peer, m.Session)
		}
		x.joins[key] = j
		return nil, s, nil
	}
	delete(x.joins, key)
	return j.Data(), s, nil
}

// room makes room for what a member begins to send: of those who begin more than they
// end some of what they have begun is dropped. In a session one thing comes at a time.
// It is called with the lock held.
func (x *exchange) room(peer string, session uint32) {
	var theirs, others []whole
	for key, j := range x.joins {
		switch {
		case j.session != session:
		case key.peer == peer:
			theirs = append(theirs, key)
		default:
			others = append(others, key)
		}
	}
	switch {
	case session != 0 && len(theirs) > 0, len(theirs) >= maxJoins:
		delete(x.joins, theirs[0])
	case session == 0 && len(theirs)+len(others) >= maxAllJoins:
		delete(x.joins, others[0])
	}
}

// expects tells how large something may be whose first piece has come, and false if
// nothing is expected. It is called with the lock held.
func (x *exchange) expects(peer string, m *p2p.Message) (limit int, ok bool) {
	if m.Session == 0 {
		return maxSLP, true
	}
	s := x.sessions[whole{peer, m.Session}]
	switch {
	case s == nil:
		return 0, false
	case s.prepares(m):
		return preparation, true
	case m.Total != uint64(s.want):
		return 0, true // which is too large
	}
	return s.want, s.want > 0
}

// slp takes a request, or an answer to one.
func (x *exchange) slp(peer string, text []byte) {
	s, err := p2p.ParseSLP(text)
	if err != nil || s.From != peer || s.To != x.v.c.o.Handle {
		return
	}
	switch {
	case s.Method == p2p.Invite && s.Type == p2p.TypeTransport:
		x.refuseDirect(peer, &s)
	case s.Method == p2p.Invite:
		x.invited(peer, &s)
	case s.Method == p2p.Bye:
		x.mu.Lock()
		if open := x.called(peer, s.CallID); open != nil {
			x.end(open, errBrokenOff)
		}
		x.mu.Unlock()
	case s.Method == "" && s.Type != p2p.TypeAnswer && s.Status >= p2p.StatusOK:
		x.mu.Lock()
		open := x.called(peer, s.CallID)
		x.mu.Unlock()
		if open != nil && !open.invited {
			open.answer(s.Status)
		}
	}
}

// called finds a session by its call. It is called with the lock held.
func (x *exchange) called(peer, call string) *session {
	for key, s := range x.sessions {
		if key.peer == peer && strings.EqualFold(s.call, call) {
			return s
		}
	}
	return nil
}

// refuseDirect answers who would rather send from client to client: the switchboard
// has to do.
func (x *exchange) refuseDirect(peer string, s *p2p.SLP) {
	a := s.Answer(p2p.StatusOK)
	a.Type = p2p.TypeAnswer
	a.Body = []p2p.Field{
		{Name: "Bridge", Value: "TCPv1"}, {Name: "Listening", Value: "false"},
		{Name: "Nonce", Value: "{00000000-0000-0000-0000-000000000000}"},
	}
	x.postSLP(byMember, peer, &a)
}

// invited answers an invitation to a session. The same one can come twice: a client
// whose connection to a gateway breaks says once more what it has said.
func (x *exchange) invited(peer string, s *p2p.SLP) {
	x.mu.Lock()
	again := x.called(peer, s.CallID) != nil
	x.mu.Unlock()
	if again {
		return
	}
	id, ok := s.Number("SessionID")
	if !ok || id == 0 {
		x.reply(peer, s, p2p.StatusInternal)
		return
	}
	status := p2p.StatusUnacceptable
	switch strings.ToUpper(s.Get("EUF-GUID")) {
	case p2p.EUFObject:
		status = x.askedForObject(peer, id, s)
	case p2p.EUFFile:
		status = x.offeredFile(peer, id, s)
	}
	if status != 0 {
		x.reply(peer, s, status)
	}
}

// reply answers a request.
func (x *exchange) reply(peer string, s *p2p.SLP, status int) {
	a := s.Answer(status)
	x.postSLP(byMember, peer, &a)
}

// left ends the sessions with somebody who has left.
func (x *exchange) left(peer string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for key, s := range x.sessions {
		if key.peer == peer {
			x.end(s, ErrAbsent)
		}
	}
	for key := range x.joins {
		if key.peer == peer {
			delete(x.joins, key)
		}
	}
}

// close ends everything with the conversation.
func (x *exchange) close(err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.err = err
	for _, s := range x.sessions {
		x.end(s, err)
	}
	clear(x.joins)
}
