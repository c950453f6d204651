package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/papilio-im/papilio/msnp"
)

const testPassword = "pa$s, wörd'"

// byPassword is a session of MSNP9 on ns.test that is given the ticket.
func (w *world) byPassword(v msnp.Version, script string) Options {
	offer := make([]string, 0, 4)
	for _, o := range offers[v] {
		offer = append(offer, o.VER())
	}
	w.play("ns.test:1864", strings.NewReplacer("{offer}", strings.Join(offer, " "), "{agreed}", v.VER(), "{release}", officials[v].release).Replace(
		renumber(entry8, 3)+script))
	o := w.plain(v)
	o.Password = testPassword
	o.HTTP = http.DefaultClient
	return o
}

const welcomed9 = `
	S: USR 4 OK zed@example.net Zed%20Q 1 0
	C: OUT`

// secretless fails the test if a text holds what nobody may see.
func secretless(t *testing.T, text string) {
	t.Helper()
	for _, secret := range []string{testPassword, string(msnp.Encode(testPassword)), testTicket, "Q0ZZ"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is in %q", secret, text)
		}
	}
}

// loginServer is a login server with certificates of its own.
func loginServer(t *testing.T, handler http.Handler) (*httptest.Server, *http.Client) {
	server := httptest.NewTLSServer(handler)
	t.Cleanup(server.Close)
	return server, server.Client()
}

// The nexus names the login, which sends the client on, and then gives the ticket.
func TestLogin(t *testing.T) {
	mux := http.NewServeMux()
	server, web := loginServer(t, mux)
	place := strings.TrimPrefix(server.URL, "https://")
	mux.HandleFunc("GET /rdr/pprdr.asp", func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["PassportURLs"] = []string{"DARealm=Passport.Net,DALogin=" + place + "/login2.srf,ConfigVersion=15"}
	})
	const want = "Passport1.4 OrgVerb=GET,OrgURL=http%3A%2F%2Fmessenger%2Emsn%2Ecom,sign-in=zed%40example.net," +
		"pwd=pa%24s%2C%20w%C3%B6rd%27," + testParams
	mux.HandleFunc("GET /login2.srf", func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Authorization"); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		w.Header().Set("Authentication-Info", "Passport1.4 da-status=redir")
		w.Header().Set("Location", server.URL+"/elsewhere?lc=1033")
		w.WriteHeader(http.StatusFound)
	})
	mux.HandleFunc("GET /elsewhere", func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Authorization"); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		w.Header().Set("Authentication-Info",
			"Passport1.4 da-status=success,tname=MSPAuth,tname=MSPProf,tname=MSPSec,from-PP='"+testTicket+"',ru=http://messenger.msn.com")
	})
	w := newWorld(t)
	o := w.byPassword(msnp.MSNP9, welcomed9)
	o.HTTP, o.Passport.Nexus = web, server.URL+"/rdr/pprdr.asp"
	var trace strings.Builder
	o.Trace = func(l TraceLine) { trace.WriteString(l.String() + "\n") }
	c := w.signIn(o)
	if c.Ticket() != testTicket {
		t.Errorf("ticket %q", c.Ticket())
	}
	secretless(t, fmt.Sprintf("%v %+v %#v %s", c, c, c, c))
	secretless(t, fmt.Sprintf("%v %+v %#v %s %q", o, o, &o, o.Passport, []Options{o}))
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "options", o, "client", c, "passport", o.Passport)
	secretless(t, log.String())
	check(t, c.SignOut(soon(t)))
	secretless(t, trace.String())
}

