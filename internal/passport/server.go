package passport

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime"
	"time"

	"github.com/papilio-im/papilio/internal/account"
	"github.com/papilio-im/papilio/internal/front"
	"github.com/papilio-im/papilio/internal/limit"
	"github.com/papilio-im/papilio/internal/telemetry"
	"github.com/papilio-im/papilio/internal/ticket"
	"github.com/papilio-im/papilio/internal/web"
)

// Limits bound what clients may do. Zero means no bound, but for the last two,
// which are then as usual.
type Limits struct {
	SignInsPerAddress  int // in a minute
	FailuresPerAccount int // in a minute
	AtOnce             int // passwords that are checked at once; the number of cores if zero
	Waiting            int // callers that wait for that
}

// WaitingPerTurn is how many callers usually wait for each password that is
// checked at once. At some 50 ms a check the last one waits for three seconds.
const WaitingPerTurn = 64

// Who has signed in from an address is remembered there for a day at least.
const (
	mostFamiliar = 1 << 16
	familiarFor  = 24 * time.Hour
)

// So many visits of an address to the nexus are told of in so much time: each goes
// to every notification server, and there may be a whole school behind an address.
const (
	visitsToldOf = 500
	visitsIn     = time.Second
)

// patience is how long a check may take with all its waiting. Clients wait longer.
const patience = 20 * time.Second

// Options are what a Server needs.
type Options struct {
	// Accounts and Tickets are nil where the accounts cannot be reached: then
	// clients are sent to the host of Place.
	Accounts *account.Service
	Tickets  *ticket.Tickets
	Place    web.Place
	// Visited is told which address has been told where to sign in, or has got a
	// ticket, once it has the answer, and once in a while if it does so over and over.
	Visited func(netip.Addr)
	Node    string
	Metrics *telemetry.PassportMetrics
	Log     *slog.Logger
	Limits  Limits
}

// Server answers what clients ask to be let in.
type Server struct {
	opts     Options
	signIns  *limit.Keyed
	failures *limit.Keyed
	turns    *limit.Turns
	visits   *limit.Keyed    // that Visited is told of
	familiar *limit.Familiar // pairs of address and account that have signed in
	now      func() time.Time
}

// New makes a Server.
func New(o Options) (*Server, error) {
	switch {
	case (o.Accounts == nil) != (o.Tickets == nil):
		return nil, errors.New("passport: accounts and tickets go together")
	case o.Metrics == nil || o.Log == nil:
		return nil, errors.New("passport: metrics and log are needed")
	}
	if o.Visited == nil {
		o.Visited = func(netip.Addr) {}
	}
	if o.Limits.AtOnce <= 0 {
		o.Limits.AtOnce = runtime.GOMAXPROCS(0)
	}
	if o.Limits.Waiting <= 0 {
		o.Limits.Waiting = WaitingPerTurn * o.Limits.AtOnce
	}
	return &Server{
		opts:     o,
		signIns:  limit.PerMinute(o.Limits.SignInsPerAddress),
		failures: limit.PerMinute(o.Limits.FailuresPerAccount),
		visits:   limit.New(visitsToldOf, visitsIn),
		turns:    limit.NewTurns(o.Limits.AtOnce, o.Limits.Waiting),
		familiar: limit.NewFamiliar(mostFamiliar, familiarFor),
		now:      time.Now,
	}, nil
}

// The paths that clients know. pp550 is asked for by people of @msn.com.
const (
	nexusPath = "/rdr/pprdr.asp"
	loginPath = "/login2.srf"
	rstPath   = "/RST.srf"
	msnPath   = "/pp550/RST.srf"
	// notRSTPath is asked for by a library that some changed clients have in place
	// of the one that they came with.
	notRSTPath = "/NotRST.srf"
)

// Register adds the pages to a router.
func (s *Server) Register(rt *web.Router) {
	rt.Handle(nexusPath, http.HandlerFunc(s.nexus))
	rt.Handle(loginPath, http.HandlerFunc(s.login))
	rt.Handle(rstPath, http.HandlerFunc(s.rst))
	rt.Handle(msnPath, http.HandlerFunc(s.rst))
	rt.Handle(notRSTPath, http.HandlerFunc(s.notRST))
	// A configuration of the client's own library is signed by its maker. It goes
	// on with the one that it has.
	for _, path := range []string{
		"/ppcrlconfig.srf", "/ppcrlconfig.bin", "/ppcrlconfig600.bin", "/ppcrlcheck.srf",
	} {
		rt.Handle(path, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			web.Reply(w, http.StatusNotFound, web.HTML, "")
		}))
	}
}

