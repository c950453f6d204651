package client

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/papilio-im/papilio/msnp"
)

// Gateway says how to reach servers through an HTTP gateway, for networks that let
// nothing else out. Every connection, to a notification server or a switchboard, is
// then a session of the gateway, to which requests go one at a time.
type Gateway struct {
	// URL is the address of the gateway; without a path that is
	// /gateway/gateway.dll. "" means that servers are reached directly.
	URL string
	// Poll is the longest time after which the gateway is asked whether anything has
	// come. It is asked sooner while something is being said. 0 means DefaultPoll.
	Poll time.Duration
	// Lifespan lets the gateway hold its answer back for so long if nothing has come,
	// in whole seconds up to a minute; gateways of before 2005 do not know of that, and
	// are asked as often as without it.
	// What the client wants to say waits for the answer.
	Lifespan time.Duration
	// Follow sends what follows to the host that the gateway names in its answers
	// (GW-IP), at the port of URL. By default all goes to the host of URL: an answer
	// that somebody has tampered with could name any.
	Follow bool
}

// DefaultPoll is how often the official clients asked.
const DefaultPoll = 2 * time.Second

const (
	gatewayPath = "/gateway/gateway.dll"
	gatewayType = "application/x-msn-messenger"
	maxLifespan = time.Minute
)

var errGateway = errors.New("client: the address of a gateway is http or https and a host, without a query")

// normalise checks g and fills the defaults in.
func (g *Gateway) normalise() error {
	if g.URL == "" {
		return nil
	}
	u, err := url.Parse(g.URL)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Scheme != "http" && u.Scheme != "https" {
		return errGateway
	}
	if g.Poll < 0 || g.Lifespan < 0 || g.Lifespan > maxLifespan {
		return errBounds
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = gatewayPath
	}
	g.URL, g.Poll = u.String(), cmp.Or(g.Poll, DefaultPoll)
	return nil
}

// GatewayError says that a gateway has refused a request, and so ended a connection.
// [ErrConnectionLost] is wrapped beside it.
type GatewayError struct {
	Status int    // of HTTP; 400 for a session that the gateway does not know any more
	Reason string // in words
}

// Error implements error.
func (e *GatewayError) Error() string {
	if e.Status != 0 && e.Status != http.StatusOK {
		return fmt.Sprintf("client: gateway: %s (HTTP %d)", e.Reason, e.Status)
	}
	return "client: gateway: " + e.Reason
}

// dial connects to a server, through the gateway if there is one.
func (c *Client) dial(ctx context.Context, server string, role msnp.Role) (net.Conn, error) {
	if c.o.Gateway.URL == "" {
		return c.o.Dial(ctx, "tcp", server)
	}
	t, err := newTunnel(c.web(), c.o.Gateway, server, role)
	if err != nil {
		return nil, err
	}
	live, stop := context.WithCancel(context.WithoutCancel(ctx))
	t.stop = stop
	c.rooms.Go(func() {
		defer stop()
		t.run(live)
	})
	return t, nil
}

// gatewayAnswer is what a request was answered with.
type gatewayAnswer struct {
	session string // its id from now on
	host    string // where to go on
	over    bool   // the session ends with it
	body    []byte
}

// maxSessionID bounds the id of a session, in octets. Some gateways have long ones.
const maxSessionID = 512

// maxAnswer bounds what a gateway gives at a time, in octets.
const maxAnswer = 1 << 20

// parseGateway reads the header of an answer.
//
//	X-MSN-Messenger: SessionID=40880121.7731; GW-IP=203.0.113.10; Session=close
func parseGateway(text string) (gatewayAnswer, bool) {
	var e gatewayAnswer
	for word := range strings.SplitSeq(text, ";") {
		key, value, _ := strings.Cut(strings.TrimSpace(word), "=")
		switch key {
		case "SessionID":
			e.session = value
		case "GW-IP":
			e.host = value
		case "Session":
			e.over = value == "close"
		}
	}
	return e, (e.session != "" || e.over) && len(e.session) <= maxSessionID
}

// query is what stands in the address of a request: it opens the session, brings
// something, or asks what there is.
func (t *tunnel) query(body []byte) string {
	id := url.QueryEscape(t.session)
	switch {
	case t.session == "":
		return t.open
	case len(body) > 0:
		return "SessionID=" + id
	case t.o.Lifespan >= time.Second:
		return "Action=poll&Lifespan=" + strconv.Itoa(int(t.o.Lifespan/time.Second)) + "&SessionID=" + id
	}
	return "Action=poll&SessionID=" + id
}

// requestPatience is how long a gateway may take for an answer, beside what it was
// allowed to hold it back.
const requestPatience = 30 * time.Second

// request brings something to the gateway, and fetches what there is.
func (t *tunnel) request(ctx context.Context, body []byte) (gatewayAnswer, error) {
	ctx, cancel := context.WithTimeout(ctx, requestPatience+t.o.Lifespan)
	defer cancel()
	at := t.at
	at.RawQuery = t.query(body)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, at.String(), bytes.NewReader(body))
	if err != nil {
		return gatewayAnswer{}, err
	}
	request.Header.Set("Content-Type", gatewayType)
	request.Header.Set("User-Agent", "MSMSGS")
	request.Header.Set("Pragma", "no-cache")
	response, err := t.web.Do(request)
	if err != nil {
		if wrapped, ok := errors.AsType[*url.Error](err); ok {
			err = wrapped.Err // the address names the session
		}
		return gatewayAnswer{}, fmt.Errorf("client: gateway: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return gatewayAnswer{}, &GatewayError{Status: response.StatusCode, Reason: "refused"}
	}
	e, ok := parseGateway(response.Header.Get("X-MSN-Messenger"))
	if !ok {
		return gatewayAnswer{}, &GatewayError{Reason: "the answer names no session"}
	}
	e.body, err = io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case err != nil:
		return gatewayAnswer{}, fmt.Errorf("client: gateway: %w", err)
	case len(e.body) > maxAnswer:
		return gatewayAnswer{}, &GatewayError{Reason: "too much at a time"}
	}
	return e, nil
}

// goOn keeps what an answer says of the session.
func (t *tunnel) goOn(e gatewayAnswer) {
	t.session = e.session
	if t.o.Follow && isHost(e.host) {
		t.at.Host = e.host
		if port := t.port; port != "" {
			t.at.Host = net.JoinHostPort(e.host, port)
		}
	}
}

// isHost reports whether a word can be a host name or an address.
func isHost(word string) bool {
	for _, r := range word {
		if r != '.' && r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return false
		}
	}
	return word != ""
}
