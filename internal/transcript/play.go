package transcript

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/papilio-im/papilio/internal/ticket"
	"github.com/papilio-im/papilio/msnp"
)

// Service is what a transcript is played against.
type Service struct {
	Addresses map[string]string // of DS, NS, SB and WEB: host:port
	// Piece is how many octets are written at once, 0 for all that there are.
	Piece int
	// Dial connects to one of them, in another way than directly; nil for that.
	Dial func(ctx context.Context, address string) (net.Conn, error)
	// Operator does what the transcript has the operator do: a verb, a handle
	// and perhaps more.
	Operator func(ctx context.Context, order []string) error
	// Ticket gives what an account shows, in place of a password.
	Ticket func(ctx context.Context, handle string, purpose ticket.Purpose) (string, error)
}

// patience is how long something that must come may take, and silence how long
// nothing must come.
const (
	patience = 10 * time.Second
	silence  = 150 * time.Millisecond
)

// Play plays a transcript. The error says at which line it went wrong.
func Play(ctx context.Context, t Transcript, s Service) (err error) {
	p := player{service: s, vars: make(variables), conns: make(map[string]*conn)}
	for name, address := range s.Addresses {
		p.vars[strings.ToLower(name)] = address
	}
	defer func() {
		for _, c := range p.conns {
			err = errors.Join(err, ignoreClosed(c.nc.Close()))
		}
	}()
	for _, step := range t.Steps {
		if err := p.play(ctx, step); err != nil {
			return fmt.Errorf("line %d (%s %s %s): %w", step.Line, step.Who, step.Verb, step.Text, err)
		}
	}
	return nil
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

type player struct {
	service Service
	vars    variables
	conns   map[string]*conn
}

// conn is a connection of one of the people.
type conn struct {
	nc   net.Conn
	role msnp.Role
	http bool // what comes are lines of HTTP, each of its own
	buf  []byte
	line msnp.Line
}

func (p *player) play(ctx context.Context, s Step) error {
	if s.Verb == Dials {
		return p.dial(ctx, s)
	}
	if s.Verb == Orders {
		text, err := p.vars.fill(s.Text, "")
		if err != nil {
			return err
		}
		return p.service.Operator(ctx, strings.Fields(text))
	}
	c := p.conns[s.Who]
	if c == nil {
		return fmt.Errorf("%s has not dialled", s.Who)
	}
	switch s.Verb {
	case Sends:
		if err := p.issue(ctx, s.Text); err != nil {
			return err
		}
		return p.send(c, s)
	case SendsRaw:
		return p.write(c, s.Text)
	case Gets:
		return p.get(c, s)
	case HangsUp:
		return c.nc.Close()
	case Closed:
		return c.closed()
	case Silent:
		return c.silent()
	case Dials, Orders:
	}
	return nil
}

func (p *player) dial(ctx context.Context, s Step) error {
	where, err := p.vars.fill(s.Text, "")
	if err != nil {
		return err
	}
	role := msnp.Notification
	if address, ok := p.service.Addresses[where]; ok {
		where = address
	}
	if where == p.service.Addresses["SB"] {
		role = msnp.Switchboard
	}
	if old := p.conns[s.Who]; old != nil {
		_ = old.nc.Close() // closed already, or not of interest any more
	}
	dial := p.service.Dial
	if dial == nil {
		dial = func(ctx context.Context, address string) (net.Conn, error) {
			return (&net.Dialer{Timeout: patience}).DialContext(ctx, "tcp", address)
		}
	}
	nc, err := dial(ctx, where)
	if err != nil {
		return err
	}
	p.conns[s.Who] = &conn{nc: nc, role: role, http: where == p.service.Addresses["WEB"]}
	return nil
}

func (p *player) send(c *conn, s Step) error {
	payload, err := p.vars.fill(s.Payload, "")
	if err != nil {
		return err
	}
	line, err := p.vars.fill(s.Text, payload)
	if err != nil {
		return err
	}
	return p.write(c, line+"\r\n"+payload)
}

// write sends octets, in pieces if the service is to be given them so.
func (p *player) write(c *conn, text string) error {
	piece := p.service.Piece
	if piece < 1 {
		piece = len(text)
	}
	for octets := range slices.Chunk([]byte(text), max(piece, 1)) {
		if _, err := c.nc.Write(octets); err != nil {
			return err
		}
	}
	return nil
}

func (p *player) get(c *conn, s Step) error {
	line, payload, err := c.read(patience)
	if err != nil {
		return err
	}
	if err := p.vars.match(s.Text, line, payload); err != nil {
		return err
	}
	if !s.HasPayload {
		return nil
	}
	return p.vars.match(s.Payload, payload, "")
}

// read reads a line with its payload.
func (c *conn) read(wait time.Duration) (line, payload string, err error) {
	if err := c.nc.SetReadDeadline(time.Now().Add(wait)); err != nil {
		return "", "", err
	}
	for {
		n, err := c.parse()
		if err == nil {
			text := string(c.buf[:n-len(c.line.Payload)])
			payload = string(c.line.Payload)
			c.buf = c.buf[n:]
			if c.http && strings.HasPrefix(text, "Date: ") {
				continue
			}
			text, ok := strings.CutSuffix(text, "\r\n")
			if !ok {
				return "", "", fmt.Errorf("a line without CR LF: %q", text)
			}
			return text, payload, nil
		}
		if !errors.Is(err, msnp.ErrShort) {
			return "", "", fmt.Errorf("%w in %q", err, c.buf)
		}
		chunk := make([]byte, 4096)
		n, err = c.nc.Read(chunk)
		c.buf = append(c.buf, chunk[:n]...)
		if n == 0 && err != nil {
			return "", "", err
		}
	}
}

// parse finds the next line in what was read.
func (c *conn) parse() (n int, err error) {
	if !c.http {
		return c.line.Parse(c.buf, msnp.TableOf(c.role, msnp.FromServer), msnp.MaxLine)
	}
	if n = bytes.IndexByte(c.buf, '\n') + 1; n == 0 {
		return 0, msnp.ErrShort
	}
	return n, nil
}

func (c *conn) closed() error {
	line, _, err := c.read(patience)
	switch {
	case err == nil:
		return fmt.Errorf("got %q, want the connection closed", line)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return errors.New("the connection is still open")
	}
	return ignoreClosed(c.nc.Close())
}

func (c *conn) silent() error {
	line, _, err := c.read(silence)
	switch {
	case err == nil:
		return fmt.Errorf("got %q, want silence", line)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil
	}
	return fmt.Errorf("want silence: %w", err)
}
