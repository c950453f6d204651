package passport

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/papilio-im/papilio/internal/account"
	"github.com/papilio-im/papilio/internal/limit"
	"github.com/papilio-im/papilio/internal/ticket"
)

func TestNexus(t *testing.T) {
	for name, c := range map[string]struct {
		set   func(*Options)
		send  string
		proto string
		place string // "" for the address of the service
	}{
		"as clients ask": {nil, lines("GET /rdr/pprdr.asp HTTP/1.1", "Host: nexus.passport.com", "Connection: close", "", ""),
			"HTTP/1.1", "nexus.passport.com"},
		"another spelling": {nil, lines("POST //RDR/PPRDR.asp HTTP/1.1", "Host: chat.example.net:8443", "Connection: close", "Content-Length: 0", "", ""),
			"HTTP/1.1", "chat.example.net:8443"},
		"without a version": {nil, "GET /rdr/pprdr.asp\r\n\r\n", "HTTP/1.0", ""},
		"a host with a list": {nil, lines("GET /rdr/pprdr.asp HTTP/1.0", "Host: evil,DALogin=evil.example", "", ""),
			"HTTP/1.0", ""},
		"told where": {func(o *Options) { o.Place.Host = "login.example.net" },
			lines("GET /rdr/pprdr.asp HTTP/1.0", "Host: nexus.passport.com", "", ""), "HTTP/1.0", "login.example.net"},
		"by the plain port": {func(o *Options) { o.Place.Plain, o.Place.Secure = 8080, 8443 },
			lines("GET /rdr/pprdr.asp HTTP/1.0", "Host: chat.example.net:8080", "", ""), "HTTP/1.0", "chat.example.net:8443"},
		"by the usual plain port": {func(o *Options) { o.Place.Plain, o.Place.Secure = 8080, 443 },
			lines("GET /rdr/pprdr.asp HTTP/1.0", "Host: [2001:db8::1]:8080", "", ""), "HTTP/1.0", "[2001:db8::1]"},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, c.set)
			place := c.place
			if place == "" {
				place = s.address
			}
			urls := "DARealm=Passport.Net,DALogin=" + place + "/login2.srf,DAReg=https://" + place + "/,ConfigVersion=15"
			want := lines(c.proto+" 200 OK", "Cache-Control: private")
			if c.proto == "HTTP/1.1" {
				want = lines(want, "Connection: close")
			}
			want = lines(want, "Content-Length: 0", "Content-Type: text/html", "PassportURLs: "+urls, "Passporturls: "+urls, "", "")
			if got := s.exchange(t, c.send); sorted(got) != sorted(want) {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
			select {
			case a := <-s.visits:
				if a.String() != "127.0.0.1" {
					t.Errorf("visited by %s", a)
				}
			default:
				t.Error("nobody is told of the visit")
			}
		})
	}
}

// The visit is told of once the client has its answer: what was held back for it
// must not overtake that. There may be many clients behind the address.
func TestNexusAnswersFirst(t *testing.T) {
	answered := make(chan struct{})
	told := make(chan netip.Addr, 10)
	s := start(t, func(o *Options) {
		o.Visited = func(a netip.Addr) {
			<-answered
			told <- a
		}
	})
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	ask := lines("GET /rdr/pprdr.asp HTTP/1.1", "Host: nexus.passport.com", "", "")
	if _, err := io.WriteString(c, ask); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(c)
	line := ""
	for line != "\r\n" && err == nil {
		line, err = in.ReadString('\n')
	}
	if err != nil {
		t.Errorf("no answer before the visit is told of: %v", err)
	}
	close(answered)
	<-told
	for range 5 {
		s.exchange(t, lines("GET /rdr/pprdr.asp HTTP/1.1", "Host: nexus.passport.com", "Connection: close", "", ""))
	}
	for range 5 {
		<-told
	}
}

