package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/control"
)

// nodeCommands is the family that deals with the processes of a cluster.
type nodeCommands struct {
	List    nodeList    `cmd:"" help:"List the nodes, and what each has to do."`
	Drain   nodeDrain   `cmd:"" help:"Refer the clients of a node to others, and give it nothing new."`
	Undrain nodeUndrain `cmd:"" help:"Give a node its share again."`
}

// Help is shown below the summary.
func (nodeCommands) Help() string {
	return `A node is a running process of Papilio. These commands ask the one that runs on this machine's data folder,
over a socket in it; it answers for all nodes of the cluster.`
}

type nodeList struct {
	JSON bool `name:"json" help:"Print one JSON object a line."`
}

// Help is shown below the summary.
func (nodeList) Help() string {
	return `CLIENTS are those that are signed in, SHARDS how many of the 1,024 slices of the accounts the node serves.
A node that does not answer is named all the same, until its lease ends.

Examples:

	papilio node list
	papilio node list --json | jq -r 'select(.state == "draining").node'`
}

// Run lists the nodes.
func (l nodeList) Run(ctx context.Context, p *program) error {
	return p.service(ctx, func(c *control.Client) error {
		nodes, err := c.Nodes(ctx)
		if err != nil {
			return err
		}
		if l.JSON {
			return asJSON(p, nodes)
		}
		w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "NODE\tSTATE\tROLES\tSHARDS\tCLIENTS\tCONVERSATIONS\tSINCE\tVERSION\tADDRESS")
		for _, n := range nodes {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", n.Node, stateWords(&n), strings.Join(n.Roles, ","), figures(&n),
				n.Started.Local().Format(time.DateTime), addressWords(&n))
		}
		return w.Flush()
	})
}

// stateWords is the state of a node, with what has become of it.
func stateWords(n *control.Node) string {
	switch {
	case n.Silent != "":
		return n.State + " (" + n.Silent + ")"
	case n.Drained:
		return "drained"
	}
	return n.State
}

// figures are those columns of a node that only itself can tell. What a role
// counts is left out where the role does not run.
func figures(n *control.Node) string {
	shards, clients, conversations := "-", "-", "-"
	if n.Silent == "" && n.Has(string(cluster.RoleNotification)) {
		shards, clients = fmt.Sprint(n.Shards), fmt.Sprint(n.Clients)
	}
	if n.Silent == "" && n.Has(string(cluster.RoleSwitchboard)) {
		conversations = fmt.Sprint(n.Conversations)
	}
	return shards + "\t" + clients + "\t" + conversations
}

// addressWords is the version of a node, and where clients are sent to for it.
func addressWords(n *control.Node) string {
	var all []string
	for role, address := range n.Addresses {
		all = append(all, role+" "+address)
	}
	slices.Sort(all)
	software := n.Software
	if software == "" {
		software = "-"
	}
	return visible(software) + "\t" + strings.Join(all, ", ")
}

type nodeUndrain struct {
	Node string `arg:"" help:"The node, as papilio node list calls it."`
}

// Help is shown below the summary.
func (nodeUndrain) Help() string {
	return `The node takes its share of the accounts back from the others, who refer the clients to it.

Examples:

	papilio node undrain ns-2`
}

// Run ends a drain.
func (u nodeUndrain) Run(ctx context.Context, p *program) error {
	return p.service(ctx, func(c *control.Client) error {
		if err := c.Undrain(ctx, u.Node); err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "%s takes its share again\n", u.Node)
		return nil
	})
}

// asJSON prints one object a line.
func asJSON[T any](p *program, all []T) error {
	out := json.NewEncoder(p.stdout)
	for _, one := range all {
		if err := out.Encode(one); err != nil {
			return err
		}
	}
	return nil
}
