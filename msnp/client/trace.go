package client

import (
	"bytes"
	"strings"

	"github.com/papilio-im/papilio/msnp"
)

// TraceLine is a line of one of a client's connections, for people to read.
type TraceLine struct {
	// Role is the kind of server that the line is exchanged with. Until a server
	// has shown what it is, the one that was named as Options.Dispatch counts as a
	// dispatch server.
	Role msnp.Role
	// Server is the host:port that was dialled.
	Server string
	// From is msnp.FromClient or msnp.FromServer.
	From msnp.Direction
	// Line is the line without its end, and with *** for every credential.
	Line string
	// Payload is what follows the line in a message between people, which is all
	// on a switchboard, and in a personal message. Others can hold credentials and
	// are left out. It is valid during the call only.
	Payload []byte
}

// RoleName abbreviates a role as people do: DS, NS or SB.
func (t TraceLine) RoleName() string {
	switch t.Role {
	case msnp.Dispatch:
		return "DS"
	case msnp.Notification:
		return "NS"
	default:
		return "SB"
	}
}

// String gives the line as transcripts write it: "NS C: CHG 5 NLN".
func (t TraceLine) String() string {
	side := " S: "
	if t.From == msnp.FromClient {
		side = " C: "
	}
	return t.RoleName() + side + t.Line
}

// show gives one line, which raw begins with, to the program.
func (k *link) show(from msnp.Direction, raw, payload []byte) {
	t := TraceLine{
		Role: msnp.Role(k.role.Load()), Server: k.server, From: from,
		Line: string(msnp.Redact(nil, bytes.TrimLeft(raw, "\r\n"))),
	}
	if word, _, _ := strings.Cut(t.Line, " "); t.Role == msnp.Switchboard || word == "UUX" || word == "UBX" {
		t.Payload = payload
	}
	k.trace(t)
}

// showAll shows what is about to be written, which may be several lines.
func (k *link) showAll(text []byte) {
	table := msnp.TableOf(msnp.Role(k.role.Load()), msnp.FromClient)
	var line msnp.Line
	for len(text) > 0 {
		n, err := line.Parse(text, table, msnp.MaxLine)
		if err != nil {
			k.show(msnp.FromClient, text, nil)
			return
		}
		k.show(msnp.FromClient, text[:n], line.Payload)
		text = text[n:]
	}
}