// Who has got a ticket has what the nexus tells; who has not may still ask it.
func TestTicketsAreVisits(t *testing.T) {
	for way, get := range map[string]func(s *service, password string){
		"login": func(s *service, password string) {
			s.exchange(t, request(ask+"sign-in="+ada+",pwd="+escape(password)+given))
		},
		"rst": func(s *service, password string) {
			s.post(t, "/RST.srf", rstFor(ada, password, "", audience{address: legacyAudience}))
		},
	} {
		s := start(t, nil)
		get(s, "wrong")
		if len(s.visits) > 0 {
			t.Errorf("%s: a wrong password is a visit", way)
		}
		get(s, password.Reveal())
		if len(s.visits) != 1 {
			t.Errorf("%s: a ticket is %d visits", way, len(s.visits))
		}
	}
}

// sorted puts the lines of a header in an order.
func sorted(answer string) string {
	header, body, _ := strings.Cut(answer, "\r\n\r\n")
	all := strings.Split(header, "\r\n")
	fields := all[1:]
	for i := range fields {
		for j := i; j > 0 && fields[j] < fields[j-1]; j-- {
			fields[j], fields[j-1] = fields[j-1], fields[j]
		}
	}
	return strings.Join(all, "\n") + "\n\n" + body
}

// request is a login as clients send it.
func request(authorization string) string {
	return lines("GET /login2.srf HTTP/1.1", "Authorization: "+authorization, "User-Agent: MSMSGS",
		"Host: login.passport.com", "Connection: close", "Cache-Control: no-cache", "", "")
}

const given = ",ct=1102032000,rver=5.5.4177.0,wp=FS_40SEC_0_COMPACT,lc=1033,id=507,fs=1,ru=http:%2F%2Fmessenger.msn.com,tw=0,kpp=1,kv=4,ver=2.1.6000.1,rn=Qx3d9a,tpf=0f1e2d3c4b5a69788796a5b4c3d2e1f0"

const ask = "Passport1.4 OrgVerb=GET,OrgURL=http%3A%2F%2Fmessenger%2Emsn%2Ecom,"

func TestLogin(t *testing.T) {
	s := start(t, nil)
	for _, handle := range []string{escape(ada), ada, "ADA%40Example.net"} {
		got := s.exchange(t, request(ask+"sign-in="+handle+",pwd="+escape(password.Reveal())+given))
		shown := between(t, got, "from-PP='", "'\r\n")
		want := lines("HTTP/1.1 200 OK",
			"Authentication-Info: Passport1.4 da-status=success,tname=MSPAuth,tname=MSPProf,tname=MSPSec,from-PP='"+shown+"'",
			"Cache-Control: no-cache", "Connection: close", "Content-Length: 0", "Content-Type: text/html", "cachecontrol: no-store", "", "")
		if sorted(got) != sorted(want) {
			t.Errorf("got:\n%s\nwant:\n%s", got, want)
		}
		if !strings.HasPrefix(shown, "t=") || !strings.HasSuffix(shown, "&p=") || len(shown) > 200 {
			t.Errorf("ticket %s", shown)
		}
		if s.owner(t.Context(), shown, ticket.ForSignIn) != ada || s.owner(t.Context(), shown, ticket.ForServices) != ada {
			t.Error("the ticket is not good")
		}
	}
}

const refused = "WWW-Authenticate: Passport1.4 da-status=failed,srealm=Passport.NET,ts=-1,prompt,cburl=http://www.passportimages.com/XPPassportLogo.gif,cbtxt=Wrong%20name%20or%20password"

