package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	"github.com/papilio-im/papilio/internal/account"
)

// userCommands is the family that changes accounts.
type userCommands struct {
	Add            userAdd            `cmd:"" help:"Add an account."`
	Import         userImport         `cmd:"" help:"Add many accounts from a file."`
	List           userList           `cmd:"" help:"List the accounts."`
	Password       userPassword       `cmd:"" help:"Give an account another password."`
	LegacyPassword userLegacyPassword `cmd:"" help:"Give an account another password for old clients, MSN Messenger 1.0 to 4.6."`
	ForgetLegacy   userForgetLegacy   `cmd:"" help:"Take all passwords for old clients away, when their key is lost."`
	Ban            userBan            `cmd:"" help:"Sign an account out and refuse it from now on."`
	Unban          userUnban          `cmd:"" help:"Let a banned account in again."`
	Remove         userRemove         `cmd:"" help:"Remove an account and take it off everybody's lists."`
}

// Help is shown below the summary.
func (userCommands) Help() string {
	return `These commands work while the service is running, and while it is not.

MSN Messenger 1.0 to 4.6 prove their password in a way that needs the password itself, so an account has a
second one, the password for old clients. It is kept encrypted, can be the same as the main one, and can be
left out.`
}

type userAdd struct {
	Handle handleArg `arg:"" help:"The account's e-mail address, such as anna@example.com."`
	Name   string    `placeholder:"N" help:"The name that others see. The handle if not given."`
	mainPassword
	LegacyPassword *string `xor:"legacy" placeholder:"P" help:"The password for old clients, MSN Messenger 1.0 to 4.6."`
	LegacySame     bool    `xor:"legacy" help:"The same password for old clients."`
	Legacy         bool    `xor:"legacy" help:"A random password for old clients, which is shown once."`
}

// Help is shown below the summary.
func (userAdd) Help() string {
	return `The password is asked for if no option gives it.

Examples:

	papilio user add anna@example.com --legacy-same
	papilio user add bob@example.com --name Bob --legacy
	pass show bob | papilio user add bob@example.com --password-stdin`
}

// Run adds an account.
func (u *userAdd) Run(ctx context.Context, p *program) error {
	handle, err := u.Handle.parse()
	if err != nil {
		return err
	}
	return p.accounts(ctx, true, func(s *account.Service) error {
		switch _, err := s.Get(ctx, handle); { // before anybody is asked for a password
		case err == nil:
			return fmt.Errorf("%s: %w", handle, account.ErrExists)
		case !errors.Is(err, account.ErrNotFound):
			return err
		}
		n := account.NewAccount{Handle: handle, Name: u.Name}
		if n.Password, err = u.get(ctx, p, handle); err != nil {
			return err
		}
		switch {
		case u.LegacySame:
			n.Legacy = n.Password
		case u.LegacyPassword != nil:
			n.Legacy = account.Secret(*u.LegacyPassword)
		}
		if _, err := s.Create(ctx, n); err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "added %s\n", handle)
		p.aboutLength(n.Password)
		return u.aboutLegacy(ctx, p, s, n)
	})
}

// longestPassword is what MSN Messenger 4.7 to 7.5 send of a password, in
// characters.
const longestPassword = 16

// aboutLength says so if there are clients that cannot sign in with a password.
func (p *program) aboutLength(pw account.Secret) {
	if utf8.RuneCountInString(pw.Reveal()) > longestPassword {
		fmt.Fprintf(p.stdout, "MSN Messenger 4.7 to 7.5 cut passwords off at %d characters: they cannot sign in with this one\n", longestPassword)
	}
}

// aboutLegacy makes the random password for old clients, if one is wanted, and
// says so if they cannot sign in.
func (u *userAdd) aboutLegacy(ctx context.Context, p *program, s *account.Service, n account.NewAccount) error {
	switch {
	case u.Legacy:
		return p.newLegacy(ctx, s, n.Handle)
	case n.Legacy == "":
		fmt.Fprintf(p.stdout, "it has no password for old clients (%s); for that: %s\n", oldClients, p.command("user legacy-password "+n.Handle))
	}
	return nil
}

// newLegacy makes a random password for old clients and shows it.
func (p *program) newLegacy(ctx context.Context, s *account.Service, handle string) error {
	pw, err := s.RandomLegacyPassword(ctx, handle)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "password for old clients (%s), not shown again: %s\n", oldClients, pw.Reveal())
	return nil
}

type userList struct {
	JSON bool `name:"json" help:"Print one JSON object a line."`
}

// Help is shown below the summary.
func (userList) Help() string {
	return `Examples:

	papilio user list
	papilio user list --json | jq -r 'select(.banned).handle'`
}

// accountLine is an account as programs read it.
type accountLine struct {
	Handle   string    `json:"handle"`
	Name     string    `json:"name"`
	Banned   bool      `json:"banned"`
	Verified bool      `json:"verified"`
	Legacy   bool      `json:"legacy"` // has a password for old clients
	Created  time.Time `json:"created"`
}

// Run lists the accounts.
func (u userList) Run(ctx context.Context, p *program) error {
	return p.accounts(ctx, false, func(s *account.Service) error {
		if u.JSON {
			return p.accountsAsJSON(ctx, s)
		}
		w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "HANDLE\tNAME\tSTATE\tOLD CLIENTS\tCREATED")
		for a, err := range s.List(ctx) {
			if err != nil {
				return errors.Join(err, w.Flush())
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", visible(a.Handle), visible(a.Name),
				either(a.Banned, "banned", "active"), either(a.HasLegacy, "yes", "no"), a.Created.Format(time.DateOnly))
		}
		return w.Flush()
	})
}

func (p *program) accountsAsJSON(ctx context.Context, s *account.Service) error {
	out := json.NewEncoder(p.stdout)
	for a, err := range s.List(ctx) {
		if err != nil {
			return err
		}
		line := accountLine{a.Handle, a.Name, a.Banned, a.Verified, a.HasLegacy, a.Created}
		if err := out.Encode(line); err != nil {
			return err
		}
	}
	return nil
}

func either(is bool, yes, no string) string {
	if is {
		return yes
	}
	return no
}
