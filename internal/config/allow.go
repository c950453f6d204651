package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// What each free text may be, to stand after "it must be".
const (
	storageWords = `"sqlite:///path/to/file.db", "sqlite://:memory:" (gone at exit) or ""`
	nodeWords    = `1 to 63 letters, digits, "-" and "_", beginning with a letter or a digit, or ""`
	natsWords    = `a URL such as "nats://host:4222" (nats, tls, ws or wss), several with commas between, or ""`
)

const (
	maxPort   = 65535
	inMemory  = ":memory:"
	sqlitePre = "sqlite://"
)

var (
	nodeName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$`)
	hostName = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.?$`)
	// dottedDigits is what looks like an IPv4 address. As a host name it would
	// be allowed too, and hide a slip such as 192.168.1.300.
	dottedDigits = regexp.MustCompile(`^[0-9.]+$`)
)

func allowData(s string) error {
	if s == "" || strings.ContainsRune(s, 0) {
		return errors.New("it must be the path of a folder")
	}
	return nil
}

func allowHost(s string) error {
	if _, err := netip.ParseAddr(s); s == "" || err == nil || isHostName(s) {
		return nil
	}
	return errors.New(`it must be an IP address or a host name without a port, or ""`)
}

func isHostName(s string) bool {
	return len(s) <= 253 && hostName.MatchString(s) && !dottedDigits.MatchString(s)
}

// advertiseWords are those of an address that has a port like the given one.
func advertiseWords(port int) string {
	return fmt.Sprintf(`a host and a port, such as "chat.example.com:%d", or ""`, port)
}

// allowAdvertise refuses what an old client could not dial. Many of them split
// the address at its first colon, so an IPv6 address can never work.
func allowAdvertise(s, words string) error {
	if s == "" {
		return nil
	}
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return errors.New("it must be " + words)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > maxPort || port != strconv.Itoa(n) {
		return errors.New("the port must be a whole number from 1 to 65535")
	}
	addr, err := netip.ParseAddr(host)
	switch {
	case err != nil && !isHostName(host):
		return errors.New("it must be " + words)
	case err == nil && !addr.Is4():
		return errors.New("MSN clients cannot be sent to an IPv6 address; give an IPv4 address or a host name")
	case err == nil && addr.IsUnspecified():
		return errors.New("clients cannot connect to 0.0.0.0; give the address that they reach this machine by")
	}
	return nil
}

func allowStorage(s string) error {
	if s == "" {
		return nil
	}
	switch scheme, _, _ := strings.Cut(s, ":"); scheme {
	case "postgres", "postgresql":
		return errors.New(`PostgreSQL comes with a later release; this one keeps its data in SQLite: leave storage.url out, or give "sqlite:///path/to/file.db"`)
	}
	path, ok := strings.CutPrefix(s, sqlitePre)
	if ok && (path == inMemory || filepath.IsAbs(filepath.FromSlash(path))) {
		return nil
	}
	return errors.New("it must be " + storageWords)
}

func allowNode(s string) error {
	if s == "" || nodeName.MatchString(s) {
		return nil
	}
	return errors.New("it must be " + nodeWords)
}

func allowNATS(s string) error {
	if s == "" {
		return nil
	}
	for one := range strings.SplitSeq(s, ",") {
		u, err := url.Parse(strings.TrimSpace(one))
		if err != nil || u.Host == "" || !slices.Contains([]string{"nats", "tls", "ws", "wss"}, u.Scheme) {
			return errors.New("it must be " + natsWords)
		}
	}
	return nil
}

// maskURLs hides who signs in, and with what, in a list of URLs. The user name
// goes as well as the password: NATS takes a token in its place. What is not
// a URL might be anything, so it is hidden whole if it has an @ in it.
func maskURLs(s string) string {
	if !strings.Contains(s, "@") {
		return s
	}
	list := strings.Split(s, ",")
	for i, one := range list {
		if u, err := url.Parse(strings.TrimSpace(one)); err != nil || (u.User == nil && strings.Contains(one, "@")) {
			list[i] = "(masked)"
		} else if u.User != nil {
			u.User = url.User("masked")
			list[i] = u.String()
		}
	}
	return strings.Join(list, ",")
}