// Whatever goes wrong at the login is told, and without secrets.
func TestLoginFails(t *testing.T) {
	for name, test := range map[string]struct {
		handler func(w http.ResponseWriter, r *http.Request)
		check   func(error) bool
	}{
		"wrong password": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["WWW-Authenticate"] = []string{"Passport1.4 da-status=failed"}
			w.WriteHeader(http.StatusUnauthorized)
		}, func(err error) bool { return Code(err) == msnp.CodeAuthFailed }},
		"busy": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }, isLogin(503)},
		"no ticket": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Authentication-Info", "Passport1.4 da-status=success")
		}, isLogin(0)},
		"no success": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Authentication-Info", "Passport1.4 da-status=failed,from-PP='t=a&p='")
		}, isLogin(0)},
		"two words": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Authentication-Info", "Passport1.4 da-status=success,from-PP='t=a OUT&p='")
		}, isLogin(0)},
		"in a circle": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", r.URL.Path)
			w.WriteHeader(http.StatusFound)
		}, isLogin(0)},
		"to http": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "http://"+r.Host+r.URL.Path)
			w.WriteHeader(http.StatusFound)
		}, func(err error) bool { return errors.Is(err, ErrPlain) }},
		"to nowhere": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "javascript:alert(1)")
			w.WriteHeader(http.StatusFound)
		}, func(err error) bool { return errors.Is(err, errScheme) }},
		"a long head": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Authentication-Info", strings.Repeat("x", 2<<20))
		}, isLogin(0)},
		"closed": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, isLogin(0)},
	} {
		t.Run(name, func(t *testing.T) {
			server, web := loginServer(t, http.HandlerFunc(test.handler))
			w := newWorld(t)
			o := w.byPassword(msnp.MSNP9, "")
			w.scripts["ns.test:1864"][0] = strings.Split(w.scripts["ns.test:1864"][0], "C: USR 4")[0]
			o.HTTP, o.Passport.Login = web, server.URL+"/login2.srf"
			_, err := SignIn(soon(t), o)
			if err == nil || !test.check(err) {
				t.Fatalf("got %v", err)
			}
			secretless(t, err.Error())
		})
	}
}

func isLogin(status int) func(error) bool {
	return func(err error) bool {
		var login *LoginError
		return errors.As(err, &login) && login.Status == status
	}
}

// The answer of RST, as it was on the original service, with the ticket among others.
const rstText = `<?xml version="1.0" encoding="utf-8" ?>
<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Header><psf:pp xmlns:psf="x"><psf:reqstatus>0x0</psf:reqstatus></psf:pp></S:Header><S:Body>
<wst:RequestSecurityTokenResponseCollection xmlns:wst="a" xmlns:wsse="b" xmlns:wsa="c">
<wst:RequestSecurityTokenResponse><wst:TokenType>urn:passport:legacy</wst:TokenType><wsp:AppliesTo><wsa:EndpointReference><wsa:Address>http://Passport.NET/tb</wsa:Address></wsa:EndpointReference></wsp:AppliesTo>
<wst:RequestedSecurityToken><EncryptedData><CipherData><CipherValue>AAAA</CipherValue></CipherData></EncryptedData></wst:RequestedSecurityToken></wst:RequestSecurityTokenResponse>
<wst:RequestSecurityTokenResponse><wsa:Address>messenger.msn.com</wsa:Address>
<wst:RequestedSecurityToken><wsse:BinarySecurityToken Id="Compact1">t=Q0ZZ*ab!c$&amp;p=9Lk</wsse:BinarySecurityToken></wst:RequestedSecurityToken></wst:RequestSecurityTokenResponse>
</wst:RequestSecurityTokenResponseCollection></S:Body></S:Envelope>`

const rstFault = `<S:Envelope xmlns:S="s"><S:Header><psf:pp xmlns:psf="x"><psf:reqstatus>0x80048821</psf:reqstatus></psf:pp></S:Header>` +
	`<S:Fault><faultcode>wsse:FailedAuthentication</faultcode><faultstring>Authentication Failure</faultstring></S:Fault></S:Envelope>`

func TestRST(t *testing.T) {
	var asked atomic.Int32
	mux := http.NewServeMux()
	server, web := loginServer(t, mux)
	mux.Handle("POST /first", http.RedirectHandler("/RST.srf", http.StatusTemporaryRedirect))
	mux.HandleFunc("POST /RST.srf", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `<S:Envelope xmlns:S="s"><S:Fault><faultcode>psf:Redirect</faultcode><psf:redirectUrl>%s/pp550/RST.srf</psf:redirectUrl></S:Fault></S:Envelope>`, server.URL)
	})
	mux.HandleFunc("POST /pp550/RST.srf", func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		text, _ := io.ReadAll(r.Body)
		for _, part := range []string{
			"<wsse:Username>zed@example.net</wsse:Username>", "<wsse:Password>pa$s, wörd&#39;</wsse:Password>",
			"<wsa:Address>http://Passport.NET/tb</wsa:Address>", "<wsa:Address>messenger.msn.com</wsa:Address>",
			`URI="?` + strings.ReplaceAll(testParams, ",", "&amp;") + `"`,
		} {
			if !strings.Contains(string(text), part) {
				t.Errorf("no %s in %s", part, text)
			}
		}
		_, _ = io.WriteString(w, rstText)
	})
	w := newWorld(t)
	o := w.byPassword(msnp.MSNP12, strings.Replace(welcomed9, " Zed%20Q", "", 1))
	o.HTTP, o.Passport.RST = web, server.URL+"/first"
	if c := w.signIn(o); c.Ticket() != testTicket || asked.Load() != 1 {
		t.Errorf("ticket %q, asked %d times", c.Ticket(), asked.Load())
	}
}

