package passport

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/papilio-im/papilio/internal/account"
)

// However many wrong passwords come from elsewhere, others sign in meanwhile, and
// only a bounded number waits.
func TestFloodOfWrongPasswords(t *testing.T) {
	const attackers, addresses, room = 300, 3, 16
	s := start(t, func(o *Options) { o.Limits.AtOnce, o.Limits.Waiting = 2, room })
	var over atomic.Bool
	var all sync.WaitGroup
	var refused, busy, most atomic.Int64
	for i := range attackers {
		all.Go(func() {
			for n := 0; !over.Load(); n++ {
				handle := fmt.Sprintf("victim%d-%d@example.net", i, n)
				switch s.try(t, fmt.Sprintf("192.0.2.%d:1000", i%addresses), handle, "wrong") {
				case http.StatusUnauthorized:
					refused.Add(1)
				case http.StatusServiceUnavailable:
					busy.Add(1)
				}
				if w := int64(s.turns.Waiting()); w > most.Load() {
					most.Store(w)
				}
			}
		})
	}
	deadline := time.Now().Add(time.Minute)
	for i := 0; (i < 20 || refused.Load() == 0 || busy.Load() == 0) && time.Now().Before(deadline); i++ {
		if status := s.try(t, fmt.Sprintf("198.51.100.%d:1000", i%250), ada, password); status != http.StatusOK {
			t.Errorf("the one with the right password: %d", status)
		}
	}
	over.Store(true)
	all.Wait()
	if refused.Load() == 0 || busy.Load() == 0 || most.Load() > room {
		t.Errorf("%d refused, %d put off, up to %d waited", refused.Load(), busy.Load(), most.Load())
	}
}

// try signs in from an address and gives the status.
func (s *service) try(t *testing.T, from, handle string, pw account.Secret) int {
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/login2.srf", strings.NewReader(""))
	r.RemoteAddr = from
	r.Header.Set("Authorization", ask+"sign-in="+escape(handle)+",pwd="+escape(pw.Reveal()))
	w := httptest.NewRecorder()
	s.login(w, r)
	return w.Code
}
