package referral

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"hash"
	"math/bits"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/papilio-im/papilio/msnp"
)

// A cookie is three numbers with dots between them, the shape that all clients
// have known:
//
//	session . when it expires (Unix time) . proof
//
// The proof has a fixed number of digits: one for the form of the cookie, two
// for the version that the client speaks, ten at random, and 29 for 96 bits of
// an HMAC-SHA256 over everything, and over the handle, the endpoint, the
// purpose and the node, which are not in the cookie. The form is there so that
// another form, or another key, can be told apart while both are in use.
const (
	cookieForm    = '1'
	versionDigits = 2
	nonceDigits   = 10
	macDigits     = 29
	macSize       = 12
	proofDigits   = 1 + versionDigits + nonceDigits + macDigits

	// MaxCookie bounds a cookie: 10 digits, 10 digits and the proof.
	MaxCookie = 10 + 1 + 10 + 1 + proofDigits
)

// cookieDomain keeps what is signed here apart from anything else that may
// ever be signed with the same secret.
const cookieDomain = "papilio switchboard cookie\x00"

// minSecret is the least length of a secret that cookies are signed with.
const minSecret = 32

// Keys makes and checks cookies. All nodes of a service have the same: the
// secret is the cluster's.
type Keys struct{ signers sync.Pool }

// NewKeys makes Keys of a secret of at least 32 octets.
func NewKeys(secret []byte) (*Keys, error) {
	if len(secret) < minSecret {
		return nil, fmt.Errorf("referral: a secret of %d octets is too short to sign with", len(secret))
	}
	secret = append([]byte(nil), secret...)
	k := &Keys{}
	k.signers.New = func() any { return &signer{mac: hmac.New(sha256.New, secret)} }
	return k, nil
}

// Mint makes the cookie for a pass.
func (k *Keys) Mint(p Pass) (string, error) {
	if err := p.complete(); err != nil {
		return "", err
	}
	p.nonce = random32()
	s := k.signers.Get().(*signer)
	defer k.signers.Put(s)
	return string(s.cookie(&p, p.Expires.Unix())), nil
}

// Check reads a cookie that a client shows and gives what it was made for, if
// the claim agrees with it. The error is ErrCookie, ErrExpired or, for a cookie
// that is good but for the session that ANS names, ErrSession.
//
// A client from MSNP16 on may leave its endpoint out; then the claim has to be
// made with each endpoint of the account in turn. Checking costs a microsecond.
func (k *Keys) Check(cookie string, c Claim) (Pass, error) {
	p, expires, ok := parseCookie(cookie)
	if !ok {
		return Pass{}, ErrCookie
	}
	p.Purpose, p.Handle, p.Endpoint, p.Node = c.Purpose, c.Handle, c.Endpoint, c.Node
	if p.check() != nil {
		return Pass{}, ErrCookie
	}
	// Made again of what was read, a true cookie is the same to the last digit.
	s := k.signers.Get().(*signer)
	same := subtle.ConstantTimeCompare(s.cookie(&p, expires), append(s.given[:0], cookie...))
	k.signers.Put(s)
	if same != 1 {
		return Pass{}, ErrCookie
	}
	p.Expires = time.Unix(expires, 0)
	if !time.Now().Before(p.Expires) {
		return Pass{}, ErrExpired
	}
	if !c.session(p.Session) {
		return Pass{}, ErrSession
	}
	p.Handle = strings.ToLower(p.Handle)
	return p, nil
}

// parseCookie reads what stands in a cookie. It need not be strict about
// form, since the cookie is then compared as a whole.
func parseCookie(cookie string) (p Pass, expires int64, ok bool) {
	if len(cookie) > MaxCookie {
		return Pass{}, 0, false
	}
	first, rest, _ := strings.Cut(cookie, ".")
	second, proof, _ := strings.Cut(rest, ".")
	if len(proof) != proofDigits || proof[0] != cookieForm {
		return Pass{}, 0, false
	}
	session, err1 := strconv.ParseUint(first, 10, 31)
	expires, err2 := strconv.ParseInt(second, 10, 64)
	version, err3 := strconv.ParseUint(proof[1:1+versionDigits], 10, 8)
	nonce, err4 := strconv.ParseUint(proof[1+versionDigits:1+versionDigits+nonceDigits], 10, 32)
	if err1 != nil || err2 != nil || err3 != nil || err4 != nil {
		return Pass{}, 0, false
	}
	return Pass{Session: uint32(session), Version: msnp.Version(version), nonce: uint32(nonce)}, expires, true
}

// signer is what it takes to write one cookie. They are kept for the next,
// since an HMAC is dear to set up.
type signer struct {
	mac   hash.Hash
	input []byte
	sum   [sha256.Size]byte
	text  [MaxCookie + 20]byte
	given [MaxCookie]byte
}

// cookie writes the cookie of a pass. The result is the signer's.
func (s *signer) cookie(p *Pass, expires int64) []byte {
	b := strconv.AppendUint(s.text[:0], uint64(p.Session), 10)
	b = append(b, '.')
	b = strconv.AppendInt(b, expires, 10)
	b = append(b, '.', cookieForm)
	b = appendDecimal(b, versionDigits, uint64(p.Version))
	b = appendDecimal(b, nonceDigits, uint64(p.nonce))
	high, low := s.sign(p, b)
	// 96 bits in decimal: two parts, so that each fits in 64 bits.
	const partDigits, part = 19, 1e19
	q, r := bits.Div64(high, low, part)
	b = appendDecimal(b, macDigits-partDigits, q)
	return appendDecimal(b, partDigits, r)
}

// sign gives the first 96 bits of the HMAC. Each part that could have any
// length has it before it, so that no two passes are signed alike.
func (s *signer) sign(p *Pass, head []byte) (high, low uint64) {
	in := append(s.input[:0], cookieDomain...)
	in = append(in, byte(p.Purpose))
	in = append(binary.AppendUvarint(in, uint64(len(head))), head...)
	in = appendLower(in, p.Handle)
	in = appendLower(in, strings.TrimSuffix(strings.TrimPrefix(p.Endpoint, "{"), "}"))
	in = append(binary.AppendUvarint(in, uint64(len(p.Node))), p.Node...)
	s.input = in
	s.mac.Reset()
	s.mac.Write(in)
	sum := s.mac.Sum(s.sum[:0])
	return uint64(binary.BigEndian.Uint32(sum)), binary.BigEndian.Uint64(sum[4:macSize])
}

// appendLower appends the length of ASCII text, and the text in lower case.
func appendLower(b []byte, text string) []byte {
	b = binary.AppendUvarint(b, uint64(len(text)))
	for i := range len(text) {
		c := text[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		b = append(b, c)
	}
	return b
}

// appendDecimal appends a number with leading zeros.
func appendDecimal(b []byte, digits int, n uint64) []byte {
	const zeros = "00000000000000000000"
	b = append(b, zeros[:digits]...)
	putDecimal(b[len(b)-digits:], n)
	return b
}

func putDecimal(b []byte, n uint64) {
	for i := len(b) - 1; i >= 0; i-- {
		b[i] = '0' + byte(n%10)
		n /= 10
	}
}
