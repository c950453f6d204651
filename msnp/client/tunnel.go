package client

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"sync"
	"time"

	"github.com/papilio-im/papilio/msnp"
)

const (
	// quickPoll is how soon a gateway is asked again after something was said.
	quickPoll = 50 * time.Millisecond
	// maxUnsent bounds what waits to be sent, and so a request, in octets.
	maxUnsent = 32 << 10
	// maxUnread is what may wait to be read when the gateway is asked for more.
	maxUnread = 64 << 10
)

// tunnel is a session of a gateway, as a connection. One goroutine makes the requests,
// one at a time; Read and Write exchange octets with it.
type tunnel struct {
	// Fixed when it is made.
	web  *http.Client
	o    Gateway
	open string             // the query of the first request
	port string             // of the gateway
	stop context.CancelFunc // ends the request that is under way

	// Owned by the goroutine.
	at      url.URL
	session string

	mu      sync.Mutex
	changed chan struct{} // closed, and made anew, when anything below changes
	in      []byte        // to be read
	out     []byte        // to be sent
	half    bool          // nothing more is to be sent
	shut    bool          // it was closed
	err     error         // why nothing more comes
	readBy  time.Time
	writeBy time.Time
}

func newTunnel(web *http.Client, o Gateway, server string, role msnp.Role) (*tunnel, error) {
	at, err := url.Parse(o.URL)
	if err != nil {
		return nil, errGateway
	}
	host, _, err := net.SplitHostPort(server)
	if err != nil {
		host = server
	}
	kind := msnp.ToNotification
	if role == msnp.Switchboard {
		kind = msnp.ToSwitchboard
	}
	return &tunnel{
		web: web, o: o, at: *at, port: at.Port(), stop: func() {}, changed: make(chan struct{}),
		open: "Action=open&Server=" + string(kind) + "&IP=" + url.QueryEscape(host),
	}, nil
}

// notify wakes all who wait. It is called with the lock held.
func (t *tunnel) notify() {
	close(t.changed)
	t.changed = make(chan struct{})
}

// wait waits for a change, until a time, and gives the lock back meanwhile. It is false
// if the time has come.
func (t *tunnel) wait(until time.Time) bool {
	changed := t.changed
	t.mu.Unlock()
	defer t.mu.Lock()
	if until.IsZero() {
		<-changed
		return true
	}
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-changed:
		return true
	case <-timer.C:
		return false
	}
}

// passed reports whether a deadline has passed.
func passed(deadline time.Time) bool { return !deadline.IsZero() && !time.Now().Before(deadline) }

// Read implements net.Conn.
func (t *tunnel) Read(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for {
		switch {
		case t.shut:
			return 0, net.ErrClosed
		case len(t.in) > 0:
			n := copy(b, t.in)
			if t.in = t.in[n:]; len(t.in) == 0 {
				t.in = nil
			}
			t.notify()
			return n, nil
		case t.err != nil:
			return 0, t.err
		case passed(t.readBy):
			return 0, os.ErrDeadlineExceeded
		}
		t.wait(t.readBy)
	}
}

// Write implements net.Conn. What is written has been sent when the next answer
// comes, or the connection ends with an error.
func (t *tunnel) Write(b []byte) (written int, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for {
		switch {
		case t.shut, t.half:
			return written, net.ErrClosed
		case errors.Is(t.err, io.EOF):
			return written, io.ErrClosedPipe
		case t.err != nil:
			return written, t.err
		}
		if n := min(len(b), maxUnsent-len(t.out)); n > 0 {
			t.out = append(t.out, b[:n]...)
			b, written = b[n:], written+n
			t.notify()
		}
		switch {
		case len(b) == 0:
			return written, nil
		case passed(t.writeBy):
			return written, os.ErrDeadlineExceeded
		}
		t.wait(t.writeBy)
	}
}

// CloseWrite says that nothing more is to be written. The server answers to the last.
func (t *tunnel) CloseWrite() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.half = true
	t.notify()
	return nil
}

