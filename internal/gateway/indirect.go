package gateway

import (
	"bytes"
	"net"

	"github.com/papilio-im/papilio/msnp"
)

// indirect puts the gateway's host in the place of a switchboard's, in the two
// commands that have one, so that the client comes to the gateway with its next
// connection. The port stays: clients that tunnel do not use it.
func indirect(l *msnp.Line, raw []byte, host string) []byte {
	word := boardAddress(l)
	_, port, err := net.SplitHostPort(string(word))
	if err != nil {
		return raw
	}
	before, after, _ := bytes.Cut(raw, word)
	changed := append([]byte{}, before...)
	changed = append(append(append(changed, host...), ':'), port...)
	return append(changed, after...)
}

// boardAddress is the address of a switchboard in a command, nil if it has none.
func boardAddress(l *msnp.Line) []byte {
	switch {
	case l.Name() == "XFR" && string(l.Arg(1)) == string(msnp.ToSwitchboard):
		return l.Arg(2)
	case l.Name() == "RNG":
		return l.Arg(1)
	}
	return nil
}