func TestRSTFails(t *testing.T) {
	for name, test := range map[string]struct {
		text  string
		check func(error) bool
	}{
		"wrong password":    {rstFault, func(err error) bool { return Code(err) == msnp.CodeAuthFailed }},
		"another fault":     {strings.NewReplacer("FailedAuthentication", "Client", "0x80048821", "0x80048820").Replace(rstFault), isLogin(200)},
		"for somebody else": {strings.Replace(rstText, "messenger.msn.com", "contacts.msn.com", 1), isLogin(200)},
		"two words":         {strings.Replace(rstText, "t=Q0ZZ", "t= Q0ZZ", 1), isLogin(0)},
		"no XML":            {"busy", isLogin(200)},
		"half of it":        {rstText[:len(rstText)/2], isLogin(200)},
		"deep":              {strings.Repeat("<a>", 1000), isLogin(200)},
		"endless":           {"<a>" + strings.Repeat("x", 1<<20), isLogin(200)},
		"to http":           {"<F><Fault><redirectUrl>http://example.net/</redirectUrl></Fault></F>", func(err error) bool { return errors.Is(err, ErrPlain) }},
	} {
		t.Run(name, func(t *testing.T) {
			server, web := loginServer(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, test.text) }))
			w := newWorld(t)
			o := w.byPassword(msnp.MSNP12, "")
			w.scripts["ns.test:1864"][0] = strings.Split(w.scripts["ns.test:1864"][0], "C: USR 4")[0]
			o.HTTP, o.Passport.RST = web, server.URL
			_, err := SignIn(soon(t), o)
			if err == nil || !test.check(err) {
				t.Fatalf("got %v", err)
			}
			secretless(t, err.Error())
		})
	}
}

// A ticket that is not good any more is fetched again, once.
func TestOldTicket(t *testing.T) {
	server, web := loginServer(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Authentication-Info", "Passport1.4 da-status=success,from-PP='"+testTicket+"'")
	}))
	w := newWorld(t)
	o := w.byPassword(msnp.MSNP9, "")
	old := w.scripts["ns.test:1864"][0]
	w.scripts["ns.test:1864"][0] = strings.Replace(old, testTicket, "t=old&p=", 1) + "\nS: 911 4\nclose"
	w.play("ns.test:1864", again8(old, 4)+strings.ReplaceAll(welcomed9, "USR 4", "USR 8"))
	o.HTTP, o.Passport.Login, o.Passport.Ticket = web, server.URL, "t=old&p="
	if c := w.signIn(o); c.Ticket() != testTicket {
		t.Errorf("ticket %q", c.Ticket())
	}
}

// A ticket that is not good any more, where the nexus has to tell where to get another.
// Without a nexus, too, there may be nowhere.
func TestOldTicketByNexus(t *testing.T) {
	mux := http.NewServeMux()
	server, web := loginServer(t, mux)
	asked := 0
	mux.HandleFunc("GET /nexus", func(w http.ResponseWriter, _ *http.Request) {
		if asked++; asked == 1 {
			w.WriteHeader(http.StatusServiceUnavailable) // when nobody needs it
			return
		}
		w.Header()["PassportURLs"] = []string{"DALogin=" + strings.TrimPrefix(server.URL, "https://") + "/login"}
	})
	mux.HandleFunc("GET /login", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Authentication-Info", "Passport1.4 da-status=success,from-PP='"+testTicket+"'")
	})
	w := newWorld(t)
	o := w.byPassword(msnp.MSNP9, "")
	old := w.scripts["ns.test:1864"][0]
	refused := strings.Replace(old, testTicket, "t=old&p=", 1) + "\nS: 911 4\nclose"
	w.scripts["ns.test:1864"][0] = refused
	w.play("ns.test:1864", again8(old, 4)+strings.ReplaceAll(welcomed9, "USR 4", "USR 8"))
	o.HTTP, o.Passport.Nexus, o.Passport.Ticket = web, server.URL+"/nexus", "t=old&p="
	if c := w.signIn(o); c.Ticket() != testTicket || asked != 2 {
		t.Errorf("ticket %q, asked %d times", c.Ticket(), asked)
	}
	w.play("ns.test:1864", refused)
	o.Passport.Nexus = ""
	if _, err := SignIn(soon(t), o); Code(err) != msnp.CodeAuthFailed {
		t.Errorf("got %v", err)
	}
}

// again8 is a script with later transaction ids.
func again8(script string, more int) string { return renumber(script, -more) }

