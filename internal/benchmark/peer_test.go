package benchmark

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/papilio-im/papilio/msnp"
)

// peer is a client that speaks no more of the protocol than it must, so that
// what is measured is the server.
type peer struct {
	nc   net.Conn
	in   *bufio.Reader
	trid int
}

func dial(address string) (*peer, error) {
	nc, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", address)
	if err != nil {
		return nil, err
	}
	if err := nc.(*net.TCPConn).SetLinger(0); err != nil { // leaves no port behind that waits
		return nil, err
	}
	return &peer{nc: nc, in: bufio.NewReaderSize(nc, 4096)}, nil
}

func (p *peer) close() { _ = p.nc.Close() }

// send writes one line; %d is its transaction id.
func (p *peer) send(format string, args ...any) error {
	p.trid++
	_, err := fmt.Fprintf(p.nc, format+"\r\n", append([]any{p.trid}, args...)...)
	return err
}

// next reads a line and skips its payload, if it is a MSG.
func (p *peer) next() (string, error) {
	line, err := p.in.ReadString('\n')
	if err != nil {
		return "", err
	}
	line = line[:len(line)-2]
	if len(line) < 3 || line[:3] != "MSG" {
		return line, nil
	}
	size, err := strconv.Atoi(line[strings.LastIndexByte(line, ' ')+1:])
	if err != nil {
		return "", err
	}
	_, err = p.in.Discard(size)
	return line, err
}

// until reads to a line that begins like this, and gives its words.
func (p *peer) until(prefix string) ([]string, error) {
	if err := p.nc.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		return nil, err
	}
	for {
		line, err := p.next()
		if err != nil {
			return nil, fmt.Errorf("wait for %s: %w", prefix, err)
		}
		if len(line) >= len(prefix) && line[:len(prefix)] == prefix {
			return strings.Fields(line), nil
		}
		if line[0] >= '0' && line[0] <= '9' {
			return nil, errors.New("refused: " + line)
		}
	}
}

// signIn signs in to a notification server with MD5.
func signIn(address, handle string) (*peer, error) {
	return signInBy(address, msnp.MSNP7, msnp.MethodMD5, handle, func(salt string) string { return msnp.MD5Response(salt, password) })
}

// signInByTicket signs in with a ticket.
func signInByTicket(address, handle, shown string) (*peer, error) {
	return signInBy(address, msnp.MSNP9, msnp.MethodTWN, handle, func(string) string { return shown })
}

func signInBy(address string, v msnp.Version, method msnp.Method, handle string, prove func(challenge string) string) (*peer, error) {
	p, err := dial(address)
	if err != nil {
		return nil, err
	}
	if err := p.signIn(v, method, handle, prove); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (p *peer) signIn(v msnp.Version, method msnp.Method, handle string, prove func(challenge string) string) error {
	err := errors.Join(p.send("VER %d %s CVR0", v), p.send("USR %d %s I %s", method, handle))
	if err != nil {
		return err
	}
	challenge, err := p.until("USR")
	if err != nil {
		return err
	}
	if err := p.send("USR %d %s S %s", method, prove(challenge[4])); err != nil {
		return err
	}
	_, err = p.until("USR")
	return err
}

// arrive fetches the lists and sets the first status.
func (p *peer) arrive() error {
	if err := errors.Join(p.send("SYN %d 0"), p.send("CHG %d NLN")); err != nil {
		return err
	}
	_, err := p.until("CHG")
	return err
}

// converse opens a conversation of two on their switchboard connections.
func converse(board string, a, b *peer, handleA, handleB string) (sa, sb *peer, err error) {
	if err := a.send("XFR %d SB"); err != nil {
		return nil, nil, err
	}
	transfer, err := a.until("XFR")
	if err != nil {
		return nil, nil, err
	}
	if sa, err = dial(board); err != nil {
		return nil, nil, err
	}
	if err := sa.send("USR %d %s %s", handleA, transfer[5]); err != nil {
		return nil, nil, err
	}
	if _, err := sa.until("USR"); err != nil {
		return nil, nil, err
	}
	if err := sa.send("CAL %d %s", handleB); err != nil {
		return nil, nil, err
	}
	if _, err := sa.until("CAL"); err != nil {
		return nil, nil, err
	}
	ring, err := b.until("RNG")
	if err != nil {
		return nil, nil, err
	}
	if sb, err = dial(board); err != nil {
		return nil, nil, err
	}
	if err := sb.send("ANS %d %s %s %s", handleB, ring[4], ring[1]); err != nil {
		return nil, nil, err
	}
	if _, err := sb.until("ANS"); err != nil {
		return nil, nil, err
	}
	_, err = sa.until("JOI")
	return sa, sb, err
}
