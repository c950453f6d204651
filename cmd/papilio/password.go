package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/papilio-im/papilio/internal/account"
)

// mainPassword are the ways to give a main password. The terminal is asked if
// none is used.
type mainPassword struct {
	Password      *string `xor:"password" placeholder:"P" help:"The password. Other users of this machine can see it while the command runs."`
	PasswordStdin bool    `xor:"password" help:"Read the password from the first line of standard input."`
}

// errEmpty says that a password has no letters.
var errEmpty = errors.New("the password is empty")

func (m *mainPassword) get(ctx context.Context, p *program, handle string) (account.Secret, error) {
	if m.Password != nil {
		return notEmpty(account.Secret(*m.Password), nil)
	}
	if m.PasswordStdin {
		return notEmpty(p.passwordFromInput())
	}
	tty, ok := p.terminal()
	if !ok {
		return "", usage("no password, and no terminal to ask for one: use --password-stdin, and send the password as the first line")
	}
	return p.askPassword(ctx, tty, handle)
}

func notEmpty(pw account.Secret, err error) (account.Secret, error) {
	if err == nil && pw == "" {
		err = errEmpty
	}
	return pw, err
}

// passwordFromInput reads a password, which is empty if there is nothing to
// read.
func (p *program) passwordFromInput() (account.Secret, error) {
	line, err := readLine(p.stdin)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the password from standard input: %w", err)
	}
	return account.Secret(line), nil
}

// oldClients are those that sign in with the password for old clients, as a
// person would call them.
const oldClients = "MSN Messenger 1.0 to 4.6"
