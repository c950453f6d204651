package referral

import (
	"errors"
	"fmt"
)

// Why a client cannot be told where to go.
var (
	ErrNoOwner       = errors.New("referral: no node serves that account now")
	ErrNoSwitchboard = errors.New("referral: no switchboard takes new sessions now")
	ErrNoAddress     = errors.New("referral: no address is known that the client could use")
)

// Why a client is not let in. To the client all of them are error 911, but for
// ErrSession with ANS, which closes the connection without one.
var (
	ErrCookie  = errors.New("referral: not a cookie of this account for this purpose and node")
	ErrExpired = errors.New("referral: the cookie has expired")
	ErrUsed    = errors.New("referral: the cookie has been used")
	ErrSession = errors.New("referral: the cookie is for another session")
	ErrGrant   = errors.New("referral: nothing was granted, or what was sent proves nothing")
	ErrFull    = errors.New("referral: too many are being let in")
)

// SameEndpointError says that the client is already where it belongs: it must
// not be referred there, or it would go round in a circle.
type SameEndpointError struct{ HostPort string }

// Error implements error.
func (e *SameEndpointError) Error() string {
	return fmt.Sprintf("referral: the client is on %s already", e.HostPort)
}
