package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"text/tabwriter"

	"github.com/papilio-im/papilio/internal/control"
	"github.com/papilio-im/papilio/msnp"
)

// sessionCommands is the family that deals with those who are signed in.
type sessionCommands struct {
	List  sessionList  `cmd:"" help:"List who is signed in."`
	Close sessionClose `cmd:"" help:"End a session and its conversations."`
	Reset sessionReset `cmd:"" help:"Make a client sign in again on the connection that it has (XFR 0 NS 0)."`
	Refer sessionRefer `cmd:"" help:"Send a client to another notification server (an unasked XFR NS)."`
	Alert sessionAlert `cmd:"" help:"Show a text to somebody, in a small window of its own."`
}

// Help is shown below the summary.
func (sessionCommands) Help() string {
	return `These commands speak to the service that runs on the data folder, over a socket in it.`
}

type sessionList struct {
	JSON bool `name:"json" help:"Print one JSON object a line."`
}

// Help is shown below the summary.
func (sessionList) Help() string {
	return `All nodes of the cluster are asked.

Examples:

	papilio session list
	papilio session list --json | jq -r .version | sort | uniq -c`
}

// Run lists the sessions.
func (s sessionList) Run(ctx context.Context, p *program) error {
	return p.service(ctx, func(c *control.Client) error {
		all, err := c.Sessions(ctx)
		if err != nil {
			return err
		}
		if s.JSON {
			err = asJSON(p, all.Sessions)
		} else {
			err = p.sessionTable(all)
		}
		if err == nil && len(all.Silent) > 0 {
			return silentNodes(all.Silent)
		}
		return err
	})
}

// sessionTable prints a line for each.
func (p *program) sessionTable(all control.Sessions) error {
	if len(all.Sessions) == 0 {
		if len(all.Silent) == 0 {
			fmt.Fprintln(p.stdout, "nobody is signed in")
		}
		return nil
	}
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "HANDLE\tSTATUS\tVERSION\tADDRESS\tSINCE\tNODE\tNAME")
	for _, one := range all.Sessions {
		begun, remote := "-", "(moving)"
		if one.Remote != "" {
			begun, remote = since(one.Since), one.Remote
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", visible(one.Handle), statusWords(msnp.Status(one.Status)),
			one.Version, remote, begun, one.Node, visible(one.Name))
	}
	return w.Flush()
}

// silentNodes says whose sessions are missing.
func silentNodes(silent []control.Silence) error {
	var errs []error
	for _, s := range silent {
		errs = append(errs, fmt.Errorf("the sessions of %s are missing: %s", s.Node, s.Why))
	}
	return errors.Join(errs...)
}

// statusWords is a status as old clients call it.
func statusWords(s msnp.Status) string {
	switch s {
	case msnp.StatusOnline:
		return "online"
	case msnp.StatusBusy:
		return "busy"
	case msnp.StatusIdle:
		return "idle"
	case msnp.StatusBack:
		return "be right back"
	case msnp.StatusAway:
		return "away"
	case msnp.StatusPhone:
		return "on the phone"
	case msnp.StatusLunch:
		return "out to lunch"
	case msnp.StatusHidden, msnp.StatusOffline:
		return "appears offline"
	case msnp.StatusNone:
		return "-"
	}
	return visible(string(s))
}

type sessionClose struct {
	Handle handleArg `arg:"" help:"Whose session."`
}

// Help is shown below the summary.
func (sessionClose) Help() string {
	return `The client may sign in again at once; "papilio user ban" keeps it out.

Examples:

	papilio session close anna@example.com`
}

// Run ends a session.
func (s sessionClose) Run(ctx context.Context, p *program) error {
	return p.onSession(ctx, s.Handle, "close", "", "closed the session of %s\n")
}

type sessionReset struct {
	Handle handleArg `arg:"" help:"Whose client."`
}

