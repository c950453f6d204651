//go:build unix

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/papilio-im/papilio/internal/config"
	"github.com/papilio-im/papilio/internal/faults/check"
	"github.com/papilio-im/papilio/internal/faults/crowd"
	"github.com/papilio-im/papilio/internal/faults/probe"
	"github.com/papilio-im/papilio/internal/faults/proxy"
	"github.com/papilio-im/papilio/internal/fleet"
)

// run is one run of the program.
type run struct {
	o     options
	scale scale
	out   io.Writer // of progress
	began time.Time
	rand  *rand.Rand // of the plan

	ledger  *check.Ledger
	answers *check.Answers
	fleet   *fleet.Fleet
	proxies map[string]*proxy.Proxy // by node
	crowd   *crowd.Crowd
	probe   *probe.Probe

	ghosts ghosts
}

// execute runs everything, prints the result, and reports whether a promise was
// broken. Whatever it started is stopped when it returns.
func execute(ctx context.Context, o options, stdout, stderr io.Writer) (broken bool, err error) {
	r := &run{
		o: o, scale: scaleOf(o), out: stderr, began: time.Now(), proxies: make(map[string]*proxy.Proxy),
		rand: rand.New(rand.NewPCG(o.seed, 0)), //nolint:gosec // to be repeated, not to be secret
	}
	dir := o.dir
	if dir == "" {
		if dir, err = os.MkdirTemp("", "faults-"); err != nil {
			return false, err
		}
	}
	r.ledger = check.NewLedger("start", func(v check.Violation) { fmt.Fprintf(stderr, "BROKEN %s\n", v) })
	r.answers = check.NewAnswers(r.ledger)
	r.say("seed %d, folder %s", o.seed, dir)
	err = r.play(ctx, dir)
	if err != nil && ctx.Err() == nil {
		// The program itself has failed, or the service in a way that ends it.
		r.ledger.Broken(check.Service, "%v", err)
	}
	_, total := r.ledger.Violations()
	err = errors.Join(err, r.report(stdout, err))
	if o.keep || total > 0 {
		r.say("data and logs are kept in %s", dir)
		return total > 0, err
	}
	return total > 0, errors.Join(err, os.RemoveAll(dir))
}

// say tells of the progress.
func (r *run) say(format string, args ...any) {
	fmt.Fprintf(r.out, "%7.1fs  %s\n", time.Since(r.began).Seconds(), fmt.Sprintf(format, args...))
}

// play is the whole piece: from the first process to the last.
func (r *run) play(ctx context.Context, dir string) (err error) {
	log := slog.New(slog.NewTextHandler(r.out, &slog.HandlerOptions{Level: slog.LevelWarn}))
	if r.fleet, err = fleet.New(fleet.Options{Dir: dir, Papilio: r.o.papilio, NATSServer: r.o.nats, Log: log}); err != nil {
		return err
	}
	defer func() {
		for _, p := range r.proxies {
			err = errors.Join(err, p.Close())
		}
		err = errors.Join(err, r.fleet.Close())
	}()
	if err := r.start(ctx); err != nil {
		return err
	}
	defer r.leave()
	r.enter(ctx)
	if err := r.settle(ctx, time.Now()); err != nil {
		return err
	}
	for _, f := range plan(r.o, r.rand) {
		if err := r.inflict(ctx, f); err != nil {
			return err
		}
	}
	if err := r.finish(ctx); err != nil {
		return err
	}
	return proved(r.ledger.Phases())
}

// proved refuses a run in which a promise was never looked at: that it was not
// broken would mean nothing. Where no node was drained nobody need have been moved.
func proved(phases []check.Phase) error {
	for _, i := range check.Invariants() {
		drained := func(p check.Phase) bool { f := find(p.Fault); return f != nil && f.calm }
		if i == check.Moves && !slices.ContainsFunc(phases, drained) {
			continue
		}
		if !slices.ContainsFunc(phases, func(p check.Phase) bool { return p.Cells[i].Checked > 0 }) {
			return fmt.Errorf("it was never looked whether the promise %q is kept", i)
		}
	}
	return nil
}

// maxCommands is how many connections are left for the server's own use and for
// commands.
const maxCommands = 20

