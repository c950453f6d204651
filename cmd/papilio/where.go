package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/papilio-im/papilio/internal/control"
	"github.com/papilio-im/papilio/msnp"
)

type whereCommand struct {
	Handle handleArg `arg:"" help:"The account."`
	JSON   bool      `name:"json" help:"Print a JSON object."`
}

// Help is shown below the summary.
func (whereCommand) Help() string {
	return `Tells which node of the cluster an account is signed in on, since when and with what; of one that is not
signed in, which node would serve it. If that node does not answer, the exit code is 1.

Examples:

	papilio where anna@example.com
	papilio where anna@example.com --json | jq -r .node`
}

// Run looks for an account.
func (c whereCommand) Run(ctx context.Context, p *program) error {
	handle, err := c.Handle.parse()
	if err != nil {
		return err
	}
	return p.service(ctx, func(service *control.Client) error {
		place, err := service.Where(ctx, handle)
		if err != nil {
			return err
		}
		if c.JSON {
			err = json.NewEncoder(p.stdout).Encode(place)
		} else {
			_, err = fmt.Fprint(p.stdout, placeWords(&place))
		}
		if err == nil && place.Silent != "" {
			return fmt.Errorf("%s cannot say whether %s is signed in: %s", place.Node, handle, place.Silent)
		}
		return err
	})
}

// placeWords say where somebody is.
func placeWords(p *control.Place) string {
	served := fmt.Sprintf("shard %d, ", p.Shard)
	switch {
	case p.Node == "":
		served += "which no node serves at this moment"
	case p.Next != "":
		served += fmt.Sprintf("which %s is handing over to %s", p.Node, p.Next)
	default:
		served += "which " + p.Node + " serves"
	}
	if p.Address != "" {
		served += " at " + p.Address
	}
	switch {
	case p.Silent != "":
		return fmt.Sprintf("%s may be signed in\n  %s\n", p.Handle, served)
	case p.Moving:
		return fmt.Sprintf("%s is being referred to %s, signed in since %s\n  %s\n", p.Handle, p.Node, since(p.Since), served)
	case !p.SignedIn:
		return fmt.Sprintf("%s is not signed in\n  %s\n", p.Handle, served)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s is signed in on %s since %s\n  %s\n", p.Handle, p.Node, since(p.Since), served)
	for _, s := range p.Sessions {
		fmt.Fprintf(&text, "  %s from %s, %s, name %q\n", s.Version, s.Remote, statusWords(msnp.Status(s.Status)), visible(s.Name))
	}
	return text.String()
}

// since is a time of the past as this machine's clock shows it.
func since(t time.Time) string { return t.Local().Format(time.DateTime) }
