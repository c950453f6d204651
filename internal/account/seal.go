package account

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

var errSealed = errors.New("account: sealed password damaged or of another account")

const sealPrefix = "gcm1:"

// sealer encrypts legacy passwords. The handle is bound in, so a sealed
// password copied to another account's row does not open.
type sealer struct {
	aead cipher.AEAD
}

func newSealer(key []byte) (*sealer, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	return &sealer{aead}, nil
}

func (s *sealer) seal(handle string, pw Secret) string {
	nonce := randomBytes(s.aead.NonceSize())
	sealed := s.aead.Seal(nonce, nonce, []byte(pw), []byte(handle))
	return sealPrefix + base64.StdEncoding.EncodeToString(sealed)
}

func (s *sealer) open(handle, sealed string) (Secret, error) {
	text, found := strings.CutPrefix(sealed, sealPrefix)
	raw, err := base64.StdEncoding.DecodeString(text)
	if !found || err != nil || len(raw) < s.aead.NonceSize() {
		return "", errSealed
	}
	nonce, body := raw[:s.aead.NonceSize()], raw[s.aead.NonceSize():]
	pw, err := s.aead.Open(nil, nonce, body, []byte(handle))
	if err != nil {
		return "", fmt.Errorf("%w: %w", errSealed, err)
	}
	return Secret(pw), nil
}
