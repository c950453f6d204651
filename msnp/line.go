package msnp

import (
	"bytes"
	"errors"
	"fmt"
)

// Bounds on what is read. A peer that goes past one is disconnected: none of
// the versions has an answer for it.
const (
	// MaxLine bounds a line of a notification or dispatch connection, in octets
	// before its end. The longest known is a USR SHA of MSNP18 and later.
	MaxLine = 64 << 10
	// MaxSwitchboardLine bounds a line of a switchboard connection. Cookies and
	// friendly names are the long things in one.
	MaxSwitchboardLine = 1024
	// MaxArgs bounds the arguments of a line. A VER of every version has 22.
	MaxArgs = 32
)

// ErrShort says that the buffer ends before the line or its payload does:
// read more and parse again.
var ErrShort = errors.New("msnp: incomplete line")

// MalformedError says that what a peer sent can be no line of this protocol,
// or goes past a bound. The stream cannot be followed any further.
type MalformedError struct{ Reason string }

// Error implements error.
func (e *MalformedError) Error() string { return "msnp: " + e.Reason }

// The malformations, one value each so that telling of one allocates nothing.
var (
	errLineLong    = &MalformedError{"line too long"}
	errName        = &MalformedError{"no command name"}
	errArgs        = &MalformedError{"too many arguments"}
	errLength      = &MalformedError{"payload length is no number"}
	errPayloadLong = &MalformedError{"payload too long"}
)

// UnknownCommandError says that a line begins with a name that is not in the
// table. Whether a payload follows cannot be known, so neither can where the
// next line begins.
type UnknownCommandError struct{ Name string }

// Error implements error.
func (e *UnknownCommandError) Error() string {
	return fmt.Sprintf("msnp: unknown command %q", e.Name)
}

// Line is one command as it stands on the wire, split but not interpreted. It
// refers to the buffer that it was parsed from and is valid only as long. A Line
// is large and is meant to be used again, for any number of Parse calls; it must
// not be copied, since Args is a part of it.
type Line struct {
	// Command is the row of the table, or nil for an error line of a server.
	Command *Command
	// Code is the number of an error line of a server, else 0.
	Code Code
	// Args are the words after the name, the transaction id first in the
	// commands that have one.
	Args [][]byte
	// Payload is what follows the line, for the commands that have a payload.
	Payload []byte

	words [MaxArgs][]byte
}

// Name is the command's name, or the digits of an error line.
func (l *Line) Name() string {
	if l.Command != nil {
		return l.Command.Name
	}
	return l.Code.String()
}

// Parse reads the first line of buf, with its payload, and tells how many
// octets they take. It accepts a line feed alone as the end of a line, blanks
// at its end, any number of blanks or tabs between words, and empty lines before
// it, which some clients send after a payload or at the start of a gateway's.
//
// The error is [ErrShort] if buf ends too soon (give the same octets again with
// more behind them), a [*MalformedError] or an [*UnknownCommandError]; after
// these two the connection can only be closed. maxLine is [MaxLine] or
// [MaxSwitchboardLine]. Lengths are checked against the command's bound before
// anything is waited for.
func (l *Line) Parse(buf []byte, t Table, maxLine int) (n int, err error) {
	start := 0
	for start < len(buf) && (buf[start] == '\n' || buf[start] == '\r' && start+1 < len(buf) && buf[start+1] == '\n') {
		start++
	}
	if start > maxLine {
		return 0, errLineLong
	}
	end := bytes.IndexByte(buf[start:], '\n')
	if end < 0 {
		if len(buf)-start > maxLine+1 {
			return 0, errLineLong
		}
		return 0, ErrShort
	}
	line := buf[start : start+end]
	if end > 0 && line[end-1] == '\r' {
		line = line[:end-1]
	}
	if len(line) > maxLine {
		return 0, errLineLong
	}
	if err := l.split(line, t); err != nil {
		return 0, err
	}
	n = start + end + 1
	size, err := l.payloadLength()
	if err != nil {
		return 0, err
	}
	if size < 0 {
		return n, nil
	}
	if len(buf)-n < size {
		return 0, ErrShort
	}
	l.Payload = buf[n : n+size : n+size]
	return n + size, nil
}

// split finds the name and the arguments of a line without its end.
func (l *Line) split(line []byte, t Table) error {
	l.Command, l.Code, l.Args, l.Payload = nil, 0, nil, nil
	if len(line) < 3 || len(line) > 3 && !isBlank(line[3]) {
		return errName
	}
	name := line[:3]
	if l.Command = t.Find(name); l.Command == nil {
		code, ok := parseCode(name)
		if !ok || !t.errors {
			return unknown(name)
		}
		l.Code = code
	}
	count := 0
	for i := 3; ; {
		for i < len(line) && isBlank(line[i]) {
			i++
		}
		if i == len(line) {
			break
		}
		if count == MaxArgs {
			return errArgs
		}
		begin := i
		for i < len(line) && !isBlank(line[i]) {
			i++
		}
		l.words[count] = line[begin:i:i]
		count++
	}
	l.Args = l.words[:count]
	return nil
}

// unknown tells a name that may belong to some version from plain garbage.
func unknown(name []byte) error {
	for _, c := range name {
		if (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return errName
		}
	}
	return &UnknownCommandError{Name: string(name)}
}

// payloadLength reads the length that the line names, -1 if there is none.
func (l *Line) payloadLength() (int, error) {
	if l.Command == nil {
		return -1, nil
	}
	i := l.Command.payloadArg(len(l.Args))
	if i < 0 {
		return -1, nil
	}
	if string(l.Args[i]) == "OK" {
		return -1, nil // ADL, RML and others are answered so
	}
	size, ok := ParseUint(l.Args[i])
	switch {
	case !ok:
		return 0, errLength
	case size > uint32(l.Command.MaxPayload):
		return 0, errPayloadLong
	}
	return int(size), nil
}

// Arg gives argument i, or nil if there are not so many.
func (l *Line) Arg(i int) []byte {
	if i < 0 || i >= len(l.Args) {
		return nil
	}
	return l.Args[i]
}

// TrID reads the transaction id, the first argument of most commands.
func (l *Line) TrID() (TrID, bool) {
	n, ok := ParseUint(l.Arg(0))
	return TrID(n), ok
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// TrID is a transaction id: chosen by the client, repeated in every line that
// answers its command, 0 in what a server says unasked. Zero is a legal choice
// of a client, too.
type TrID uint32

// ParseUint reads an unsigned decimal number of at most 32 bits. Signs, blanks
// and an empty word are refused.
func ParseUint(b []byte) (uint32, bool) {
	if len(b) == 0 || len(b) > 10 {
		return 0, false
	}
	var n uint64
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	if n > 1<<32-1 {
		return 0, false
	}
	return uint32(n), true
}
