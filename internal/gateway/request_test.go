package gateway

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/msnp"
)

func TestParseRequest(t *testing.T) {
	ns := request{kind: kindOpen, server: msnp.Notification}
	for query, want := range map[string]request{
		"Action=open&Server=NS&IP=messenger.hotmail.com": {kind: kindOpen, server: msnp.Notification, hint: "messenger.hotmail.com"},
		"IP=192.0.2.1&Server=SB&Action=open":             {kind: kindOpen, server: msnp.Switchboard, hint: "192.0.2.1"},
		"SessionID=&Action=open&Server=NS":               ns,
		"Action=open&Server=XX":                          ns,
		"Action=open&SessionID=1.2":                      ns,
		"":                                               ns,
		"SessionID=":                                     ns,
		"SessionID=1.2":                                  {kind: kindSend, id: "1.2"},
		"Action=poll&SessionID=1.2":                      {kind: kindPoll, id: "1.2"},
		"Action=poll&Lifespan=3&SessionID=1.2":           {kind: kindPoll, id: "1.2", wait: 3 * time.Second},
		"Action=poll&Lifespan=60&SessionID=1.2":          {kind: kindPoll, id: "1.2", wait: time.Minute},
		"Action=poll&Lifespan=9999999999&SessionID=1.2":  {kind: kindPoll, id: "1.2"},
		"Action=poll&Lifespan=86400&SessionID=1.2":       {kind: kindPoll, id: "1.2", wait: time.Minute},
		"Action=poll&Lifespan=-1&SessionID=1.2":          {kind: kindPoll, id: "1.2"},
		"SessionID=1.2&Lifespan=60":                      {kind: kindSend, id: "1.2"},
	} {
		q, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := parseRequest(q); got != want || err != nil {
			t.Errorf("%s: %+v, %v, want %+v", query, got, err, want)
		}
	}
	if _, err := parseRequest(url.Values{"Action": {"close"}, "SessionID": {"1.2"}}); err == nil {
		t.Error("an action is taken that there is not")
	}
}

func TestContentType(t *testing.T) {
	for asked, want := range map[string]string{
		"": usualType, "text/html": "text/html", "text/html\r\nX: y": usualType, strings.Repeat("x", 100): usualType, "t\x80": usualType,
	} {
		if got := contentType(http.Header{askedType: {asked}}); got != want {
			t.Errorf("%q: %q, want %q", asked, got, want)
		}
	}
}

func TestID(t *testing.T) {
	form := regexp.MustCompile(`^[0-9]{1,10}\.[0-9]{40}$`)
	seen := make(map[string]bool)
	for range 1000 {
		id := newID("one")
		if !form.MatchString(id) || seen[id] {
			t.Fatalf("id %q", id)
		}
		seen[id] = true
		if n, ok := holderOf(id); !ok || n != numberOf("one") {
			t.Fatalf("%q is of %d, %t", id, n, ok)
		}
	}
	if numberOf("one") == numberOf("two") {
		t.Error("two nodes have the same number")
	}
	for _, id := range []string{"", ".", "1", "1.", "x.1", "-1.1", "99999999999.1", "1." + strings.Repeat("1", maxID)} {
		if _, ok := holderOf(id); ok {
			t.Errorf("%q is an id", id)
		}
	}
}

// FuzzRequest has a gateway answer whatever comes. It must neither fall over nor
// leave a session without an end.
func FuzzRequest(f *testing.F) {
	f.Add("Action=open&Server=NS&IP=m", "text/html", []byte("VER 1 MSNP8 CVR0\r\n"))
	f.Add("Action=open&Server=SB&IP=192.0.2.1", "", []byte("USR 1 ada@example.net 1.2.3\r\n"))
	f.Add("Action=open&Server=SB&IP=192.0.2.1", "", []byte("\r\nANS 1 ada@example.net;{3d6f0b1a-9c55-4e0b-8a17-20c44c1f77aa} 1.2.3 4\r\n"))
	f.Add("SessionID=&Action=open", "", []byte("MSG 1 N 4294967295\r\n"))
	f.Add("Action=poll&Lifespan=0&SessionID=1.2", "x", []byte{})
	f.Add("SessionID=%00&Action=%", "\r\n", []byte{0})
	n := start(f, cluster.Options{}, func(s *Server) { s.times.linger, s.times.expiry = 0, time.Second })
	f.Fuzz(func(t *testing.T, query, asked string, body []byte) {
		q, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		r, err := parseRequest(q)
		if err != nil || r.wait > maxLifespan || (r.kind == kindOpen) == (r.id != "") {
			if err == nil {
				t.Fatalf("%+v", r)
			}
			return
		}
		if c := contentType(http.Header{askedType: {asked}}); strings.ContainsAny(c, "\r\n") {
			t.Fatalf("type %q", c)
		}
		if r.kind != kindOpen || r.server != msnp.Switchboard {
			return
		}
		s := n.session(msnp.Switchboard)
		s.hint = r.hint
		a, err := s.exchange(t.Context(), visit{body: body, host: "g"})
		if err != nil {
			t.Fatal(err)
		}
		if len(a.body) > 0 && !strings.HasPrefix(string(a.body), "911 ") {
			t.Fatalf("the gateway itself says %q", a.body)
		}
		a.finish(true)
		s.turn <- struct{}{}
		s.remove()
		<-s.turn
	})
}
