//go:build unix

package main

import (
	"context"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/papilio-im/papilio/internal/fleet"
)

// stopOneNATS stops or kills one NATS server, and starts it again when the others
// have long gone on without it.
func stopOneNATS(ctx context.Context, r *run) (time.Time, error) {
	all := r.fleet.NATS()
	n := all[r.rand.IntN(len(all))]
	crash := r.rand.IntN(2) == 0
	pause := r.scale.lease/2 + time.Duration(r.rand.Int64N(int64(r.scale.lease)))
	r.say("stop %s (kill -9: %t) for %.1f s", n.Name(), crash, pause.Seconds())
	if err := stopNATS(ctx, n, crash); err != nil {
		return time.Time{}, err
	}
	if err := sleep(ctx, pause); err != nil {
		return time.Time{}, err
	}
	if err := n.Start(ctx); err != nil {
		return time.Time{}, err
	}
	err := r.healthyNATS(ctx)
	return time.Now(), err
}

// healthyNATS waits until all NATS servers say that they are well, which they are
// not while what is stored has no leader.
func (r *run) healthyNATS(ctx context.Context) error {
	for _, n := range r.fleet.NATS() {
		if err := n.AwaitHealthy(ctx); err != nil {
			return err
		}
	}
	return nil
}

func stopNATS(ctx context.Context, n *fleet.NATS, crash bool) error {
	if crash {
		return n.Kill()
	}
	return n.Stop(ctx)
}

// stopAllNATS takes the bus away from everybody for longer than the leases. Every
// notification server has to fall silent, and to come back by itself.
func stopAllNATS(ctx context.Context, r *run) (time.Time, error) {
	crash := r.rand.IntN(2) == 0
	r.say("stop all NATS servers (kill -9: %t) for %.1f s", crash, r.scale.outage.Seconds())
	var stopping errgroup.Group
	for _, n := range r.fleet.NATS() {
		stopping.Go(func() error { return stopNATS(ctx, n, crash) })
	}
	if err := stopping.Wait(); err != nil {
		return time.Time{}, err
	}
	gone := time.Now()
	for _, n := range r.named("ns") {
		r.answers.Silent(n.Name(), "without a bus for longer than its lease", gone.Add(r.scale.lease))
	}
	err := sleep(ctx, r.scale.outage)
	for _, n := range r.named("ns") {
		r.answers.Speaks(n.Name(), time.Now())
	}
	if err != nil {
		return time.Time{}, err
	}
	var starting errgroup.Group
	for _, n := range r.fleet.NATS() {
		starting.Go(func() error { return n.Start(ctx) })
	}
	if err := starting.Wait(); err != nil {
		return time.Time{}, err
	}
	err = r.healthyNATS(ctx)
	return time.Now(), err
}

// restartPostgres stops PostgreSQL under load, in order or at once, and starts it
// again.
func restartPostgres(ctx context.Context, r *run) (time.Time, error) {
	p := r.fleet.Postgres()
	crash := r.rand.IntN(2) == 0
	pause := time.Duration(r.rand.Int64N(int64(2 * time.Second)))
	r.say("restart PostgreSQL (at once: %t), away for %.1f s", crash, pause.Seconds())
	if crash {
		if err := p.Signal(syscall.SIGQUIT); err != nil { // an immediate shutdown: all connections are cut
			return time.Time{}, err
		}
		select {
		case <-p.Done():
		case <-ctx.Done():
			return time.Time{}, errInterrupted
		}
	} else if err := p.Stop(ctx); err != nil {
		return time.Time{}, err
	}
	if err := sleep(ctx, pause); err != nil {
		return time.Time{}, err
	}
	err := p.Start(ctx)
	return time.Now(), err
}
