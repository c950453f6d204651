package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/papilio-im/papilio/internal/account"
)

// errInterrupted says that somebody pressed Ctrl-C at a question.
var errInterrupted = errors.New("interrupted; nothing was changed")

// maxAnswer bounds what is read for one answer. It is far beyond any password
// that an account may have.
const maxAnswer = 4 << 10

// terminal gives the terminal that a person answers at, if there is one.
func (p *program) terminal() (*os.File, bool) { return asTerminal(p.stdin) }

func asTerminal(stream any) (*os.File, bool) {
	f, ok := stream.(*os.File)
	return f, ok && term.IsTerminal(int(f.Fd()))
}

// askPassword asks for a new password twice. Nothing that is typed is shown,
// not even what is typed before the question. The terminal is as before when it
// returns, interrupted or not.
func (p *program) askPassword(ctx context.Context, tty *os.File, handle string) (pw account.Secret, err error) {
	before, err := term.MakeRaw(int(tty.Fd()))
	if err != nil {
		return "", fmt.Errorf("ask for the password: %w", err)
	}
	defer func() { err = errors.Join(err, term.Restore(int(tty.Fd()), before)) }()
	t := term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{tty, p.stderr}, "")
	first, err := p.ask(ctx, func() (string, error) { return t.ReadPassword("Password for " + handle + ": ") })
	if err != nil {
		return "", err
	}
	if first == "" {
		return "", fmt.Errorf("%w; nothing was changed", errEmpty)
	}
	second, err := p.ask(ctx, func() (string, error) { return t.ReadPassword("The same again: ") })
	switch {
	case err != nil:
		return "", err
	case first != second:
		return "", errors.New("the two passwords are not the same; nothing was changed")
	}
	return account.Secret(first), nil
}

// confirm asks a question that is answered with yes or no.
func (p *program) confirm(ctx context.Context, tty *os.File, question string) (bool, error) {
	fmt.Fprint(p.stderr, question+" [y/N] ")
	line, err := p.ask(ctx, func() (string, error) { return readLine(tty) })
	answer := strings.ToLower(strings.TrimSpace(line))
	return answer == "y" || answer == "yes", err
}

// ask waits for an answer, or for the end of ctx. In that case read goes on
// waiting until the process ends, which is then near.
func (p *program) ask(ctx context.Context, read func() (string, error)) (string, error) {
	type answer struct {
		line string
		err  error
	}
	answered := make(chan answer, 1)
	go func() {
		line, err := read()
		answered <- answer{line, err}
	}()
	select {
	case a := <-answered:
		if errors.Is(a.err, io.EOF) { // Ctrl-C or Ctrl-D
			fmt.Fprint(p.stderr, "\r\n")
			return "", errInterrupted
		}
		return a.line, a.err
	case <-ctx.Done():
		fmt.Fprint(p.stderr, "\r\n")
		return "", errInterrupted
	}
}

// readLine reads up to the end of a line, which it leaves out.
func readLine(r io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(r, maxAnswer)).ReadString('\n')
	if errors.Is(err, io.EOF) && line != "" {
		err = nil
	}
	return strings.TrimRight(line, "\r\n"), err
}
