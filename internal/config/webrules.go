package config

import (
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// What the texts of the section may be, to stand after "it must be".
const (
	namesWords       = `host names and IP addresses with commas between, such as "chat.example.com, 192.0.2.1", or ""`
	loginHostWords   = `a host, with a port if it is not 443, such as "login.example.com", or ""`
	gatewayHostWords = `a host without a port, such as "gateway.example.com", or ""`
	proxiesWords     = `addresses and networks with commas between, such as "127.0.0.1, 10.0.0.0/8", or ""`
	directoryWords   = `a URL that begins with https://, or ""`
)

func allowNames(s string) error {
	for _, name := range (Web{Names: s}).NameList() {
		if _, err := netip.ParseAddr(name); err != nil && !isHostName(name) {
			return errors.New("it must be " + namesWords)
		}
	}
	return nil
}

func allowLoginHost(s string) error {
	if s == "" {
		return nil
	}
	host := s
	if h, port, err := net.SplitHostPort(s); err == nil {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > maxPort {
			return errors.New("it must be " + loginHostWords)
		}
		host = h
	}
	if addr, err := netip.ParseAddr(host); err == nil && addr.Is4() || isHostName(host) {
		return nil
	}
	return errors.New("it must be " + loginHostWords)
}

func allowGatewayHost(s string) error {
	if addr, err := netip.ParseAddr(s); s == "" || err == nil && addr.Is4() || isHostName(s) {
		return nil
	}
	return errors.New("it must be " + gatewayHostWords)
}

func allowProxies(s string) error {
	_, err := parseProxies(s)
	return err
}

func parseProxies(s string) ([]netip.Prefix, error) {
	var list []netip.Prefix
	for one := range strings.SplitSeq(s, ",") {
		one = strings.TrimSpace(one)
		if one == "" {
			continue
		}
		prefix, err := netip.ParsePrefix(one)
		if addr, alone := netip.ParseAddr(one); alone == nil {
			prefix, err = addr.Prefix(addr.BitLen())
		}
		if err != nil {
			return nil, errors.New("it must be " + proxiesWords)
		}
		list = append(list, prefix)
	}
	return list, nil
}

func allowEmail(s string) error {
	if a, err := mail.ParseAddress(s); s != "" && (err != nil || a.Address != s) {
		return errors.New(`it must be an e-mail address, or ""`)
	}
	return nil
}

func allowDirectory(s string) error {
	if u, err := url.Parse(s); s != "" && (err != nil || u.Scheme != "https" || u.Host == "") {
		return errors.New("it must be " + directoryWords)
	}
	return nil
}

// certificateThere refuses a source of certificates that lacks something, and what
// is set for another.
func certificateThere(c *Config) error {
	w := c.Web
	switch {
	case w.TLS == TLSFiles && (w.Certificate == "" || w.Key == ""):
		return errors.New(`web.tls is "files": it also needs web.certificate and web.key`)
	case w.TLS != TLSFiles && (w.Certificate != "" || w.Key != ""):
		return fmt.Errorf(`web.certificate and web.key are for web.tls = "files", but it is %q`, w.TLS)
	case w.TLS == TLSOff && w.OldTLSPort != 0:
		return errors.New(`web.old_tls_port is set, but web.tls is "off": there would be no certificate`)
	case w.TLS == TLSACME:
		return namesForProvider(w.NameList())
	}
	return nil
}

// namesForProvider refuses names that a provider does not certify.
func namesForProvider(names []string) error {
	if len(names) == 0 {
		return errors.New(`web.tls is "acme": web.names has to say what the certificate is for`)
	}
	for _, name := range names {
		if _, err := netip.ParseAddr(name); err == nil || !strings.Contains(name, ".") {
			return fmt.Errorf(`web.tls is "acme", but %q in web.names is no name that the internet knows`, name)
		}
	}
	return nil
}
