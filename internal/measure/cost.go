//go:build unix

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/papilio-im/papilio/internal/load"
)

// watched is how many see each change of a probe.
const watched = 20

// costResult is what a kind of load cost, for each unit of its work.
type costResult struct {
	Unit    string                       `json:"unit"` // what is counted
	Units   int64                        `json:"units"`
	Rate    float64                      `json:"units_per_second"`
	Latency map[string]load.Distribution `json:"latency"`
	Errors  map[string]int64             `json:"errors,omitempty"`
	Spent   spent                        `json:"spent"`
	// CPUEach is processor time for each unit, in microseconds, by kind of
	// process, beyond what everything spends when nobody does anything; BusEach
	// and BytesEach are what the NATS servers gave on.
	CPUEach   map[string]float64 `json:"cpu_us_each"`
	BusEach   float64            `json:"nats_msgs_each"`
	BytesEach float64            `json:"nats_bytes_each"`
}

// cost does a plan with a few clients of our own, and sees what is spent for it.
func (m *measurement) cost(ctx context.Context, p load.Plan, unit string) (costResult, error) {
	var began, end moment
	var failed error
	report, err := load.Run(ctx, p, load.Hooks{
		Ready: func(ctx context.Context) error {
			began, failed = m.now(ctx)
			return failed
		},
		Over: func() { end, failed = m.now(context.WithoutCancel(ctx)) },
	})
	switch {
	case ctx.Err() != nil:
		return costResult{}, context.Cause(ctx)
	case err != nil:
		return costResult{}, fmt.Errorf("%s: %w", p.Kind, err)
	case failed != nil:
		return costResult{}, failed
	}
	s := began.until(end)
	n := report.Counts[unit]
	net := s.beyond(m.result.Memory.Idle)
	r := costResult{
		Unit: unit, Units: n, Rate: report.Rates[unit], Latency: brief(report.Latency), Errors: report.Errors, Spent: s,
		CPUEach: perUnit(net, n),
	}
	if n > 0 {
		r.BusEach, r.BytesEach = float64(net.OutMsgs)/float64(n), float64(net.OutBytes)/float64(n)
	}
	return r, nil
}

// perUnit divides processor time, and gives microseconds.
func perUnit(s spent, n int64) map[string]float64 {
	each := make(map[string]float64)
	for kind, seconds := range s.CPU {
		if n > 0 {
			each[kind] = seconds * 1e6 / float64(n)
		}
	}
	return each
}

// brief leaves the buckets of distributions out, and others than the named ones,
// if any are.
func brief(all map[string]load.Distribution, names ...string) map[string]load.Distribution {
	kept := make(map[string]load.Distribution)
	for name, d := range all {
		wanted := len(names) == 0
		for _, n := range names {
			wanted = wanted || n == name
		}
		if wanted {
			d.Buckets = nil
			kept[name] = d
		}
	}
	return kept
}

// pairedResult is one thing, on one notification server and between several:
// under full load for what it costs, and at a leisurely pace for how long it takes.
type pairedResult struct {
	Same           costResult `json:"same_node"`
	Other          costResult `json:"other_node"`
	SameUnhurried  costResult `json:"same_node_unhurried"`
	OtherUnhurried costResult `json:"other_node_unhurried"`
}

// measureCosts compares what happens on one node with what happens between two,
// while everybody is signed in.
func (m *measurement) measureCosts(ctx context.Context) error {
	presence := load.Plan{Kind: load.Presence, Watchers: watched}
	if err := m.pair(ctx, &m.result.Presence, presence, "changes"); err != nil {
		return err
	}
	return m.pair(ctx, &m.result.Invitations, load.Plan{Kind: load.Transfer}, "calls")
}

func (m *measurement) pair(ctx context.Context, r *pairedResult, p load.Plan, unit string) error {
	p.Server, p.Accounts, p.Duration = m.dispatch(), m.probeAccounts(), m.o.step
	for _, part := range []struct {
		into      *costResult
		placement load.Placement
		every     time.Duration
	}{
		{&r.Same, load.SameNode, 0}, {&r.Other, load.OtherNode, 0},
		{&r.SameUnhurried, load.SameNode, 2 * time.Second}, {&r.OtherUnhurried, load.OtherNode, 2 * time.Second},
	} {
		p.Placement, p.Every = part.placement, part.every
		m.say("measuring %s, %s node, every %s", p.Kind, p.Placement, p.Every)
		var err error
		if *part.into, err = m.cost(ctx, p, unit); err != nil {
			return err
		}
	}
	return nil
}
