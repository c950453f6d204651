package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/control"
)

type nodeDrain struct {
	Node     string        `arg:"" help:"The node, as papilio node list calls it."`
	Deadline time.Duration `default:"10m" help:"When conversations that still go on are ended. Clients open them again elsewhere, unseen, at the next message."`
	Rate     rateArg       `default:"500" placeholder:"N" help:"How many clients are referred in a second: 100, or 100/s. ${default} if not given."`
	Wait     bool          `help:"Only wait for a drain that has been begun before."`
	Force    bool          `help:"Drain also the only active node with a role. Its clients stay, because there is nowhere to go."`
}

// Help is shown below the summary.
func (nodeDrain) Help() string {
	return `Clients are sent to the other notification servers and are signed in there with the status that they had;
nobody sees them leave. Conversations go on, and new ones are opened on other switchboards. The command says how
much is left, and ends when the node can be stopped without anybody noticing. Ctrl-C ends the command only: the
node goes on draining. A drained node stays in the cluster until it is stopped or "papilio node undrain" gives
it its share back.

Stopping a node (SIGTERM) drains it too, within shutdown.deadline.

Examples:

	papilio node drain ns-2
	papilio node drain ns-2 --deadline 30m --rate 100/s`
}

// Run drains a node.
func (d *nodeDrain) Run(ctx context.Context, p *program) error {
	switch {
	case d.Deadline < time.Second:
		return usage(`--deadline is %s: it must be at least a second, such as "10m"`, d.Deadline)
	}
	return p.service(ctx, func(c *control.Client) error {
		if !d.Wait {
			err := c.Drain(ctx, control.Drain{Node: d.Node, Rate: int(d.Rate), Deadline: d.Deadline, Force: d.Force})
			if err != nil {
				return d.explain(p, err)
			}
		}
		return d.watch(ctx, p, c)
	})
}

// rateArg is how many in a second, on the command line.
type rateArg int

// mostRate is what shutdown.rate may be.
const mostRate = 1_000_000

// UnmarshalText reads 500 or 500/s.
func (r *rateArg) UnmarshalText(text []byte) error {
	n, err := strconv.Atoi(strings.TrimSuffix(string(text), "/s"))
	if err != nil || n < 1 || n > mostRate {
		return fmt.Errorf("%q is not a number of clients a second, from 1 to %d", text, mostRate)
	}
	*r = rateArg(n)
	return nil
}

// explain adds what to do about a drain that was refused.
func (d *nodeDrain) explain(p *program, err error) error {
	switch {
	case errors.Is(err, control.ErrDraining):
		return fmt.Errorf("%w; %s shows how far it is", err, p.command("node drain "+d.Node+" --wait"))
	case errors.Is(err, control.ErrNowhere):
		return fmt.Errorf("%w; --force drains it all the same", err)
	}
	return err
}

// How often the node is asked how far it is, and for how long it may be silent.
const (
	drainPace    = 500 * time.Millisecond
	drainSilence = 30 * time.Second
)

// watch says how much is left until nothing is.
func (d *nodeDrain) watch(ctx context.Context, p *program, c *control.Client) error {
	tick := time.NewTicker(drainPace)
	defer tick.Stop()
	progress := newProgress(p.stderr, p.pace)
	defer progress.end()
	begun, heard := time.Now(), time.Now()
	for {
		n, err := d.ask(ctx, c)
		switch {
		case ctx.Err() != nil:
			progress.end()
			return fmt.Errorf("interrupted; %s goes on draining: %s waits for it, %s ends it", d.Node,
				p.command("node drain "+d.Node+" --wait"), p.command("node undrain "+d.Node))
		case err != nil:
			return err
		case n.Silent == "" && n.State != string(cluster.StateDraining):
			return fmt.Errorf("%s is not draining any more: it is %s", d.Node, n.State)
		case n.Drained:
			progress.end()
			fmt.Fprintf(p.stdout, "%s is drained\n", d.Node)
			return nil
		case n.Silent == "":
			heard = time.Now()
			progress.line(leftWords(&n), time.Now())
		case time.Since(heard) > drainSilence:
			return fmt.Errorf("%s: %s", d.Node, n.Silent)
		}
		if late := d.overdue(&n, begun); late != nil {
			return late
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}

// ask finds out how far the node is.
func (d *nodeDrain) ask(ctx context.Context, c *control.Client) (control.Node, error) {
	nodes, err := c.Nodes(ctx)
	if err != nil {
		return control.Node{}, err
	}
	for _, n := range nodes {
		if n.Node == d.Node {
			return n, nil
		}
	}
	return control.Node{}, fmt.Errorf("%s has left the cluster", d.Node)
}

// quietTime is what it takes at most from the deadline until the conversations
// have ended.
const quietTime = 10 * time.Second

// overdue tells what has not ended by the deadline.
func (d *nodeDrain) overdue(n *control.Node, begun time.Time) error {
	end := begun.Add(d.Deadline)
	if !n.Late.IsZero() {
		end = n.Late
	}
	if n.Silent != "" || time.Now().Before(end.Add(quietTime)) {
		return nil
	}
	return fmt.Errorf("%s is not drained in time (%s); it stays draining", d.Node, leftWords(n))
}

// leftWords say how much a node still has.
func leftWords(n *control.Node) string {
	return fmt.Sprintf("left: %d shards, %d clients, %d conversations", n.Shards, n.Clients, n.Conversations)
}
