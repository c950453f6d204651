package referral

import (
	"crypto/hmac"
	"crypto/md5" //nolint:gosec // what the clients of 1999 sign in with
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/msnp"
)

// Grant is leave to enter by proving a password; see [cluster.Grant].
type Grant = cluster.Grant

const (
	// DefaultGrants bounds the grants that a switchboard keeps, unless told
	// otherwise.
	DefaultGrants = 1 << 16

	grantsEach = 8 // of one account for one purpose; the oldest makes way
	grantTries = 5 // at proving the password, then the grant is gone

	// nullPassword is what MSN Messenger 1.0 sends if it is told CTP: it has
	// no password at hand then.
	nullPassword = "(null)"
)

// NewGrant makes the grant of a pass, for a client that enters by MD5 or CTP.
// The hash is what the account's password makes with the salt, MD5(salt +
// password) in hexadecimal, also if the client will send the password itself.
func NewGrant(p Pass, m msnp.Method, salt, hash string) (Grant, error) {
	if err := p.complete(); err != nil {
		return Grant{}, err
	}
	if m != msnp.MethodMD5 && m != msnp.MethodCTP {
		return Grant{}, fmt.Errorf("referral: nothing can be granted by %q", m)
	}
	if salt == "" || hash == "" {
		return Grant{}, errors.New("referral: a grant needs a salt and a hash")
	}
	key := make([]byte, sha256.Size)
	_, _ = rand.Read(key) // never fails
	return Grant{
		Handle: strings.ToLower(p.Handle), Endpoint: p.Endpoint, Version: p.Version, Purpose: p.Purpose,
		Session: p.Session, Method: m, Salt: salt, Key: key, Digest: digest(key, hash), Expires: p.Expires,
	}, nil
}

func digest(key []byte, hash string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(strings.ToLower(hash)))
	return mac.Sum(nil)
}

// proves reports whether what a client sent is what was expected.
func proves(g *Grant, secret string) bool {
	if g.Method == msnp.MethodCTP {
		if secret == "" || secret == nullPassword {
			return false
		}
		sum := md5.Sum([]byte(g.Salt + secret)) //nolint:gosec // as above
		secret = hex.EncodeToString(sum[:])
	}
	return hmac.Equal(g.Digest, digest(g.Key, secret))
}

// Grants are those that a switchboard has been told of and that have not been
// used. Its methods may be called from any goroutine.
type Grants struct {
	mu      sync.Mutex
	limit   int
	count   int
	pending map[grantee][]*pendingGrant
	ends    expiring[grantee]
}

type grantee struct {
	handle  string
	purpose Purpose
}

type pendingGrant struct {
	Grant
	tries int
}

// NewGrants makes a table of at most so many; 0 means DefaultGrants.
func NewGrants(limit int) *Grants {
	if limit <= 0 {
		limit = DefaultGrants
	}
	return &Grants{limit: limit, pending: make(map[grantee][]*pendingGrant)}
}

// Add expects somebody. A grant for the same account, purpose and session
// takes the place of an earlier one. The error is ErrExpired or ErrFull.
func (t *Grants) Add(g Grant) error {
	now := time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sweep(now)
	if !now.Before(g.Expires) {
		return ErrExpired
	}
	who := grantee{strings.ToLower(g.Handle), g.Purpose}
	t.keep(who, func(p *pendingGrant) bool { return p.Session != g.Session })
	if len(t.pending[who]) >= grantsEach {
		oldest := t.pending[who][0]
		t.keep(who, func(p *pendingGrant) bool { return p != oldest })
	}
	if t.count >= t.limit {
		return ErrFull
	}
	t.pending[who] = append(t.pending[who], &pendingGrant{Grant: g})
	t.count++
	t.ends.add(who, g.Expires)
	return nil
}

// Take lets a client in by what it sent, once. A grant that was tried with the
// wrong secret too often is gone. The error is ErrGrant.
func (t *Grants) Take(secret string, c Claim) (Pass, error) {
	now := time.Now()
	who := grantee{strings.ToLower(c.Handle), c.Purpose}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sweep(now)
	var found *pendingGrant
	var tried []*pendingGrant
	for _, p := range t.pending[who] {
		if !c.session(p.Session) || plainEndpoint(c.Endpoint) != plainEndpoint(p.Endpoint) || !now.Before(p.Expires) {
			continue
		}
		if proves(&p.Grant, secret) {
			found, tried = p, nil // what proves one is no wrong proof of another
			break
		}
		tried = append(tried, p)
	}
	for _, p := range tried {
		p.tries++
	}
	t.keep(who, func(p *pendingGrant) bool { return p != found && p.tries < grantTries })
	if found == nil {
		return Pass{}, ErrGrant
	}
	return Pass{
		Purpose: found.Purpose, Session: found.Session, Handle: who.handle, Endpoint: found.Endpoint,
		Version: found.Version, Node: c.Node, Expires: found.Expires,
	}, nil
}

// Len is how many are expected.
func (t *Grants) Len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.count
}

func (t *Grants) sweep(now time.Time) {
	t.ends.sweep(now, func(who grantee) {
		t.keep(who, func(p *pendingGrant) bool { return now.Before(p.Expires) })
	})
}

// keep drops those of an account's grants that are not to be kept.
func (t *Grants) keep(who grantee, keep func(*pendingGrant) bool) {
	had := t.pending[who]
	have := slices.DeleteFunc(had, func(p *pendingGrant) bool { return !keep(p) })
	t.count -= len(had) - len(have)
	if len(have) == 0 {
		delete(t.pending, who)
	} else {
		t.pending[who] = have
	}
}
