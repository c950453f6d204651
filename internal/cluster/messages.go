package cluster

import (
	"context"
	"time"

	"github.com/papilio-im/papilio/msnp"
)

// The verbs of the messages below. A verb is never given another meaning.
const (
	verbInvite  = "invite"
	verbExpect  = "expect"
	verbLookup  = "lookup"
	verbRename  = "renamed"
	verbSignOut = "signed-out"
)

// Invitation asks the notification server of the callee to ring it (RNG), for
// a member of a switchboard session who called it (CAL).
type Invitation struct {
	Session uint32
	// Switchboard is the host:port that the callee is to connect to. It may
	// be empty: then the callee uses the address that it reached
	// SwitchboardNode by, with the port of the switchboard.
	Switchboard     string
	SwitchboardNode string
	Caller          string
	CallerName      msnp.Encoded
	Callee          string
	Hops            uint8 // how often it was passed on to the node where the callee is at home
}

// InvitationAnswer says what the caller is told: Code 0 if the callee rings.
type InvitationAnswer struct {
	Code msnp.Code
	// Expires is that of the pass which the callee was rung with. A later call
	// makes it worthless: the switchboard takes the latest alone.
	Expires time.Time
}

// Purpose is what a cookie or a grant lets its holder do on a switchboard.
type Purpose uint8

// The purposes there are.
const (
	ForTransfer Purpose = iota + 1 // open a session: after XFR SB, with USR
	ForRing                        // join a session: after RNG, with ANS
)

// String gives the purpose's name, for logs and metrics.
func (p Purpose) String() string {
	switch p {
	case ForTransfer:
		return "transfer"
	case ForRing:
		return "ring"
	}
	return "none"
}

// Grant is leave for one endpoint to enter a switchboard by proving that it
// knows its password. The package referral makes and checks grants.
type Grant struct {
	Handle   string
	Endpoint string // which of the account's, "" before MSNP16
	Version  msnp.Version
	Purpose  Purpose
	Session  uint32
	// Method is MD5, of which Salt is what the client was given to hash its
	// password with, or CTP, where the switchboard hashes what the client sends.
	Method msnp.Method
	Salt   string
	// Digest is the HMAC of the expected hash under Key; the hash itself is
	// worth a password and is not sent.
	Key     []byte
	Digest  []byte
	Expires time.Time
}

// Expectation tells a switchboard whom to admit before they come.
type Expectation struct{ Grants []Grant }

// Profile is what a switchboard shows of a member to the others.
type Profile struct {
	Name         msnp.Encoded
	Capabilities msnp.Capabilities // of the last CHG; 0 before MSNP8
	SignedIn     bool
	// Since is when it signed in, wherever it has been moved since; see
	// SignedOut.
	Since time.Time
	// Order tells what came later, this or a Renamed.
	Order uint64
}

// Renamed tells that an account has another friendly name. It may be heard late,
// when a Profile has told a later one: that has a higher Order then.
type Renamed struct {
	Handle string
	Name   msnp.Encoded
	Order  uint64
}

// SignedOut tells that an account has no endpoint left. Forced: it is to lose
// its conversations too, as when it was banned, or when its place was taken by
// another client.
type SignedOut struct {
	Handle string
	Forced bool
	// At is when that was, by the clock that Profile.Since is read from. What a
	// client that has signed in since then has begun is not meant, however late
	// this is heard.
	At time.Time
}

// Question asks about an account at the node where it is at home.
type Question struct {
	Handle string
	Hops   uint8 // how often it was passed on
}

// nothing is the answer to what only needs to be acknowledged.
type nothing struct{}

func (m *Invitation) fields(c *coder) {
	number(c, 1, &m.Session)
	text(c, 2, &m.Switchboard)
	text(c, 3, &m.SwitchboardNode)
	text(c, 4, &m.Caller)
	text(c, 5, &m.CallerName)
	text(c, 6, &m.Callee)
	number(c, 7, &m.Hops)
}

