package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/papilio-im/papilio/msnp"
)

// Passport says where a client from MSNP8 on gets the ticket that it signs in with.
// There are two ways. Passport 1.4 is what MSN Messenger 5.0 to 7.0 used: the nexus
// names the login, and the login takes the password in a header. RST, a SOAP
// service, came with 7.5. MSNP12 uses RST if that is set, and the older versions if
// nothing else is.
//
// The password goes to the login alone, and over https alone unless Options.Plain is
// set, which is then so for every address that the nexus or a redirect names, too.
// A ticket is kept, and used again when a server refers the client; if it is not good
// any more, and there is a password, another one is fetched.
type Passport struct {
	// Nexus is the URL of the page that names the login in its header PassportURLs,
	// such as https://nexus.example.net/rdr/pprdr.asp. It is asked at the beginning
	// of every sign-in, also if Login or Ticket is set: a service may hold its
	// challenge back for a second until it has seen that.
	Nexus string
	// Login is the URL of the login, such as https://login.example.net/login2.srf.
	// It takes the place of what the nexus says, which means https if it does not say
	// otherwise, unless it is where a nexus over http is itself.
	Login string
	// RST is the URL of the SOAP service, such as https://login.example.net/RST.srf.
	RST string
	// Ticket is a ticket to sign in with in place of Password, t=...&p=..., as it
	// was given by a login server, without percent signs added or removed.
	Ticket string
}

// maxTicket bounds a ticket, in octets. Those of the original service had some 900.
const maxTicket = 4096

// maxRedirects bounds how often a login may send a client elsewhere.
const maxRedirects = 5

var (
	errNoLogin = errors.New("client: no address to get a ticket at")
	errScheme  = errors.New("client: not the address of a page")
	errTicket  = errors.New("client: the ticket is not one word, or too long")
)

// check refuses what cannot work, or shows the password to others.
func (p *Passport) check(plain bool) error {
	if p.Nexus == "" && p.Login == "" && p.RST == "" && p.Ticket == "" {
		return errNoLogin
	}
	for _, address := range [...]string{p.Nexus, p.Login, p.RST} {
		if address == "" {
			continue
		}
		if _, err := secure(address, plain); err != nil {
			return err
		}
	}
	if p.Ticket != "" && !isTicket(p.Ticket) {
		return errTicket
	}
	return nil
}

// secure parses the address of a page, which must be https unless plain.
func secure(address string, plain bool) (*url.URL, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.User != nil:
		return nil, errScheme // without the address, which may hold what must not be shown
	case strings.EqualFold(u.Scheme, "https"), strings.EqualFold(u.Scheme, "http") && plain:
		return u, nil
	case strings.EqualFold(u.Scheme, "http"):
		return nil, ErrPlain
	}
	return nil, errScheme
}

// isTicket reports whether a text can be a ticket: one word.
func isTicket(text string) bool { return len(text) <= maxTicket && checkWord(text) == nil }

// wallet keeps the ticket of a client. It is used by the goroutine of the connection
// alone.
type wallet struct {
	ticket string
	used   bool // it has been good for a sign-in, or was given by the program
}

// nexusPatience is how long the nexus may take if nothing depends on what it says.
const nexusPatience = 5 * time.Second