func TestPassportOptions(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*Options)
		is     error
	}{
		"nowhere":     {func(o *Options) { o.Passport = Passport{} }, errNoLogin},
		"http":        {func(o *Options) { o.Passport.Login = "http://example.net/login2.srf" }, ErrPlain},
		"nexus":       {func(o *Options) { o.Passport.Nexus = "http://example.net/rdr/pprdr.asp" }, ErrPlain},
		"RST":         {func(o *Options) { o.Passport.RST = "http://example.net/RST.srf" }, ErrPlain},
		"no address":  {func(o *Options) { o.Passport.Login = "example.net" }, errScheme},
		"userinfo":    {func(o *Options) { o.Passport.Login = "https://a:b@example.net" }, errScheme},
		"ticket":      {func(o *Options) { o.Passport.Ticket = "t=a b" }, errTicket},
		"nothing":     {func(o *Options) { o.Password = "" }, errNothing},
		"MD5":         {func(o *Options) { o.Method = msnp.MethodMD5 }, nil},
		"long ticket": {func(o *Options) { o.Passport.Ticket = strings.Repeat("t", 5000) }, errTicket},
	} {
		o := Options{
			Dispatch: "ds.test:1863", Handle: "zed@example.net", Password: testPassword, Version: msnp.MSNP9,
			Passport: Passport{Login: "https://example.net"},
		}
		test.change(&o)
		_, err := SignIn(context.Background(), o)
		if err == nil || test.is != nil && !errors.Is(err, test.is) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestPassportURLs(t *testing.T) {
	const secure, plain = "https://nexus.example.net/x", "http://nexus.example.net:8080/x"
	for _, test := range []struct{ text, nexus, want string }{
		{"DARealm=Passport.Net,DALogin=login.example.net/login2.srf,ConfigVersion=15", secure, "https://login.example.net/login2.srf"},
		{"DALogin=https://example.net/login", plain, "https://example.net/login"},
		{"dalogin=http://example.net:8080/x", secure, "http://example.net:8080/x"},
		{"DALogin=nexus.example.net:8080/login2.srf", plain, "http://nexus.example.net:8080/login2.srf"},
		{"DALogin=nexus.example.net:8443/login2.srf", plain, "https://nexus.example.net:8443/login2.srf"},
		{"DALogin=nexus.example.net/login2.srf", "http://nexus.example.net/x", "https://nexus.example.net/login2.srf"},
		{"DALogin=nexus.example.net:80/login2.srf", "http://nexus.example.net/x", "http://nexus.example.net:80/login2.srf"},
		{"DALogin=nexus.example.net/login2.srf", secure, "https://nexus.example.net/login2.srf"},
		{"DARealm=x", secure, ""}, {"", secure, ""}, {"DALogin=", secure, ""}, {"DALogin=%zz", secure, ""},
	} {
		if got, ok := parsePassportURLs(test.text, test.nexus); ok != (test.want != "") || ok && got != test.want {
			t.Errorf("%q: got %q, %v", test.text, got, ok)
		}
	}
}

func FuzzPassportHeaders(f *testing.F) {
	f.Add("DARealm=Passport.Net,DALogin=login.example.net/login2.srf,ConfigVersion=15")
	f.Add("Passport1.4 da-status=success,tname=MSPAuth,from-PP='" + testTicket + "',ru=http://messenger.msn.com")
	f.Fuzz(func(t *testing.T, text string) {
		if login, ok := parsePassportURLs(text, "http://example.net/nexus"); ok && !strings.Contains(login, "://") {
			t.Errorf("no address: %q", login)
		}
		if ticket, ok := parseAuthenticationInfo(text); ok && !isTicket(ticket) {
			t.Errorf("no ticket: %q", ticket)
		}
	})
}

func FuzzRST(f *testing.F) {
	f.Add([]byte(rstText))
	f.Add([]byte(rstFault))
	f.Fuzz(func(t *testing.T, text []byte) {
		if a, err := parseRST(text); err != nil && a != (rstAnswer{}) {
			t.Errorf("an answer with an error: %+v", a)
		}
	})
}

// Of a page only the headers count: one without an end does not hold the sign-in up.
func TestEndlessPage(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("PassportURLs", "DALogin=login.example.net/login2.srf")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	defer server.Close()
	ctx := soon(t)
	login, err := nexus(ctx, server.Client(), server.URL)
	check(t, err)
	if login != "https://login.example.net/login2.srf" || ctx.Err() != nil {
		t.Errorf("got %q, %v", login, ctx.Err())
	}
}
