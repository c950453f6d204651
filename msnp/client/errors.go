package client

import (
	"errors"
	"fmt"

	"github.com/papilio-im/papilio/msnp"
)

// Errors that calls and sessions end with.
var (
	// ErrSignedOut is what calls get after SignOut.
	ErrSignedOut = errors.New("client: signed out")
	// ErrConnectionLost says that a server closed the connection, or that it broke,
	// without a word. What broke it is wrapped beside it.
	ErrConnectionLost = errors.New("client: connection lost")
	// ErrSlowConsumer says that the program did not take its events for as long as
	// Options.Patience, so that the session was ended.
	ErrSlowConsumer = errors.New("client: the program does not take its events")
	// ErrReferralLoop says that servers referred the client on and on.
	ErrReferralLoop = errors.New("client: referred in a circle")
	// ErrMoved says that a call was waiting when the client was referred to a
	// server that speaks another version, so that it could not be made again there.
	ErrMoved = errors.New("client: moved to a server of another version")
	// ErrPlain says that a server demands the password as it is, which Options.Plain
	// does not allow.
	ErrPlain = errors.New("client: the server demands the password in plain text")
	// ErrNotDelivered says that a message did not reach everybody, or nobody.
	ErrNotDelivered = errors.New("client: message not delivered")
	// ErrTooLong says that a message, a name or another word is longer than the
	// protocol lets it be.
	ErrTooLong = errors.New("client: too long")
	// ErrBadWord says that a word is empty or holds blanks or control characters,
	// and so cannot stand in a line.
	ErrBadWord = errors.New("client: not a word")
	// ErrClosed is what calls on a conversation get when it is over.
	ErrClosed = errors.New("client: conversation closed")
	// ErrTooManyConversations says that as many conversations are open as
	// Options.MaxConversations allows.
	ErrTooManyConversations = errors.New("client: too many conversations")
	// ErrExpired says that an invitation was answered twice, or that its session is
	// over.
	ErrExpired = errors.New("client: invitation not open any more")
)

// errTooLong is a line with payload beyond its bounds. The parser finds it first.
var errTooLong = &msnp.MalformedError{Reason: "line too long"}

// EndedError says that a server ended the session with OUT.
type EndedError struct{ Reason msnp.Reason }

// Error implements error.
func (e *EndedError) Error() string {
	switch e.Reason {
	case msnp.ReasonElse:
		return "client: signed out by the server: the account has signed in elsewhere"
	case msnp.ReasonShutdown:
		return "client: signed out by the server: it is going down"
	case msnp.ReasonMigrated:
		return "client: signed out by the server: the lists are kept in another way now, sign in again"
	case msnp.ReasonTerms:
		return "client: signed out by the server: it wants its terms of use accepted"
	case msnp.ReasonLater:
		return "client: signed out by the server for some minutes"
	case msnp.ReasonNone:
		return "client: signed out by the server"
	}
	return fmt.Sprintf("client: signed out by the server (%q)", string(e.Reason))
}

// RefusedError says that a server answered a command with an error line. It
// wraps the [msnp.Error].
type RefusedError struct {
	Command string // its name, such as ADD
	Code    msnp.Code
	TrID    msnp.TrID
}

// Error implements error.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("client: %s refused: %s (%d)", e.Command, e.Code.Meaning(), e.Code)
}

// Unwrap gives the error line.
func (e *RefusedError) Unwrap() error { return msnp.Error{Code: e.Code, TrID: e.TrID} }

// Code gives the code of a refusal, or 0 if err is something else. It saves
// errors.As where a certain answer is to be expected:
//
//	if err := c.Add(ctx, ...); err != nil && client.Code(err) != msnp.CodeAlreadyThere {
func Code(err error) msnp.Code {
	if refused, ok := errors.AsType[*RefusedError](err); ok {
		return refused.Code
	}
	return 0
}

// ProtocolError says that a server sent what the protocol does not allow. The
// connection was given up.
type ProtocolError struct {
	Line string // what was sent, credentials masked; "" if it cannot be shown
	Err  error
}

// Error implements error.
func (e *ProtocolError) Error() string {
	if e.Line == "" {
		return fmt.Sprintf("client: bad line from the server: %v", e.Err)
	}
	return fmt.Sprintf("client: bad line from the server: %v: %s", e.Err, e.Line)
}

// Unwrap gives what is wrong.
func (e *ProtocolError) Unwrap() error { return e.Err }

// protocolError puts the name of a line to what is wrong with it.
func protocolError(l *msnp.Line, err error) error {
	text := []byte(l.Name())
	for _, word := range l.Args {
		text = append(append(text, ' '), word...)
	}
	return &ProtocolError{Line: string(msnp.Redact(nil, text)), Err: err}
}

// lost puts what a connection broke with into words.
func lost(err error) error {
	_, malformed := errors.AsType[*msnp.MalformedError](err)
	_, unknown := errors.AsType[*msnp.UnknownCommandError](err)
	if malformed || unknown {
		return &ProtocolError{Err: err}
	}
	return fmt.Errorf("%w: %w", ErrConnectionLost, err)
}

// checkWord checks that text can stand in a line as one word.
func checkWord(text string) error {
	if text == "" {
		return ErrBadWord
	}
	for i := range len(text) {
		if text[i] <= ' ' || text[i] == 0x7f {
			return ErrBadWord
		}
	}
	return nil
}

// checkHandle checks that text can stand where a handle does. Whether it is one
// is for the server to say.
func checkHandle(text string) error {
	if len(text) > msnp.MaxHandle {
		return ErrTooLong
	}
	return checkWord(text)
}

// encodeName encodes a name of at most so many octets.
func encodeName(text string, limit int) (msnp.Encoded, error) {
	name := msnp.Encode(text)
	if len(name) > limit {
		return "", ErrTooLong
	}
	return name, nil
}

// decoded is the text of a word that the parser has found to be well encoded.
func decoded(name msnp.Encoded) string {
	text, err := name.Decode()
	if err != nil {
		return string(name)
	}
	return text
}
