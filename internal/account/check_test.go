package account

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/papilio-im/papilio/internal/store"
)

// The example of the protocol's description.
const (
	salt     = "982312055.48817"
	legacyPW = "s3cret!"
	response = "b113b7c25f4a696a0add686f5f42cc70"
)

func TestChecks(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		ctx := t.Context()
		made := mustCreate(t, s, NewAccount{Handle: ada, Password: "main password", Legacy: legacyPW})
		mustCreate(t, s, NewAccount{Handle: bea, Password: "x"}) // no legacy password
		checks := map[string]func(handle, secret string) (Account, error){
			"password": func(h, secret string) (Account, error) { return s.CheckPassword(ctx, h, Secret(secret)) },
			"md5":      func(h, secret string) (Account, error) { return s.CheckLegacyMD5(ctx, h, salt, secret) },
			"ctp":      func(h, secret string) (Account, error) { return s.CheckLegacy(ctx, h, Secret(secret)) },
		}
		right := map[string]string{"password": "main password", "md5": response, "ctp": legacyPW}
		long := strings.Repeat("x", 5000)
		for name, check := range checks {
			got, err := check("ADA@example.net", right[name])
			if err != nil || got != made {
				t.Errorf("%s: %+v %v", name, got, err)
			}
			for _, wrong := range []struct{ handle, secret string }{
				{ada, "wrong"}, {ada, ""}, {ada, long}, {ada, right[name] + "x"},
				{bea, right[name]}, {"carl@example.net", right[name]}, {"no handle", right[name]},
				{"", ""}, {long, right[name]},
			} {
				got, err := check(wrong.handle, wrong.secret)
				wantErr(t, name, err, ErrCredentials)
				if got != (Account{}) {
					t.Errorf("%s: a failure gives away %+v", name, got)
				}
			}
		}
		if _, err := s.CheckLegacyMD5(ctx, ada, salt, strings.ToUpper(response)); err != nil {
			t.Errorf("upper case: %v", err)
		}
	})
}

func TestBanned(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		ctx := t.Context()
		mustCreate(t, s, NewAccount{Handle: ada, Password: "main", Legacy: legacyPW})
		if err := s.SetBanned(ctx, ada, true); err != nil {
			t.Fatal(err)
		}
		_, err := s.CheckPassword(ctx, ada, "wrong")
		wantErr(t, "wrong password", err, ErrCredentials)
		_, err = s.CheckPassword(ctx, ada, "main")
		wantErr(t, "right password", err, ErrBanned)
		_, err = s.CheckLegacyMD5(ctx, ada, salt, response)
		wantErr(t, "right digest", err, ErrBanned)
		_, err = s.LegacyDigest(ctx, ada, salt)
		wantErr(t, "digest", err, ErrBanned)
		if err := s.SetBanned(ctx, ada, false); err != nil {
			t.Fatal(err)
		}
		if _, err = s.CheckPassword(ctx, ada, "main"); err != nil {
			t.Error(err)
		}
	})
}

func TestLegacyDigest(t *testing.T) {
	s := newService(t, openURL(t, "sqlite://:memory:"))
	mustCreate(t, s, NewAccount{Handle: ada, Password: "x", Legacy: legacyPW})
	mustCreate(t, s, NewAccount{Handle: bea, Password: "x"})
	digest, err := s.LegacyDigest(t.Context(), ada, salt)
	if err != nil || digest.Reveal() != response {
		t.Errorf("got %s %v", digest.Reveal(), err)
	}
	for _, h := range []string{bea, "carl@example.net"} {
		_, err := s.LegacyDigest(t.Context(), h, salt)
		wantErr(t, h, err, ErrCredentials)
	}
}

// An account that does not exist is checked as dearly as one that does: while
// all turns of the hasher are taken, both wait for one.
func TestUnknownAccountIsHashedToo(t *testing.T) {
	db := openURL(t, "sqlite://:memory:")
	s, err := New(t.Context(), Options{DB: db, Hash: cheap, MaxHashes: 1})
	if err != nil {
		t.Fatal(err)
	}
	mustCreate(t, s, NewAccount{Handle: ada, Password: "x"})
	s.hasher.turns <- struct{}{}
	for _, h := range []string{ada, bea, "no handle"} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		_, err := s.CheckPassword(ctx, h, "x")
		wantErr(t, h, err, context.DeadlineExceeded)
		cancel()
	}
	<-s.hasher.turns
	p, _, _, err := parseHash(s.hasher.dummy)
	if err != nil || p != cheap {
		t.Errorf("the dummy costs %+v (%v), the others %+v", p, err, cheap)
	}
}