func TestLoginRefused(t *testing.T) {
	s := start(t, nil)
	want := sorted(lines("HTTP/1.1 401 Unauthorized", "Connection: close", fmt.Sprintf("Content-Length: %d", len(notLoggedInPage)),
		"Content-Type: text/html", refused, "", notLoggedInPage))
	for name, send := range map[string]string{
		"wrong password": request(ask + "sign-in=" + ada + ",pwd=wrong" + given),
		"nobody":         request(ask + "sign-in=nobody@example.net,pwd=wrong" + given),
		"no handle":      request(ask + "sign-in=x,pwd=wrong" + given),
		"no password":    request(ask + "sign-in=" + ada + given),
		"another scheme": request("Basic YWRhOng="),
		"long":           request(ask + "sign-in=" + ada + ",pwd=" + strings.Repeat("x", maxAuthorization)),
		"no credentials": lines("GET /login2.srf HTTP/1.1", "Host: login.passport.com", "Connection: close", "", ""),
	} {
		if got := sorted(s.exchange(t, send)); got != want {
			t.Errorf("%s:\n%s\nwant:\n%s", name, got, want)
		}
	}
	if err := s.accounts.SetBanned(t.Context(), ada, true); err != nil {
		t.Fatal(err)
	}
	if got := sorted(s.exchange(t, request(ask+"sign-in="+ada+",pwd="+escape(password.Reveal())))); got != want {
		t.Errorf("banned:\n%s", got)
	}
}

// What ends a password ends the tickets that it was good for.
func TestTicketsEndWithTheirPassword(t *testing.T) {
	s := start(t, nil)
	for name, end := range map[string]func() error{
		"another password": func() error { return s.accounts.SetPassword(t.Context(), ada, password) },
		"a ban": func() error {
			return errors.Join(s.accounts.SetBanned(t.Context(), ada, true), s.accounts.SetBanned(t.Context(), ada, false))
		},
	} {
		got := s.exchange(t, request(ask+"sign-in="+ada+",pwd="+escape(password.Reveal())))
		shown := between(t, got, "from-PP='", "'\r\n")
		if err := end(); err != nil {
			t.Fatal(err)
		}
		if s.owner(t.Context(), shown, ticket.ForSignIn) != "" {
			t.Errorf("the ticket outlives %s", name)
		}
	}
}

func TestLoginElsewhere(t *testing.T) {
	s := start(t, func(o *Options) { o.Accounts, o.Tickets, o.Place.Host = nil, nil, "login.example.net:8443" })
	got := sorted(s.exchange(t, lines("GET /login2.srf?lc=1033 HTTP/1.1", "Host: login.passport.com", "Connection: close", "", "")))
	want := sorted(lines("HTTP/1.1 302 Found", "Authentication-Info: Passport1.4 da-status=redir", "Connection: close", "Content-Length: 0",
		"Content-Type: text/html", "Location: https://login.example.net:8443/login2.srf?lc=1033", "", ""))
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if got := s.exchange(t, lines("GET /login2.srf HTTP/1.1", "Host: login.example.net:8443", "Connection: close", "", "")); !strings.HasPrefix(got, "HTTP/1.1 503 ") {
		t.Errorf("sent in a circle:\n%s", got)
	}
}

func TestLimits(t *testing.T) {
	s := start(t, func(o *Options) { o.Limits.FailuresPerAccount, o.Limits.SignInsPerAddress = 2, 4 })
	bea := account.NewAccount{Handle: "bea@example.net", Password: "other"}
	if _, err := s.accounts.Create(t.Context(), bea); err != nil {
		t.Fatal(err)
	}
	status := func(handle, password string) string {
		return strings.Fields(s.exchange(t, request(ask+"sign-in="+handle+",pwd="+escape(password))))[1]
	}
	for i, c := range []struct{ handle, password, want string }{
		{ada, "wrong", "401"},
		{"ADA@example.net", "wrong", "401"},
		{ada, password.Reveal(), "503"}, // too many failures
		{"bea@example.net", "other", "200"},
		{"bea@example.net", "other", "200"},  // who has signed in here is counted alone
		{"cleo@example.net", "other", "503"}, // too many from here
	} {
		if got := status(c.handle, c.password); got != c.want {
			t.Errorf("%d: %s, want %s", i, got, c.want)
		}
	}
}

