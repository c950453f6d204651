//go:build unix

package main

import "time"

// grace is how long the service shows a principal that was lost as it was.
const grace = 30 * time.Second

// soon is how long after a fault everybody must be shown as they are, and how much
// longer than lease and grace somebody who has left may be.
const soon = 5 * time.Second

// scale is how big a run is, and how fast.
type scale struct {
	busy, idle int           // people
	probes     int           // accounts that are probed
	lease      time.Duration // of the nodes
	pace       time.Duration // of people
	patience   time.Duration // of their clients
	outage     time.Duration // of all NATS servers
	between    time.Duration // undisturbed time after each fault
	back       time.Duration // until everybody must be signed in again, besides the lease
	quiet      string        // the deadline of a switchboard that is drained
}

// scaleOf gives the scale of a run.
func scaleOf(o options) scale {
	long := scale{
		busy: 300, idle: 2700, probes: 12, lease: 10 * time.Second, pace: 2 * time.Second, patience: 10 * time.Second,
		outage: 20 * time.Second, between: 3 * time.Second, back: 30 * time.Second, quiet: "20s",
	}
	short := scale{
		busy: 60, probes: 6, lease: 4 * time.Second, pace: time.Second, patience: 6 * time.Second,
		outage: 8 * time.Second, between: time.Second, back: 30 * time.Second, quiet: "4s",
	}
	s := long
	switch {
	case o.short:
		s = short
	case o.drain > 0:
		s.busy = min(long.busy, max(o.drain/10, 1))
		s.idle = o.drain - s.busy
	}
	if o.busy > 0 {
		s.busy = o.busy
	}
	if len(o.only) > 0 && o.drain == 0 {
		s.idle = 0
	}
	return s
}
