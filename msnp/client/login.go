package client

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/papilio-im/papilio/msnp"
)

// loginRequest is what a login is asked with.
type loginRequest struct {
	handle   string
	password string
	params   string // of the challenge, handed on as they are
	plain    bool   // http may be used
}

// nexus asks where the login is.
func nexus(ctx context.Context, web *http.Client, address string) (string, error) {
	head, status, err := fetch(ctx, web, address, "")
	switch {
	case err != nil:
		return "", broken("nexus", err)
	case status != http.StatusOK:
		return "", &LoginError{Status: status, Reason: "nexus"}
	}
	if login, ok := parsePassportURLs(head.Get("PassportURLs"), address); ok {
		return login, nil
	}
	return "", &LoginError{Reason: "the nexus names no login"}
}

// parsePassportURLs finds the login among what the nexus names: words with values,
// with commas between them. The address has no scheme as a rule, which stands for https;
// but if it is of the very server that has named it, that is reached in the same way.
//
//	DARealm=Passport.Net,DALogin=login.passport.com/login2.srf,ConfigVersion=15
func parsePassportURLs(text, nexus string) (string, bool) {
	for word := range strings.SplitSeq(text, ",") {
		key, value, _ := strings.Cut(strings.TrimSpace(word), "=")
		if !strings.EqualFold(key, "DALogin") || value == "" {
			continue
		}
		if !strings.Contains(value, "://") {
			value = schemeOf(value, nexus) + "://" + value
		}
		u, err := url.Parse(value)
		return value, err == nil && u.Host != ""
	}
	return "", false
}

// schemeOf tells how an address without a scheme is reached that a nexus has named.
func schemeOf(address, nexus string) string {
	u, err := url.Parse(nexus)
	if err != nil || !strings.EqualFold(u.Scheme, "http") {
		return "https"
	}
	own := u.Host
	if u.Port() == "" {
		own = net.JoinHostPort(u.Hostname(), "80")
	}
	if host, _, _ := strings.Cut(address, "/"); strings.EqualFold(host, own) {
		return "http"
	}
	return "https"
}

// authorization is the header that a login takes.
//
//	Passport1.4 OrgVerb=GET,OrgURL=http%3A%2F%2Fmessenger%2Emsn%2Ecom,sign-in=ana%40example.net,pwd=pa%24s,lc=1033
func (ask *loginRequest) authorization() string {
	return "Passport1.4 OrgVerb=GET,OrgURL=http%3A%2F%2Fmessenger%2Emsn%2Ecom,sign-in=" +
		string(msnp.Encode(ask.handle)) + ",pwd=" + string(msnp.Encode(ask.password)) + "," + ask.params
}

// login14 gets a ticket by Passport 1.4.
func login14(ctx context.Context, web *http.Client, address string, ask loginRequest) (string, error) {
	for range maxRedirects + 1 {
		at, err := secure(address, ask.plain)
		if err != nil {
			return "", err
		}
		head, status, err := fetch(ctx, web, address, ask.authorization())
		if err != nil {
			return "", broken("login", err)
		}
		switch status {
		case http.StatusOK:
			if ticket, ok := parseAuthenticationInfo(head.Get("Authentication-Info")); ok {
				return ticket, nil
			}
			return "", &LoginError{Reason: "the answer holds no ticket"}
		case http.StatusUnauthorized:
			return "", refusedLogin()
		case http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
			to, err := at.Parse(head.Get("Location"))
			if err != nil {
				return "", &LoginError{Status: status, Reason: "redirected to no address"}
			}
			address = to.String()
		default:
			return "", &LoginError{Status: status, Reason: "refused"}
		}
	}
	return "", &LoginError{Reason: "redirected in a circle"}
}

// parseAuthenticationInfo finds the ticket in what a login answers.
//
//	Passport1.4 da-status=success,tname=MSPAuth,from-PP='t=7Hq2n&p=9Lk',ru=http://messenger.msn.com
func parseAuthenticationInfo(text string) (string, bool) {
	method, rest, _ := strings.Cut(text, " ")
	before, quoted, found := strings.Cut(rest, "from-PP='")
	if !found || !strings.EqualFold(method, "Passport1.4") || !succeeded(before) {
		return "", false
	}
	ticket, _, found := strings.Cut(quoted, "'")
	return ticket, found && isTicket(ticket)
}

// succeeded reports whether a login says that it is a success.
func succeeded(words string) bool {
	for word := range strings.SplitSeq(words, ",") {
		if key, value, _ := strings.Cut(strings.TrimSpace(word), "="); strings.EqualFold(key, "da-status") {
			return strings.EqualFold(value, "success")
		}
	}
	return false
}

// fetch gets a page, of which only the headers count.
func fetch(ctx context.Context, web *http.Client, address, authorization string) (http.Header, int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, 0, err
	}
	request.Header.Set("User-Agent", "MSMSGS")
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	response, err := web.Do(request)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.ContentLength <= maxPage && response.ContentLength > 0 { // if it is not known there may be no end
		_, _ = io.Copy(io.Discard, response.Body) // for the connection to be used again
	}
	return response.Header, response.StatusCode, nil
}