// Whoever floods an account with wrong passwords from elsewhere does not lock its
// owner out where the owner has signed in before.
func TestOwnerIsNotLockedOut(t *testing.T) {
	s := start(t, func(o *Options) { o.Limits.FailuresPerAccount, o.Limits.SignInsPerAddress = 2, 3 })
	try := func(from string, pw account.Secret, want int) {
		t.Helper()
		if got := s.try(t, from+":1000", ada, pw); got != want {
			t.Errorf("from %s: %d, want %d", from, got, want)
		}
	}
	try("192.0.2.1", password, 200) // at home
	for range 2 {
		try("198.51.100.1", "wrong", 401)
	}
	try("198.51.100.2", password, 503) // a stranger, even with the password
	for range 3 {
		try("192.0.2.1", password, 200)
	}
	try("192.0.2.1", password, 503) // too many even for the owner
	other := s.try(t, "192.0.2.1:1000", "bea@example.net", "wrong")
	if other != 401 {
		t.Errorf("somebody else at that address: %d", other)
	}
}

// However a secret comes and goes, it does not reach the log.
func TestLogHasNoSecrets(t *testing.T) {
	s := start(t, nil)
	got := s.exchange(t, request(ask+"sign-in="+ada+",pwd="+escape(password.Reveal())))
	shown := between(t, got, "from-PP='t=", "&")
	s.exchange(t, request(ask+"sign-in="+ada+",pwd=wrongsecret"))
	s.exchange(t, request(ask+"sign-in=x,pwd=wrongsecret"))
	answer := s.post(t, "/RST.srf", rstFor(ada, password.Reveal(), "", audience{"messenger.msn.com", "?id=507"}))
	s.post(t, "/RST.srf", rstFor(ada, "wrongsecret", "", audience{"messenger.msn.com", "?id=507"}))
	s.post(t, "/RST.srf", "<wrongsecret")
	log := s.log.String()
	for _, secret := range []string{shown, "wrongsecret", "pa$s", escape(password.Reveal()), between(t, answer, ">t=", "&amp;p=")} {
		if strings.Contains(log, secret) {
			t.Errorf("%s is in the log:\n%s", secret, log)
		}
	}
	if !strings.Contains(log, `"result":"ok"`) || !strings.Contains(log, `"result":"refused"`) {
		t.Errorf("log:\n%s", log)
	}
}

// A client that has gone meanwhile is no trouble of this service, however many do.
func TestClientGone(t *testing.T) {
	s := start(t, func(o *Options) { o.Limits.AtOnce = 1 })
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	r := httptest.NewRequestWithContext(gone, http.MethodGet, "/login2.srf", nil)
	r.RemoteAddr = "192.0.2.1:1000"
	r.Header.Set("Authorization", ask+"sign-in="+escape(ada)+",pwd="+escape(password.Reveal()))
	done, err := s.turns.Take(t.Context(), limit.Caller{Group: "another"})
	if err != nil {
		t.Fatal(err)
	}
	s.login(httptest.NewRecorder(), r)
	done()
	if log := s.log.String(); !strings.Contains(log, `"level":"DEBUG","msg":"passport"`) || !strings.Contains(log, `"result":"gone"`) {
		t.Errorf("log:\n%s", log)
	}
}

// A library of changed clients asks and is answered in headers.
func TestNotRST(t *testing.T) {
	s := start(t, nil)
	ask := func(method, pw string) string {
		return s.exchange(t, lines(method+" /NotRST.srf HTTP/1.1", "Host: x", "X-User: "+ada, "X-Password: "+pw, "Connection: close", "", ""))
	}
	good := ask("POST", password.Reveal())
	if shown := between(t, good, "\r\nX-Token: ", "\r\n"); s.owner(t.Context(), shown, ticket.ForSignIn) != ada {
		t.Errorf("the ticket is not good:\n%s", good)
	}
	for _, answer := range []string{ask("POST", "wrong"), ask("OPTIONS", password.Reveal())} {
		if !strings.HasPrefix(answer, "HTTP/1.1 200 OK\r\n") || strings.Contains(answer, "X-Token:") {
			t.Errorf("got:\n%s", answer)
		}
	}
}
