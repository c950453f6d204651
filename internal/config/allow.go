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
	storageWords = `"sqlite:///path/to/file.db", "sqlite://:memory:" (gone at exit), "postgres://user@host/database" or ""`
	nodeWords    = `1 to 48 letters, digits, "-" and "_", beginning with a letter or a digit, not "all", or ""`
	natsWords    = `a URL such as "nats://host:4222" (nats, tls, ws or wss), several with commas between, or ""`
)

const (
	maxPort   = 65535
	inMemory  = ":memory:"
	sqlitePre = "sqlite://"
	// everyNode stands for all nodes on the bus, so that none can be called so.
	everyNode = "all"
)

var (
	nodeName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,47}$`)
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

func allowFile(s string) error {
	if strings.ContainsRune(s, 0) {
		return errors.New("it must be the path of a file")
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
	if isPostgres(s) {
		return allowPostgres(s)
	}
	path, ok := strings.CutPrefix(s, sqlitePre)
	if ok && (path == inMemory || filepath.IsAbs(filepath.FromSlash(path))) {
		return nil
	}
	return errors.New("it must be " + storageWords)
}

// isPostgres reports whether an address is one of PostgreSQL, right or wrong.
func isPostgres(s string) bool {
	scheme, _, _ := strings.Cut(s, ":")
	return scheme == "postgres" || scheme == "postgresql"
}

// allowPostgres takes what libpq does, one host by name or address, or with
// ?host= also several and the folder of a socket. Nothing of the address is
// repeated in what it says: there is a password in it.
func allowPostgres(s string) error {
	u, ok := parsePostgres(s)
	switch {
	case !ok:
		return errors.New(`it cannot be read: it must look like "postgres://user:password@host:5432/database", with every character of the password that is not a letter or a digit written as in a web address, such as %40 for @`)
	case u.Hostname() == "" && u.Query().Get("host") == "":
		return errors.New(`it names no host: it must look like "postgres://user:password@host:5432/database"`)
	case strings.Trim(u.Path, "/") == "" && u.Query().Get("dbname") == "":
		return errors.New(`it names no database: it must look like "postgres://user:password@host:5432/database"`)
	}
	return nil
}

// parsePostgres reads an address of PostgreSQL. One with a second @ is no
// address: what stands before it is the rest of a password, which the driver
// would take for a part of the host.
func parsePostgres(s string) (*url.URL, bool) {
	u, err := url.Parse(s)
	head, _, _ := strings.Cut(s, "?")
	return u, err == nil && !strings.Contains(u.Path, "@") && strings.Count(head, "@") <= 1
}

func allowNode(s string) error {
	if s == "" || nodeName.MatchString(s) && s != everyNode {
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

// maskStorage hides the password in the address of a database.
func maskStorage(s string) string {
	if !isPostgres(s) {
		return maskURLs(s)
	}
	u, ok := parsePostgres(s)
	if !ok {
		scheme, _, _ := strings.Cut(s, ":")
		return scheme + "://(masked)"
	}
	if _, given := u.User.Password(); given {
		u.User = url.UserPassword(u.User.Username(), "masked")
	}
	q := u.Query()
	for name := range q {
		if strings.Contains(strings.ToLower(name), "password") {
			q.Set(name, "masked")
			u.RawQuery = q.Encode()
		}
	}
	return u.String()
}
