package gateway

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/front"
	"github.com/papilio-im/papilio/internal/referral"
	"github.com/papilio-im/papilio/internal/telemetry"
	"github.com/papilio-im/papilio/internal/web"
	"github.com/papilio-im/papilio/msnp"
)

// UsualSessions is what the limit on sessions should be where nobody has said
// otherwise: more than a node has clients.
const UsualSessions = 100_000

// Limits are how many sessions there may be on this node; 0 means without limit.
type Limits struct {
	Sessions           int
	SessionsPerAddress int
}

// Options are what a gateway needs. Everything without a remark is required.
type Options struct {
	Node    *cluster.Node
	Keys    *referral.Keys
	Metrics *telemetry.GatewayMetrics
	Log     *slog.Logger

	// Host is what clients are told to send their requests to; if empty, it is
	// where they have come to.
	Host string
	// Indirect: switchboards cannot be reached but through gateways.
	Indirect bool
	Limits   Limits // none if zero
}

// Server is a gateway. It answers requests.
type Server struct {
	opts     Options
	times    times
	sessions *table
	guests   guests
	stopped  atomic.Bool // nobody new comes
	closing  atomic.Bool // everybody is to go
}

// times are how long things take.
type times struct {
	expiry    time.Duration // until a client that does not come is taken for lost
	tombstone time.Duration // that it could still learn of that
	linger    time.Duration // for the answer to a command to be ready
	greeting  time.Duration // from opening to the first command, at a switchboard
	dial      time.Duration // until a server takes a client
	write     time.Duration // for a server to take what a client says
	forward   time.Duration // for another node's answer, beside what it waits
	delivery  time.Duration // for another node to write an answer
	farewell  time.Duration // for clients to hear of the end
	last      time.Duration // for requests that are being dealt with even then
}

var usual = times{
	expiry:    time.Minute,
	tombstone: time.Minute,
	linger:    100 * time.Millisecond,
	greeting:  time.Minute,
	dial:      10 * time.Second,
	write:     20 * time.Second,
	forward:   30 * time.Second,
	delivery:  15 * time.Second,
	farewell:  5 * time.Second,
	last:      time.Second,
}

// New makes a gateway and lets it answer those of other nodes.
func New(o Options) (*Server, error) {
	if o.Node == nil || o.Keys == nil || o.Metrics == nil || o.Log == nil {
		return nil, errors.New("gateway: an option is missing")
	}
	srv := &Server{opts: o, times: usual, sessions: newTable(o.Limits.Sessions, o.Limits.SessionsPerAddress)}
	srv.guests.all = make(map[uint64]*guest)
	return srv, errors.Join(o.Node.ServeGateway(srv.host), o.Node.ServeGatewayDone(srv.done))
}

// ServeHTTP answers a request.
func (srv *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		srv.refuse(w, http.StatusMethodNotAllowed, "method")
		return
	}
	req, err := parseRequest(r.URL.Query())
	if err != nil {
		srv.refuse(w, http.StatusBadRequest, "action")
		return
	}
	body, err := web.Body(w, r, maxBody)
	switch {
	case errors.Is(err, web.ErrTooLong):
		srv.refuse(w, http.StatusRequestEntityTooLarge, "size")
		return
	case err != nil:
		srv.refuse(w, http.StatusBadRequest, "body")
		return
	}
	srv.opts.Metrics.Request(string(req.kind))
	visit := visit{body: body, wait: req.wait, host: cmp.Or(srv.opts.Host, web.Host(r))}
	a, err := srv.answer(w, r, &req, visit)
	switch {
	case errors.Is(err, errNoSession):
		srv.refuse(w, http.StatusBadRequest, "session")
	case errors.Is(err, errNobody), errors.Is(err, errTooMany):
		srv.refuse(w, http.StatusServiceUnavailable, "busy")
	case err != nil: // the client has gone
		panic(http.ErrAbortHandler)
	default:
		a.finish(reply(w, r, &req, &a, visit.host))
	}
}

// answer finds the session, or makes it, and has it deal with the request.
func (srv *Server) answer(w http.ResponseWriter, r *http.Request, req *request, v visit) (answer, error) {
	patient(w, v.wait)
	if req.kind == kindOpen {
		s, err := srv.open(r, req)
		if err != nil {
			return answer{}, err
		}
		req.id = s.id
		return s.exchange(r.Context(), v)
	}
	if s := srv.sessions.find(req.id); s != nil {
		return s.exchange(r.Context(), v)
	}
	return srv.forward(r.Context(), req.id, v)
}

var errTooMany = errors.New("there are too many sessions")

// open makes a session. That of a notification server has one at once, that of a
// switchboard when the first command has told which.
func (srv *Server) open(r *http.Request, req *request) (*session, error) {
	if srv.stopped.Load() {
		return nil, errTooMany
	}
	s := srv.session(req.server)
	s.hint, s.local = req.hint, web.Local(r)
	s.remote = netip.AddrPortFrom(web.Client(r), 0)
	s.owner = front.Subscriber(s.remote.Addr())
	if !srv.sessions.add(s) {
		s.expires.Stop()
		return nil, errTooMany
	}
	srv.opts.Metrics.Opened(s.server.String())
	if s.server == msnp.Switchboard {
		return s, nil
	}
	var err error
	if s.upstream, err = srv.dialAny(r.Context(), s); err != nil {
		srv.opts.Log.WarnContext(r.Context(), "no notification server takes a client", slog.Any("error", err))
		s.leave(context.WithoutCancel(r.Context())) // nobody else has it yet
		return nil, err
	}
	return s, nil
}

// session makes one that nobody has yet.
func (srv *Server) session(server msnp.Role) *session {
	s := &session{
		srv: srv, id: newID(srv.opts.Node.ID()), server: server, born: time.Now(),
		turn: make(chan struct{}, 1), nudge: make(chan struct{}, 1),
	}
	s.expires = time.AfterFunc(time.Hour, s.expire)
	s.expires.Reset(srv.times.expiry) // it is there when it is called for
	return s
}

// ended takes note of the end of a session.
func (srv *Server) ended(s *session, why string) {
	srv.opts.Metrics.Ended(s.server.String(), why)
	srv.opts.Log.Debug("gateway session ended", slog.String("server", s.server.String()),
		slog.String("remote", s.remote.Addr().String()), slog.String("why", why),
		slog.Duration("after", time.Since(s.born).Round(time.Second)))
}

// Sessions counts those that this node has.
func (srv *Server) Sessions() int {
	all, _ := srv.sessions.list()
	return len(all)
}

// Stop opens no more sessions; those that are open go on.
func (srv *Server) Stop() { srv.stopped.Store(true) }

// Shutdown ends every session. Clients have a little time to hear of it, and of
// what servers have told them last, unless ctx ends before that. It is called when
// the servers of this process have ended.
func (srv *Server) Shutdown(ctx context.Context) {
	srv.Stop()
	srv.closing.Store(true)
	all, empty := srv.sessions.list()
	for _, s := range all {
		s.poke()
	}
	ctx, cancel := context.WithTimeout(ctx, srv.times.farewell)
	defer cancel()
	select {
	case <-empty:
	case <-ctx.Done():
	}
	srv.guests.giveUp()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), srv.times.last)
	defer cancel()
	all, _ = srv.sessions.list()
	for _, s := range all {
		s.leave(last)
	}
}
