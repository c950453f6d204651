package presence

import (
	"github.com/papilio-im/papilio/internal/cluster"
)

// fan spreads a notice to watchers: into the queues of those who are here, and
// into one parcel for each node that others are at home on. It is used under
// the lock of the principal that it is about.
type fan struct {
	hub     *Hub
	notice  notice
	subject uint64 // what order knows the principal by, if others may have spoken of it lately
	hops    uint8
	packed  cluster.Packed // of which each parcel is a copy
	parcels []parcel
	told    []*Endpoint // to be flushed when the lock is free
}

// parcel is what goes to one node.
type parcel struct {
	node   string
	packed cluster.Packed
}

// tell tells one watcher, if there is a client that hears of others. Those who
// have themselves on their lists do not hear of themselves.
func (f *fan) tell(watcher string) {
	if watcher == f.notice.shown.Handle {
		return
	}
	if w := f.hub.Find(watcher); w != nil {
		e := w.Endpoint()
		if e != nil && e.Arrived() && f.put(e) {
			return
		}
		if !w.leaving.Load() && !f.hub.expected(w) {
			return
		}
	}
	f.pass(watcher)
}

// put queues the notice for an endpoint here. There may be nothing in it for clients
// of its version. It reports false if the endpoint takes nothing.
func (f *fan) put(e *Endpoint) bool {
	n := &f.notice
	status, personal := n.status(e.Version), n.personal(e.Version)
	switch {
	case personal != nil && e.knowsNot():
		status = n.statusLine(e.Version)
	case status == nil && personal == nil:
		return true
	}
	if status != nil && !f.putStatus(e, status) ||
		n.about.Has(cluster.AboutPersonal) && !f.putPersonal(e, personal) {
		return false
	}
	f.told = append(f.told, e)
	return true
}

func (f *fan) putStatus(e *Endpoint, line []byte) bool {
	if f.subject == 0 {
		return e.Put(line)
	}
	return f.hub.order.tell(f.subject, e, f.notice.shown.Seq, line, false)
}

// putPersonal may be given no line.
func (f *fan) putPersonal(e *Endpoint, line []byte) bool {
	switch {
	case f.subject != 0:
		return f.hub.order.tellPersonal(f.subject, e, &f.notice.shown, line, false)
	case line != nil:
		return e.Put(line)
	}
	return true
}

// pass tells a watcher who is at home on another node.
func (f *fan) pass(watcher string) {
	switch node, known := f.hub.elsewhere(watcher); {
	case node != "":
		f.pack(node, watcher)
	case !known:
		f.hub.miss(watcher)
	}
}

func (f *fan) pack(node, watcher string) {
	for i := range f.parcels {
		if p := &f.parcels[i]; p.node == node && p.packed.Add(watcher) {
			return
		}
	}
	if len(f.parcels) == 0 {
		n := cluster.Notice{Shown: f.notice.shown, About: f.notice.about, Hops: f.hops}
		f.packed = n.Pack()
	}
	p := parcel{node, f.packed}
	p.packed.Add(watcher)
	f.parcels = append(f.parcels, p)
}

// send queues the parcels for their nodes, and gives the endpoints to flush.
func (f *fan) send() []*Endpoint {
	for _, p := range f.parcels {
		f.hub.link(p.node).push(p.packed)
	}
	return f.told
}

// heard tells watchers here what another node has to say of an account, and
// passes it on to those who have left.
func (h *Hub) heard(n cluster.Notice) {
	h.company.Store(true)
	h.clock.observe(max(n.Seq, n.PersonalSeq))
	if p := h.here(n.Handle); p != nil && p.heard(n) {
		return
	}
	f := fan{hub: h, notice: notice{shown: n.Shown, about: n.About}, subject: h.order.subject(n.Handle), hops: n.Hops + 1}
	for _, watcher := range n.Watchers {
		w := h.Find(watcher)
		if w != nil {
			if e := w.Endpoint(); e != nil && e.Arrived() && f.put(e) {
				continue
			}
		}
		if (w == nil || w.leaving.Load() || h.expected(w)) && n.Hops < cluster.MaxHops {
			f.pass(watcher)
		}
	}
	flushAll(f.send())
}

// heard is for a principal that has come here since another node said something
// about it: watchers are told what it is shown as now, if it has said anything
// since. It reports false if it has not.
func (p *Principal) heard(n cluster.Notice) bool {
	p.mu.Lock()
	if p.removed || p.settling() || !p.later(&n) {
		p.mu.Unlock()
		return false
	}
	var told []*Endpoint
	for _, watcher := range n.Watchers {
		told = append(told, p.tellOne(watcher, n.About)...)
	}
	p.mu.Unlock()
	flushAll(told)
	return true
}

// later reports whether the principal has said something later of what a notice is
// about.
func (p *Principal) later(n *cluster.Notice) bool {
	s := p.shown()
	return n.About.Has(cluster.AboutStatus) && s.Seq > n.Seq ||
		n.About.Has(cluster.AboutPersonal) && personalAsOf(&s) > n.PersonalSeq
}
