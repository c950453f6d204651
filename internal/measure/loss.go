//go:build unix

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/papilio-im/papilio/internal/config"
	"github.com/papilio-im/papilio/internal/fleet"
	"github.com/papilio-im/papilio/internal/load"
)

// shards is how many there are, as "node list" counts them.
const shards = 1024

// nodeLine is what "node list --json" says of a node, as far as it matters here.
type nodeLine struct {
	Node    string   `json:"node"`
	State   string   `json:"state"`
	Roles   []string `json:"roles"`
	Silent  string   `json:"silent"`
	Shards  int      `json:"shards"`
	Clients int      `json:"clients"`
	Drained bool     `json:"drained"`
}

// list asks a node about all.
func list(ctx context.Context, n *fleet.Node) ([]nodeLine, error) {
	out, err := n.Command(ctx, "node", "list", "--json")
	if err != nil {
		return nil, err
	}
	var all []nodeLine
	for lines := json.NewDecoder(strings.NewReader(out)); lines.More(); {
		var one nodeLine
		if err := lines.Decode(&one); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

// served counts the shards that living nodes serve.
func served(all []nodeLine) int {
	n := 0
	for _, one := range all {
		if one.Silent == "" {
			n += one.Shards
		}
	}
	return n
}

// patience bounds whatever is waited for here.
const patience = 10 * time.Minute

// awaitShards waits until every shard is served.
func (m *measurement) awaitShards(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		all, err := list(ctx, m.named(config.RoleDispatch)[0])
		if err == nil && served(all) == shards {
			return nil
		}
		if waited := sleep(ctx, look); waited != nil {
			return fmt.Errorf("not all shards are served: %w, %w", waited, err)
		}
	}
}

// lossResult is what it took until everybody was back.
type lossResult struct {
	Node     string `json:"node"`
	Sessions int    `json:"sessions"` // that were on it
	// Seconds since the node was killed.
	AllServed float64            `json:"all_shards_served_seconds"`
	Back      map[string]float64 `json:"back_seconds"` // by how much of them: "50 %"
	// Lost are sessions that ended, those of other nodes among them.
	Lost    int64                        `json:"lost"`
	Latency map[string]load.Distribution `json:"latency"` // of the returns, one by one
	Errors  map[string]int64             `json:"errors"`
	Spent   spent                        `json:"spent"`
	// Kept is what the sessions take on the nodes that are left, in octets.
	Most int `json:"most_sessions_on_a_node"`
}

// loseNode kills the notification server that has the most sessions.
func (m *measurement) loseNode(ctx context.Context) error {
	victim, sessions, err := m.fullest(ctx)
	if err != nil {
		return err
	}
	before := m.crowd.report()
	began, err := m.now(ctx)
	if err != nil {
		return err
	}
	m.say("kill -9 %s with %d sessions", victim.Name(), sessions)
	killed := time.Now()
	if err := victim.Kill(); err != nil {
		return err
	}
	r := lossResult{Node: victim.Name(), Sessions: sessions, Back: make(map[string]float64)}
	all := make(chan error, 1)
	go func() {
		err := m.awaitShards(ctx)
		r.AllServed = time.Since(killed).Seconds()
		all <- err
	}()
	err = m.awaitReturn(ctx, &r, before, killed)
	if failed := <-all; err == nil {
		err = failed
	}
	if err != nil {
		return err
	}
	after := m.crowd.report()
	end, err := m.now(ctx)
	if err != nil {
		return err
	}
	delete(began.cpu, kindNS) // one of them has taken what it had spent with it
	r.Spent = began.until(end)
	delete(r.Spent.CPU, kindNS)
	r.Lost = after.Counts["lost"] - before.Counts["lost"]
	r.Latency = brief(after.Latency, "return")
	r.Errors = difference(before.Errors, after.Errors)
	if _, r.Most, err = m.fullest(ctx); err != nil {
		return err
	}
	m.result.Loss = r
	m.say("all are back after %.1f s; all shards served after %.1f s", r.Back["100 %"], r.AllServed)
	return nil
}

// fullest gives the notification server that has the most clients.
func (m *measurement) fullest(ctx context.Context) (*fleet.Node, int, error) {
	all, err := list(ctx, m.named(config.RoleDispatch)[0])
	if err != nil {
		return nil, 0, err
	}
	var most nodeLine
	for _, one := range all {
		if n := m.fleet.Node(one.Node); n != nil && n.Running() && one.Clients > most.Clients {
			most = one
		}
	}
	if most.Node == "" {
		return nil, 0, fmt.Errorf("no node has any clients: %+v", all)
	}
	return m.fleet.Node(most.Node), most.Clients, nil
}

// awaitReturn waits until everybody is signed in again, and notes when how many
// were.
func (m *measurement) awaitReturn(ctx context.Context, r *lossResult, before load.Report, killed time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	// First it has to be noticed.
	err := m.crowd.await(ctx, func(now load.Report) bool {
		return now.Counts["lost"]-before.Counts["lost"] >= int64(r.Sessions)*99/100
	})
	if err != nil {
		return fmt.Errorf("wait until the sessions are lost: %w", err)
	}
	next := killed
	for _, share := range []int{50, 90, 99, 100} {
		left := r.Sessions * (100 - share) / 100
		err := m.crowd.await(ctx, func(now load.Report) bool {
			if time.Since(next) > 10*time.Second {
				next = time.Now()
				m.say("%d signed in", now.SignedIn)
			}
			return before.SignedIn-now.SignedIn <= left
		})
		if err != nil {
			return fmt.Errorf("wait for the return of %d %%: %w", share, err)
		}
		r.Back[fmt.Sprintf("%d %%", share)] = time.Since(killed).Seconds()
	}
	return nil
}

// difference is what has been added to a table.
func difference(before, after map[string]int64) map[string]int64 {
	added := make(map[string]int64)
	for kind, n := range after {
		if n -= before[kind]; n > 0 {
			added[kind] = n
		}
	}
	return added
}
