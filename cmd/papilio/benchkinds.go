package main

import (
	"context"
	"time"

	"github.com/papilio-im/papilio/internal/load"
)

type benchSignIn struct {
	benchPeople
}

// Help is shown below the summary.
func (benchSignIn) Help() string {
	return `Every client goes to the dispatch server, follows its referral, signs in, fetches its lists and sets its
status. Without --duration each does it once, and all stay until the last one is there. With it they leave at
once and begin again until the time is over.

A sign-in is timed from when it was due: with --rate that is a schedule, which does not wait for a service
that cannot keep up. Lists are in it, which grow with "bench prepare --contacts". From MSNP8 on the way to the
web server is in it, too, unless the tickets are there before (--tickets ready): then it is a visit at the nexus.

Examples:

	papilio bench sign-in --sessions 5000
	papilio bench sign-in --sessions 5000 --versions MSNP8,MSNP12 --tickets ready
	papilio bench sign-in --sessions 5000 --duration 1m --rate 500 --ramp 20s`
}

// Run makes the load.
func (b *benchSignIn) Run(ctx context.Context, p *program) error {
	plan, err := b.plan(load.SignIn)
	if err != nil {
		return err
	}
	return b.run(ctx, p, plan)
}

type benchIdle struct {
	Ping    time.Duration `placeholder:"D" help:"Let each client ask this often whether its server is there (PNG)."`
	Backoff time.Duration `default:"5s" placeholder:"D" help:"How long one that was lost waits before it comes back, twice as long each time, up to a minute, give or take a half. ${default} if not given."`
	benchPeople
}

// Help is shown below the summary.
func (benchIdle) Help() string {
	return `Without --duration it goes on until Ctrl-C. The report has a point a second of how many were signed in, lost
and moved: it shows what a restart, a drain or the loss of a node costs.

Examples:

	papilio bench idle --sessions 60000 --rate 1000 --json idle.json
	papilio bench idle --sessions 1000 --duration 10m --ping 1m`
}

// Run makes the load.
func (b *benchIdle) Run(ctx context.Context, p *program) error {
	plan, err := b.plan(load.Idle)
	if err != nil {
		return err
	}
	plan.Ping, plan.Backoff = b.Ping, b.Backoff
	return b.run(ctx, p, plan)
}

// usualDuration is how long the kinds go on that would not end by themselves.
const usualDuration = 30 * time.Second

type benchChat struct {
	Members int           `default:"2" placeholder:"N" help:"How many are in each conversation. ${default} if not given."`
	Every   time.Duration `placeholder:"D" help:"Say something this often in each conversation. If not given, as soon as the message before is acknowledged."`
	Size    int           `default:"40" placeholder:"N" help:"The length of a message. ${default} if not given."`
	benchPeople
}

// Help is shown below the summary.
func (benchChat) Help() string {
	return `The members of a conversation take turns. A message is timed until the switchboard has acknowledged it to
the sender (ack) and until each of the others has it (delivery). Goes on for 30s if --duration does not say
otherwise.

Examples:

	papilio bench chat --sessions 200
	papilio bench chat --sessions 1000 --members 5 --every 2s --duration 5m`
}

// Run makes the load.
func (b *benchChat) Run(ctx context.Context, p *program) error {
	b.Duration = orUsual(b.Duration)
	plan, err := b.plan(load.Chat)
	if err != nil {
		return err
	}
	plan.Members, plan.Every, plan.Size = b.Members, b.Every, b.Size
	return b.run(ctx, p, plan)
}

func orUsual(d time.Duration) time.Duration {
	if d == 0 {
		return usualDuration
	}
	return d
}

// benchPlacement picks who has to do with whom.
type benchPlacement struct {
	Placement string `enum:"any,same,other" default:"any" help:"Whether they are on the same notification server, on different ones (other), or as it comes (any)."`
}

func (b benchPlacement) placement() load.Placement {
	if b.Placement == "any" {
		return load.Anywhere
	}
	return load.Placement(b.Placement)
}

type benchPresence struct {
	Watchers int           `default:"10" placeholder:"N" help:"How many see each change. They and the one who changes are N+1 sessions. ${default} if not given."`
	Every    time.Duration `placeholder:"D" help:"Change this often. If not given, as soon as all have seen the change before."`
	benchPlacement
	benchPeople
}

// Help is shown below the summary.
func (benchPresence) Help() string {
	return `The watchers get the one who changes as a contact, and lose it again in the end. For exact numbers use
accounts without contacts of their own: others that are signed in are told of the changes, too. Goes on for
30s if --duration does not say otherwise.

Examples:

	papilio bench presence --sessions 1010 --watchers 100
	papilio bench presence --sessions 1010 --watchers 100 --placement other --every 1s`
}

// Run makes the load.
func (b *benchPresence) Run(ctx context.Context, p *program) error {
	b.Duration = orUsual(b.Duration)
	plan, err := b.plan(load.Presence)
	if err != nil {
		return err
	}
	plan.Watchers, plan.Every, plan.Placement = b.Watchers, b.Every, b.placement()
	return b.run(ctx, p, plan)
}

type benchTransfer struct {
	Every time.Duration `placeholder:"D" help:"Call this often. If not given, again at once."`
	benchPlacement
	benchPeople
}

// Help is shown below the summary.
func (benchTransfer) Help() string {
	return `One of each pair asks for a switchboard (XFR SB), goes there and calls the other (CAL), who comes (RNG, ANS).
Timed are the way to the switchboard (transfer), the call until the other is there (call), and until the
other hears of it (ring). Goes on for 30s if --duration does not say otherwise.

Examples:

	papilio bench transfer --sessions 100
	papilio bench transfer --sessions 1000 --placement other --every 1s`
}

// Run makes the load.
func (b *benchTransfer) Run(ctx context.Context, p *program) error {
	b.Duration = orUsual(b.Duration)
	plan, err := b.plan(load.Transfer)
	if err != nil {
		return err
	}
	plan.Every, plan.Placement = b.Every, b.placement()
	return b.run(ctx, p, plan)
}

type benchReferral struct {
	benchPlace
}

// Help is shown below the summary.
func (benchReferral) Help() string {
	return `A visit is: connect, VER and USR at once, the referral, close. It needs no accounts. --rate and --parallel are
about visits here. Goes on for 30s if --duration does not say otherwise.

Examples:

	papilio bench referral --duration 10s`
}

// Run makes the load.
func (b *benchReferral) Run(ctx context.Context, p *program) error {
	b.Duration = orUsual(b.Duration)
	plan, err := b.plan(load.Referral)
	if err != nil {
		return err
	}
	return b.run(ctx, p, plan)
}

type benchMixed struct {
	Speed   float64       `default:"1" placeholder:"N" help:"Live so many times faster than people. ${default} if not given."`
	Backoff time.Duration `default:"5s" placeholder:"D" help:"As for idle. ${default} if not given."`
	benchPeople
}

// Help is shown below the summary.
func (benchMixed) Help() string {
	return `Everybody does something every five minutes, on average: changes status, has a talk of a few messages with
somebody near, and once in a while signs out for two minutes. Those who are lost come back. Goes on for 30s
if --duration does not say otherwise.

Examples:

	papilio bench mixed --sessions 5000 --duration 1h
	papilio bench mixed --sessions 500 --speed 20`
}

// Run makes the load.
func (b *benchMixed) Run(ctx context.Context, p *program) error {
	b.Duration = orUsual(b.Duration)
	plan, err := b.plan(load.Mixed)
	if err != nil {
		return err
	}
	plan.Speed, plan.Backoff = b.Speed, b.Backoff
	return b.run(ctx, p, plan)
}
