package load

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/papilio-im/papilio/msnp"
)

// Kind is what the clients do.
type Kind string

// The kinds of load.
const (
	SignIn   Kind = "sign-in"  // all sign in, and leave
	Idle     Kind = "idle"     // all sign in, and stay
	Chat     Kind = "chat"     // groups converse
	Presence Kind = "presence" // some change their status, others watch
	Transfer Kind = "transfer" // pairs open a conversation, and leave it
	Referral Kind = "referral" // visits to the dispatch server, without a sign-in
	Mixed    Kind = "mixed"    // a bit of all, as people do
)

// Kinds lists every kind.
func Kinds() []Kind { return []Kind{SignIn, Idle, Chat, Presence, Transfer, Referral, Mixed} }

// Placement says which clients have to do with each other, by the notification
// servers that they are on.
type Placement string

// The placements.
const (
	Anywhere  Placement = ""      // as it comes
	SameNode  Placement = "same"  // on the same notification server
	OtherNode Placement = "other" // on different ones
)

// Defaults of [Plan].
const (
	DefaultParallel   = 64
	DefaultTimeout    = 30 * time.Second
	DefaultBackoff    = 5 * time.Second
	DefaultMaxBackoff = time.Minute
	DefaultMembers    = 2
	DefaultWatchers   = 10
	DefaultSize       = 40
)

// Versions are versions of the protocol. In JSON they are names.
type Versions []msnp.Version

// MarshalJSON implements json.Marshaler.
func (v Versions) MarshalJSON() ([]byte, error) {
	names := make([]string, len(v))
	for i, version := range v {
		names[i] = version.String()
	}
	return json.Marshal(names)
}

// UnmarshalJSON implements json.Unmarshaler.
func (v *Versions) UnmarshalJSON(text []byte) error {
	var names []string
	if err := json.Unmarshal(text, &names); err != nil {
		return err
	}
	*v = nil
	for _, name := range names {
		version, err := ParseVersion(name)
		if err != nil {
			return err
		}
		*v = append(*v, version)
	}
	return nil
}

// ParseVersion reads the name of a version that clients here can speak: MSNP2 to
// MSNP12, or "Beta 2", also without its blank.
func ParseVersion(name string) (msnp.Version, error) {
	if strings.EqualFold(strings.ReplaceAll(name, " ", ""), "beta2") {
		return msnp.Beta2, nil
	}
	v, ok := msnp.ParseVersion(name)
	if !ok || v < msnp.MSNP2 || v > msnp.MSNP12 {
		return 0, fmt.Errorf("no client here speaks %q: want Beta2 or MSNP2 to MSNP12", name)
	}
	return v, nil
}

// Plan is what a generator is to do. Kind and Server are required, and Accounts
// for all kinds but Referral.
type Plan struct {
	Kind     Kind     `json:"kind"`
	Server   string   `json:"server"` // host:port of the dispatch server
	Accounts Accounts `json:"accounts"`
	// Versions are the versions that the clients speak, in turns; MSNP7 if none.
	Versions Versions `json:"versions,omitempty"`
	// Web is the web server that gives MSNP8 and later their tickets, such as
	// http://127.0.0.1:8080, and Tickets is when: EachTime if empty.
	Web     string  `json:"web,omitempty"`
	Tickets Tickets `json:"tickets,omitempty"`

	// Rate is how many sign-ins begin in a second, 0 for as many as go with
	// Parallel at a time. The rate is reached after Ramp.
	Rate     float64       `json:"rate,omitempty"`
	Ramp     time.Duration `json:"ramp_ns,omitempty"`
	Parallel int           `json:"parallel,omitempty"`
	// Duration is how long the work goes on when all have signed in, 0 for until
	// the context ends; the sign-in kind then does each account once.
	Duration time.Duration `json:"duration_ns,omitempty"`
	// Timeout bounds each step: a sign-in, an answer, a delivery.
	Timeout time.Duration `json:"timeout_ns,omitempty"`
	// Sources is how many addresses 127.0.0.1, 127.0.0.2 and so on the
	// connections come from, in turns; 0 leaves it to the system.
	Sources int `json:"sources,omitempty"`
	// NoSync leaves the lists out of the sign-in.
	NoSync bool `json:"no_sync,omitempty"`
	// Ping is how often an idle client asks whether its server is there; 0 is
	// never.
	Ping time.Duration `json:"ping_ns,omitempty"`
	// Backoff is how long a client that was lost waits before it signs in again,
	// at the second time twice as long and so on up to MaxBackoff, each give or
	// take a half. For Idle and Mixed.
	Backoff    time.Duration `json:"backoff_ns,omitempty"`
	MaxBackoff time.Duration `json:"max_backoff_ns,omitempty"`

	// Members is how many are in a conversation (Chat).
	Members int `json:"members,omitempty"`
	// Every is the time between two messages of a conversation, status changes of
	// a subject or calls of a pair; 0 is as soon as the one before is through.
	Every time.Duration `json:"every_ns,omitempty"`
	// Size is the length of a message's text.
	Size int `json:"size,omitempty"`
	// Watchers is how many see each change of status (Presence).
	Watchers int `json:"watchers,omitempty"`
	// Placement picks who watches and who calls whom (Presence, Transfer).
	Placement Placement `json:"placement,omitempty"`
	// Speed is how many times faster than people clients live (Mixed); 1 if 0.
	Speed float64 `json:"speed,omitempty"`

	// Anywhere lets the load go to addresses that are neither of this machine nor
	// of a private network.
	Anywhere bool `json:"anywhere,omitempty"`
}

