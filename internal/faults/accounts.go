//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/papilio-im/papilio/internal/account"
	"github.com/papilio-im/papilio/internal/config"
	"github.com/papilio-im/papilio/internal/faults/check"
	"github.com/papilio-im/papilio/internal/faults/crowd"
	"github.com/papilio-im/papilio/internal/faults/probe"
	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/internal/server"
	"github.com/papilio-im/papilio/msnp/client"
)

// password is everybody's.
const password = "secret"

// quickHash makes password hashes cost nothing.
var quickHash = account.HashParams{MemoryKiB: 8, Passes: 1, Threads: 1}

// atOnce is how many changes are made in the database at a time.
const atOnce = 8

// openData opens the database beside the nodes, as their command line does.
func (r *run) openData(ctx context.Context) (server.Data, error) {
	c := config.Default()
	c.Data, c.Storage.URL = r.named("ns")[0].Data, r.fleet.DatabaseURL()
	return server.OpenData(ctx, &c, slog.New(slog.DiscardHandler), quickHash)
}

// makeAccounts makes the accounts of people from one number to before another, and
// lets them know each other.
func (r *run) makeAccounts(ctx context.Context, from, to int) (err error) {
	data, err := r.openData(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, data.DB.Close()) }()
	var list strings.Builder
	for i := from; i < to; i++ {
		fmt.Fprintf(&list, "%s %s Name of %d\n", crowd.Handle(i), password, i)
	}
	for i := range r.scale.probes {
		fmt.Fprintf(&list, "%s %s\n", probe.Handle(i), password) // passed over if they are there
	}
	if _, err := data.Accounts.Import(ctx, strings.NewReader(list.String()), account.ImportOptions{LegacySame: true}); err != nil {
		return err
	}
	o := r.crowdOptions(nil)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for i := from; i < to; i++ {
		g.Go(func() error {
			for _, friend := range o.Friends(i) {
				add := roster.AddRequest{List: roster.Forward, Handle: friend, Name: "a friend", Group: roster.NoGroup}
				if _, err := data.Roster.Add(ctx, crowd.Handle(i), add); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// compareData looks whether the database holds what everybody's lists may be, and
// whether everybody is on the reverse lists of those whom they have on theirs.
func (r *run) compareData(ctx context.Context) (err error) {
	data, err := r.openData(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, data.DB.Close()) }()
	watched := make(map[[2]string]bool) // who has whom on the forward list
	reverse := make(map[[2]string]bool) // the same, as the other's list says it
	for handle, lists := range r.crowd.Accounts() {
		full, err := data.Roster.Load(ctx, handle, roster.Known{})
		if err != nil {
			return err
		}
		known, _ := lists.Possible()
		if late, wrong := lists.Seen(rosterOf(full, known)); wrong != "" || late {
			r.ledger.Broken(check.Lists, "%s in the database: %s", handle, wrong)
		} else {
			r.ledger.Kept(check.Lists, 1)
		}
		for _, c := range full.Contacts {
			if c.Lists.Has(roster.Forward) {
				watched[[2]string{handle, c.Handle}] = true
			}
			if c.Lists.Has(roster.Reverse) {
				reverse[[2]string{c.Handle, handle}] = true
			}
		}
	}
	for pair := range watched {
		if !reverse[pair] {
			r.ledger.Broken(check.Lists, "%s has %s on the forward list, and is not on the other's reverse list", pair[0], pair[1])
		}
	}
	for pair := range reverse {
		if !watched[pair] {
			r.ledger.Broken(check.Lists, "%s is on the reverse list of %s, and has not added them", pair[0], pair[1])
		}
	}
	r.ledger.Kept(check.Lists, len(watched))
	return nil
}

// rosterOf takes from the database what the owner of the lists can change, in the form
// that the lists of the owner's client have.
func rosterOf(full roster.Full, like check.Roster) check.Roster {
	out := check.Roster{Contacts: make(map[string]check.Contact), Named: like.Named}
	numbers := make(map[int]int)
	if like.Groups != nil {
		out.Groups = make(map[int]string)
		for _, g := range full.Groups {
			switch {
			case !like.Named:
				numbers[g.Number] = g.Number
			case g.Number == 0:
				continue // where people are who are in none
			default:
				numbers[g.Number] = check.GroupNumber(g.Name)
			}
			out.Groups[numbers[g.Number]] = g.Name
		}
	}
	for _, row := range full.Contacts {
		var c check.Contact
		for bit, list := range map[roster.Lists]client.Lists{
			roster.Forward: client.OnForward, roster.Allow: client.OnAllow, roster.Block: client.OnBlock,
		} {
			if row.Lists.Has(bit) {
				c.On |= list
			}
		}
		if c.On == 0 {
			continue
		}
		if c.On.Has(client.OnForward) {
			c.Name = row.Name
			for _, id := range row.Numbers() {
				if number, ok := numbers[id]; ok {
					c.Groups = append(c.Groups, number)
				}
			}
			slices.Sort(c.Groups)
		}
		out.Contacts[row.Handle] = c
	}
	return out
}