func (m *InvitationAnswer) fields(c *coder) {
	number(c, 1, &m.Code)
	instant(c, 2, &m.Expires)
}

func (m *Grant) fields(c *coder) {
	text(c, 1, &m.Handle)
	text(c, 2, &m.Endpoint)
	number(c, 3, &m.Version)
	number(c, 4, &m.Purpose)
	number(c, 5, &m.Session)
	text(c, 6, &m.Method)
	text(c, 7, &m.Salt)
	octets(c, 8, &m.Key)
	octets(c, 9, &m.Digest)
	instant(c, 10, &m.Expires)
}

func (m *Expectation) fields(c *coder) { list(c, 1, &m.Grants) }

func (m *Question) fields(c *coder) {
	text(c, 1, &m.Handle)
	number(c, 2, &m.Hops)
}

func (m *Profile) fields(c *coder) {
	text(c, 1, &m.Name)
	number(c, 2, &m.Capabilities)
	flag(c, 3, &m.SignedIn)
	instant(c, 4, &m.Since)
	number(c, 5, &m.Order)
}

func (m *Renamed) fields(c *coder) {
	text(c, 1, &m.Handle)
	text(c, 2, &m.Name)
	number(c, 3, &m.Order)
}

func (m *SignedOut) fields(c *coder) {
	text(c, 1, &m.Handle)
	flag(c, 2, &m.Forced)
	instant(c, 3, &m.At)
}

func (*nothing) fields(*coder) {}

// Invite asks a node to ring the callee.
func (n *Node) Invite(ctx context.Context, node string, i Invitation) (InvitationAnswer, error) {
	var answer InvitationAnswer
	err := ask(ctx, n, node, verbInvite, &i, &answer)
	return answer, err
}

// ServeInvitations has the invitations to accounts of this node answered.
func (n *Node) ServeInvitations(h func(context.Context, Invitation) (InvitationAnswer, error)) error {
	return serve(n, verbInvite, func(ctx context.Context, i Invitation) (*InvitationAnswer, error) {
		answer, err := h(ctx, i)
		return &answer, err
	})
}

// Expect tells the switchboard of a node whom to admit, and returns when it
// knows.
func (n *Node) Expect(ctx context.Context, node string, e Expectation) error {
	return ask(ctx, n, node, verbExpect, &e, &nothing{})
}

// ServeExpectations has the switchboard of this node told whom to admit.
func (n *Node) ServeExpectations(h func(context.Context, Expectation) error) error {
	return serve(n, verbExpect, func(ctx context.Context, e Expectation) (*nothing, error) {
		return &nothing{}, h(ctx, e)
	})
}

// Lookup asks the notification server of an account what others may see of it.
func (n *Node) Lookup(ctx context.Context, node string, q Question) (Profile, error) {
	var profile Profile
	err := ask(ctx, n, node, verbLookup, &q, &profile)
	return profile, err
}

// ServeLookups has the look-ups of accounts of this node answered.
func (n *Node) ServeLookups(h func(context.Context, Question) (Profile, error)) error {
	return serve(n, verbLookup, func(ctx context.Context, q Question) (*Profile, error) {
		profile, err := h(ctx, q)
		return &profile, err
	})
}

// AnnounceRename tells every switchboard of a new friendly name.
func (n *Node) AnnounceRename(r Renamed) error { return n.Broadcast(verbRename, encode(&r)) }

// ListenRenames has the switchboard of this node told of new friendly names.
func (n *Node) ListenRenames(l func(context.Context, Renamed)) error {
	return listen(n, verbRename, l)
}

// AnnounceSignOut tells every switchboard that an account has signed out.
func (n *Node) AnnounceSignOut(s SignedOut) error { return n.Broadcast(verbSignOut, encode(&s)) }

// ListenSignOuts has the switchboard of this node told who signed out.
func (n *Node) ListenSignOuts(l func(context.Context, SignedOut)) error {
	return listen(n, verbSignOut, l)
}