// Check tells what is wrong with a plan, if anything is.
func (p Plan) Check() error { return p.complete() }

// complete checks a plan and fills the defaults in.
func (p *Plan) complete() error {
	if !slices.Contains(Kinds(), p.Kind) {
		return fmt.Errorf("there is no load of the kind %q", p.Kind)
	}
	if _, _, err := net.SplitHostPort(p.Server); err != nil {
		return fmt.Errorf("%q is not HOST:PORT", p.Server)
	}
	if p.Rate < 0 || math.IsNaN(p.Rate) || math.IsInf(p.Rate, 0) || p.Ramp < 0 || p.Parallel < 0 || p.Duration < 0 ||
		p.Timeout < 0 || p.Ping < 0 || p.Every < 0 || p.Size < 0 || p.Speed < 0 || p.Backoff < 0 {
		return errors.New("a number of the plan is negative")
	}
	if p.Sources < 0 || p.Sources > maxSources {
		return fmt.Errorf("want 0 to %d source addresses", maxSources)
	}
	if len(p.Versions) == 0 {
		p.Versions = Versions{msnp.MSNP7}
	}
	setDefault(&p.Parallel, DefaultParallel)
	setDefault(&p.Timeout, DefaultTimeout)
	setDefault(&p.Backoff, DefaultBackoff)
	setDefault(&p.MaxBackoff, max(DefaultMaxBackoff, p.Backoff))
	setDefault(&p.Members, DefaultMembers)
	setDefault(&p.Watchers, DefaultWatchers)
	setDefault(&p.Size, DefaultSize)
	setDefault(&p.Speed, 1)
	if p.Members < 2 || p.Watchers < 1 {
		return errors.New("a conversation has two members at least, and a change of status one watcher")
	}
	return errors.Join(p.completeWeb(), p.completeAccounts())
}

func (p *Plan) completeAccounts() error {
	a := p.Accounts
	if p.Kind == Referral && a.Count == 0 {
		p.Accounts.Count = 1000 // the dispatch server knows nobody: any handles do
		return nil
	}
	if a.From < 0 || a.Count < p.group() || a.From+a.Count > maxAccount {
		return fmt.Errorf("want at least %d accounts, with numbers from 0 to %d", p.group(), maxAccount)
	}
	return nil
}

func setDefault[T comparable](p *T, usual T) {
	var zero T
	if *p == zero {
		*p = usual
	}
}

// group is how many accounts belong together.
func (p *Plan) group() int {
	switch p.Kind {
	case Chat:
		return p.Members
	case Presence:
		return 1 + p.Watchers
	case Transfer:
		return 2
	case SignIn, Idle, Referral, Mixed:
	}
	return 1
}

// returns reports whether clients that are lost come back.
func (p *Plan) returns() bool { return p.Kind == Idle || p.Kind == Mixed }

// Split divides a plan among processes. There are fewer plans if there are fewer
// groups of accounts than that.
func (p Plan) Split(processes int) ([]Plan, error) {
	if err := p.complete(); err != nil {
		return nil, err
	}
	parts := p.Accounts.split(processes, p.group())
	plans := make([]Plan, len(parts))
	for i, part := range parts {
		plans[i] = p
		plans[i].Accounts = part
		plans[i].Rate = p.Rate / float64(len(parts))
		plans[i].Parallel = max(1, p.Parallel/len(parts))
	}
	return plans, nil
}
