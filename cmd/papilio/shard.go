package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/papilio-im/papilio/internal/control"
)

// shardCommands is the family that tells who serves which accounts.
type shardCommands struct {
	List shardList `cmd:"" help:"List who serves which slice of the accounts."`
}

type shardList struct {
	All  bool `help:"A line for each shard instead of one for each node."`
	JSON bool `name:"json" help:"Print one JSON object for each shard, a line each."`
}

// Help is shown below the summary.
func (shardList) Help() string {
	return `Each account belongs to one of 1,024 shards by its handle, and each shard to one node with a notification
server. Without --all there is a line for each node: how many shards it serves, how many of them it is handing
over, how many it should serve, and how many it took from a node that had died.

Examples:

	papilio shard list
	papilio shard list --all
	papilio shard list --json | jq -r 'select(.owner != .target).shard'`
}

// Run lists the shards.
func (l shardList) Run(ctx context.Context, p *program) error {
	return p.service(ctx, func(c *control.Client) error {
		shards, err := c.Shards(ctx)
		switch {
		case err != nil:
			return err
		case l.JSON:
			return asJSON(p, shards)
		case l.All:
			return p.eachShard(shards)
		}
		return p.shardsByNode(shards)
	})
}

// eachShard prints a line for each.
func (p *program) eachShard(shards []control.Shard) error {
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SHARD\tNODE\tSINCE\tHOW\tGOES TO")
	for _, s := range shards {
		since, goes := "-", "-"
		if !s.Since.IsZero() {
			since = s.Since.Local().Format(time.DateTime)
		}
		if s.Next != "" {
			goes = s.Next + ", now"
		} else if s.Target != s.Owner {
			goes = cmp.Or(s.Target, "-")
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\n", s.Shard, cmp.Or(s.Owner, "-"), since, cmp.Or(s.How, "-"), goes)
	}
	return w.Flush()
}

// nodeShards are how many shards a node has to do with.
type nodeShards struct{ serves, leaving, should, lost int }

// shardsByNode prints a line for each node.
func (p *program) shardsByNode(shards []control.Shard) error {
	nodes := make(map[string]*nodeShards)
	at := func(node string) *nodeShards {
		if nodes[node] == nil {
			nodes[node] = &nodeShards{}
		}
		return nodes[node]
	}
	for _, s := range shards {
		at(s.Owner).serves++
		if s.Next != "" {
			at(s.Owner).leaving++
		}
		if s.How == "lost" {
			at(s.Owner).lost++
		}
		if s.Target != "" {
			at(s.Target).should++
		}
	}
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NODE\tSHARDS\tLEAVING\tSHOULD BE\tFROM THE DEAD")
	for _, node := range slices.Sorted(maps.Keys(nodes)) {
		n := nodes[node]
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\n", cmp.Or(node, "(nobody)"), n.serves, n.leaving, n.should, n.lost)
	}
	return w.Flush()
}
