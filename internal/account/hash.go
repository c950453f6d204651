package account

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

// HashParams are the cost of one argon2id hash. They are stored with each
// hash, so a change is for new passwords only.
type HashParams struct {
	MemoryKiB uint32
	Passes    uint32
	Threads   uint8
}

// DefaultHash costs 64 MiB, which is what makes guessing on many cores dear:
// at one pass OWASP asks for 46. It takes about 50 ms of one core. One thread,
// because several sign-ins at once keep the cores busy anyway.
var DefaultHash = HashParams{MemoryKiB: 64 << 10, Passes: 1, Threads: 1}

const (
	hashSalt   = 16
	hashLength = 32
	// Bounds of what a stored string may ask for, so that a damaged one cannot
	// take all memory.
	maxHashMemory = 1 << 20 // KiB
	maxHashPasses = 64
)

var (
	errHashForm = errors.New("account: stored hash not understood")
	hashText    = base64.RawStdEncoding
)

// hasher makes and checks hashes, a bounded number at once: each takes its
// memory for as long as it runs.
type hasher struct {
	params HashParams
	turns  chan struct{}
	dummy  string // what an account that does not exist is checked against
}

func newHasher(p HashParams, atOnce int) (*hasher, error) {
	if p == (HashParams{}) {
		p = DefaultHash
	}
	if err := p.validate(); err != nil {
		return nil, err
	}
	if atOnce <= 0 {
		atOnce = runtime.GOMAXPROCS(0)
	}
	h := &hasher{params: p, turns: make(chan struct{}, atOnce)}
	// Random bytes are the hash of nothing that anybody could type, and cost
	// as much to compare with as a real one.
	h.dummy = h.format(randomBytes(hashSalt), randomBytes(hashLength))
	return h, nil
}

func (p HashParams) validate() error {
	if p.Threads == 0 || p.Passes == 0 || p.Passes > maxHashPasses ||
		p.MemoryKiB < 8*uint32(p.Threads) || p.MemoryKiB > maxHashMemory {
		return fmt.Errorf("account: hash parameters out of range: %+v", p)
	}
	return nil
}

func (h *hasher) hash(ctx context.Context, pw Secret) (string, error) {
	salt := randomBytes(hashSalt)
	sum, err := h.compute(ctx, pw, salt, h.params)
	if err != nil {
		return "", err
	}
	return h.format(salt, sum), nil
}

// check reports whether pw is what stored was made from; stored "" is an
// account that does not exist, which takes as long.
func (h *hasher) check(ctx context.Context, stored string, pw Secret) (bool, error) {
	if stored == "" {
		stored = h.dummy
	}
	p, salt, want, err := parseHash(stored)
	if err != nil {
		return false, err
	}
	got, err := h.compute(ctx, pw, salt, p)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}

func (h *hasher) compute(ctx context.Context, pw Secret, salt []byte, p HashParams) ([]byte, error) {
	select {
	case h.turns <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("account: waiting to hash: %w", ctx.Err())
	}
	defer func() { <-h.turns }()
	return argon2.IDKey([]byte(pw), salt, p.Passes, p.MemoryKiB, p.Threads, hashLength), nil
}

// format writes the usual text form: $argon2id$v=19$m=65536,t=1,p=1$salt$hash.
func (h *hasher) format(salt, sum []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		h.params.MemoryKiB, h.params.Passes, h.params.Threads,
		hashText.EncodeToString(salt), hashText.EncodeToString(sum))
}

func parseHash(stored string) (p HashParams, salt, sum []byte, err error) {
	parts := strings.Split(stored, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" ||
		parts[2] != "v="+strconv.Itoa(argon2.Version) {
		return p, nil, nil, errHashForm
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.MemoryKiB, &p.Passes, &p.Threads); err != nil {
		return p, nil, nil, errHashForm
	}
	salt, err1 := hashText.DecodeString(parts[4])
	sum, err2 := hashText.DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(sum) != hashLength || p.validate() != nil {
		return p, nil, nil, errHashForm
	}
	return p, salt, sum, nil
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: it stops the process instead
	return b
}
