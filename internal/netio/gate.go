package netio

// SetGate makes every write depend on a function: from now on nothing is sent,
// of what is queued already neither, unless it returns true right before. When
// it does not, the connection ends with ErrGate. It is for who may speak to the
// peer only for as long as some right lasts, and may be stopped in the middle of
// anything, by the system or with the whole machine, until after its end.
//
// The function is called by any goroutine, often, and must not wait. What is on
// its way out when SetGate is called may still go.
func (c *Conn) SetGate(open func() bool) {
	c.out.mu.Lock()
	defer c.out.mu.Unlock()
	c.out.gate = open
}

// Gated reports whether the connection has a gate that is not open: whatever is
// done for the peer now, it will not hear of it.
func (c *Conn) Gated() bool {
	c.out.mu.Lock()
	open := c.out.gate
	c.out.mu.Unlock()
	return open != nil && !open()
}

// stopped notes that the gate is not open, if it is not.
func (t *train) stopped() bool {
	if t.gate == nil || t.gate() {
		return false
	}
	t.err = ErrGate
	return true
}
