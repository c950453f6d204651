package server_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/papilio-im/papilio/internal/config"
)

// throughGateway connects to notification servers and switchboards through the
// gateway of a service, as a client does that looks for news all the time.
func (s *running) throughGateway(t *testing.T) func(context.Context, string) (net.Conn, error) {
	ns, board := s.address(t, config.RoleNotification), s.address(t, config.RoleSwitchboard)
	return func(ctx context.Context, address string) (net.Conn, error) {
		server := map[string]string{ns: "NS", board: "SB"}[address]
		if server == "" {
			return (&net.Dialer{Timeout: patience}).DialContext(ctx, "tcp", address)
		}
		near, far := net.Pipe()
		b := &bridge{
			client: http.Client{Transport: &http.Transport{}},
			url:    "http://" + s.address(t, config.RoleGateway) + gatewayPath, conn: far, said: make(chan []byte),
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			b.run(context.WithoutCancel(ctx), server)
		}()
		t.Cleanup(func() {
			_ = near.Close()
			<-done
		})
		return near, nil
	}
}

// bridge carries what is said on a connection through the gateway.
type bridge struct {
	client http.Client
	url    string
	id     string
	conn   net.Conn
	said   chan []byte
}

// between is the pause between two questions for news.
const between = 5 * time.Millisecond

func (b *bridge) run(ctx context.Context, server string) {
	defer b.client.CloseIdleConnections()
	reading := make(chan struct{})
	go b.read(reading)
	defer func() {
		_ = b.conn.Close()
		<-reading
	}()
	more := b.post(ctx, "Action=open&Server="+server+"&IP=m", nil)
	tick := time.NewTicker(between)
	defer tick.Stop()
	for more {
		select {
		case said, ok := <-b.said:
			if !ok {
				b.post(ctx, "SessionID="+b.id, []byte("OUT\r\n")) // or it would be lost a minute later
				return
			}
			more = b.post(ctx, "SessionID="+b.id, said)
		case <-tick.C:
			more = b.post(ctx, "Action=poll&SessionID="+b.id, nil)
		}
	}
}

// read takes what is said until the end.
func (b *bridge) read(done chan<- struct{}) {
	defer close(done)
	defer close(b.said)
	for {
		p := make([]byte, 16<<10)
		n, err := b.conn.Read(p)
		if err != nil {
			return
		}
		b.said <- p[:n]
	}
}

// post makes a request. It reports whether the session goes on.
func (b *bridge) post(ctx context.Context, query string, body []byte) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, b.url+"?"+query, bytes.NewReader(body))
	if err != nil {
		return false
	}
	a, err := b.client.Do(r)
	if err != nil {
		return false
	}
	defer func() { _ = a.Body.Close() }()
	got, err := io.ReadAll(a.Body)
	if err != nil || a.StatusCode != http.StatusOK {
		return false
	}
	m := stateLine.FindStringSubmatch("X-MSN-Messenger: " + a.Header.Get("X-Msn-Messenger") + "\r")
	if m == nil {
		return false
	}
	b.id = m[1]
	if len(got) > 0 {
		if _, err := b.conn.Write(got); err != nil {
			return true // it has hung up
		}
	}
	return m[3] == ""
}

// What is said to a notification server and to a switchboard through the gateway
// is answered as it is over a connection.
func TestTranscriptsThroughGateway(t *testing.T) {
	for name, text := range readTranscripts(t) {
		t.Run(name, func(t *testing.T) {
			if why := notThrough[name]; why != "" {
				t.Skip(why)
			}
			if raceDetector && !sample.MatchString(name) {
				t.Skip("all of them take minutes with the race detector")
			}
			t.Parallel()
			playThrough(t, name, text, nil, func(s *running) func(context.Context, string) (net.Conn, error) { return s.throughGateway(t) })
		})
	}
}

// sample are transcripts in which everything is done that the gateway has to do with.
var sample = regexp.MustCompile("^(msnp|chat|moving)")

// notThrough are the transcripts of what is otherwise through the gateway.
var notThrough = map[string]string{
	"dispatch-alone":        "there is nothing that the gateway leads to",
	"moving-lost":           "a client that hangs up is not lost before a minute has passed",
	"moving-transfer-first": "what a client has said is not there before the operator's order",
	"chat-versions":         "what is said to two servers at once arrives in another order",
}
