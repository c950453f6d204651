package ticket

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/papilio-im/papilio/internal/account"
)

// A ticket is, before it is written in base64:
//
//	form 1 · purpose 1 · account 8 · epoch 8 · expires 8 (Unix time) · random 8 · proof 16
//
// The proof is the first 128 bits of an HMAC-SHA256 over what stands before it.
// The form is there so that another form, or another key, can be told apart while
// both are in use. In all it is 67 characters: some clients have little room.
const (
	form      = 1
	randomAt  = 1 + 1 + 8 + 8 + 8
	proofAt   = randomAt + 8
	proofSize = 16
	rawSize   = proofAt + proofSize
)

// MaxLength is how long a ticket may be as it is shown, with its halves.
const MaxLength = 512

// Life is how long a ticket is good. Clients keep theirs, and show the one that
// they signed in with to web services for as long as they are signed in.
const Life = 24 * time.Hour

// What keeps the things apart that are signed with one secret.
const (
	ticketDomain = "papilio ticket\x00"
	proofDomain  = "papilio ticket proof key\x00"
)

// minSecret is the least length of a secret that tickets are signed with.
const minSecret = 32

// ProofKeySize is the length of the key that goes with a ticket whose owner has
// to prove that it was issued to it.
const ProofKeySize = 24

// encoding has no character that means anything in a cookie, an address or a
// line of the protocol.
var encoding = base64.RawURLEncoding

// Outcomes of a check. Anything else is trouble with the database.
var (
	// ErrTicket says that a ticket is not one of ours, or for something else, or
	// was revoked.
	ErrTicket = errors.New("ticket not good")
	// ErrExpired says that a ticket was good once.
	ErrExpired = errors.New("ticket expired")
)

// A CheckError says more about a check that failed. It is for the log, and must
// not reach who showed the ticket.
type CheckError struct {
	Account int64  // 0 if the ticket is not ours
	Reason  string // in a few words
	Err     error  // ErrTicket, ErrExpired or account.ErrBanned
}

// Error gives the reason.
func (e *CheckError) Error() string { return e.Reason }

// Unwrap gives the outcome.
func (e *CheckError) Unwrap() error { return e.Err }

// Accounts is where the accounts are that tickets are for.
type Accounts interface {
	GetID(ctx context.Context, id int64) (account.Account, error)
}

// Options are what Tickets need.
type Options struct {
	// Secret is the same on every node, and 32 octets at least.
	Secret   []byte
	Accounts Accounts
	// Life is how long a ticket is good, the usual time if zero.
	Life time.Duration
}

// Tickets issues and checks tickets. It is safe for use by many goroutines.
type Tickets struct {
	secret   []byte
	accounts Accounts
	life     time.Duration
}

// New makes Tickets.
func New(o Options) (*Tickets, error) {
	if len(o.Secret) < minSecret {
		return nil, fmt.Errorf("ticket: a secret of %d octets is too short to sign with", len(o.Secret))
	}
	if o.Accounts == nil {
		return nil, errors.New("ticket: no accounts")
	}
	if o.Life <= 0 {
		o.Life = Life
	}
	return &Tickets{secret: append([]byte(nil), o.Secret...), accounts: o.Accounts, life: o.Life}, nil
}

// Life is how long a ticket is good from when it is issued.
func (t *Tickets) Life() time.Duration { return t.life }

// Issue makes a ticket for somebody who has just proved to own an account.
func (t *Tickets) Issue(a account.Account, p Purpose) (Text, error) {
	if a.ID == 0 || !p.valid() {
		return "", errors.New("ticket: it needs an account and a purpose")
	}
	raw := make([]byte, proofAt, rawSize)
	raw[0], raw[1] = form, byte(p)
	binary.BigEndian.PutUint64(raw[2:], uint64(a.ID))
	binary.BigEndian.PutUint64(raw[10:], uint64(a.Epoch))
	binary.BigEndian.PutUint64(raw[18:], uint64(time.Now().Add(t.life).Unix()))
	_, _ = rand.Read(raw[randomAt:proofAt]) // never fails
	raw = append(raw, t.sign(ticketDomain, raw)[:proofSize]...)
	return Text(encoding.EncodeToString(raw)), nil
}

// Check gives the account that a ticket was issued for, if it is good for the
// purpose. It takes a ticket alone and in the form of [Text.Pair]. The error is
// [ErrTicket], [ErrExpired] or [account.ErrBanned], or trouble with the database.
func (t *Tickets) Check(ctx context.Context, shown string, p Purpose) (account.Account, error) {
	raw, err := t.read(shown)
	if err != nil {
		return account.Account{}, err
	}
	id := int64(binary.BigEndian.Uint64(raw[2:]))
	refuse := func(reason string, err error) (account.Account, error) {
		return account.Account{}, &CheckError{Account: id, Reason: reason, Err: err}
	}
	if !Purpose(raw[1]).serves(p) {
		return refuse("a ticket for "+Purpose(raw[1]).String(), ErrTicket)
	}
	if expires := int64(binary.BigEndian.Uint64(raw[18:])); time.Now().Unix() >= expires {
		return refuse("the ticket has expired", ErrExpired)
	}
	a, err := t.accounts.GetID(ctx, id)
	switch {
	case errors.Is(err, account.ErrNotFound):
		return refuse("the account was removed", ErrTicket)
	case err != nil:
		return account.Account{}, err
	case a.Banned:
		return refuse("banned", account.ErrBanned)
	case uint64(a.Epoch) != binary.BigEndian.Uint64(raw[10:]):
		return refuse("the ticket was revoked", ErrTicket)
	}
	return a, nil
}

// read decodes a ticket that has a true signature.
func (t *Tickets) read(shown string) ([]byte, error) {
	text := plain(shown)
	// Decode passes over line breaks, which no ticket of ours has.
	if len(shown) > MaxLength || len(text) != encoding.EncodedLen(rawSize) {
		return nil, &CheckError{Reason: "not a ticket of this service", Err: ErrTicket}
	}
	raw, err := encoding.Strict().DecodeString(text)
	if err != nil || len(raw) != rawSize || raw[0] != form || !hmac.Equal(raw[proofAt:], t.sign(ticketDomain, raw[:proofAt])[:proofSize]) {
		return nil, &CheckError{Reason: "not a ticket of this service", Err: ErrTicket}
	}
	return raw, nil
}

// ProofKey is the key that goes with a ticket: whoever it was issued to was given
// both, and can prove it without sending the key. It is not kept, since it can be
// made again from the ticket.
func (t *Tickets) ProofKey(shown string) []byte {
	return t.sign(proofDomain, []byte(plain(shown)))[:ProofKeySize]
}

func (t *Tickets) sign(domain string, data []byte) []byte {
	mac := hmac.New(sha256.New, t.secret)
	mac.Write([]byte(domain))
	mac.Write(data)
	return mac.Sum(nil)
}