// Help is shown below the summary.
func (sessionReset) Help() string {
	return `A soft reset is for the official clients. Warning: no third-party client survives it unseen, and some take
the 0 for the address of a server. To make any client sign in again where it is, refer it to this server's
own address with "papilio session refer".

Examples:

	papilio session reset anna@example.com`
}

// Run sends a soft reset.
func (s sessionReset) Run(ctx context.Context, p *program) error {
	return p.onSession(ctx, s.Handle, "reset", "", "sent a soft reset to %s\n")
}

type sessionRefer struct {
	Handle  handleArg `arg:"" help:"Whose client."`
	Address string    `arg:"" name:"host:port" help:"The notification server, as the client can reach it."`
}

// Help is shown below the summary.
func (sessionRefer) Help() string {
	return `The client follows by itself and its contacts notice nothing, if it has signed in there within half a
minute. The address may be that of the server that the client is on. Warning: if nothing listens there, or no
server of this service does, the contacts see the person leave after those 30 seconds.

Examples:

	papilio session refer anna@example.com 192.0.2.10:1864`
}

// Run refers a client.
func (s sessionRefer) Run(ctx context.Context, p *program) error {
	host, port, err := net.SplitHostPort(s.Address)
	number, notNumber := strconv.ParseUint(port, 10, 16)
	if err != nil || host == "" || notNumber != nil || number == 0 {
		return usage("%q is not HOST:PORT, such as 192.0.2.10:1864", s.Address)
	}
	return p.onSession(ctx, s.Handle, "refer", s.Address, "referred %s to "+s.Address+"\n")
}

type sessionAlert struct {
	Handle handleArg `arg:"" help:"To whom."`
	Text   string    `arg:"" help:"What to show, up to 900 octets."`
}

// Help is shown below the summary.
func (sessionAlert) Help() string {
	return `Clients know alerts since MSN Messenger 3.0 (MSNP5).

Examples:

	papilio session alert anna@example.com "The service moves to a new machine at nine."`
}

// Run shows a text.
func (s sessionAlert) Run(ctx context.Context, p *program) error {
	handle, err := s.Handle.parse()
	if err != nil {
		return err
	}
	err = p.service(ctx, func(c *control.Client) error { return knowsAlerts(ctx, c, handle) })
	if err != nil {
		return err
	}
	return p.onSession(ctx, s.Handle, "alert", s.Text, "sent the alert to %s\n")
}

// knowsAlerts refuses to send an alert to a client that would not show it. One
// that is not signed in is left to the service.
func knowsAlerts(ctx context.Context, c *control.Client, handle string) error {
	place, err := c.Where(ctx, handle)
	if err != nil {
		return err
	}
	for _, one := range place.Sessions {
		v, _ := msnp.ParseVersion(one.Version)
		if one.Version != "" && !v.Has(msnp.FeatureAlerts) {
			return fmt.Errorf("the client of %s (%s) has no alerts: they came with %s", handle, one.Version, msnp.MSNP5)
		}
	}
	return nil
}

// onSession has something done to a session.
func (p *program) onSession(ctx context.Context, h handleArg, what, text, done string) error {
	handle, err := h.parse()
	if err != nil {
		return err
	}
	return p.service(ctx, func(c *control.Client) error {
		err := c.Session(ctx, handle, what, text)
		if errors.Is(err, control.ErrNotSignedIn) {
			return fmt.Errorf("%s is not signed in: %s shows who is", handle, p.command("session list"))
		}
		if err != nil {
			return fmt.Errorf("%s the session of %s: %w", what, handle, err)
		}
		fmt.Fprintf(p.stdout, done, handle)
		return nil
	})
}

// service speaks to the running service, which must be there.
func (p *program) service(ctx context.Context, do func(*control.Client) error) error {
	running, err := p.throughService(ctx, do)
	if err == nil && !running {
		c, err := p.config()
		if err != nil {
			return err
		}
		return fmt.Errorf("no service is running on the data folder %s: start it with %s, or name its folder with --data", c.Data, p.command("serve"))
	}
	return err
}
