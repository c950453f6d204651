package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/papilio-im/papilio/internal/config"
)

// healthTime is how long an answer may take. Whoever asks does so again soon.
const healthTime = 5 * time.Second

type healthCommand struct{}

// Help is shown below the summary.
func (healthCommand) Help() string {
	return `Asks the service on this machine over HTTP (/readyz at web.port), and fails if it does not answer, has not
started to the end or is draining. It is meant for containers, which have no other program to ask with.

Examples:

	papilio health
	papilio health --config papilio.toml`
}

// Run asks, and prints the answer.
func (healthCommand) Run(ctx context.Context, p *program) error {
	c, err := p.config()
	if err != nil {
		return err
	}
	switch {
	case !c.Listens(config.RoleWeb):
		return usage(`roles has neither "web" nor "gateway", which are who could be asked`)
	case c.Web.Port == 0:
		return usage("web.port is 0: nobody knows which port the service took")
	}
	says, err := askHealth(ctx, &c)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.stdout, says)
	return err
}

// askHealth gives the words of a service that is ready.
func askHealth(ctx context.Context, c *config.Config) (says string, err error) {
	ctx, cancel := context.WithTimeout(ctx, healthTime)
	defer cancel()
	url := "http://" + net.JoinHostPort(nearHost(c.Host), strconv.Itoa(c.Web.Port)) + "/readyz"
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	// Not through a proxy that the environment names: the service is here.
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(r)
	if err != nil {
		return "", fmt.Errorf("the service does not answer: %w", err)
	}
	defer func() { err = errors.Join(err, answer.Body.Close()) }()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 1000))
	if err != nil {
		return "", fmt.Errorf("the service does not answer: %w", err)
	}
	says = strings.TrimSpace(string(body))
	if answer.StatusCode != http.StatusOK {
		return "", fmt.Errorf("the service is %s", says)
	}
	return says, nil
}

// nearHost is where this machine reaches what listens at a host.
func nearHost(host string) string {
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip == netip.IPv4Unspecified() {
		return "127.0.0.1"
	} else if err == nil && ip == netip.IPv6Unspecified() {
		return "::1"
	}
	return host
}