// Close implements net.Conn.
func (t *tunnel) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.shut {
		t.shut = true
		t.stop()
		t.notify()
	}
	return nil
}

// SetDeadline implements net.Conn.
func (t *tunnel) SetDeadline(at time.Time) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.readBy, t.writeBy = at, at
	t.notify()
	return nil
}

// SetReadDeadline implements net.Conn.
func (t *tunnel) SetReadDeadline(at time.Time) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.readBy = at
	t.notify()
	return nil
}

// SetWriteDeadline implements net.Conn.
func (t *tunnel) SetWriteDeadline(at time.Time) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.writeBy = at
	t.notify()
	return nil
}

// gatewayAddress is where a tunnel leads.
type gatewayAddress string

// Network implements net.Addr.
func (gatewayAddress) Network() string { return "http" }

// String implements net.Addr.
func (a gatewayAddress) String() string { return string(a) }

// LocalAddr implements net.Conn. There is none.
func (t *tunnel) LocalAddr() net.Addr { return gatewayAddress("") }

// RemoteAddr implements net.Conn.
func (t *tunnel) RemoteAddr() net.Addr { return gatewayAddress(t.o.URL) }

// run makes the requests, until the session is over or the connection is closed, which
// ends ctx. A gateway does not see that a client has gone, so it is told.
func (t *tunnel) run(ctx context.Context) {
	pause := time.Duration(0)
	for {
		body, ok := t.next(pause)
		if !ok {
			break
		}
		asked := time.Now()
		e, err := t.request(ctx, body)
		if err != nil && ctx.Err() != nil {
			break // the connection was closed meanwhile
		}
		if err != nil {
			t.end(err)
			return
		}
		t.goOn(e)
		pause = t.nextPause(pause, len(body) > 0, len(e.body) > 0, time.Since(asked))
		t.take(e.body)
		if e.over {
			t.end(io.EOF)
			return
		}
	}
	t.farewell(context.WithoutCancel(ctx))
}

// nextPause tells how long to wait before the gateway is asked again: not at all while
// something comes, and longer and longer after that, unless the gateway does the waiting.
// One that does not know of Lifespan answers at once.
func (t *tunnel) nextPause(pause time.Duration, said, heard bool, took time.Duration) time.Duration {
	switch {
	case heard:
		return 0
	case said, pause == 0, t.o.Lifespan >= time.Second && took >= t.o.Lifespan/2:
		return min(quickPoll, t.o.Poll)
	}
	return min(2*pause, t.o.Poll)
}

// next waits until there is something to send, or it is time to ask, and gives what is
// to be sent; false if there is nothing any more.
func (t *tunnel) next(pause time.Duration) ([]byte, bool) {
	until := time.Now().Add(pause)
	t.mu.Lock()
	defer t.mu.Unlock()
	for {
		switch {
		case t.shut:
			return nil, false
		case len(t.in) > maxUnread:
			t.wait(time.Time{}) // for the reader: there is an answer to all that is sent
			until = time.Now().Add(pause)
		case len(t.out) > 0:
			body := t.out
			t.out = nil
			t.notify()
			return body, true
		case t.session == "":
			t.wait(time.Time{}) // for the first command
			until = time.Now().Add(pause)
		case !time.Now().Before(until):
			return nil, true
		default:
			t.wait(until)
		}
	}
}

// take gives the reader what has come.
func (t *tunnel) take(body []byte) {
	if len(body) == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.in = append(t.in, body...)
	t.notify()
}

// end says why nothing more comes.
func (t *tunnel) end(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err == nil {
		t.err = err
	}
	t.notify()
}

// farewell takes leave of a session that the client has given up, unless it has done
// so itself. What was written last goes with it.
func (t *tunnel) farewell(ctx context.Context) {
	t.mu.Lock()
	last := t.out
	if t.out = nil; !t.half {
		last = msnp.Out{}.Append(last, 0)
	}
	t.mu.Unlock()
	if t.session == "" || len(last) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, linger)
	defer cancel()
	_, _ = t.request(ctx, last)
}
