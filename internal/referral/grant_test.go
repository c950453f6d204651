package referral

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/papilio-im/papilio/msnp"
)

// The example of the specification's fact sheet.
const (
	exampleSalt     = "8127364550.1999"
	examplePassword = "s3cret"
	exampleHash     = "25e69b1b7495cac3003d981a37e29b44"
)

func hashOf(salt, password string) string {
	sum := md5.Sum([]byte(salt + password))
	return hex.EncodeToString(sum[:])
}

func beta2Pass(session uint32) Pass {
	return Pass{Purpose: ForTransfer, Session: session, Handle: "Ana@example.test", Version: msnp.Beta2, Node: "sb-1"}
}

func beta2Claim() Claim {
	return Claim{Purpose: ForTransfer, Handle: "ana@example.test", Node: "sb-1"}
}

func grant(t testing.TB, p Pass, m msnp.Method, salt, password string) Grant {
	t.Helper()
	g, err := NewGrant(p, m, salt, hashOf(salt, password))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func expecting(t testing.TB, grants ...Grant) *Grants {
	t.Helper()
	table := NewGrants(0)
	for _, g := range grants {
		if err := table.Add(g); err != nil {
			t.Fatal(err)
		}
	}
	return table
}

func TestGrantByMD5(t *testing.T) {
	g := grant(t, beta2Pass(5), msnp.MethodMD5, exampleSalt, examplePassword)
	if bytes.Contains(g.Digest, []byte(exampleHash)) || strings.Contains(fmt.Sprint(g), exampleHash) {
		t.Error("the hash is in the grant")
	}
	table := expecting(t, g)
	for _, wrong := range []string{"", examplePassword, hashOf(exampleSalt, "other"), exampleHash[1:]} {
		if _, err := table.Take(wrong, beta2Claim()); !errors.Is(err, ErrGrant) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	p, err := table.Take(exampleHash, beta2Claim())
	if err != nil {
		t.Fatal(err)
	}
	if p.Session != 5 || p.Handle != "ana@example.test" || p.Version != msnp.Beta2 || p.Node != "sb-1" {
		t.Errorf("got %+v", p)
	}
	if _, err := table.Take(exampleHash, beta2Claim()); !errors.Is(err, ErrGrant) {
		t.Errorf("a second time: %v", err)
	}
	if table.Len() != 0 {
		t.Errorf("%d are kept", table.Len())
	}
}

func TestGrantByCTP(t *testing.T) {
	table := expecting(t, grant(t, beta2Pass(5), msnp.MethodCTP, exampleSalt, examplePassword))
	if _, err := table.Take(exampleHash, beta2Claim()); !errors.Is(err, ErrGrant) {
		t.Errorf("the hash instead of the password: %v", err)
	}
	if _, err := table.Take(examplePassword, beta2Claim()); err != nil {
		t.Error(err)
	}
	// The released 1.0 client has this for a password when it has none.
	table = expecting(t, grant(t, beta2Pass(5), msnp.MethodCTP, exampleSalt, nullPassword))
	if _, err := table.Take(nullPassword, beta2Claim()); !errors.Is(err, ErrGrant) {
		t.Errorf("%s: %v", nullPassword, err)
	}
}

func TestGrantClaims(t *testing.T) {
	ring := beta2Pass(5)
	ring.Purpose = ForRing
	for name, test := range map[string]struct {
		change func(*Claim)
		want   error
	}{
		"as it is":        {func(*Claim) {}, nil},
		"upper case":      {func(c *Claim) { c.Handle = "ANA@EXAMPLE.TEST" }, nil},
		"other session":   {func(c *Claim) { c.Session = 6 }, ErrGrant},
		"no session":      {func(c *Claim) { c.Session = 0 }, ErrGrant},
		"other purpose":   {func(c *Claim) { c.Purpose = ForTransfer }, ErrGrant},
		"other handle":    {func(c *Claim) { c.Handle = "bob@example.test" }, ErrGrant},
		"other endpoint":  {func(c *Claim) { c.Endpoint = "{1}" }, ErrGrant},
		"nothing claimed": {func(c *Claim) { *c = Claim{} }, ErrGrant},
	} {
		table := expecting(t, grant(t, ring, msnp.MethodMD5, exampleSalt, examplePassword))
		claim := beta2Claim()
		claim.Purpose, claim.Session = ForRing, 5
		test.change(&claim)
		if _, err := table.Take(exampleHash, claim); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
}

// A client may ask for two switchboards before it goes to the first.
func TestGrantsOfOneAccount(t *testing.T) {
	table := expecting(t,
		grant(t, beta2Pass(1), msnp.MethodMD5, "1.1", examplePassword),
		grant(t, beta2Pass(2), msnp.MethodMD5, "2.2", examplePassword))
	for _, session := range []uint32{2, 1} {
		salt := fmt.Sprintf("%d.%d", session, session)
		p, err := table.Take(hashOf(salt, examplePassword), beta2Claim())
		if err != nil || p.Session != session {
			t.Errorf("session %d: got %d, %v", session, p.Session, err)
		}
	}
}

// Who goes to one switchboard after another has not failed at those that are left.
func TestGrantIsNotUsedUpByOthers(t *testing.T) {
	var all []Grant
	for session := range uint32(grantTries + 1) {
		all = append(all, grant(t, beta2Pass(session+1), msnp.MethodMD5, fmt.Sprintf("%d.1", session), examplePassword))
	}
	table := expecting(t, all...)
	for session := grantTries; session >= 0; session-- {
		if _, err := table.Take(hashOf(fmt.Sprintf("%d.1", session), examplePassword), beta2Claim()); err != nil {
			t.Errorf("session %d: %v", session+1, err)
		}
	}
}

func TestGrantTakesThePlaceOfAnother(t *testing.T) {
	table := expecting(t,
		grant(t, beta2Pass(1), msnp.MethodMD5, "1.1", examplePassword),
		grant(t, beta2Pass(1), msnp.MethodMD5, "2.2", examplePassword))
	if table.Len() != 1 {
		t.Errorf("%d are kept", table.Len())
	}
	if _, err := table.Take(hashOf("1.1", examplePassword), beta2Claim()); !errors.Is(err, ErrGrant) {
		t.Errorf("by the old one: %v", err)
	}
	if _, err := table.Take(hashOf("2.2", examplePassword), beta2Claim()); err != nil {
		t.Error(err)
	}
}

func TestGrantTries(t *testing.T) {
	table := expecting(t, grant(t, beta2Pass(1), msnp.MethodMD5, exampleSalt, examplePassword))
	for range grantTries {
		_, _ = table.Take("wrong", beta2Claim())
	}
	if _, err := table.Take(exampleHash, beta2Claim()); !errors.Is(err, ErrGrant) || table.Len() != 0 {
		t.Errorf("after %d tries: %v, %d kept", grantTries, err, table.Len())
	}
}

func TestGrantBounds(t *testing.T) {
	table := NewGrants(grantsEach + 1)
	for i := range uint32(grantsEach + 3) {
		if err := table.Add(grant(t, beta2Pass(i+1), msnp.MethodMD5, exampleSalt, examplePassword)); err != nil {
			t.Fatal(err)
		}
	}
	if table.Len() != grantsEach {
		t.Errorf("one account has %d", table.Len())
	}
	for i, want := range []error{nil, ErrFull} {
		p := beta2Pass(1)
		p.Handle = fmt.Sprintf("u%d@example.test", i)
		if err := table.Add(grant(t, p, msnp.MethodMD5, exampleSalt, examplePassword)); !errors.Is(err, want) {
			t.Errorf("account %d: %v, want %v", i, err, want)
		}
	}
}

func TestGrantExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := grant(t, beta2Pass(1), msnp.MethodMD5, exampleSalt, examplePassword)
		table := expecting(t, g)
		time.Sleep(Life)
		if _, err := table.Take(exampleHash, beta2Claim()); !errors.Is(err, ErrGrant) {
			t.Errorf("when expired: %v", err)
		}
		if err := table.Add(g); !errors.Is(err, ErrExpired) {
			t.Errorf("added when expired: %v", err)
		}
		time.Sleep(2 * time.Second)
		_, _ = table.Take("", Claim{})
		if table.Len() != 0 || len(table.pending) != 0 || len(table.ends.ends) != 0 {
			t.Errorf("%d are kept", table.Len())
		}
	})
}

func TestGrantTakenByOneOfMany(t *testing.T) {
	table := expecting(t, grant(t, beta2Pass(1), msnp.MethodMD5, exampleSalt, examplePassword))
	var in atomic.Int32
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			if _, err := table.Take(exampleHash, beta2Claim()); err == nil {
				in.Add(1)
			}
		})
	}
	all.Wait()
	if in.Load() != 1 {
		t.Errorf("%d were let in", in.Load())
	}
}

func TestNewGrantRefuses(t *testing.T) {
	for name, make := range map[string]func() (Grant, error){
		"cookie":     func() (Grant, error) { return NewGrant(beta2Pass(1), msnp.MethodCKI, "1.1", exampleHash) },
		"no salt":    func() (Grant, error) { return NewGrant(beta2Pass(1), msnp.MethodMD5, "", exampleHash) },
		"no hash":    func() (Grant, error) { return NewGrant(beta2Pass(1), msnp.MethodMD5, "1.1", "") },
		"no session": func() (Grant, error) { return NewGrant(beta2Pass(0), msnp.MethodMD5, "1.1", exampleHash) },
	} {
		if _, err := make(); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
