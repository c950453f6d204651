//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/papilio-im/papilio/internal/faults/proxy"
	"github.com/papilio-im/papilio/internal/fleet"
)

// kill ends a node as a power cut would, and starts it again a while later.
func kill(ctx context.Context, r *run, kind string) (time.Time, error) {
	n := r.any(kind)
	down := time.Duration(r.rand.Int64N(int64(r.scale.lease)))
	r.say("kill -9 %s, back in %.1f s", n.Name(), down.Seconds())
	if err := n.Kill(); err != nil {
		return time.Time{}, err
	}
	if err := sleep(ctx, down); err != nil {
		return time.Time{}, err
	}
	err := n.Start(ctx)
	return time.Now(), err
}

func killNS(ctx context.Context, r *run) (time.Time, error) { return kill(ctx, r, "ns") }
func killSB(ctx context.Context, r *run) (time.Time, error) { return kill(ctx, r, "sb") }
func killDS(ctx context.Context, r *run) (time.Time, error) { return kill(ctx, r, "ds") }

// freeze stops a node until its lease is long over, and lets it go on. What it is
// asked meanwhile it must never answer.
func freeze(ctx context.Context, r *run, kind string) (time.Time, error) {
	n := r.any(kind)
	pause := r.scale.lease + 2*time.Second + time.Duration(r.rand.Int64N(int64(r.scale.lease)/2))
	r.say("freeze %s for %.1f s", n.Name(), pause.Seconds())
	if err := n.Freeze(); err != nil {
		return time.Time{}, err
	}
	if err := frozen(ctx, n); err != nil {
		return time.Time{}, err
	}
	r.answers.Silent(n.Name(), "frozen past its lease", time.Now())
	if err := sleep(ctx, pause); err != nil {
		return time.Time{}, errors.Join(err, n.Thaw())
	}
	r.answers.Speaks(n.Name(), time.Now())
	err := n.Thaw()
	return time.Now(), err
}

func freezeNS(ctx context.Context, r *run) (time.Time, error) { return freeze(ctx, r, "ns") }
func freezeSB(ctx context.Context, r *run) (time.Time, error) { return freeze(ctx, r, "sb") }

// frozen waits until the system has stopped a process for good.
func frozen(ctx context.Context, n *fleet.Node) error {
	for {
		stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(n.PID()), "stat"))
		if err != nil {
			return err
		}
		if _, rest, _ := strings.Cut(string(stat), ") "); strings.HasPrefix(rest, "T") {
			return nil
		}
		if err := sleep(ctx, time.Millisecond); err != nil {
			return err
		}
	}
}

// cut cuts a node off from the bus for longer than its lease, while clients still
// reach it.
func cut(ctx context.Context, r *run, kind string) (time.Time, error) {
	n := r.any(kind)
	how := proxy.Kind(r.rand.IntN(2))
	pause := r.scale.lease + 3*time.Second + time.Duration(r.rand.Int64N(int64(r.scale.lease)/2))
	r.say("cut %s off from the bus (%s) for %.1f s", n.Name(), how, pause.Seconds())
	p := r.proxies[n.Name()]
	p.Cut(how)
	defer p.Heal()
	if kind == "ns" {
		r.answers.Silent(n.Name(), "cut off from the bus for longer than its lease", time.Now().Add(r.scale.lease))
		defer func() { r.answers.Speaks(n.Name(), time.Now()) }()
	}
	err := sleep(ctx, pause)
	return time.Now(), err
}

func cutNS(ctx context.Context, r *run) (time.Time, error) { return cut(ctx, r, "ns") }
func cutSB(ctx context.Context, r *run) (time.Time, error) { return cut(ctx, r, "sb") }

// rolling is an upgrade: every node is drained, stopped and started in turn.
func rolling(ctx context.Context, r *run) (time.Time, error) {
	began := time.Now()
	for _, kind := range []string{"ns", "sb", "ds"} {
		all := r.named(kind)
		if r.o.short && kind != "ns" {
			all = []*fleet.Node{r.any(kind)}
		}
		for _, n := range all {
			if err := r.renew(ctx, n, kind); err != nil {
				return time.Time{}, err
			}
		}
	}
	r.ledger.Add("seconds for the rolling restart", time.Since(began).Seconds())
	r.ledger.Add("sessions moved through", float64(r.scale.busy+r.scale.idle))
	return time.Now(), nil
}

// renew drains a node, stops it and starts it. Every other time the draining is
// left to the signal that stops it; there is nothing to drain on a dispatch server.
func (r *run) renew(ctx context.Context, n *fleet.Node, kind string) error {
	began := time.Now()
	if kind != "ds" && (r.o.drain > 0 || r.rand.IntN(2) == 0) {
		if err := r.drain(ctx, n, kind); err != nil {
			return err
		}
	}
	drained := time.Now()
	if err := n.Stop(ctx); err != nil {
		return err
	}
	stopped := time.Now()
	if err := n.Start(ctx); err != nil {
		return err
	}
	r.say("%s: drained in %.1f s, stopped in %.1f s, started in %.1f s", n.Name(),
		drained.Sub(began).Seconds(), stopped.Sub(drained).Seconds(), time.Since(stopped).Seconds())
	r.ledger.Add(fmt.Sprintf("seconds to drain %s", n.Name()), drained.Sub(began).Seconds())
	// Whoever upgrades waits until the node has its share again.
	return r.crowd.Whole(ctx)
}

// drain drains a node and waits until nobody is left on it.
func (r *run) drain(ctx context.Context, n *fleet.Node, kind string) error {
	args := []string{"node", "drain", n.Name()}
	if kind == "sb" {
		args = append(args, "--deadline", r.scale.quiet)
	}
	_, err := n.Command(ctx, args...)
	return err
}
