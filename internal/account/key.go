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

const (
	keyLength = 32
	keyFact   = "legacy_key"         // the fact that tells the right key
	keyLabel  = "papilio legacy key" // what that fact is computed from
)

// loadKey gives the key that legacy passwords are sealed with. It makes one
// for new data; a key that the data does not know is refused, for sealing
// under two keys would lose passwords without anybody noticing.
func loadKey(ctx context.Context, db *store.DB, file string) ([]byte, error) {
	known, err := knownKey(ctx, db)
	if err != nil {
		return nil, err
	}
	key, err := readKey(file)
	switch {
	case err == nil:
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	case known != "":
		return nil, fmt.Errorf("%w: %s is missing, restore it from where the database came from", ErrKey, file)
	default:
		if key, err = createKey(file); err != nil {
			return nil, err
		}
	}
	switch known {
	case keyID(key):
		return key, nil
	case "":
		return key, rememberKey(ctx, db, file, key)
	}
	return nil, wrongKey(file)
}

func wrongKey(file string) error {
	return fmt.Errorf("%w: %s is of another database, restore the one that was beside this one", ErrKey, file)
}

func knownKey(ctx context.Context, db *store.DB) (id string, err error) {
	err = db.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		id, err = tx.Fact(ctx, keyFact)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		return err
	})
	return id, err
}

func rememberKey(ctx context.Context, db *store.DB, file string, key []byte) error {
	return db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		id, err := tx.Fact(ctx, keyFact)
		switch {
		case errors.Is(err, store.ErrNotFound):
			return tx.SetFact(ctx, keyFact, keyID(key))
		case err == nil && id != keyID(key):
			return wrongKey(file)
		}
		return err
	})
}

// keyID tells keys apart and tells nothing about them.
func keyID(key []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(keyLabel))
	return hex.EncodeToString(mac.Sum(nil)[:8])
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
		return nil, fmt.Errorf("%w: %s is damaged (want %d bytes in base64), restore it from a copy", ErrKey, file, keyLength)
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
		return nil, fmt.Errorf("create the key of the legacy passwords: %w", err)
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
