//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"slices"
	"time"

	"github.com/papilio-im/papilio/internal/config"
	"github.com/papilio-im/papilio/internal/fleet"
	"github.com/papilio-im/papilio/internal/load"
)

// measurement is one run of the program.
type measurement struct {
	o      options
	out    io.Writer
	began  time.Time
	fleet  *fleet.Fleet
	crowd  *crowd
	result result
}

// say tells of the progress.
func (m *measurement) say(format string, args ...any) {
	fmt.Fprintf(m.out, "%7.1fs  %s\n", time.Since(m.began).Seconds(), fmt.Sprintf(format, args...))
}

// run is the whole measurement, step by step.
func (m *measurement) run(ctx context.Context) (err error) {
	log := slog.New(slog.NewTextHandler(m.out, &slog.HandlerOptions{Level: slog.LevelWarn}))
	m.fleet, err = fleet.New(fleet.Options{Dir: m.o.dir, Papilio: m.o.papilio, Log: log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.fleet.Close()) }()
	m.result.Started, m.result.Setup = m.began, m.setup()
	for _, step := range steps {
		if step.name != "" && len(m.o.steps) > 0 && !slices.Contains(m.o.steps, step.name) {
			continue
		}
		if err := step.do(m, ctx); err != nil {
			return err
		}
	}
	return nil
}

// steps are what a measurement does, in this order. Those without a name are
// always done.
var steps = []struct {
	name string
	do   func(*measurement, context.Context) error
}{
	{"", (*measurement).start},
	{"", (*measurement).makeAccounts},
	{"referrals", (*measurement).measureReferrals},
	{"", (*measurement).signIn},
	{"memory", (*measurement).measureMemory},
	{"costs", (*measurement).measureCosts},
	{"loss", (*measurement).loseNode},
	{"join", (*measurement).rejoinNode},
	{"drain", (*measurement).drainNode},
	{"", (*measurement).leave},
}

// stepNames are the steps that can be left out.
func stepNames() []string {
	var names []string
	for _, step := range steps {
		if step.name != "" {
			names = append(names, step.name)
		}
	}
	return names
}

func (m *measurement) setup() setup {
	return setup{
		Processors: runtime.NumCPU(), Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH,
		Sessions: m.o.sessions, Contacts: m.o.contacts,
		Notification: m.o.ns, Dispatch: m.o.ds, Switchboards: m.o.sb, NATS: m.o.nats,
	}
}

// start starts every process.
func (m *measurement) start(ctx context.Context) error {
	m.say("building and starting %d NATS servers, PostgreSQL, and %d+%d+%d nodes", m.o.nats, m.o.ns, m.o.ds, m.o.sb)
	if _, err := m.fleet.StartNATS(ctx, m.o.nats); err != nil {
		return err
	}
	if _, err := m.fleet.StartPostgres(ctx, "max_connections=400"); err != nil {
		return err
	}
	for _, kind := range []struct {
		role config.Role
		n    int
	}{{config.RoleNotification, m.o.ns}, {config.RoleSwitchboard, m.o.sb}, {config.RoleDispatch, m.o.ds}} {
		for i := range kind.n {
			_, err := m.fleet.StartNode(ctx, fleet.NodeOptions{
				Name: fmt.Sprintf("%s%d", shortName(kind.role), i+1), Roles: []config.Role{kind.role},
				Settings: map[string]string{"limits.enabled": "false", "log.level": "warn"},
			})
			if err != nil {
				return err
			}
		}
	}
	return m.awaitShards(ctx)
}

// shortName begins the names of nodes.
func shortName(r config.Role) string {
	return map[config.Role]string{config.RoleNotification: "ns", config.RoleSwitchboard: "sb", config.RoleDispatch: "ds"}[r]
}

// named gives the nodes of a role, in their order.
func (m *measurement) named(r config.Role) []*fleet.Node {
	return slices.DeleteFunc(m.fleet.Nodes(), func(n *fleet.Node) bool { return !slices.Contains(n.Roles, r) })
}

// dispatch is where clients begin.
func (m *measurement) dispatch() string {
	return m.named(config.RoleDispatch)[0].Address(config.RoleDispatch)
}

// The accounts: those that stay, those that sign in once more meanwhile, and the
// probes, who have no contacts of their own, so that they see what they are to see
// and nothing else.
func (m *measurement) crowdAccounts() load.Accounts { return load.Accounts{Count: m.o.sessions} }

func (m *measurement) probeAccounts() load.Accounts {
	return load.Accounts{From: m.o.sessions, Count: m.o.probes}
}

func (m *measurement) makeAccounts(ctx context.Context) error {
	m.say("making %d accounts", m.o.sessions+m.o.probes)
	began := time.Now()
	ns := m.named(config.RoleNotification)[0]
	for _, part := range []struct {
		accounts load.Accounts
		contacts int
	}{{m.crowdAccounts(), m.o.contacts}, {m.probeAccounts(), 0}} {
		_, err := ns.Command(ctx, "bench", "prepare", "--from", fmt.Sprint(part.accounts.From),
			"--count", fmt.Sprint(part.accounts.Count), "--contacts", fmt.Sprint(part.contacts))
		if err != nil {
			return err
		}
	}
	m.result.Setup.Prepare = time.Since(began).Seconds()
	return nil
}

// measureReferrals lets the dispatch servers refer, with nothing else to do.
func (m *measurement) measureReferrals(ctx context.Context) error {
	m.say("measuring referrals")
	p := load.Plan{Kind: load.Referral, Server: m.dispatch(), Accounts: m.crowdAccounts(), Duration: m.o.step}
	var err error
	m.result.Referrals, err = m.cost(ctx, p, "referrals")
	return err
}
