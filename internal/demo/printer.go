package demo

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/papilio-im/papilio/msnp"
	"github.com/papilio-im/papilio/msnp/client"
)

// The escape sequences of terminals.
const (
	bold   = "\x1b[1m"
	dim    = "\x1b[2m"
	plain  = "\x1b[0m"
	yellow = "\x1b[33m"
	purple = "\x1b[35m"
	cyan   = "\x1b[36m"
	green  = "\x1b[32m"
)

// roleColors tell the servers apart.
var roleColors = map[msnp.Role]string{
	msnp.Dispatch: yellow, msnp.Notification: cyan, msnp.Switchboard: purple,
}

// printer shows what goes over the wire, and counts it.
type printer struct {
	color bool

	mu                         sync.Mutex
	out                        io.Writer
	failed                     error // of the first line that could not be printed
	lines, messages, referrals int
}

func newPrinter(out io.Writer, color bool) *printer { return &printer{out: out, color: color} }

// paint puts text into a colour, if there are any.
func (p *printer) paint(color, text string) string {
	if !p.color {
		return text
	}
	return color + text + plain
}

// heading begins an act.
func (p *printer) heading(title string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.print("\n%s\n", p.paint(bold, "== "+title))
}

// line shows a line of one of the actors' connections.
func (p *printer) line(a *actor, t client.TraceLine) {
	side := "S:"
	if t.From == msnp.FromClient {
		side = "C:"
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lines++
	word, rest, _ := strings.Cut(t.Line, " ")
	switch {
	case word == "XFR" && t.From == msnp.FromServer && strings.Contains(rest, " NS "):
		p.referrals++
	case word == "MSG" && t.From == msnp.FromClient && t.Role == msnp.Switchboard && isText(t.Payload):
		p.messages++
	}
	p.side(a, p.paint(roleColors[t.Role], t.RoleName()), side, t.Line)
	if text := payloadText(t.Payload); text != "" {
		p.print("%-19s%s\n", "", p.paint(dim, cut(text)))
	}
}

// page shows a line of what an actor exchanges with the web server.
func (p *printer) page(a *actor, side, text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lines++
	p.side(a, p.paint(green, "WS"), side, text)
}

// side is called with the lock held.
func (p *printer) side(a *actor, server, side, text string) {
	p.print("%-5s%-7s %s %s %s\n", a.name, a.version, server, side, cut(text))
}

// width is how much of a line is shown: the descriptions of pictures are long.
const width = 110

func cut(text string) string {
	if runes := []rune(text); len(runes) > width {
		return string(runes[:width-3]) + "..."
	}
	return text
}

// summary is the last line.
func (p *printer) summary(clients, servers int, took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.print("\n%d clients, %d servers, %d lines, %d messages, %d referrals in %d ms; nothing left behind\n",
		clients, servers, p.lines, p.messages, p.referrals, took.Milliseconds())
}

// print is called with the lock held.
func (p *printer) print(format string, args ...any) {
	if _, err := fmt.Fprintf(p.out, format, args...); err != nil && p.failed == nil {
		p.failed = err
	}
}

// err is what went wrong with printing.
func (p *printer) err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.failed
}
