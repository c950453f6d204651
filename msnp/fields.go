package msnp

import "fmt"

// ParseError says that a line has the right name but not the form that its
// version gives it. What was read up to there means nothing.
type ParseError struct {
	// Code is what the peer is told, with the transaction id of its line. Zero
	// means that there is no answer: the connection is closed at once, as the
	// original servers did.
	Code Code
	// Close says that the connection is closed after the answer, too.
	Close bool
	// Reason is for the log.
	Reason string
}

// Error implements error.
func (e *ParseError) Error() string {
	if e.Code == 0 {
		return "msnp: " + e.Reason
	}
	return fmt.Sprintf("msnp: %s (%d)", e.Reason, e.Code)
}

// The refusals that many commands share, one value each.
var (
	errCommand  = &ParseError{Reason: "not the command that was expected"}
	errTrID     = &ParseError{Reason: "transaction id is no number"}
	errMissing  = &ParseError{Code: CodeParameter, Reason: "too few arguments"}
	errCount    = &ParseError{Reason: "too few arguments"}
	errNumber   = &ParseError{Reason: "not a number"}
	errEncoded  = &ParseError{Code: CodeParameter, Reason: "not percent-encoded UTF-8"}
	errNameLong = &ParseError{Reason: "name too long"}
	errListName = &ParseError{Reason: "no such list, or not for a client to change"}
	errLiteral  = &ParseError{Reason: "not of any known form"}
	errStatus   = &ParseError{Reason: "no such status"}
	errNoHandle = &ParseError{Code: CodeAuthFailed, Close: true, Reason: "sign-in without a handle"}
)

// fields reads the arguments of a line one after the other. After the first
// that is wrong it keeps that refusal and reads only zero values.
type fields struct {
	line  *Line
	next  int
	short *ParseError // the refusal of a line that is too short
	err   *ParseError
}

// open begins to read a line of the given name.
func open(l *Line, name string) fields {
	f := fields{line: l, short: errMissing}
	if l.Command == nil || l.Command.Name != name {
		f.err = errCommand
	}
	return f
}

// openStrict is open for the commands whose peer is disconnected if it sends
// too few arguments: those of the switchboard and all that servers send.
func openStrict(l *Line, name string) fields {
	f := open(l, name)
	f.short = errCount
	return f
}

// fail keeps the first refusal.
func (f *fields) fail(err *ParseError) {
	if f.err == nil {
		f.err = err
	}
}

// result is what a parser returns: m with the refusal, if there is one.
func result[T any](m T, f *fields) (T, error) {
	if f.err != nil {
		var zero T
		return zero, f.err
	}
	return m, nil
}

// more reports whether arguments are left.
func (f *fields) more() bool { return f.err == nil && f.next < len(f.line.Args) }

// left is the number of arguments that are left.
func (f *fields) left() int {
	if f.err != nil {
		return 0
	}
	return len(f.line.Args) - f.next
}

// word reads an argument that must be there.
func (f *fields) word() []byte {
	if f.err != nil {
		return nil
	}
	if f.next >= len(f.line.Args) {
		f.fail(f.short)
		return nil
	}
	w := f.line.Args[f.next]
	f.next++
	return w
}

// peek gives the next argument without reading it, nil if there is none.
func (f *fields) peek() []byte {
	if !f.more() {
		return nil
	}
	return f.line.Args[f.next]
}

// text reads an argument as a string.
func (f *fields) text() string { return string(f.word()) }

// optional reads an argument as a string, "" if there is none.
func (f *fields) optional() string {
	if !f.more() {
		return ""
	}
	return f.text()
}

// skip reads an argument that means nothing.
func (f *fields) skip() { f.word() }

// trid reads a transaction id.
func (f *fields) trid() TrID {
	w := f.word()
	n, ok := ParseUint(w)
	if !ok {
		f.fail(errTrID)
	}
	return TrID(n)
}

// number reads a number of 32 bits.
func (f *fields) number() uint32 {
	w := f.word()
	n, ok := ParseUint(w)
	if !ok {
		f.fail(errNumber)
	}
	return n
}

// count reads a number that is used as an int: an index, a group, a total.
func (f *fields) count() int {
	n := f.number()
	if n > 1<<31-1 {
		f.fail(errNumber)
		return 0
	}
	return int(n)
}

// encoded reads a percent-encoded argument of at most max octets.
func (f *fields) encoded(limit int, long *ParseError) Encoded {
	return f.checkEncoded(f.word(), limit, long)
}

// checkEncoded is encoded for a word that has been read.
func (f *fields) checkEncoded(w []byte, limit int, long *ParseError) Encoded {
	switch {
	case len(w) > limit:
		f.fail(long)
		return ""
	case f.err == nil && !validEncoded(w):
		f.fail(errEncoded)
		return ""
	}
	return Encoded(w)
}

// name reads a friendly name.
func (f *fields) name() Encoded { return f.encoded(MaxName, errNameLong) }

// handle reads a handle, in lower case; refusal is for one that cannot be one.
func (f *fields) handle(refusal *ParseError) string {
	w := f.word()
	if f.err != nil {
		return ""
	}
	h, err := ParseHandle(w)
	if err != nil {
		f.fail(refusal)
	}
	return h
}

// folded reads a word in lower case, whether it is a handle or not.
func (f *fields) folded() string { return foldCase(f.word()) }

// literal reads an argument that is always the same.
func (f *fields) literal(want string) {
	if w := f.word(); string(w) != want {
		f.fail(errLiteral)
	}
}

// flag reads 0 or 1.
func (f *fields) flag() bool {
	n := f.number()
	if n > 1 {
		f.fail(errNumber)
	}
	return n == 1
}

// payload reads the length, and gives the payload, which is not copied.
func (f *fields) payload() []byte {
	f.skip()
	if f.err != nil {
		return nil
	}
	if f.line.Payload == nil {
		f.fail(errNumber) // there was no length
	}
	return f.line.Payload
}
