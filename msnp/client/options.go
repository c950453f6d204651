package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/papilio-im/papilio/msnp"
)

// Defaults of [Options].
const (
	DefaultEventQueue       = 256 // events
	DefaultPatience         = 30 * time.Second
	DefaultSignInTimeout    = 60 * time.Second
	DefaultMaxConversations = 64
	DefaultMaxTransfer      = 4 << 20 // octets
)

// Options say who signs in, where, and as what. A copy is kept, the password
// included, since every move to another server is a sign-in of its own.
type Options struct {
	// Dispatch is the host:port of the dispatch server, where a client that knows
	// nothing else begins. A service without one answers there itself, which is
	// fine for all versions but Beta 2.
	Dispatch string
	// Notification is the host:port of a notification server to begin at instead,
	// as clients do that remember the last one. Exactly one of the two is given.
	Notification string

	// Handle and Password are the account's. Versions up to MSNP7 use what
	// Papilio calls the legacy password. From MSNP8 on the password may be "" if
	// Passport.Ticket is given.
	Handle   string
	Password string

	// Version is the version to speak, from Beta 2 to MSNP12; MSNP7 if zero. Like
	// the clients of its time the client offers some older ones with it, and
	// speaks the one that the server picks: see [Client.Version].
	Version msnp.Version
	// Method is how to sign in. To MSNP7 that is MD5, the default, or CTP, which
	// sends the password as it is and exists in Beta 2 and MSNP2 only. From MSNP8 on
	// it is TWN: see Passport.
	Method msnp.Method
	// Plain lets the password be sent so that everybody on the way can read it: to a
	// server that is asked for another method and demands the password as it is
	// (CTP), as old switchboards could; and to a login server over http. Without it
	// the client does not comply, see [ErrPlain]. Method CTP implies it.
	Plain bool
	// Passport says how to get the ticket that MSNP8 and later sign in with.
	Passport Passport
	// Gateway lets all connections go through an HTTP gateway.
	Gateway Gateway
	// HTTP makes the requests to login servers and gateways, for certificates of an
	// own authority and the like. Its Transport, Timeout and Jar are used; redirects
	// are followed by the rules of [Passport]. By default a client has an
	// http.Transport of its own, which uses Dial.
	HTTP *http.Client
	// Status is the first status. With "" none is set: the client is signed in
	// but seen by nobody, sees nobody, and may not open conversations.
	Status msnp.Status
	// Capabilities are what the client says with its status that it can do, since
	// MSNP8. By default they are the release of the official client of the version,
	// without anything that this package does not do.
	Capabilities msnp.Capabilities

	// Picture is the display picture that the client begins with (since MSNP9): see
	// [Client.SetPicture].
	Picture []byte

	// NoSync leaves out the synchronisation of lists and settings. The roster then
	// stays empty, and the server keeps back news of other people's list changes.
	NoSync bool
	// Pipeline sends all that need not wait for an answer in one segment, as some
	// clients do: VER, INF (from MSNP8 on CVR) and USR, and later SYN, CHG and what
	// follows it.
	Pipeline bool
	// ManualAnswer leaves invitations to the program, which calls
	// [Invitation.Answer] for those it wants. By default each is answered.
	ManualAnswer bool
	// KeepEmpty keeps conversations open whose last other member has left, for
	// others to be invited into the same session. By default they are closed then,
	// unless somebody is being invited.
	KeepEmpty bool
	// MaxConversations bounds the conversations that are open or being opened at
	// one time. 0 means DefaultMaxConversations.
	MaxConversations int

	// MaxTransfer bounds, in octets, a file or picture that is taken from somebody
	// else, which is held in memory. 0 means DefaultMaxTransfer. In a conversation
	// there are at most sixteen at a time that the user has begun, and as many that
	// each of the others has.
	MaxTransfer int
	// ManualTransfers leaves the messages by which clients exchange pictures and
	// files (of the type p2p.ContentType) to the program, as [Message] events. By
	// default the client serves its picture, and tells of files that are offered.
	ManualTransfers bool

	// OnEvent is called with each event, one at a time and in order, on a
	// goroutine that exists while there are events. It may take its time and may
	// call every method of the client. At most one of OnEvent and Events is set;
	// without either, events are not even made.
	OnEvent func(*Client, Event)
	// Events takes the events instead. Its capacity is the program's choice. It is
	// never closed by the client; the last event of a client is [SignedOut].
	Events chan<- Event
	// Filter, if set, is asked about every event, and those for which it reports
	// false are dropped before they are queued: a program with many clients saves
	// most of the cost of events with it. It is called on the goroutine that reads
	// the connection, several at a time if there are conversations, and must not
	// call the client.
	Filter func(Event) bool
	// EventQueue bounds the events that wait to be taken, besides a bound of
	// 256 KiB on what they hold. 0 means DefaultEventQueue.
	EventQueue int
	// Patience is how long a client waits for a program that has let the queue fill
	// up: see "Events" in the package documentation. 0 means DefaultPatience.
	Patience time.Duration

	// SignInTimeout bounds each sign-in after a referral, dialling included. The
	// first one is bounded by the context of [SignIn], too. 0 means
	// DefaultSignInTimeout.
	SignInTimeout time.Duration

	// Trace, if set, is given every line of every connection. It is called on the
	// goroutine that reads or writes the line, several at a time, and holds that
	// connection up until it returns.
	Trace func(TraceLine)
	// Dial makes the connections, all of them "tcp". A net.Dialer by default.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Errors of [Options].
var (
	errWhere   = errors.New("client: exactly one of Dispatch and Notification must be given")
	errEvents  = errors.New("client: at most one of OnEvent and Events can be given")
	errBounds  = errors.New("client: a bound or a time is negative")
	errNothing = errors.New("client: no password, and no ticket")
)

// normalise checks o and fills the defaults in.
func (o *Options) normalise() error {
	o.Version = cmp.Or(o.Version, msnp.MSNP7)
	web := o.Version.SignsInBy(msnp.MethodTWN)
	if o.Method == "" {
		o.Method = msnp.MethodMD5
		if web {
			o.Method = msnp.MethodTWN
		}
	}
	handle, err := msnp.ParseHandle(o.Handle)
	switch {
	case err != nil:
		return fmt.Errorf("client: %q: %w", o.Handle, err)
	case (o.Dispatch == "") == (o.Notification == ""):
		return errWhere
	case o.Password == "" && (!web || o.Passport.Ticket == ""):
		return errNothing
	case o.OnEvent != nil && o.Events != nil:
		return errEvents
	case offers[o.Version] == nil:
		return &msnp.UnsupportedError{Version: o.Version, Form: "sign-in in this package"}
	case !o.Version.SignsInBy(o.Method):
		return &msnp.UnsupportedError{Version: o.Version, Form: "sign-in by " + string(o.Method)}
	case len(o.Picture) > cmp.Or(o.MaxTransfer, DefaultMaxTransfer):
		return fmt.Errorf("client: picture: %w", ErrTooLong)
	case o.MaxTransfer < 0 || o.EventQueue < 0 || o.MaxConversations < 0 || o.Patience < 0 || o.SignInTimeout < 0:
		return errBounds
	}
	if err := checkStatus(o.Status); err != nil && o.Status != msnp.StatusNone {
		return err
	}
	if err := checkWord(o.Password); err != nil && o.Method == msnp.MethodCTP {
		return fmt.Errorf("client: password: %w", err)
	}
	if web {
		if err := o.Passport.check(o.Plain); err != nil {
			return err
		}
	}
	if err := o.Gateway.normalise(); err != nil {
		return err
	}
	o.Handle = handle
	o.Plain = o.Plain || o.Method == msnp.MethodCTP
	o.EventQueue = cmp.Or(o.EventQueue, DefaultEventQueue)
	o.Patience = cmp.Or(o.Patience, DefaultPatience)
	o.SignInTimeout = cmp.Or(o.SignInTimeout, DefaultSignInTimeout)
	o.MaxTransfer = cmp.Or(o.MaxTransfer, DefaultMaxTransfer)
	o.MaxConversations = cmp.Or(o.MaxConversations, DefaultMaxConversations)
	if o.Dial == nil {
		o.Dial = new(net.Dialer).DialContext
	}
	return nil
}

// offers are the versions that a client of each version says in VER, which are
// those that the official client of the time said.
var offers = map[msnp.Version][]msnp.Version{
	msnp.Beta2: {msnp.MSNP2},
	msnp.MSNP2: {msnp.MSNP2, msnp.CVR0},
	msnp.MSNP3: {msnp.MSNP3, msnp.MSNP2, msnp.CVR0},
	msnp.MSNP4: {msnp.MSNP4, msnp.MSNP3, msnp.CVR0},
	msnp.MSNP5: {msnp.MSNP5, msnp.MSNP4, msnp.CVR0},
	msnp.MSNP6: {msnp.MSNP6, msnp.MSNP5, msnp.MSNP4, msnp.CVR0},
	msnp.MSNP7: {msnp.MSNP7, msnp.MSNP6, msnp.MSNP5, msnp.MSNP4, msnp.CVR0},

	msnp.MSNP8:  {msnp.MSNP8, msnp.CVR0},
	msnp.MSNP9:  {msnp.MSNP9, msnp.MSNP8, msnp.CVR0},
	msnp.MSNP10: {msnp.MSNP10, msnp.MSNP9, msnp.CVR0},
	msnp.MSNP11: {msnp.MSNP11, msnp.MSNP10, msnp.CVR0},
	msnp.MSNP12: {msnp.MSNP12, msnp.MSNP11, msnp.MSNP10, msnp.CVR0},
}
