package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/papilio-im/papilio/internal/account"
	"github.com/papilio-im/papilio/internal/control"
)

type userPassword struct {
	Handle handleArg `arg:"" help:"The account."`
	mainPassword
	LegacySame bool `help:"The same password for old clients, MSN Messenger 1.0 to 4.6, which otherwise keep theirs."`
}

// Help is shown below the summary.
func (userPassword) Help() string {
	return `The password is asked for if no option gives it. Those who are signed in stay so.

Examples:

	papilio user password anna@example.com
	pass show anna | papilio user password anna@example.com --password-stdin --legacy-same`
}

// Run changes the main password.
func (u *userPassword) Run(ctx context.Context, p *program) error {
	handle, err := u.Handle.parse()
	if err != nil {
		return err
	}
	return p.accounts(ctx, false, func(s *account.Service) error {
		before, err := s.Get(ctx, handle)
		if err != nil {
			return fmt.Errorf("%s: %w", handle, err)
		}
		pw, err := u.get(ctx, p, handle)
		if err != nil {
			return err
		}
		// The one with more rules first: if it is refused, nothing is changed.
		if u.LegacySame {
			if err := s.SetLegacyPassword(ctx, handle, pw); err != nil {
				return err
			}
		}
		if err := s.SetPassword(ctx, handle, pw); err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "changed the password of %s\n", handle)
		p.aboutLength(pw)
		if before.HasLegacy && !u.LegacySame {
			fmt.Fprintf(p.stdout, "the password for old clients (%s) is as it was; for that: %s\n", oldClients, p.command("user legacy-password "+handle))
		}
		return nil
	})
}

type userLegacyPassword struct {
	Handle        handleArg `arg:"" help:"The account."`
	Password      *string   `xor:"password" placeholder:"P" help:"The password. Other users of this machine can see it while the command runs."`
	PasswordStdin bool      `xor:"password" help:"Read the password from the first line of standard input."`
	None          bool      `xor:"password" help:"Take the password away: these clients cannot sign in any more."`
}

// Help is shown below the summary.
func (userLegacyPassword) Help() string {
	return `Without an option the password is random, and shown once.

Examples:

	papilio user legacy-password anna@example.com
	papilio user legacy-password anna@example.com --none`
}

// Run changes the password for old clients.
func (u *userLegacyPassword) Run(ctx context.Context, p *program) error {
	handle, err := u.Handle.parse()
	if err != nil {
		return err
	}
	return p.accounts(ctx, false, func(s *account.Service) error {
		var pw account.Secret
		switch {
		case u.None:
		case u.PasswordStdin:
			if pw, err = p.passwordFromInput(); err != nil {
				return err
			}
		case u.Password != nil:
			pw = account.Secret(*u.Password)
		default:
			return p.newLegacy(ctx, s, handle)
		}
		if pw == "" && !u.None {
			return usage("the password is empty; --none takes it away")
		}
		if err := s.SetLegacyPassword(ctx, handle, pw); err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "%s the password of %s for old clients (%s)\n", either(u.None, "took away", "changed"), handle, oldClients)
		return nil
	})
}

type userBan struct {
	Handle handleArg `arg:"" help:"The account."`
}

// Help is shown below the summary.
func (userBan) Help() string {
	return `If the service is running, the account's session and conversations end at once. Its lists stay as they
are, and "papilio user unban" lets it in again.

Examples:

	papilio user ban mallory@example.com`
}

// Run bans an account.
func (u userBan) Run(ctx context.Context, p *program) error {
	return p.setBanned(ctx, u.Handle, true)
}

type userUnban struct {
	Handle handleArg `arg:"" help:"The account."`
}

// Help is shown below the summary.
func (userUnban) Help() string {
	return `Examples:

	papilio user unban mallory@example.com`
}

// Run lifts a ban.
func (u userUnban) Run(ctx context.Context, p *program) error {
	return p.setBanned(ctx, u.Handle, false)
}

// setBanned bans an account or lifts the ban, and says if that was so already.
func (p *program) setBanned(ctx context.Context, h handleArg, banned bool) error {
	handle, err := h.parse()
	if err != nil {
		return err
	}
	already := false
	err = p.accounts(ctx, false, func(s *account.Service) error {
		a, err := s.Get(ctx, handle)
		already = err == nil && a.Banned == banned
		if err != nil {
			return fmt.Errorf("%s: %w", handle, err)
		}
		return nil
	})
	switch {
	case err != nil && !unreachable(err): // the service can, if one is running
		return err
	case already:
		fmt.Fprintf(p.stdout, "%s was %s\n", handle, either(banned, "banned already", "not banned"))
		return nil
	}
	return p.change(ctx, h, either(banned, "ban", "unban"), either(banned, "banned", "unbanned"), func(s *account.Service, handle string) error {
		return s.SetBanned(ctx, handle, banned)
	})
}

type userRemove struct {
	Handle handleArg `arg:"" help:"The account."`
	Yes    bool      `short:"y" help:"Do not ask."`
}

// Help is shown below the summary.
func (userRemove) Help() string {
	return `The account, its lists and its place on the lists of others are gone for good. If the service is
running, its session ends at once and its contacts' programs are told.

Examples:

	papilio user remove anna@example.com
	papilio user remove anna@example.com --yes`
}

// Run removes an account.
func (u userRemove) Run(ctx context.Context, p *program) error {
	if !u.Yes {
		sure, err := u.ask(ctx, p)
		if err != nil || !sure {
			return err
		}
	}
	return p.change(ctx, u.Handle, "remove", "removed", func(s *account.Service, handle string) error {
		_, err := s.Remove(ctx, handle)
		return err
	})
}

func (u userRemove) ask(ctx context.Context, p *program) (bool, error) {
	tty, ok := p.terminal()
	if !ok {
		return false, usage("no terminal to ask whether you are sure: use --yes")
	}
	handle, err := u.Handle.parse()
	if err != nil {
		return false, err
	}
	err = p.accounts(ctx, false, func(s *account.Service) error {
		_, err := s.Get(ctx, handle)
		return err
	})
	if err != nil && !unreachable(err) {
		return false, fmt.Errorf("%s: %w", handle, err)
	}
	sure, err := p.confirm(ctx, tty, "Remove "+handle+" for good, with its contact lists?")
	if err == nil && !sure {
		return false, errors.New("not removed")
	}
	return sure, err
}

// change has something done to an account by the running service, which ends
// its session and tells its contacts; without one, on the database.
func (p *program) change(ctx context.Context, h handleArg, what, done string, direct func(*account.Service, string) error) error {
	handle, err := h.parse()
	if err != nil {
		return err
	}
	running, err := p.throughService(ctx, func(c *control.Client) error { return c.Account(ctx, handle, what) })
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", handle, err)
	case !running:
		err = p.accounts(ctx, false, func(s *account.Service) error { return direct(s, handle) })
		if err != nil {
			return err
		}
	}
	fmt.Fprintf(p.stdout, "%s %s\n", done, handle)
	return nil
}
