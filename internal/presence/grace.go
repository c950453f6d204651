package presence

import "time"

// grace is the time that a client has to come back before others are told that
// its principal has left.
type grace struct {
	timer *time.Timer
	until time.Time
}

// startGrace begins it anew.
func (p *Principal) startGrace(d time.Duration) {
	p.stopGrace()
	g := &grace{until: time.Now().Add(d)}
	g.timer = time.AfterFunc(d, func() { p.graceOver(g) })
	p.grace = g
}

// stopGrace ends it, and gives how much there was left.
func (p *Principal) stopGrace() time.Duration {
	if p.grace == nil {
		return 0
	}
	p.grace.timer.Stop()
	left := time.Until(p.grace.until)
	p.grace = nil
	return left
}

// graceOver tells the watchers that the principal has left if its client has
// not come back, or has come back and set no status. A timer that comes late
// finds another grace, or none.
func (p *Principal) graceOver(g *grace) {
	p.mu.Lock()
	var told []*Endpoint
	if e := p.endpoint.Load(); p.grace == g && !p.removed {
		p.grace, p.moving, p.asked = nil, false, false
		switch {
		case e == nil:
			told = p.leave()
		case !e.Arrived():
			told = p.become(Appearance{}.with(p.personal()))
		}
	}
	p.mu.Unlock()
	flushAll(told)
}

// awaited gives the endpoint if it can be called, or a channel that is closed
// when something has changed about that, or neither if nobody is coming or too
// many wait. Who takes the channel calls waited in the end.
func (p *Principal) awaited() (*Endpoint, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.endpoint.Load()
	switch {
	case p.removed:
		return nil, nil
	case e != nil && e.stage.Load() >= ready && !p.moving:
		return e, nil
	case p.status == "":
		return nil, nil
	}
	if p.waiting >= maxWaitingEach {
		return nil, nil
	}
	if p.hub.waiting.Add(1) > maxWaiting {
		p.hub.waiting.Add(-1)
		return nil, nil
	}
	p.waiting++
	if p.back == nil {
		p.back = make(chan struct{})
	}
	return nil, p.back
}

// waited is called by who was given a channel, and waits no more.
func (p *Principal) waited() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting--
	p.hub.waiting.Add(-1)
}

// wake lets those go on who wait for the principal.
func (p *Principal) wake() {
	if p.back != nil {
		close(p.back)
		p.back = nil
	}
}
