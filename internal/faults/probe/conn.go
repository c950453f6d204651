package probe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/papilio-im/papilio/msnp"
)

// version is what probes speak.
const version = msnp.MSNP7

// conn is a connection to a notification server.
type conn struct {
	nc       net.Conn
	number   int
	node     string      // the server's name
	referred atomic.Bool // the server has sent the client elsewhere, in vain

	// Owned by the reader.
	line       msnp.Line
	table      msnp.Table
	buf        []byte
	begin, end int

	mu    sync.Mutex
	times []time.Time // of the questions that wait for an answer, oldest first
}

// maxReferrals bounds those of one sign-in.
const maxReferrals = 4

var errRefused = errors.New("probe: refused")

// enter signs in, following referrals.
func (a *account) enter(ctx context.Context, at Server) (*conn, error) {
	address := at.Address
	for range maxReferrals {
		c, elsewhere, err := a.try(ctx, address)
		if err != nil || c != nil {
			return c, err
		}
		address = elsewhere
	}
	return nil, fmt.Errorf("%w: referred too often", errRefused)
}

// try signs in at one server. It gives the connection, or where to go instead.
func (a *account) try(ctx context.Context, address string) (c *conn, elsewhere string, err error) {
	nc, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, "", err
	}
	c = &conn{
		nc: nc, number: int(a.probe.conns.Add(1)), node: a.probe.name(address), table: msnp.TableOf(msnp.Notification, msnp.FromServer),
		buf: make([]byte, msnp.MaxLine+msnp.MaxNotification+4),
	}
	defer func() {
		if err != nil || elsewhere != "" {
			c.close()
			c = nil
		}
	}()
	deadline, _ := ctx.Deadline()
	if err := nc.SetDeadline(deadline); err != nil {
		return c, "", err
	}
	a.probe.o.Answers.Asked(c.node, time.Now())
	elsewhere, err = c.signIn(a.handle, a.probe.o.Password)
	if err != nil || elsewhere != "" {
		return c, elsewhere, err
	}
	a.probe.o.Answers.SignedIn(a.handle, c.number, c.node, time.Now())
	return c, "", nc.SetDeadline(time.Time{})
}

// signIn is the dialogue of a sign-in, up to USR OK.
func (c *conn) signIn(handle, password string) (elsewhere string, err error) {
	if _, err := c.talk("VER", msnp.Hello{TrID: 1, Versions: []msnp.Version{version, msnp.CVR0}}); err != nil {
		return "", err
	}
	if _, err := c.talk("INF", msnp.Inf{TrID: 2}); err != nil {
		return "", err
	}
	who := msnp.SignIn{TrID: 3, Method: msnp.MethodMD5, Stage: msnp.StageInitial, Handle: handle}
	if elsewhere, err = c.talk("USR", who); err != nil || elsewhere != "" {
		return elsewhere, err
	}
	challenge, err := msnp.ParseChallenge(&c.line, version)
	if err != nil {
		return "", err
	}
	proof := msnp.SignIn{TrID: 4, Method: msnp.MethodMD5, Stage: msnp.StageSubsequent, Secret: msnp.MD5Response(challenge.Salt, password)}
	if elsewhere, err = c.talk("USR", proof); err != nil || elsewhere != "" {
		return elsewhere, err
	}
	if !msnp.IsWelcome(&c.line) {
		return "", fmt.Errorf("%w: %s", errRefused, c.line.Name())
	}
	return "", nil
}

// talk says something and reads the answer, which is in c.line then, or a
// referral.
func (c *conn) talk(name string, m interface {
	Append(dst []byte, v msnp.Version) []byte
}) (elsewhere string, err error) {
	if _, err := c.nc.Write(m.Append(nil, version)); err != nil {
		return "", err
	}
	l, err := c.next()
	switch {
	case err != nil:
		return "", err
	case l.Name() == name:
		return "", nil
	case l.Name() == "XFR":
		r, err := msnp.ParseReferral(l, version)
		return r.Host, err
	}
	return "", fmt.Errorf("%w: %s %d", errRefused, l.Name(), l.Code)
}

// next reads a line. It is valid until next is called again.
func (c *conn) next() (*msnp.Line, error) {
	for {
		n, err := c.line.Parse(c.buf[c.begin:c.end], c.table, msnp.MaxLine)
		if err == nil {
			c.begin += n
			return &c.line, nil
		}
		if !errors.Is(err, msnp.ErrShort) {
			return nil, err
		}
		c.end = copy(c.buf, c.buf[c.begin:c.end])
		c.begin = 0
		read, err := c.nc.Read(c.buf[c.end:])
		c.end += read
		if err != nil && read == 0 {
			return nil, err
		}
	}
}

// Bounds on what is asked of a server that does not answer.
const (
	maxWaiting = 1000
	writeTime  = 20 * time.Millisecond
)

// ask asks whether the server is there. The time is taken before, so that an answer
// is to something that was asked at that time or later. It is zero if nothing could
// be asked.
func (c *conn) ask() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.times) >= maxWaiting {
		return time.Time{}
	}
	now := time.Now()
	if c.nc.SetWriteDeadline(now.Add(writeTime)) != nil {
		return time.Time{}
	}
	if _, err := c.nc.Write(msnp.Ping{}.Append(nil, version)); err != nil {
		return time.Time{}
	}
	c.times = append(c.times, now)
	return now
}

// asked gives the time of the question that an answer belongs to. Answers come in
// the order of the questions.
func (c *conn) asked() (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.times) == 0 {
		return time.Time{}, false
	}
	t := c.times[0]
	c.times = c.times[1:]
	return t, true
}

func (c *conn) close() { _ = c.nc.Close() } // nothing is lost with it