// askNexus asks the nexus, if there is one, where the login is. Its failure counts
// only if nothing else tells.
func (c *Client) askNexus(ctx context.Context) (login string, err error) {
	if c.o.Passport.Nexus == "" || !c.o.Version.SignsInBy(msnp.MethodTWN) {
		return "", nil
	}
	needed := c.wallet.ticket == "" && c.o.Passport.Login == "" && !c.usesRST()
	patience := c.o.SignInTimeout
	if !needed {
		patience = min(patience, nexusPatience)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if login, err = nexus(ctx, c.web(), c.o.Passport.Nexus); !needed {
		err = nil
	}
	return login, err
}

// usesRST reports whether tickets come from RST.
func (c *Client) usesRST() bool {
	p := &c.o.Passport
	return p.RST != "" && (c.o.Version.Has(msnp.FeatureListNetwork) || p.Login == "" && p.Nexus == "")
}

// ticket gives the ticket for a challenge: the one there is, or a new one.
func (c *Client) ticket(ctx context.Context, login, params string) (string, error) {
	if c.wallet.ticket != "" {
		return c.wallet.ticket, nil
	}
	ticket, err := c.fetchTicket(ctx, login, params)
	if err != nil {
		return "", err
	}
	if !isTicket(ticket) {
		return "", &LoginError{Reason: errTicket.Error()}
	}
	c.wallet = wallet{ticket: ticket}
	return ticket, nil
}

// fetchTicket gets a ticket with the password.
func (c *Client) fetchTicket(ctx context.Context, login, params string) (string, error) {
	ask := loginRequest{handle: c.o.Handle, password: c.o.Password, params: params, plain: c.o.Plain}
	if c.usesRST() {
		return rst(ctx, c.web(), c.o.Passport.RST, ask)
	}
	at := cmp.Or(c.o.Passport.Login, login)
	if at == "" { // the nexus was not needed before, and did not answer
		var err error
		if at, err = nexus(ctx, c.web(), c.o.Passport.Nexus); err != nil {
			return "", err
		}
	}
	return login14(ctx, c.web(), at, ask)
}

// Ticket is the ticket that the client has signed in with from MSNP8 on, "" before.
// It is as good as the password for as long as the service lets it be: it is never to
// be shown.
func (c *Client) Ticket() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.proven
}

// LoginError says that no ticket could be had from a login server, for another reason
// than the password, whose refusal is a [*RefusedError] with msnp.CodeAuthFailed.
type LoginError struct {
	Status int    // of HTTP, 0 if none was answered
	Reason string // in words; never with the password or a ticket
	Err    error  // what broke, or nil
}

// Error implements error.
func (e *LoginError) Error() string {
	switch {
	case e.Err != nil:
		return fmt.Sprintf("client: login: %s: %v", e.Reason, e.Err)
	case e.Status != 0:
		return fmt.Sprintf("client: login: %s (HTTP %d)", e.Reason, e.Status)
	}
	return "client: login: " + e.Reason
}

// Unwrap gives what broke.
func (e *LoginError) Unwrap() error { return e.Err }

// refusedLogin is what a wrong handle or password is answered with, as in older
// versions.
func refusedLogin() error {
	return &RefusedError{Command: "login", Code: msnp.CodeAuthFailed}
}

// web makes requests. Redirects are for the caller to follow.
func (c *Client) web() *http.Client { return c.pages.client(&c.o) }

// pages is the HTTP client of a client, made when it is first needed.
type pages struct {
	once sync.Once
	http *http.Client
	own  *http.Transport // nil if the program gave one
}

// idlePage is how long a connection to a web server is kept.
const idlePage = 60 * time.Second

func (p *pages) client(o *Options) *http.Client {
	p.once.Do(func() {
		p.http = &http.Client{}
		if o.HTTP != nil {
			*p.http = *o.HTTP
		}
		if o.HTTP == nil {
			p.own = &http.Transport{
				Proxy: http.ProxyFromEnvironment, DialContext: o.Dial, MaxIdleConnsPerHost: 2,
				IdleConnTimeout: idlePage, DisableCompression: true, MaxResponseHeaderBytes: maxHead,
			}
			p.http.Transport = p.own
		}
		p.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	})
	return p.http
}

// close ends the connections that are kept.
func (p *pages) close() {
	p.once.Do(func() {}) // none is made any more
	if p.own != nil {
		p.own.CloseIdleConnections()
	}
}

// maxHead bounds the headers of an answer, and maxPage its body, in octets.
const (
	maxHead = 64 << 10
	maxPage = 256 << 10
)

// broken makes the error of a request that was not answered. The address stays out of
// it: one that a server gave can hold anything.
func broken(what string, err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	return &LoginError{Reason: what, Err: err}
}
