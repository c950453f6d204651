//go:build unix

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/papilio-im/papilio/internal/fleet"
	"github.com/papilio-im/papilio/internal/load"
)

// moveResult is what moving clients took.
type moveResult struct {
	Node    string                       `json:"node"`
	Seconds float64                      `json:"seconds"` // until the last client had moved
	Moves   int64                        `json:"moves"`
	Rate    float64                      `json:"moves_per_second"`
	Lost    int64                        `json:"lost"` // sessions that ended instead of moving
	Latency map[string]load.Distribution `json:"latency"`
	Errors  map[string]int64             `json:"errors,omitempty"`
	Spent   spent                        `json:"spent"`
	CPUEach map[string]float64           `json:"cpu_us_each"`
}

// rejoinNode starts the killed node again, which takes its share back.
func (m *measurement) rejoinNode(ctx context.Context) error {
	n := m.fleet.Node(m.result.Loss.Node)
	m.say("%s joins again", n.Name())
	var err error
	m.result.Join, err = m.moving(ctx, n, func(ctx context.Context) error { return n.Start(ctx) })
	return err
}

// drainNode empties a node.
func (m *measurement) drainNode(ctx context.Context) error {
	n, _, err := m.fullest(ctx)
	if err != nil {
		return err
	}
	m.say("draining %s", n.Name())
	m.result.Drain, err = m.moving(ctx, n, func(ctx context.Context) error {
		_, err := n.Command(ctx, "node", "drain", n.Name())
		return err
	})
	return err
}

// moving does what makes clients move, and waits until they have: until nobody has
// moved for a while, and everybody is signed in.
func (m *measurement) moving(ctx context.Context, n *fleet.Node, do func(context.Context) error) (moveResult, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	before := m.crowd.report()
	began, err := m.now(ctx)
	if err != nil {
		return moveResult{}, err
	}
	if err := do(ctx); err != nil {
		return moveResult{}, err
	}
	last, lastMove := before, time.Now()
	err = m.crowd.await(ctx, func(now load.Report) bool {
		if now.Counts["moves"] != last.Counts["moves"] || now.Counts["moves"] == before.Counts["moves"] {
			last, lastMove = now, time.Now()
		}
		return time.Since(lastMove) > quiet && now.SignedIn >= before.SignedIn
	})
	if err != nil {
		return moveResult{}, fmt.Errorf("wait until nobody moves: %w", err)
	}
	if err := m.awaitShards(ctx); err != nil {
		return moveResult{}, err
	}
	end, err := m.now(ctx)
	if err != nil {
		return moveResult{}, err
	}
	after := m.crowd.report()
	moved := after.Counts["moves"] - before.Counts["moves"]
	seconds := lastMove.Sub(began.at).Seconds()
	r := moveResult{
		Node: n.Name(), Seconds: seconds, Moves: moved, Rate: float64(moved) / seconds,
		Lost:    after.Counts["lost"] - before.Counts["lost"],
		Latency: brief(after.Latency, "move"), Errors: difference(before.Errors, after.Errors), Spent: began.until(end),
	}
	r.CPUEach = perUnit(r.Spent, moved)
	m.say("%d moved in %.1f s, %d were lost", r.Moves, r.Seconds, r.Lost)
	return r, nil
}

// quiet is how long nobody moves when all have.
const quiet = 15 * time.Second
