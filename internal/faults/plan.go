//go:build unix

package main

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"
)

// fault is a way of breaking the service.
type fault struct {
	name  string
	about string
	short bool // is in the short form
	// calm says that it is no fault but an operator's work, which nobody may notice.
	calm bool
	// crash says that some of those who are cut off stay away, so that they have to
	// disappear from everybody's sight.
	crash bool
	// do breaks something and repairs it. It gives the time from which on the
	// service can heal.
	do func(context.Context, *run) (healed time.Time, err error)
}

// faults are all of them, in the order of the short form: who is cut off by the
// first one has time to be forgotten until the end.
func faults() []fault {
	return []fault{
		{name: "kill-ns", about: "kill -9 a notification server", short: true, crash: true, do: killNS},
		{name: "kill-sb", about: "kill -9 a switchboard", short: true, do: killSB},
		{name: "kill-ds", about: "kill -9 a dispatch server", short: true, do: killDS},
		{name: "nats-one", about: "stop one NATS server", short: true, do: stopOneNATS},
		{name: "postgres", about: "restart PostgreSQL", short: true, do: restartPostgres},
		{name: "freeze-ns", about: "freeze a notification server past its lease", short: true, crash: true, do: freezeNS},
		{name: "cut-ns", about: "cut a notification server off from the bus", short: true, crash: true, do: cutNS},
		{name: "freeze-sb", about: "freeze a switchboard past its lease", do: freezeSB},
		{name: "cut-sb", about: "cut a switchboard off from the bus", do: cutSB},
		{name: "nats-all", about: "stop all NATS servers", do: stopAllNATS},
		{name: "rolling", about: "drain and restart every node in turn", short: true, calm: true, do: rolling},
	}
}

func names() []string {
	var all []string
	for _, f := range faults() {
		all = append(all, f.name)
	}
	return all
}

func find(name string) *fault {
	all := faults()
	if i := slices.IndexFunc(all, func(f fault) bool { return f.name == name }); i >= 0 {
		return &all[i]
	}
	return nil
}

// plan gives the faults of a run. In the long form their order is drawn, and the
// work of an operator comes last.
func plan(o options, r *rand.Rand) []fault {
	switch {
	case len(o.only) > 0:
		var some []fault
		for _, name := range o.only {
			some = append(some, *find(name))
		}
		return some
	case o.drain > 0:
		return []fault{*find("rolling")}
	case o.short:
		return slices.DeleteFunc(faults(), func(f fault) bool { return !f.short })
	}
	all := faults()
	disasters := slices.DeleteFunc(slices.Clone(all), func(f fault) bool { return f.calm })
	r.Shuffle(len(disasters), func(i, j int) { disasters[i], disasters[j] = disasters[j], disasters[i] })
	return append(disasters, slices.DeleteFunc(all, func(f fault) bool { return !f.calm })...)
}

// oneAway is one in how many of those who are cut off by a crash stay away.
const oneAway = 3

// inflict breaks something, waits until the service is whole again, and looks.
func (r *run) inflict(ctx context.Context, f fault) error {
	if f.calm { // the last one
		if err := r.crowded(ctx); err != nil {
			return err
		}
	}
	r.ledger.Begin(f.name)
	r.say("%s: %s", f.name, f.about)
	// In the short form only the first crash has time for ghosts.
	if f.crash && r.ghosts.due.IsZero() {
		r.crowd.StayAway(oneAway)
		r.ghosts.due = time.Now().Add(r.scale.lease + grace + soon)
	}
	if f.calm {
		if err := r.calm(ctx); err != nil {
			return err
		}
	}
	healed, err := f.do(ctx, r)
	if err != nil {
		return err
	}
	if err := r.settle(ctx, healed); err != nil {
		return err
	}
	r.crowd.Calm(false)
	r.crowd.EnoughAway()
	if f.calm {
		if err := r.lookAnew(ctx); err != nil {
			return err
		}
	}
	if f.crash && !r.o.short {
		if err := r.layGhosts(ctx); err != nil {
			return err
		}
	}
	return sleep(ctx, r.scale.between)
}

// calm begins a time in which nobody may notice anything. What somebody did before
// has reached everybody when it does.
func (r *run) calm(ctx context.Context) error {
	pausing, cancel := context.WithTimeout(ctx, 6*r.scale.patience)
	defer cancel()
	defer r.crowd.Resume()
	if err := r.crowd.Pause(pausing); err != nil {
		return err
	}
	if err := sleep(ctx, still); err != nil {
		return err
	}
	r.crowd.Calm(true)
	return nil
}
