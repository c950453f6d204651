package referral

import (
	"bytes"
	"errors"
	"math/big"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/papilio-im/papilio/msnp"
)

func testKeys(t testing.TB) *Keys {
	t.Helper()
	k, err := NewKeys(bytes.Repeat([]byte{7}, minSecret))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func testPass() Pass {
	return Pass{
		Purpose: ForTransfer, Session: 40211873, Handle: "ana@example.test",
		Endpoint: "{3D6F0B1A-9C55-4E0B-8A17-20C44C1F77AA}", Version: msnp.MSNP18, Node: "sb-1",
	}
}

func testClaim() Claim {
	p := testPass()
	return Claim{Purpose: p.Purpose, Handle: p.Handle, Endpoint: p.Endpoint, Node: p.Node}
}

func mint(t testing.TB, k *Keys, p Pass) string {
	t.Helper()
	cookie, err := k.Mint(p)
	if err != nil {
		t.Fatal(err)
	}
	return cookie
}

func TestCookieRoundTrip(t *testing.T) {
	k := testKeys(t)
	for v := msnp.First; v <= msnp.Last; v++ {
		for _, purpose := range []Purpose{ForTransfer, ForRing} {
			p := testPass()
			p.Version, p.Purpose, p.Session = v, purpose, NewSession()
			c := testClaim()
			c.Purpose, c.Session = purpose, p.Session
			got, err := k.Check(mint(t, k, p), c)
			if err != nil {
				t.Fatalf("%s %s: %v", v, purpose, err)
			}
			if left := time.Until(got.Expires); left <= Life-2*time.Second || left > Life {
				t.Errorf("%s %s: good for %s", v, purpose, left)
			}
			got.Expires, got.nonce = time.Time{}, 0
			if got != p {
				t.Errorf("%s %s: got %+v, want %+v", v, purpose, got, p)
			}
		}
	}
}

func TestCookieShape(t *testing.T) {
	shape := regexp.MustCompile(`^[1-9][0-9]*\.[1-9][0-9]*\.[0-9]{42}$`)
	k := testKeys(t)
	for _, session := range []uint32{1, 9, 12345678, MaxSession} {
		for range 100 {
			p := testPass()
			p.Session = session
			cookie := mint(t, k, p)
			if !shape.MatchString(cookie) || len(cookie) > 64 {
				t.Fatalf("cookie %q of %d characters", cookie, len(cookie))
			}
		}
	}
	if MaxCookie != 64 {
		t.Errorf("MaxCookie is %d", MaxCookie)
	}
}

// The digits of the proof must hold 96 bits, and no two values alike.
func TestDecimalOf96Bits(t *testing.T) {
	k := testKeys(t)
	s := k.signers.New().(*signer)
	p := testPass()
	for range 1000 {
		p.nonce++
		cookie := string(s.cookie(&p, 1e9))
		head := cookie[:len(cookie)-macDigits]
		high, low := s.sign(&p, []byte(head))
		want := new(big.Int).Lsh(new(big.Int).SetUint64(high), 64)
		want.Or(want, new(big.Int).SetUint64(low))
		got, _ := new(big.Int).SetString(cookie[len(head):], 10)
		if got.Cmp(want) != 0 {
			t.Fatalf("%s: %s, want %s", cookie, got, want)
		}
	}
}

func TestCookieTampering(t *testing.T) {
	k := testKeys(t)
	cookie := mint(t, k, testPass())
	for i := range cookie {
		for c := byte('0'); c <= '9'; c++ {
			if cookie[i] == c {
				continue
			}
			changed := cookie[:i] + string(c) + cookie[i+1:]
			if _, err := k.Check(changed, testClaim()); !errors.Is(err, ErrCookie) {
				t.Errorf("%s for %s: %v", changed, cookie, err)
			}
		}
		shorter := cookie[:i] + cookie[i+1:]
		if _, err := k.Check(shorter, testClaim()); !errors.Is(err, ErrCookie) {
			t.Errorf("%s for %s: %v", shorter, cookie, err)
		}
		longer := cookie[:i] + "0" + cookie[i:]
		if _, err := k.Check(longer, testClaim()); !errors.Is(err, ErrCookie) {
			t.Errorf("%s for %s: %v", longer, cookie, err)
		}
	}
	for _, other := range []string{
		"", ".", "..", "...", "0", "+" + cookie, cookie + ".", cookie + " ", strings.Replace(cookie, ".", ",", 1),
		"-1.1.1", "1.1", strings.Repeat("9", 64), strings.Repeat("9", 10000), strings.Repeat(".", 64),
	} {
		if _, err := k.Check(other, testClaim()); !errors.Is(err, ErrCookie) {
			t.Errorf("%q: %v", other, err)
		}
	}
}

func TestCookieClaims(t *testing.T) {
	k := testKeys(t)
	cookie := mint(t, k, testPass())
	ring := testPass()
	ring.Purpose = ForRing
	for name, test := range map[string]struct {
		cookie string
		change func(*Claim)
		want   error
	}{
		"as it is":            {cookie, func(*Claim) {}, nil},
		"session named":       {cookie, func(c *Claim) { c.Session = 40211873 }, nil},
		"upper case":          {cookie, func(c *Claim) { c.Handle = "ANA@Example.TEST" }, nil},
		"endpoint lower case": {cookie, func(c *Claim) { c.Endpoint = strings.ToLower(c.Endpoint) }, nil},
		"endpoint bare":       {cookie, func(c *Claim) { c.Endpoint = strings.Trim(c.Endpoint, "{}") }, nil},
		"other handle":        {cookie, func(c *Claim) { c.Handle = "bob@example.test" }, ErrCookie},
		"no handle":           {cookie, func(c *Claim) { c.Handle = "" }, ErrCookie},
		"other endpoint":      {cookie, func(c *Claim) { c.Endpoint = "{4D6F0B1A-9C55-4E0B-8A17-20C44C1F77AA}" }, ErrCookie},
		"no endpoint":         {cookie, func(c *Claim) { c.Endpoint = "" }, ErrCookie},
		"moved boundary":      {cookie, func(c *Claim) { c.Handle += "{"; c.Endpoint = c.Endpoint[1:] }, ErrCookie},
		"other purpose":       {cookie, func(c *Claim) { c.Purpose, c.Session = ForRing, 40211873 }, ErrCookie},
		"no purpose":          {cookie, func(c *Claim) { c.Purpose = 0 }, ErrCookie},
		"other node":          {cookie, func(c *Claim) { c.Node = "sb-2" }, ErrCookie},
		"other session":       {cookie, func(c *Claim) { c.Session = 40211874 }, ErrSession},
		"ring without one":    {mint(t, k, ring), func(c *Claim) { c.Purpose = ForRing }, ErrSession},
		"ring":                {mint(t, k, ring), func(c *Claim) { c.Purpose, c.Session = ForRing, 40211873 }, nil},
	} {
		claim := testClaim()
		test.change(&claim)
		p, err := k.Check(test.cookie, claim)
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
		if err == nil && p.Handle != "ana@example.test" {
			t.Errorf("%s: handle %q", name, p.Handle)
		}
	}
}

func TestCookieOfOtherKey(t *testing.T) {
	other, err := NewKeys(bytes.Repeat([]byte{8}, minSecret))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := testKeys(t).Check(mint(t, other, testPass()), testClaim()); !errors.Is(err, ErrCookie) {
		t.Errorf("a cookie of another key: %v", err)
	}
	if _, err := NewKeys(make([]byte, minSecret-1)); err == nil {
		t.Error("a short secret was taken")
	}
}

func TestKeysKeepTheirSecret(t *testing.T) {
	secret := bytes.Repeat([]byte{7}, minSecret)
	k, err := NewKeys(secret)
	if err != nil {
		t.Fatal(err)
	}
	clear(secret)
	if _, err := testKeys(t).Check(mint(t, k, testPass()), testClaim()); err != nil {
		t.Error(err)
	}
}

func TestCookieExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := testKeys(t)
		short := testPass()
		short.Expires = time.Now().Add(time.Minute)
		for name, test := range map[string]struct {
			pass Pass
			life time.Duration
		}{"usual": {testPass(), Life}, "given": {short, time.Minute}} {
			begin := time.Now()
			test.pass.Expires = time.Time{}
			if name == "given" {
				test.pass.Expires = begin.Add(test.life)
			}
			cookie := mint(t, k, test.pass)
			time.Sleep(test.life - 2*time.Second)
			if _, err := k.Check(cookie, testClaim()); err != nil {
				t.Errorf("%s: before its end: %v", name, err)
			}
			time.Sleep(2 * time.Second)
			if _, err := k.Check(cookie, testClaim()); !errors.Is(err, ErrExpired) {
				t.Errorf("%s: at its end: %v", name, err)
			}
		}
		if _, err := k.Mint(short); err == nil {
			t.Error("a cookie was made that had expired")
		}
	})
}

