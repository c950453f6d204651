package main

import (
	"errors"
	"fmt"

	"github.com/papilio-im/papilio/internal/certificate"
)

type authorityCommand struct{}

// Help is shown below the summary.
func (authorityCommand) Help() string {
	return `Prints the name, the fingerprints and the file of the service's own certificate authority (web.tls = "own" or
"acme"), and the names that it may certify. People who install it can compare the fingerprint with what
they see on their screen. The service makes it at its first start.

Examples:

	papilio authority`
}

// Run shows the authority.
func (authorityCommand) Run(p *program) error {
	c, err := p.config()
	if err != nil {
		return err
	}
	a, err := certificate.ReadAuthority(c.AuthorityFolder())
	if errors.Is(err, certificate.ErrNone) {
		return fmt.Errorf("%w: start the service once, with web.tls = \"own\"", err)
	}
	if err != nil {
		return err
	}
	bySHA256, bySHA1 := a.Fingerprints()
	fmt.Fprintf(p.stdout, "%s\nfile     %s\nSHA-1    %s\nSHA-256  %s\n\nIt may certify:\n",
		a.Name(), certificate.File(c.AuthorityFolder()), bySHA1, bySHA256)
	for _, name := range a.Names() {
		fmt.Fprintf(p.stdout, "  %s\n", name)
	}
	return nil
}