// start starts every process, and makes the accounts.
func (r *run) start(ctx context.Context) error {
	r.say("building, and starting NATS and PostgreSQL")
	if _, err := r.fleet.StartNATS(ctx, 3); err != nil {
		return err
	}
	// A power cut is not among the faults: what is written need not reach the disk. Every
	// node signs people in over the web, and has all the connections that it may have.
	nodes := r.o.ns + r.o.sb + r.o.ds
	connections := fmt.Sprintf("max_connections=%d", (nodes+1)*config.Default().Storage.Connections+maxCommands)
	if _, err := r.fleet.StartPostgres(ctx, "fsync=off", connections); err != nil {
		return err
	}
	for _, kind := range []struct {
		role config.Role
		name string
		n    int
	}{{config.RoleNotification, "ns", r.o.ns}, {config.RoleSwitchboard, "sb", r.o.sb}, {config.RoleDispatch, "ds", r.o.ds}} {
		for i := range kind.n {
			if err := r.startNode(ctx, fmt.Sprintf("%s%d", kind.name, i+1), kind.role); err != nil {
				return err
			}
		}
	}
	r.say("%d nodes run; making %d accounts", len(r.fleet.Nodes()), r.scale.busy+r.scale.probes)
	return r.makeAccounts(ctx, 0, r.scale.busy)
}

// startNode starts a node behind a proxy of its own.
func (r *run) startNode(ctx context.Context, name string, role config.Role) error {
	var servers []string
	for url := range strings.SplitSeq(r.fleet.NATSURL(), ",") {
		servers = append(servers, strings.TrimPrefix(url, "nats://"))
	}
	p, err := proxy.Open(ctx, servers...)
	if err != nil {
		return err
	}
	r.proxies[name] = p
	settings := map[string]string{"limits.enabled": "false", "cluster.lease": r.scale.lease.String()}
	if role == config.RoleSwitchboard {
		settings["shutdown.deadline"] = r.scale.quiet
	}
	_, err = r.fleet.StartNode(ctx, fleet.NodeOptions{
		Name: name, Roles: []config.Role{role}, Settings: settings,
		NATSURL: "nats://" + strings.Join(p.Addresses(), ",nats://"),
	})
	return err
}

// named gives the nodes of a kind: "ns", "sb" or "ds".
func (r *run) named(kind string) []*fleet.Node {
	var all []*fleet.Node
	for _, n := range r.fleet.Nodes() {
		if strings.HasPrefix(n.Name(), kind) {
			all = append(all, n)
		}
	}
	return all
}

// any draws one of the nodes of a kind.
func (r *run) any(kind string) *fleet.Node {
	all := r.named(kind)
	return all[r.rand.IntN(len(all))]
}

// enter lets people and probes begin.
func (r *run) enter(ctx context.Context) {
	var dispatch []string
	for _, n := range r.named("ds") {
		dispatch = append(dispatch, n.Address(config.RoleDispatch))
	}
	options := r.crowdOptions(dispatch)
	for _, n := range r.fleet.Nodes() {
		options.Web = append(options.Web, n.Address(config.RoleWeb))
	}
	r.crowd = crowd.New(options)
	r.crowd.Start(ctx)
	var servers []probe.Server
	for _, n := range r.named("ns") {
		servers = append(servers, probe.Server{Name: n.Name(), Address: n.Address(config.RoleNotification)})
	}
	r.probe = probe.Start(ctx, probe.Options{
		Accounts: r.scale.probes, Password: password, Servers: servers,
		Answers: r.answers, Ledger: r.ledger, Seed: r.o.seed,
	})
}

func (r *run) crowdOptions(dispatch []string) crowd.Options {
	return crowd.Options{
		Busy: r.scale.busy, Idle: r.scale.idle, Dispatch: dispatch, Password: password,
		Ledger: r.ledger, Seed: r.o.seed, Pace: r.scale.pace, Patience: r.scale.patience,
	}
}

// arrivalTime is how long thousands may take to come, on a machine that is busy.
const arrivalTime = 5 * time.Minute

// crowded lets those come who only are there: so many sessions that it means
// something how long it takes to move them.
func (r *run) crowded(ctx context.Context) error {
	if r.scale.idle == 0 {
		return nil
	}
	r.ledger.Begin("arrival")
	r.say("%d people more come", r.scale.idle)
	if err := r.makeAccounts(ctx, r.scale.busy, r.scale.busy+r.scale.idle); err != nil {
		return err
	}
	began := time.Now()
	r.crowd.Arrive()
	coming, cancel := context.WithTimeout(ctx, arrivalTime)
	defer cancel()
	if err := r.crowd.Whole(coming); err != nil {
		return err
	}
	r.say("they have come in %.1f s", time.Since(began).Seconds())
	return r.muster(ctx, time.Now().Add(soon))
}

// leave lets everybody go, however the run has ended.
func (r *run) leave() {
	r.crowd.Stop()
	r.probe.Stop()
}

// errInterrupted is how a run ends that was told to.
var errInterrupted = errors.New("interrupted")

// sleep waits.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return cmp.Or(context.Cause(ctx), errInterrupted)
	}
}
