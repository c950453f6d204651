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

// wayOut is what to do then.
const wayOut = "put the one back that was saved together with the database; if it is lost, so are the passwords " +
	"for old clients, and this starts anew without them: papilio user forget-legacy"

const (
	keyLength = 32
	keyFact   = "legacy_key"         // the fact that tells the right key
	keyLabel  = "papilio legacy key" // what that fact is computed from
)

// loadKey gives the key that legacy passwords are sealed with, and makes one
// where none is needed yet. While there are sealed passwords no other key than
// theirs is taken: sealing under two would lose some without anybody noticing.
func loadKey(ctx context.Context, db *store.DB, file string) ([]byte, error) {
	key, err := readKey(file)
	if errors.Is(err, fs.ErrNotExist) {
		var state keyState
		if state, err = readKeyState(ctx, db); err != nil {
			return nil, err
		}
		if state.inUse {
			return nil, fmt.Errorf("%w: %s is missing: %s", ErrKey, file, wayOut)
		}
		key, err = createKey(file)
	}
	if err != nil {
		return nil, err
	}
	state, err := readKeyState(ctx, db)
	switch {
	case err != nil:
		return nil, err
	case state.known == keyID(key):
		return key, nil
	}
	return key, rememberKey(ctx, db, file, key)
}

// keyState is what a database tells about its key.
type keyState struct {
	known string // the id of the key; "" if there was none yet
	inUse bool   // there are passwords sealed under it
}

func (k *keyState) read(ctx context.Context, tx *store.Tx) (err error) {
	if k.known, err = tx.Fact(ctx, keyFact); err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	k.inUse, err = tx.HasLegacy(ctx)
	return err
}

func readKeyState(ctx context.Context, db *store.DB) (keyState, error) {
	var state keyState
	err := db.Read(ctx, state.read)
	return state, err
}

// rememberKey makes a key the one of the database.
func rememberKey(ctx context.Context, db *store.DB, file string, key []byte) error {
	return db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		var state keyState
		if err := state.read(ctx, tx); err != nil {
			return err
		}
		if state.inUse && state.known != keyID(key) {
			return fmt.Errorf("%w: %s is of another database: %s", ErrKey, file, wayOut)
		}
		return tx.SetFact(ctx, keyFact, keyID(key))
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
		return nil, fmt.Errorf("%w: %s is damaged (want %d bytes in base64): %s", ErrKey, file, keyLength, wayOut)
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
