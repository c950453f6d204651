package presence

import (
	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/msnp"
)

// SetStatus sets what watchers are shown, and tells them. With the first
// status the endpoint begins to hear of others. An endpoint whose place was
// taken has no say any more.
func (p *Principal) SetStatus(e *Endpoint, a Appearance) {
	p.mu.Lock()
	var told []*Endpoint
	if p.endpoint.Load() == e && !p.removed {
		told = p.become(a.with(p.personal()))
		p.stale = false
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
	if !e.Arrived() {
		e.stage.Store(arrived)
		p.unset = false
		p.stopGrace()
	}
}

// Ready lets the endpoint be called, once what its first status is answered with
// has been queued.
func (p *Principal) Ready(e *Endpoint) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.endpoint.Load() == e && e.stage.Swap(ready) < ready {
		p.wake()
	}
}

// SetName changes the friendly name and tells the watchers.
func (p *Principal) SetName(name msnp.Encoded) {
	p.mu.Lock()
	var told []*Endpoint
	if p.name != name && !p.removed {
		p.name = name
		if p.status.Open() {
			told = p.tellWatchers(cluster.AboutStatus)
		}
	}
	p.mu.Unlock()
	flushAll(told)
}

// shown is what those are shown who may see the principal.
func (p *Principal) shown() cluster.Shown {
	if !p.status.Open() {
		return p.hidden()
	}
	return cluster.Shown{
		Handle: p.Handle, Status: p.status, Name: p.name, Looks: p.looks(), Seq: p.seq, PersonalSeq: p.personalSeq(),
	}
}

// hidden is what all others are shown.
func (p *Principal) hidden() cluster.Shown { return cluster.Shown{Handle: p.Handle, Seq: p.seq} }

// shownTo is what one watcher is shown.
func (p *Principal) shownTo(watcher string) cluster.Shown {
	if !p.visibleTo(watcher) {
		return p.hidden()
	}
	return p.shown()
}

func (p *Principal) visibleTo(watcher string) bool {
	return !p.settling() && roster.CanSee(&p.lists, watcher)
}

// fan is for what the principal is shown as.
func (p *Principal) fan(s cluster.Shown, about cluster.About) fan {
	f := fan{hub: p.hub, notice: notice{shown: s, about: about}}
	if p.cameLately() {
		f.subject = p.hub.order.subject(p.Handle)
	}
	return f
}

// tellWatchers queues what has changed of what the principal is shown as for
// everybody who may see it. It gives the endpoints to flush once the lock is free.
func (p *Principal) tellWatchers(about cluster.About) []*Endpoint {
	p.count(about)
	f := p.fan(p.shown(), about)
	for watcher := range p.lists.Watchers() {
		f.tell(watcher)
	}
	return f.send()
}

// tellOne is tellWatchers for one, whether it may see the principal or not.
func (p *Principal) tellOne(watcher string, about cluster.About) []*Endpoint {
	f := p.fan(p.shownTo(watcher), about)
	f.tell(watcher)
	return f.send()
}

// count numbers what is told next.
func (p *Principal) count(about cluster.About) {
	p.number(about)
	p.changed = p.hub.age()
}

// number makes what is shown later than what was.
func (p *Principal) number(about cluster.About) {
	n := p.hub.clock.next()
	if about.Has(cluster.AboutStatus) {
		p.seq = n
	}
	if about.Has(cluster.AboutPersonal) && p.personalSeq() != 0 {
		p.more.personalSeq = n
	}
}

// Edit changes the lists of the principal about one contact, and tells that
// contact if it sees the principal come or go by it. With refresh it is told
// the status again even if it could see it before.
func (p *Principal) Edit(contact string, change func(*roster.Privacy), refresh bool) {
	p.mu.Lock()
	told := p.edit(contact, change, refresh)
	p.mu.Unlock()
	flushAll(told)
}

func (p *Principal) edit(contact string, change func(*roster.Privacy), refresh bool) []*Endpoint {
	before := p.visibleTo(contact)
	p.change(change)
	return p.reveal(contact, before, refresh)
}

// reveal tells a watcher who could see the principal before, or could not, if
// that has changed.
func (p *Principal) reveal(watcher string, before, refresh bool) []*Endpoint {
	after := p.visibleTo(watcher)
	if p.removed || !p.status.Open() || before == after && !(after && refresh) {
		return nil
	}
	p.count(cluster.AboutAll)
	return p.tellOne(watcher, cluster.AboutAll)
}

// SetDefault changes whether those on neither the allow nor the block list may
// see the principal (BLP), and tells those for whom that makes a difference.
func (p *Principal) SetDefault(blockUnlisted bool) {
	p.mu.Lock()
	var told []*Endpoint
	if p.lists.BlockUnlisted != blockUnlisted {
		p.change(func(lists *roster.Privacy) { lists.BlockUnlisted = blockUnlisted })
		told = p.tellUnlisted()
	}
	p.mu.Unlock()
	flushAll(told)
}

func (p *Principal) tellUnlisted() []*Endpoint {
	if p.removed || !p.status.Open() {
		return nil
	}
	p.count(cluster.AboutAll)
	s := p.shown()
	if p.lists.BlockUnlisted {
		s = p.hidden()
	}
	f := p.fan(s, cluster.AboutAll)
	for watcher := range p.lists.Unlisted() {
		f.tell(watcher)
	}
	return f.send()
}

// MayCall reports whether caller may invite the principal: it shows an open
// status, and its lists do not keep the caller out. A status that is hidden
// from the caller counts as none, so that calling does not reveal it.
func (p *Principal) MayCall(caller string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.status.Open() && !p.settling() && roster.CanCall(&p.lists, caller)
}
