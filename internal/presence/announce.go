package presence

import "github.com/papilio-im/papilio/internal/cluster"

// Announce tells the watchers of those who wait for their clients here what they
// are shown as. It is for who was taken in after watchers had asked for them, as
// happens after a restart; those who know it already are told the same again.
func (h *Hub) Announce(handles []string) {
	for _, handle := range handles {
		if p := h.Find(handle); p != nil {
			p.announce()
		}
	}
}

func (p *Principal) announce() {
	p.mu.Lock()
	var told []*Endpoint
	if p.moving && p.status.Open() && !p.removed && !p.settling() {
		told = p.tellWatchers(cluster.AboutAll)
	}
	p.mu.Unlock()
	flushAll(told)
}
