package client

import (
	"slices"
	"strings"

	"github.com/papilio-im/papilio/msnp"
	"github.com/papilio-im/papilio/msnp/p2p"
)

// roomVerbs are the commands of a switchboard that change something, or tell of
// something.
var roomVerbs = map[string]func(*Conversation, *msnp.Line) error{
	"IRO": (*Conversation).onIRO,
	"JOI": (*Conversation).onJOI,
	"BYE": (*Conversation).onBYE,
	"MSG": (*Conversation).onMSG,
	"OUT": (*Conversation).onOUT,
	"ACK": (*Conversation).onDelivered,
	"NAK": (*Conversation).onDelivered,
}

// maxMembers bounds those who are in a conversation, far above what any server
// allows.
const maxMembers = 10000

// handle is given every line, in order.
func (v *Conversation) handle(l *msnp.Line) error {
	if do := roomVerbs[l.Name()]; do != nil {
		return do(v, l)
	}
	id, ok := l.TrID()
	if !ok || l.Command != nil && l.Command.NoTrID {
		return nil
	}
	if !v.calls.answer(&v.mu, l, id) && l.Code != 0 {
		v.c.emit(Delivery{Conversation: v, ID: id, Err: &RefusedError{Command: "MSG", Code: l.Code, TrID: id}})
	}
	return nil
}

func (v *Conversation) onIRO(l *msnp.Line) error {
	m, err := msnp.ParseRosterEntry(l, v.version)
	if err != nil {
		return protocolError(l, err)
	}
	return v.join(l, member(m.Handle, m.Name, m.Capabilities))
}

func (v *Conversation) onJOI(l *msnp.Line) error {
	m, err := msnp.ParseJoined(l, v.version)
	if err != nil {
		return protocolError(l, err)
	}
	who := member(m.Handle, m.Name, m.Capabilities)
	if err := v.join(l, who); err != nil {
		return err
	}
	v.c.emit(Joined{Conversation: v, Member: who})
	v.mu.Lock()
	defer v.mu.Unlock()
	for i := 0; i < len(v.calls); i++ {
		if p := v.calls[i]; p.joins == who.Handle {
			v.calls.removeAt(i)
			p.done <- nil
			i--
		}
	}
	return nil
}

func member(handle string, name msnp.Encoded, c msnp.Capabilities) Member {
	return Member{Handle: strings.ToLower(handle), Name: decoded(name), Capabilities: c}
}

// join keeps a member. Somebody who is there already is renamed.
func (v *Conversation) join(l *msnp.Line, member Member) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	i := v.index(member.Handle)
	switch {
	case i >= 0:
		v.members[i] = member
	case len(v.members) >= maxMembers:
		return protocolError(l, ErrTooLong)
	default:
		v.members = append(v.members, member)
	}
	return nil
}

// index finds a member, or gives -1. It is called with the lock held.
func (v *Conversation) index(handle string) int {
	return slices.IndexFunc(v.members, func(m Member) bool { return m.Handle == handle })
}

func (v *Conversation) onBYE(l *msnp.Line) error {
	m, err := msnp.ParseLeft(l, 0)
	if err != nil {
		return protocolError(l, err)
	}
	handle := strings.ToLower(m.Handle)
	v.mu.Lock()
	if i := v.index(handle); i >= 0 {
		v.members = slices.Delete(v.members, i, i+1)
	}
	remaining, x := len(v.members), v.exchange
	alone := remaining == 0 && !slices.ContainsFunc(v.calls, func(p *call) bool { return p.joins != "" })
	v.mu.Unlock()
	if x != nil {
		x.left(handle)
	}
	v.c.emit(Left{Conversation: v, Handle: handle, Idle: m.Idle, Remaining: remaining})
	if alone && !v.c.o.KeepEmpty {
		return v.Close()
	}
	return nil
}

func (v *Conversation) onMSG(l *msnp.Line) error {
	m, err := msnp.ParseMessage(l, 0)
	if err != nil {
		return protocolError(l, err)
	}
	handle := strings.ToLower(m.Handle)
	kind := contentType(m.Payload)
	if kind == p2p.ContentType {
		if x := v.transfers(); x != nil {
			x.receive(handle, m.Payload)
			return nil
		}
	}
	if v.c.queue == nil {
		return nil
	}
	if kind == typeControl && header(m.Payload, "TypingUser") != "" {
		v.c.emit(Typing{Conversation: v, Handle: handle})
		return nil
	}
	if payload := v.chunk(handle, m.Payload); payload != nil {
		v.c.emit(Message{Conversation: v, Handle: handle, Name: decoded(m.Name), Payload: payload})
	}
	return nil
}

// onOUT is the farewell of a switchboard. It closes the connection after it.
func (v *Conversation) onOUT(*msnp.Line) error { return nil }

// onDelivered gives ACK or NAK to the call that waits for it, or else tells of it.
func (v *Conversation) onDelivered(l *msnp.Line) error {
	m, err := msnp.ParseDelivered(l, 0)
	if err != nil {
		return protocolError(l, err)
	}
	if !m.OK {
		err = ErrNotDelivered
	}
	v.mu.Lock()
	if i := v.calls.find(m.TrID); i >= 0 {
		p := v.calls[i]
		v.calls.removeAt(i)
		p.done <- err
		v.mu.Unlock()
		return nil
	}
	v.mu.Unlock()
	v.c.emit(Delivery{Conversation: v, ID: m.TrID, Err: err})
	return nil
}
