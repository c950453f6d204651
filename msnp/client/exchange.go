package client

import (
	"context"
	"math/rand/v2"
	"strings"
	"sync"

	"github.com/papilio-im/papilio/msnp"
	"github.com/papilio-im/papilio/msnp/p2p"
)

// Bounds on what others can make a conversation keep.
const (
	maxSessions = 16       // that are open, however far they are
	maxJoins    = 16       // of one member, of which some pieces have come
	maxAllJoins = 64       // of all members
	maxSLP      = 64 << 10 // octets of an invitation, which can hold a small picture
	maxOutgoing = 64       // answers that wait to be sent
)

// exchange is what the members of a conversation do beside talking: they fetch
// pictures from each other and send files. It is made when it is first needed.
//
// What comes is handled by the goroutine of the conversation, which never waits for
// anything here: answers are sent by another, which exists while there are any.
type exchange struct {
	v    *Conversation
	pass func(to string, m p2p.Message) // sends a piece, however long it takes

	mu       sync.Mutex
	id       uint32 // of the last message
	joins    map[whole]*joining
	sessions map[whole]*session
	acks     map[whole]chan struct{} // closed when what was sent has come
	out      []outgoing
	sending  bool  // the goroutine exists
	err      error // why it is over
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

// outgoing is a piece that waits to be sent.
type outgoing struct {
	to string
	m  p2p.Message
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
			v: v, pass: v.passPiece, id: rand.Uint32(), joins: make(map[whole]*joining), //nolint:gosec // not to be unguessable
			sessions: make(map[whole]*session), acks: make(map[whole]chan struct{}),
		}
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
		x.bye(s)
	case data == nil:
	case m.Session == 0:
		x.post(peer, m.Ack(x.next()))
		x.slp(peer, data)
	default:
		x.post(peer, m.Ack(x.next()))
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
		if !ok || !x.room(peer) {
			return nil, nil, nil
		}
		j = &joining{session: m.Session}
		j.Join, err = p2p.NewJoin(m, limit)
	}
	switch {
	case err != nil:
		delete(x.joins, key)
		if s != nil {
			x.end(s, &TransferError{Reason: err.Error()})
		}
		return nil, s, err
	case !j.Whole():
		x.joins[key] = j
		return nil, s, nil
	}
	delete(x.joins, key)
	return j.Data(), s, nil
}

// room makes room for what a member begins to send: of those who begin more than they
// end some of what they have begun is dropped. It is called with the lock held.
func (x *exchange) room(peer string) bool {
	var one whole
	count := 0
	for key := range x.joins {
		if key.peer == peer {
			one = key
			count++
		}
	}
	if count >= maxJoins {
		delete(x.joins, one)
	}
	return len(x.joins) < maxAllJoins
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
	x.postSLP(peer, &a, false)
}

// invited answers an invitation to a session.
func (x *exchange) invited(peer string, s *p2p.SLP) {
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
	x.postSLP(peer, &a, false)
}

// next gives the number of a message.
func (x *exchange) next() uint32 {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.id++; x.id == 0 {
		x.id = 1
	}
	return x.id
}

// expect gives a channel that is closed when a member has acknowledged something.
func (x *exchange) expect(peer string, id uint32) <-chan struct{} {
	x.mu.Lock()
	defer x.mu.Unlock()
	ch := make(chan struct{})
	x.acks[whole{peer, id}] = ch
	return ch
}

// forget is for an acknowledgement that nobody waits for any more.
func (x *exchange) forget(peer string, id uint32) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.acks, whole{peer, id})
}

// postSLP sends an SLP. With ack it gives the channel of [exchange.expect].
func (x *exchange) postSLP(peer string, s *p2p.SLP, ack bool) (id uint32, acked <-chan struct{}) {
	h := p2p.Header{ID: x.next(), AckID: rand.Uint32()} //nolint:gosec // not to be unguessable
	if ack {
		acked = x.expect(peer, h.ID)
	}
	x.post(peer, p2p.Split(h, p2p.FooterNone, s.Append(nil))...)
	return h.ID, acked
}

// post sends pieces soon. If there are more than anybody needs, they are dropped: a
// member that asks on and on without reading gets no answers.
func (x *exchange) post(to string, pieces ...p2p.Message) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.err != nil || len(x.out)+len(pieces) > maxOutgoing {
		return
	}
	for _, m := range pieces {
		x.out = append(x.out, outgoing{to, m})
	}
	if !x.sending && x.v.hold() {
		x.sending = true
		go x.run()
	}
}

// run sends what waits, until there is no more.
func (x *exchange) run() {
	defer x.v.letGo()
	for {
		x.mu.Lock()
		if len(x.out) == 0 || x.err != nil {
			x.sending, x.out = false, nil
			x.mu.Unlock()
			return
		}
		first := x.out[0]
		x.out = x.out[1:]
		x.mu.Unlock()
		x.pass(first.to, first.m)
	}
}

// passPiece sends a piece that nobody waits for. Only the end of the connection ends
// it.
func (v *Conversation) passPiece(to string, m p2p.Message) {
	_, _ = v.sendPiece(context.Background(), to, m)
}

// sendPiece sends a piece. The call ends when the switchboard tells that the others
// have it.
func (v *Conversation) sendPiece(ctx context.Context, to string, m p2p.Message) (*call, error) {
	p := newCall("MSG", nil)
	buf := buffers.Get().(*[busyBuffer]byte)
	defer buffers.Put(buf)
	payload := p2p.AppendPayload(buf[:0], to, m)
	return p, v.send(ctx, p, func(id msnp.TrID) Request {
		return msnp.Send{TrID: id, Ack: msnp.AckData, Payload: payload}
	})
}

// hold keeps the client from being over before a goroutine is, and reports whether the
// conversation is not.
func (v *Conversation) hold() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.ending.Load() {
		return false
	}
	v.c.rooms.Add(1)
	return true
}

func (v *Conversation) letGo() { v.c.rooms.Done() }

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
