package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/papilio-im/papilio/internal/account"
)

type userImport struct {
	File       string `arg:"" help:"The list, or - for standard input."`
	LegacySame bool   `help:"The same passwords for old clients, MSN Messenger 1.0 to 4.6."`
}

// Help is shown below the summary.
func (userImport) Help() string {
	return `The list has a line "handle password [name]" for each account; the name is the rest of the line. Blank
lines and lines that begin with # are passed over. A line that cannot be used is named, and then nothing is
added. Accounts that exist already are left as they are, so an import that was stopped goes on when the same
command is given again.

Examples:

	papilio user import accounts.txt --legacy-same
	generate-accounts | papilio user import -`
}

// Run adds many accounts.
func (u *userImport) Run(ctx context.Context, p *program) (err error) {
	list, name := p.stdin, "standard input"
	if u.File != "-" {
		f, err := os.Open(u.File)
		if err != nil {
			return fmt.Errorf("read the list: %w", err)
		}
		defer func() { _ = f.Close() }() // it was only read
		list, name = f, u.File
	}
	return p.accounts(ctx, true, func(s *account.Service) error {
		progress := newProgress(p.stderr, p.pace)
		result, err := s.Import(ctx, list, account.ImportOptions{
			LegacySame: u.LegacySame,
			Progress:   func(i account.ImportProgress) { progress.show(i.Done, i.Total, time.Now()) },
		})
		progress.end()
		existed := len(result.Skipped)
		switch {
		case err != nil && ctx.Err() != nil:
			return fmt.Errorf("stopped; %d accounts of %s are there now, and the same command goes on with the others", result.Created+existed, name)
		case err != nil:
			return fmt.Errorf("%s: %w", name, err)
		}
		fmt.Fprintf(p.stdout, "added %d accounts", result.Created)
		if existed > 0 {
			fmt.Fprintf(p.stdout, "; %d existed already and are as they were", existed)
		}
		fmt.Fprintln(p.stdout)
		return nil
	})
}

// How often progress is shown: on a terminal a line is drawn over and over, in
// a file each is one more.
const (
	paceTerminal = 200 * time.Millisecond
	paceFile     = 10 * time.Second
)

// progress shows how far something has come.
type progress struct {
	w      io.Writer
	what   string // is counted
	redraw bool
	pace   time.Duration
	start  time.Time
	last   time.Time
	drawn  bool
}

func newProgress(w io.Writer, pace time.Duration) *progress {
	_, terminal := asTerminal(w)
	now := time.Now()
	usual := paceFile
	if terminal {
		usual = paceTerminal
	}
	return &progress{w: w, what: "accounts", redraw: terminal, pace: cmp.Or(pace, usual), start: now, last: now}
}

func (g *progress) show(done, total int, now time.Time) {
	if !g.due(now) {
		return
	}
	rate := float64(done) / now.Sub(g.start).Seconds()
	left := time.Duration(float64(total-done) / rate * float64(time.Second)).Round(time.Second)
	g.line(fmt.Sprintf("%d of %d %s, %.0f a second, %s left", done, total, g.what, rate, left), now)
}

// due reports whether it is time for another line.
func (g *progress) due(now time.Time) bool { return now.Sub(g.last) >= g.pace }

// line shows a line, if it is time for one.
func (g *progress) line(line string, now time.Time) {
	if !g.due(now) {
		return
	}
	g.last, g.drawn = now, true
	if g.redraw {
		fmt.Fprintf(g.w, "\r\x1b[K%s", line)
		return
	}
	fmt.Fprintln(g.w, line)
}

// close shows a last line at once, where there were others.
func (g *progress) close(line string) {
	if g.drawn {
		g.end()
		fmt.Fprintln(g.w, line)
		g.drawn = false
	}
}

// begin has a terminal show the first line at once.
func (g *progress) begin() {
	if g.redraw {
		g.last = time.Time{}
	}
}

// erase takes away what stands on a terminal.
func (g *progress) erase() {
	if g.redraw && g.drawn {
		fmt.Fprint(g.w, "\r\x1b[K")
		g.drawn = false
	}
}

// end leaves the line that was drawn last.
func (g *progress) end() {
	if g.redraw && g.drawn {
		fmt.Fprintln(g.w)
		g.drawn = false
	}
}