// here reports whether passwords can be checked on this node.
func (s *Server) here() bool { return s.opts.Accounts != nil }

// Reasons why a password was not even checked.
var (
	errTooOften = errors.New("too many sign-ins")
	errBusy     = errors.New("too many sign-ins are under way")
)

// prove checks credentials, after its turn has come. The errors are those of
// [account.Service.CheckPassword], errTooOften and errBusy.
func (s *Server) prove(r *http.Request, way string, c credentials) (account.Account, error) {
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	from := front.Subscriber(web.Client(r)).String()
	a, err := s.check(ctx, from, c)
	s.note(ctx, way, from, a, err)
	return a, err
}

// check checks a password within the limits. Who has signed in to the account from
// the address before is not held up by what others do: neither by wrong passwords
// for the account from elsewhere, nor by what else comes from the address.
func (s *Server) check(ctx context.Context, from string, c credentials) (account.Account, error) {
	key := accountKey(c.handle)
	pair := from + " " + key
	caller := limit.Caller{Group: from, Member: key, Known: s.familiar.Has(pair)}
	address := from
	if caller.Known {
		address, key = pair, pair
	}
	if !s.signIns.Allow(address) {
		s.opts.Metrics.Limited("sign_ins_by_address")
		return account.Account{}, errTooOften
	}
	if err := s.failedOften(key); err != nil {
		return account.Account{}, err
	}
	done, err := s.turn(ctx, caller)
	if err != nil {
		return account.Account{}, err
	}
	defer done()
	if err := s.failedOften(key); err != nil { // meanwhile
		return account.Account{}, err
	}
	a, err := s.opts.Accounts.CheckPassword(ctx, c.handle, c.password)
	switch {
	case err == nil:
		s.familiar.Add(pair)
	case errors.Is(err, account.ErrCredentials):
		s.failures.Allow(key)
	}
	return a, err
}

func (s *Server) failedOften(key string) error {
	if s.failures.Spent(key) {
		s.opts.Metrics.Limited("sign_ins_by_account")
		return errTooOften
	}
	return nil
}

// turn waits until a password may be checked.
func (s *Server) turn(ctx context.Context, c limit.Caller) (done func(), err error) {
	if !s.opts.Accounts.Busy() {
		done, err = s.turns.Take(ctx, c)
		if err == nil {
			return done, nil
		}
		if errors.Is(err, context.Canceled) {
			return nil, err
		}
	}
	s.opts.Metrics.Limited("sign_ins_under_way")
	return nil, errors.Join(errBusy, err)
}

// note counts and logs what became of a sign-in.
func (s *Server) note(ctx context.Context, way, from string, a account.Account, err error) {
	result, level := outcome(err)
	s.opts.Metrics.SignIn(way, result)
	attrs := []slog.Attr{slog.String("way", way), slog.String("from", from), slog.String("result", result)}
	if more := new(account.CheckError); errors.As(err, &more) && more.Account != 0 {
		attrs = append(attrs, slog.Int64("account", more.Account))
	}
	if more := new(ticket.CheckError); errors.As(err, &more) && more.Account != 0 {
		attrs = append(attrs, slog.Int64("account", more.Account))
	}
	if err != nil {
		attrs = append(attrs, slog.Any("error", err))
	} else {
		attrs = append(attrs, slog.Int64("account", a.ID), slog.String("handle", a.Handle))
	}
	s.opts.Log.LogAttrs(ctx, level, "passport", attrs...)
}

// outcome names what became of a sign-in, as the metrics do. What a flood is told,
// which costs nothing, does not fill the log.
func outcome(err error) (result string, level slog.Level) {
	switch {
	case err == nil:
		return "ok", slog.LevelInfo
	case errors.Is(err, account.ErrCredentials), errors.Is(err, ticket.ErrTicket), errors.Is(err, ticket.ErrExpired):
		return "refused", slog.LevelInfo
	case errors.Is(err, account.ErrBanned):
		return "banned", slog.LevelInfo
	case errors.Is(err, errTooOften):
		return "limited", slog.LevelDebug
	case errors.Is(err, errBusy):
		return "busy", slog.LevelDebug
	case errors.Is(err, context.Canceled):
		return "gone", slog.LevelDebug
	}
	return "error", slog.LevelError
}
