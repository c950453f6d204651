package account

import (
	"context"
	"crypto/md5" //nolint:gosec // what the old clients prove their password with
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"strings"

	"github.com/papilio-im/papilio/internal/store"
)

// Outcomes of a check. Anything else is trouble with the database.
var (
	// ErrCredentials says that the secret is wrong, or the account does not
	// exist, or has no such secret: nobody outside shall know which.
	ErrCredentials = errors.New("wrong handle or password")
	// ErrBanned says that the secret was right and the account is banned.
	ErrBanned = errors.New("account banned")
)

// A CheckError says more about a check that failed. It is for the log, and must
// not reach who was checked.
type CheckError struct {
	Account int64  // 0 if there is none
	Reason  string // in a few words
	Err     error  // ErrCredentials or ErrBanned
}

// Error gives the reason.
func (e *CheckError) Error() string { return e.Reason }

// Unwrap gives the outcome.
func (e *CheckError) Unwrap() error { return e.Err }

// CheckPassword checks the main password.
func (s *Service) CheckPassword(ctx context.Context, handle string, pw Secret) (Account, error) {
	row, err := s.load(ctx, handle)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Account{}, err
	}
	if len(pw) > maxPassword {
		pw = "" // nobody's, and as dear as any other
	}
	ok, err := s.hasher.check(ctx, row.Password, pw)
	if err != nil {
		return Account{}, err
	}
	return verdict(row, ok)
}

// CheckLegacyMD5 checks the answer of a client up to 4.6: the MD5 of the salt
// that it was given and its password, in hexadecimal.
func (s *Service) CheckLegacyMD5(ctx context.Context, handle, salt, response string) (Account, error) {
	row, pw, err := s.legacy(ctx, handle)
	if err != nil {
		return Account{}, err
	}
	ok := equal(strings.ToLower(response), saltedMD5(salt, pw))
	return legacyVerdict(row, ok)
}

// CheckLegacy checks the legacy password itself, as clients send it with CTP.
func (s *Service) CheckLegacy(ctx context.Context, handle string, pw Secret) (Account, error) {
	row, want, err := s.legacy(ctx, handle)
	if err != nil {
		return Account{}, err
	}
	ok := equal(pw.Reveal(), want.Reveal())
	return legacyVerdict(row, ok)
}

// LegacyDigest gives what a client will answer to a salt, for a switchboard
// that checks it elsewhere. [ErrCredentials] if there is no such password.
func (s *Service) LegacyDigest(ctx context.Context, handle, salt string) (Secret, error) {
	row, pw, err := s.legacy(ctx, handle)
	if err != nil {
		return "", err
	}
	if _, err := legacyVerdict(row, true); err != nil {
		return "", err
	}
	return Secret(saltedMD5(salt, pw)), nil
}

// legacy opens an account's legacy password. Where there is none it opens one
// that nobody has, so that all callers take the same time; they have to look
// at row.Legacy in the end.
func (s *Service) legacy(ctx context.Context, handle string) (store.Account, Secret, error) {
	row, err := s.load(ctx, handle)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return row, "", err
	}
	owner, sealed := row.Handle, row.Legacy
	if sealed == "" {
		owner, sealed = "", s.dummy
	}
	pw, err := s.sealer.open(owner, sealed)
	return row, pw, err
}

func verdict(row store.Account, ok bool) (Account, error) {
	switch {
	case row.ID == 0:
		return Account{}, &CheckError{Reason: "no such account", Err: ErrCredentials}
	case !ok:
		return Account{}, &CheckError{Account: row.ID, Reason: "wrong password", Err: ErrCredentials}
	case row.Banned:
		return Account{}, &CheckError{Account: row.ID, Reason: "banned", Err: ErrBanned}
	}
	return public(row), nil
}

// legacyVerdict is verdict where an account may have no password at all.
func legacyVerdict(row store.Account, ok bool) (Account, error) {
	if row.ID != 0 && row.Legacy == "" {
		const reason = "no password for old clients: papilio user legacy-password"
		return Account{}, &CheckError{Account: row.ID, Reason: reason, Err: ErrCredentials}
	}
	return verdict(row, ok)
}

func saltedMD5(salt string, pw Secret) string {
	sum := md5.Sum([]byte(salt + pw.Reveal())) //nolint:gosec // see the import
	return hex.EncodeToString(sum[:])
}

func equal(a, b string) bool {
	return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}
