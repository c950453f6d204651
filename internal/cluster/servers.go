package cluster

import (
	"errors"
	"net/url"
	"strings"
)

// serverURL reads one of the addresses of NATS servers, as NATS does.
func serverURL(address string) (*url.URL, error) {
	address = strings.TrimSpace(address)
	if !strings.Contains(address, "://") {
		address = "nats://" + address
	}
	return url.Parse(address)
}

// checkServers refuses addresses that nothing can be made of. What it says
// does not repeat them, since a password may be in them.
func checkServers(addresses string) error {
	if addresses == "" {
		return nil
	}
	for address := range strings.SplitSeq(addresses, ",") {
		if u, err := serverURL(address); err != nil || u.Hostname() == "" {
			return errors.New("the address of the NATS servers cannot be read: it must look like nats://host:4222")
		}
	}
	return nil
}

// redacted gives addresses that have passed checkServers without who signs in
// and with what: a token stands where the name of a user does.
func redacted(addresses string) string {
	var all []string
	for address := range strings.SplitSeq(addresses, ",") {
		if u, err := serverURL(address); err == nil {
			if u.User != nil {
				u.User = url.User("masked")
			}
			all = append(all, u.String())
		}
	}
	return strings.Join(all, ",")
}
