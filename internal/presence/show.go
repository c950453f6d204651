package presence

import (
	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/msnp"
)

// SetStatus sets what watchers are shown, and tells them. With the first
// status the endpoint begins to hear of others. An endpoint whose place was
// taken has no say any more.
func (p *Principal) SetStatus(e *Endpoint, status msnp.Status) {
	p.mu.Lock()
	var told []*Endpoint
	if p.endpoint.Load() == e && !p.removed {
		told = p.show(status)
		p.join(e)
	}
	p.mu.Unlock()
	flushAll(told)
}

// Arrive makes the endpoint hear of others without a status of its own: for a
// client that was moved and keeps the status that it had.
func (p *Principal) Arrive(e *Endpoint) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.endpoint.Load() == e {
		p.join(e)
	}
}

func (p *Principal) join(e *Endpoint) {
	if !e.arrived.Swap(true) {
		p.stopGrace()
	}
}

// Ready lets the endpoint be called, once what its first status is answered with
// has been queued.
func (p *Principal) Ready(e *Endpoint) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.endpoint.Load() == e && !e.ready.Swap(true) {
		p.wake()
	}
}

// SetName changes the friendly name and tells the watchers.
func (p *Principal) SetName(name msnp.Encoded) {
	p.mu.Lock()
	var told []*Endpoint
	if p.name != name {
		p.name = name
		if p.status.Open() && !p.removed {
			told = p.tellWatchers(p.online())
		}
	}
	p.mu.Unlock()
	flushAll(told)
}

// show changes the status and queues what the watchers have to hear of it.
func (p *Principal) show(status msnp.Status) []*Endpoint {
	before := p.status
	p.status = status
	switch {
	case status.Open() && status != before:
		return p.tellWatchers(p.online())
	case !status.Open() && before.Open():
		return p.tellWatchers(msnp.Offline{Handle: p.Handle})
	}
	return nil
}

func (p *Principal) online() msnp.Online {
	return msnp.Online{Status: p.status, Handle: p.Handle, Name: p.name}
}

// tellWatchers queues a message for everybody who may see the principal and
// has arrived. It gives the endpoints to flush once the lock is free.
func (p *Principal) tellWatchers(message interface {
	Append(dst []byte, v msnp.Version) []byte
}) []*Endpoint {
	n := notice{message: message}
	var told []*Endpoint
	for watcher := range p.lists.Watchers() {
		if e := p.watching(watcher); e != nil {
			n.put(e)
			told = append(told, e)
		}
	}
	return told
}

// watching gives the endpoint of a watcher if it hears of others. Those who have
// themselves on their lists do not hear of themselves.
func (p *Principal) watching(watcher string) *Endpoint {
	w := p.hub.Find(watcher)
	if w == nil || w == p {
		return nil
	}
	e := w.Endpoint()
	if e == nil || !e.Arrived() {
		return nil
	}
	return e
}

// Edit changes the lists of the principal about one contact, and tells that
// contact if it sees the principal come or go by it. With refresh it is told
// the status again even if it could see it before.
func (p *Principal) Edit(contact string, change func(*roster.Privacy), refresh bool) {
	p.mu.Lock()
	before := roster.CanSee(&p.lists, contact)
	p.change(change)
	told := p.tellOne(contact, before, roster.CanSee(&p.lists, contact), refresh)
	p.mu.Unlock()
	flushAll(told)
}

func (p *Principal) tellOne(contact string, before, after, refresh bool) []*Endpoint {
	e := p.watching(contact)
	if e == nil || !p.status.Open() {
		return nil
	}
	var n notice
	switch {
	case before && !after:
		n.message = msnp.Offline{Handle: p.Handle}
	case after && (!before || refresh):
		n.message = p.online()
	default:
		return nil
	}
	n.put(e)
	return []*Endpoint{e}
}

// SetDefault changes whether those on neither the allow nor the block list may
// see the principal (BLP), and tells those for whom that makes a difference.
func (p *Principal) SetDefault(blockUnlisted bool) {
	p.mu.Lock()
	before := p.lists
	p.change(func(lists *roster.Privacy) { lists.BlockUnlisted = blockUnlisted })
	var told []*Endpoint
	for watcher := range p.lists.Unlisted() {
		told = append(told, p.tellOne(watcher, roster.CanSee(&before, watcher), roster.CanSee(&p.lists, watcher), false)...)
	}
	p.mu.Unlock()
	flushAll(told)
}

// Contacts queues for e the states of everybody on its forward list who shows
// it one: as answers to the first status with its transaction id, or unasked
// if the client was moved and has set none.
func (p *Principal) Contacts(e *Endpoint, trid msnp.TrID, unasked bool) {
	p.mu.Lock()
	var forward []string
	for contact := range p.lists.All(roster.Forward) {
		forward = append(forward, contact.Handle)
	}
	p.mu.Unlock()
	for _, contact := range forward {
		p.Contact(e, trid, contact, unasked)
	}
}

// Contact queues for e the state of one contact, if it shows one to p.
func (p *Principal) Contact(e *Endpoint, trid msnp.TrID, contact string, unasked bool) {
	subject := p.hub.Find(contact)
	if subject == nil || subject == p {
		return
	}
	// Queued under the subject's lock: a change of its status that comes now is
	// queued behind it, never before.
	subject.mu.Lock()
	defer subject.mu.Unlock()
	if !subject.status.Open() || !roster.CanSee(&subject.lists, p.Handle) {
		return
	}
	state := subject.online()
	if unasked {
		e.Put(state.Append(nil, e.Version))
		return
	}
	initial := msnp.InitialStatus{TrID: trid, Status: state.Status, Handle: state.Handle, Name: state.Name}
	e.Put(initial.Append(nil, e.Version))
}

// MayCall reports whether caller may invite the principal: it shows an open
// status, and its lists do not keep the caller out. A status that is hidden
// from the caller counts as none, so that calling does not reveal it.
func (p *Principal) MayCall(caller string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.status.Open() && roster.CanCall(&p.lists, caller)
}
