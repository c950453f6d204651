package presence

import "context"

// debut is the time from when a principal has been carried here until its lists
// are read. What others may see of it is not known before.
type debut struct {
	awaited []string // watchers who have asked for it
}

// settling reports whether what others may see of the principal is not known yet.
func (p *Principal) settling() bool { return p.debut != nil }

// appear shows the principal to those who have asked meanwhile.
func (p *Principal) appear() {
	if p.debut == nil {
		return
	}
	awaited := p.debut.awaited
	p.debut = nil
	for _, watcher := range awaited {
		p.lookAgain(watcher)
	}
}

// vanish has those who have asked meanwhile ask elsewhere.
func (p *Principal) vanish() { p.appear() }

// lookAgain has a watcher ask once more.
func (p *Principal) lookAgain(watcher string) {
	h, contact := p.hub, p.Handle
	h.start(func(ctx context.Context) {
		if w := h.Find(watcher); w != nil {
			w.look(ctx, []string{contact}, false)
		}
	})
}
