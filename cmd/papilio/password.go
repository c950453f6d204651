package main

import (
	"context"
	"fmt"

	"github.com/papilio-im/papilio/internal/account"
)

// mainPassword are the ways to give a main password. The terminal is asked if
// none is used.
type mainPassword struct {
	Password      *string `xor:"password" placeholder:"P" help:"The password. Other users of this machine can see it while the command runs."`
	PasswordStdin bool    `xor:"password" help:"Read the password from the first line of standard input."`
}

func (m *mainPassword) get(ctx context.Context, p *program, handle string) (account.Secret, error) {
	if m.Password != nil {
		return account.Secret(*m.Password), nil
	}
	if m.PasswordStdin {
		return p.passwordFromInput()
	}
	tty, ok := p.terminal()
	if !ok {
		return "", usage("no password, and no terminal to ask for one: use --password-stdin, and send the password as the first line")
	}
	return p.askPassword(ctx, tty, handle)
}

func (p *program) passwordFromInput() (account.Secret, error) {
	line, err := readLine(p.stdin)
	if err != nil {
		return "", fmt.Errorf("read the password from standard input: %w", err)
	}
	return account.Secret(line), nil
}

// oldClients are those that sign in with the legacy password, as a person
// would call them.
const oldClients = "MSN Messenger 1.0 to 4.6"
