package account

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/papilio-im/papilio/internal/store"
)

// ErrKey says that the key of the legacy passwords is missing, damaged or of
// another database.
var ErrKey = errors.New("the key of the legacy passwords does not fit")

// What to do then, where the database is a file and where it is a server's.
const (
	wayOut       = "put the one back that was saved together with the database; "
	wayOutShared = "copy it from a machine that serves this database already, or from the data folder that the database was copied from; "
	lastResort   = "if it is lost, so are the passwords for old clients, and this starts anew without them: papilio user forget-legacy"
)

const (
	keyLength = 32
	keyFact   = "legacy_key"         // the fact that tells the right key
	keyLabel  = "papilio legacy key" // what that fact is computed from
	// ticketLabel is what the secret of the tickets is computed from.
	ticketLabel = "papilio tickets"
)

// loadKey gives the key that legacy passwords are sealed with, and makes one
// where none is needed yet. While there are sealed passwords no other key than
// theirs is taken: sealing under two would lose some without anybody noticing.
// Where other machines use the database, one of them may be about to seal its
// first, so there the key is taken once there is any.
func loadKey(ctx context.Context, db *store.DB, file string) ([]byte, error) {
	key, err := readKey(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, keyTrouble(db, err)
	}
	var known string
	err2 := db.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		known, err = knownKey(ctx, tx)
		return err
	})
	if err2 != nil {
		return nil, err2
	}
	if err == nil && known == keyID(key) {
		return key, nil
	}
	return settleKey(ctx, db, file)
}

// settleKey makes the key of the file the one of the database, and makes a key
// if there is no file. The file comes first: a key that the database knows and
// nobody has would be worse than one that nobody needs.
func settleKey(ctx context.Context, db *store.DB, file string) (key []byte, err error) {
	err = db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.LockFacts(ctx); err != nil {
			return err
		}
		known, err := knownKey(ctx, tx)
		if err != nil {
			return err
		}
		taken, err := tx.HasLegacy(ctx)
		if err != nil {
			return err
		}
		taken = taken || db.Shared() && known != ""
		if key, err = newOrOld(file, taken); err != nil {
			return keyTrouble(db, err)
		}
		if taken && known != keyID(key) {
			return keyTrouble(db, fmt.Errorf("%w: %s is of another database", ErrKey, file))
		}
		return tx.SetFact(ctx, keyFact, keyID(key))
	})
	return key, err
}

// newOrOld gives the key of a file, and makes one if there is none, unless the
// database has one already.
func newOrOld(file string, taken bool) ([]byte, error) {
	key, err := readKey(file)
	switch {
	case !errors.Is(err, fs.ErrNotExist):
		return key, err
	case taken:
		return nil, fmt.Errorf("%w: %s is missing", ErrKey, file)
	}
	return createKey(file)
}

// keyTrouble adds what to do to an error that is about the key itself.
func keyTrouble(db *store.DB, err error) error {
	switch {
	case !errors.Is(err, ErrKey):
		return err
	case db.Shared():
		return fmt.Errorf("%w: %s%s", err, wayOutShared, lastResort)
	}
	return fmt.Errorf("%w: %s%s", err, wayOut, lastResort)
}

// knownKey gives the id of the database's key, "" if there was none yet.
func knownKey(ctx context.Context, tx *store.Tx) (string, error) {
	id, err := tx.Fact(ctx, keyFact)
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	}
	return id, err
}

// keyInUse refuses to seal under a key that is not the database's any more,
// and keeps it from changing until the end of the transaction.
func (s *Service) keyInUse(ctx context.Context, tx *store.Tx) error {
	known, err := tx.KeepFact(ctx, keyFact)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if known != s.keyID {
		return fmt.Errorf("%w: it was replaced while this process ran: restart it", ErrKey)
	}
	return nil
}

// keyID tells keys apart and tells nothing about them.
func keyID(key []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(keyLabel))
	return hex.EncodeToString(mac.Sum(nil)[:8])
}

// ticketSecret makes the secret of the tickets from the key.
func ticketSecret(key []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(ticketLabel))
	return mac.Sum(nil)
}

// readKey reads a key file: one line of base64. "" is a key that only this
// process has, for data in memory.
func readKey(file string) ([]byte, error) {
	if file == "" {
		return randomBytes(keyLength), nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the key of the legacy passwords: %w", err)
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != keyLength {
		return nil, fmt.Errorf("%w: %s is damaged (want %d bytes in base64)", ErrKey, file, keyLength)
	}
	return key, nil
}

// createKey writes a new key file, whole or not at all. If another process was
// faster its key is the one.
func createKey(file string) ([]byte, error) {
	key, err := writeKey(file)
	if errors.Is(err, fs.ErrExist) {
		return readKey(file)
	}
	if err != nil {
		return nil, fmt.Errorf("create the key of the legacy passwords (storage.legacy_key: its folder must be there, and this user must be able to write in it, or put a key there): %w", err)
	}
	return key, nil
}

func writeKey(file string) (key []byte, err error) {
	key = randomBytes(keyLength)
	temp, err := os.CreateTemp(filepath.Dir(file), ".key-*") // mode 0600
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(temp.Name()) }()
	_, err = temp.WriteString(base64.StdEncoding.EncodeToString(key) + "\n")
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return nil, err
	}
	// A link, unlike a rename, fails if the name is taken.
	return key, os.Link(temp.Name(), file)
}
