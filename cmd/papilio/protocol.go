package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/papilio-im/papilio/internal/server"
	"github.com/papilio-im/papilio/msnp"
)

type protocolCommand struct {
	Markdown bool `help:"Print the page of the manual."`
}

// Help is shown below the summary.
func (protocolCommand) Help() string {
	return `The table is made from the one that the servers work with.

Examples:

	papilio protocol
	papilio protocol --markdown > docs/protocol.md`
}

// Run prints the matrix of commands by versions.
func (c protocolCommand) Run(p *program) error {
	var b strings.Builder
	if c.Markdown {
		writeProtocolPage(&b)
	} else {
		writeProtocolTable(&b)
	}
	_, err := io.WriteString(p.stdout, b.String())
	return err
}

// columns are the versions that the table has a column for. CVR0 is none: it
// is for clients that are told to go and upgrade.
func columns() []msnp.Version { return msnp.Versions(msnp.Beta2, msnp.Last) }

// signInSpan names the versions that can sign in.
func signInSpan() string {
	var first, last msnp.Version
	for _, v := range columns() {
		if !server.SignsIn(v) {
			continue
		}
		if !first.Valid() {
			first = v
		}
		last = v
	}
	return fmt.Sprintf("%s to %s", first, last)
}

// sender tells who sends a command: the client, the server, or both.
func sender(c *msnp.Command) string {
	switch c.From {
	case msnp.FromClient:
		return "C"
	case msnp.FromServer:
		return "S"
	default:
		return "C S"
	}
}

// roleNames are the roles, with their usual abbreviations.
var roleNames = []struct {
	role msnp.Role
	name string
}{{msnp.Dispatch, "DS"}, {msnp.Notification, "NS"}, {msnp.Switchboard, "SB"}}

func servers(c *msnp.Command) string {
	var names []string
	for _, r := range roleNames {
		if c.Roles&r.role != 0 {
			names = append(names, r.name)
		}
	}
	return strings.Join(names, " ")
}

// short is the heading of a version's column: B for Beta 2, else its number.
func short(v msnp.Version) string {
	if v == msnp.Beta2 {
		return "B"
	}
	return strings.TrimPrefix(v.String(), "MSNP")
}

func writeProtocolTable(w *strings.Builder) {
	// The headings stand upright, so that a column is one character wide.
	var tens, ones strings.Builder
	for _, v := range columns() {
		name := short(v)
		fmt.Fprintf(&tens, " %1s", name[:len(name)-1])
		fmt.Fprintf(&ones, " %s", name[len(name)-1:])
	}
	line := func(format string, args ...any) {
		w.WriteString(strings.TrimRight(fmt.Sprintf(format, args...), " ") + "\n")
	}
	const row = "%-5s%-5s%-9s%s  %s"
	line(row, "", "sent", "", tens.String(), "")
	line(row, "", "by", "to/from", ones.String(), "")
	for _, c := range msnp.Commands() {
		var marks strings.Builder
		for _, v := range columns() {
			marks.WriteString(either(c.Has(v), " x", " ."))
		}
		line(row, c.Name, sender(&c), servers(&c), marks.String(), c.About)
	}
	w.WriteString("\nC client, S server; DS dispatch server, NS notification server, SB switchboard.\n" +
		"B is 1.0 Beta 2, the numbers are MSNP2 to MSNP21.\n")
	w.WriteString("CVQ belongs to no version: it is for clients with which only CVR0 was agreed on.\n")
	fmt.Fprintf(w, "This release signs in %s, and refers every version.\n", signInSpan())
}

func writeProtocolPage(w *strings.Builder) {
	fmt.Fprintf(w, `<!-- Made from the command table of msnp by: go generate ./cmd/papilio -->

# Commands by version

`+"`papilio protocol`"+` prints this table, which is made from the one that the servers work with. This release signs in
%s, and refers every version.

C is for client and S for server; DS is the dispatch server, NS the notification server, SB a switchboard. B is
1.0 Beta 2, and the numbers are MSNP2 to MSNP21. CVQ has no mark because it belongs to no version: it is for clients
with which only CVR0 was agreed on.

`, signInSpan())
	w.WriteString("| command | sent by | to/from |")
	for _, v := range columns() {
		fmt.Fprintf(w, " %s |", short(v))
	}
	w.WriteString(" what it does |\n|---|---|---|" + strings.Repeat("---|", len(columns())) + "---|\n")
	for _, c := range msnp.Commands() {
		fmt.Fprintf(w, "| %s | %s | %s |", c.Name, sender(&c), servers(&c))
		for _, v := range columns() {
			w.WriteString(either(c.Has(v), " x |", " |"))
		}
		fmt.Fprintf(w, " %s |\n", c.About)
	}
}
