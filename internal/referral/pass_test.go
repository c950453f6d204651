package referral

import (
	"regexp"
	"testing"
)

func TestNewSession(t *testing.T) {
	seen := make(map[uint32]bool)
	for range 10000 {
		id := NewSession()
		if id == 0 || id > MaxSession {
			t.Fatalf("session %d", id)
		}
		seen[id] = true
	}
	// Of 10,000 out of 2^31 some 0.02 are expected to meet.
	if len(seen) < 9997 {
		t.Errorf("only %d of 10000 differ", len(seen))
	}
}

func TestNewSalt(t *testing.T) {
	shape := regexp.MustCompile(`^[0-9]{10}\.[0-9]{10}$`)
	if a, b := NewSalt(), NewSalt(); a == b || !shape.MatchString(a) {
		t.Errorf("salts %s and %s", a, b)
	}
}
