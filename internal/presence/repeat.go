package presence

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/roster"
)

// graveSpan is for how long it is known who has left, and so the longest time
// for which everything can be repeated.
const graveSpan = 60 * time.Second

// repeatMore is added to the time that is repeated: what was told just before a
// connection was lost may not have arrived.
const repeatMore = 5 * time.Second

// graves are those who have left lately, in the order in which they did, so
// that those who have not heard of it can be told again.
type graves struct {
	mu   sync.Mutex
	list []grave
}

type grave struct {
	shown    cluster.Shown
	watchers []string
	at       time.Time
}

// bury is called with the principal's lock held, after its watchers were told.
func (g *graves) bury(p *Principal) {
	if p.hub.bus == nil {
		return
	}
	var watchers []string
	for watcher := range p.lists.Watchers() {
		if node, known := p.hub.elsewhere(watcher); node != "" || !known {
			watchers = append(watchers, watcher)
		}
	}
	now := time.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	old := 0
	for old < len(g.list) && now.Sub(g.list[old].at) > graveSpan {
		old++
	}
	clear(g.list[:old])
	g.list = g.list[old:]
	if len(watchers) > 0 {
		g.list = append(g.list, grave{p.hidden(), watchers, now})
	}
}

// since gives those who have left in the last time.
func (g *graves) since(d time.Duration) []grave {
	g.mu.Lock()
	defer g.mu.Unlock()
	from := time.Now().Add(-d)
	return slices.DeleteFunc(slices.Clone(g.list), func(g grave) bool { return g.at.Before(from) })
}

// forget drops everything.
func (g *graves) forget() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.list = nil
}

// Repeat tells others again what has changed on this node in the last time,
// during which this node was cut off, and asks them to do the same.
func (h *Hub) Repeat(d time.Duration) {
	if h.bus == nil {
		return
	}
	h.start(func(context.Context) { h.repeatTo("", d) })
	for _, m := range h.bus.Members() {
		if m.Self || !m.Has(cluster.RoleNotification) {
			continue
		}
		h.start(func(ctx context.Context) {
			for a := newAttempts(); ; {
				err := h.bus.Repeat(ctx, m.Node, cluster.Repeat{Node: h.bus.ID(), For: d})
				if err == nil || !a.again(ctx) {
					return
				}
			}
		})
	}
}

// repeatTo tells those who are at home on a node, or on any if that is "", what
// has changed in the last time.
func (h *Hub) repeatTo(node string, d time.Duration) {
	d += repeatMore
	for _, g := range h.graves.since(d) {
		if h.Find(g.shown.Handle) != nil {
			continue
		}
		f := fan{hub: h, notice: notice{shown: g.shown, about: cluster.AboutAll}}
		for _, watcher := range g.watchers {
			f.repeat(node, watcher)
		}
		f.send()
	}
	age := h.age()
	for _, p := range h.All() {
		p.repeat(node, age, d)
	}
}

// repeat is repeatTo for one principal.
func (p *Principal) repeat(node string, age uint32, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.removed || p.settling() || p.changed == 0 || time.Duration(age-p.changed)*ageUnit > d {
		return
	}
	seen, unseen := p.fan(p.shown(), cluster.AboutAll), p.fan(p.hidden(), cluster.AboutAll)
	for e := range p.lists.All(roster.Reverse) {
		if roster.CanSee(&p.lists, e.Handle) {
			seen.repeat(node, e.Handle)
		} else {
			unseen.repeat(node, e.Handle)
		}
	}
	seen.send()
	unseen.send()
}

// age is the time since the hub began, in units of ageUnit.
func (h *Hub) age() uint32 {
	return 1 + uint32(time.Since(h.began)/ageUnit) // wraps after 13 years
}

const ageUnit = 100 * time.Millisecond

// repeat passes the notice to a watcher on another node.
func (f *fan) repeat(node, watcher string) {
	if at, _ := f.hub.elsewhere(watcher); at != "" && (node == "" || at == node) {
		f.pack(at, watcher)
	}
}