func TestSecretIsNeverShown(t *testing.T) {
	pw := Secret("hunter2")
	var log bytes.Buffer
	text := slog.New(slog.NewTextHandler(&log, nil))
	text.Info("m", "pw", pw, "account", NewAccount{Password: pw})
	slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "pw", pw, "account", NewAccount{Password: pw})
	encoded, err := json.Marshal(NewAccount{Password: pw})
	if err != nil {
		t.Fatal(err)
	}
	shown := fmt.Sprintf("%s|%v|%+v|%#v|%q|%x|%v|%s", pw, pw, pw, pw, pw, pw, NewAccount{Password: pw}, encoded)
	shown += log.String() + fmt.Sprintln(pw) + fmt.Sprintf("%#v", NewAccount{Password: pw})
	if strings.Contains(shown, "hunter2") || strings.Contains(shown, "68756e74657232") {
		t.Error(shown)
	}
	if pw.Reveal() != "hunter2" {
		t.Error("revealed", pw.Reveal())
	}
}

func TestHashes(t *testing.T) {
	h, err := newHasher(HashParams{MemoryKiB: 32, Passes: 2, Threads: 3}, 1)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := h.hash(t.Context(), "pw")
	if err != nil || !strings.HasPrefix(stored, "$argon2id$v=19$m=32,t=2,p=3$") {
		t.Fatal(stored, err)
	}
	again, err := h.hash(t.Context(), "pw")
	if err != nil || again == stored {
		t.Error("no salt", err)
	}
	// The parameters are those of the string, not those of today.
	today, err := newHasher(cheap, 1)
	if err != nil {
		t.Fatal(err)
	}
	for pw, want := range map[Secret]bool{"pw": true, "PW": false, "": false} {
		if ok, err := today.check(t.Context(), stored, pw); ok != want || err != nil {
			t.Errorf("%s: %v %v", pw.Reveal(), ok, err)
		}
	}
	for _, bad := range []string{
		"x", "$argon2i$v=19$m=32,t=2,p=3$AAAA$AAAA", strings.Replace(stored, "m=32", "m=4294967295", 1),
		strings.Replace(stored, "t=2", "t=0", 1), strings.Replace(stored, "p=3", "p=0", 1),
		strings.Replace(stored, "v=19", "v=16", 1), stored[:len(stored)-4], stored + "$",
	} {
		if _, err := today.check(t.Context(), bad, "pw"); !errors.Is(err, errHashForm) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func FuzzParseHash(f *testing.F) {
	f.Add("$argon2id$v=19$m=65536,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Add("$argon2id$v=19$m=8,t=1,p=1$$")
	f.Add("")
	f.Fuzz(func(t *testing.T, stored string) {
		p, _, sum, err := parseHash(stored)
		if err == nil && (p.validate() != nil || len(sum) != hashLength) {
			t.Errorf("%q: %+v", stored, p)
		}
	})
}

func TestSeal(t *testing.T) {
	seal, err := newSealer(make([]byte, keyLength))
	if err != nil {
		t.Fatal(err)
	}
	sealed := seal.seal(ada, "pw")
	if seal.seal(ada, "pw") == sealed || strings.Contains(sealed, "pw") {
		t.Error("not sealed", sealed)
	}
	if pw, err := seal.open(ada, sealed); err != nil || pw != "pw" {
		t.Error(pw.Reveal(), err)
	}
	other, err := newSealer(randomBytes(keyLength))
	if err != nil {
		t.Fatal(err)
	}
	damaged := sealed[:len(sealed)-6] + "AAAAA="
	for name, open := range map[string]func() (Secret, error){
		"another account": func() (Secret, error) { return seal.open(bea, sealed) },
		"another key":     func() (Secret, error) { return other.open(ada, sealed) },
		"damaged":         func() (Secret, error) { return seal.open(ada, damaged) },
		"cut":             func() (Secret, error) { return seal.open(ada, sealed[:12]) },
		"empty":           func() (Secret, error) { return seal.open(ada, "") },
	} {
		if _, err := open(); !errors.Is(err, errSealed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A row whose sealed password was put there by hand is trouble, not a sign-in.
func TestSealedPasswordOfAnother(t *testing.T) {
	s := newService(t, openURL(t, "sqlite://:memory:"))
	mustCreate(t, s, NewAccount{Handle: ada, Password: "x", Legacy: legacyPW})
	b := mustCreate(t, s, NewAccount{Handle: bea, Password: "x"})
	err := s.db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		row, err := tx.Account(ctx, ada)
		if err != nil {
			return err
		}
		return tx.SetLegacy(ctx, b.ID, row.Legacy)
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.CheckLegacyMD5(t.Context(), bea, salt, response)
	wantErr(t, "moved", err, errSealed)
}

func BenchmarkCheckLegacyMD5(b *testing.B) {
	s := newService(b, engines["sqlite file"](b))
	mustCreate(b, s, NewAccount{Handle: ada, Password: "x", Legacy: legacyPW})
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := s.CheckLegacyMD5(b.Context(), ada, salt, response); err != nil {
				b.Error(err)
			}
		}
	})
}

func BenchmarkHash(b *testing.B) {
	h, err := newHasher(DefaultHash, 0)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := h.hash(b.Context(), "password"); err != nil {
			b.Fatal(err)
		}
	}
}
