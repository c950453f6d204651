package passport

import (
	"errors"
	"strings"

	"github.com/papilio-im/papilio/internal/account"
)

// credentials are what somebody says to prove who they are.
type credentials struct {
	handle   string
	password account.Secret
}

// errNoCredentials says that a header is not one of Passport 1.4, or that there is
// no name or password in it.
var errNoCredentials = errors.New("no credentials of Passport 1.4")

const (
	scheme = "Passport1.4"
	// maxAuthorization bounds the header: a handle and a password, with every
	// octet as %XX, and what the notification server gave the client for it.
	maxAuthorization = 4 << 10
)

// parseAuthorization reads the header of a login:
//
//	Passport1.4 OrgVerb=GET,OrgURL=...,sign-in=ada%40example.net,pwd=...,ct=1,...
//
// The fields after these are what the notification server gave the client, and
// mean nothing here. A field that comes twice counts as it comes first: what the
// client says of itself stands before what it was given.
func parseAuthorization(header string) (credentials, error) {
	name, fields, _ := strings.Cut(strings.TrimSpace(header), " ")
	if len(header) > maxAuthorization || !strings.EqualFold(name, scheme) {
		return credentials{}, errNoCredentials
	}
	var c credentials
	var named, proved bool
	for field := range strings.SplitSeq(fields, ",") {
		key, value, _ := strings.Cut(field, "=")
		switch key = strings.TrimSpace(key); {
		case strings.EqualFold(key, "sign-in") && !named:
			c.handle, named = strings.TrimSpace(unescape(value)), true
		case strings.EqualFold(key, "pwd") && !proved:
			c.password, proved = account.Secret(unescape(value)), true
		}
	}
	if c.handle == "" || c.password == "" {
		return credentials{}, errNoCredentials
	}
	return c, nil
}

// unescape resolves %XX and nothing else: a + is a plus. What is no escape stays
// as it is, since some clients send their text raw. Text that is not UTF-8 is
// taken for what older systems write, see [asUTF8].
func unescape(s string) string {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			high, ok1 := hexDigit(s[i+1])
			low, ok2 := hexDigit(s[i+2])
			if ok1 && ok2 {
				b = append(b, high<<4|low)
				i += 2
				continue
			}
		}
		b = append(b, s[i])
	}
	return asUTF8(string(b))
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}