func TestMintRefuses(t *testing.T) {
	k := testKeys(t)
	for name, change := range map[string]func(*Pass){
		"no purpose":      func(p *Pass) { p.Purpose = 0 },
		"unknown purpose": func(p *Pass) { p.Purpose = 3 },
		"no session":      func(p *Pass) { p.Session = 0 },
		"large session":   func(p *Pass) { p.Session = MaxSession + 1 },
		"no handle":       func(p *Pass) { p.Handle = "" },
		"no node":         func(p *Pass) { p.Node = "" },
		"no version":      func(p *Pass) { p.Version = 0 },
	} {
		p := testPass()
		change(&p)
		if cookie, err := k.Mint(p); err == nil {
			t.Errorf("%s: %s", name, cookie)
		}
	}
}

func TestCookiesDiffer(t *testing.T) {
	k := testKeys(t)
	seen := make(map[string]bool)
	for range 1000 {
		cookie := mint(t, k, testPass())
		if seen[cookie] {
			t.Fatalf("%s was made twice", cookie)
		}
		seen[cookie] = true
	}
}

func TestKeysFromManyGoroutines(t *testing.T) {
	k := testKeys(t)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 500 {
				p := testPass()
				p.Session = NewSession()
				c := testClaim()
				c.Session = p.Session
				cookie, err := k.Mint(p)
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := k.Check(cookie, c); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}

func TestCookieAllocations(t *testing.T) {
	if raceDetector {
		t.Skip("allocations cannot be counted under the race detector")
	}
	k := testKeys(t)
	p, c := testPass(), testClaim()
	cookie := mint(t, k, p)
	if n := testing.AllocsPerRun(1000, func() { _, _ = k.Mint(p) }); n > 1 {
		t.Errorf("Mint allocates %v times, want once for the cookie", n)
	}
	if n := testing.AllocsPerRun(1000, func() { _, _ = k.Check(cookie, c) }); n > 0 {
		t.Errorf("Check allocates %v times", n)
	}
}

// FuzzCheck looks for a cookie that is taken although none was ever made, and
// for panics. It begins with a cookie of another key, which is right in form.
func FuzzCheck(f *testing.F) {
	other, err := NewKeys(bytes.Repeat([]byte{8}, minSecret))
	if err != nil {
		f.Fatal(err)
	}
	k := testKeys(f)
	f.Add(mint(f, other, testPass()))
	f.Add("1.1." + strings.Repeat("1", proofDigits))
	f.Add("123456789.123456789.123456789")
	f.Fuzz(func(t *testing.T, s string) {
		if _, err := k.Check(s, testClaim()); err == nil {
			t.Errorf("%q was taken", s)
		}
	})
}

func BenchmarkMint(b *testing.B) {
	k, p := testKeys(b), testPass()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := k.Mint(p); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	k, c := testKeys(b), testClaim()
	cookie := mint(b, k, testPass())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := k.Check(cookie, c); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCheckForged(b *testing.B) {
	k, c := testKeys(b), testClaim()
	c.Handle = "bob@example.test"
	cookie := mint(b, k, testPass())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := k.Check(cookie, c); err == nil {
			b.Fatal("taken")
		}
	}
}
