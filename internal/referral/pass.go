package referral

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"strings"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/msnp"
)

// Purpose is what its holder may do on a switchboard.
type Purpose = cluster.Purpose

// The purposes there are.
const (
	ForTransfer = cluster.ForTransfer // open a session: XFR SB, then USR
	ForRing     = cluster.ForRing     // join a session: RNG, then ANS
)

// Life is how long a cookie or a grant is good unless its maker says otherwise.
// Clients may wait for two minutes before they use one.
const Life = 150 * time.Second

// MaxSession is the greatest session id; some clients read it as a signed
// number of 32 bits.
const MaxSession = 1<<31 - 1

// Pass is leave to enter a switchboard: what a cookie says.
type Pass struct {
	Purpose Purpose
	Session uint32
	Handle  string // in lower case once checked
	// Endpoint is the machine's GUID from MSNP16 on, "" before.
	Endpoint string
	Version  msnp.Version // which the client speaks, since a switchboard has no VER
	// Node is the switchboard's. A cookie is good there only, which is what
	// makes it good once only: no other node has to be asked.
	Node string
	// Expires is kept to the second. If it is not set, what is made of the pass
	// is good for Life.
	Expires time.Time

	nonce uint32
}

// Claim is what a client that wants to enter says of itself, and what the
// switchboard knows: the cookie has to agree with all of it.
type Claim struct {
	Purpose  Purpose
	Handle   string // in any case
	Endpoint string // with or without braces, in any case
	// Session is the one that ANS names. USR names none: 0 takes any.
	Session uint32
	Node    string // the switchboard's own
}

// complete refuses a pass that nothing can be made of, and sets when it ends.
func (p *Pass) complete() error {
	if p.Expires.IsZero() {
		p.Expires = time.Now().Add(Life)
	} else if !p.Expires.After(time.Now()) {
		return errors.New("referral: a pass that has expired already")
	}
	return p.check()
}

func (p *Pass) check() error {
	switch {
	case p.Purpose != ForTransfer && p.Purpose != ForRing:
		return errors.New("referral: a pass needs a purpose")
	case p.Session == 0 || p.Session > MaxSession:
		return errors.New("referral: a pass needs a session from 1 to 2147483647")
	case p.Handle == "" || p.Node == "":
		return errors.New("referral: a pass needs a handle and a node")
	case !p.Version.Valid():
		return errors.New("referral: a pass needs a version")
	}
	return nil
}

// session reports whether a claim may go with a session.
func (c *Claim) session(id uint32) bool {
	return c.Session == id || c.Session == 0 && c.Purpose == ForTransfer
}

// NewSession makes the id of a new session, at random so that it tells nothing
// of how many there are. It is reserved with the transfer that it is made for.
func NewSession() uint32 {
	for {
		if id := random32() & MaxSession; id != 0 {
			return id
		}
	}
}

// NewSalt makes what an MD5 transfer or ring is salted with, in the shape that
// the old service gave it.
func NewSalt() string {
	var digits [20]byte
	putDecimal(digits[:10], uint64(random32()))
	putDecimal(digits[10:], uint64(random32()))
	return string(digits[:10]) + "." + string(digits[10:])
}

func random32() uint32 {
	var p [4]byte
	_, _ = rand.Read(p[:]) // never fails
	return binary.BigEndian.Uint32(p[:])
}

// plainEndpoint is an endpoint in the form in which it is signed.
func plainEndpoint(endpoint string) string {
	return strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(endpoint, "{"), "}"))
}
