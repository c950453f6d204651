package netio

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
)

// What a handler returns to end its connection in an orderly way, and what
// [Handler.Closed] is told when one ends in another.
var (
	// ErrClose, returned by a handler, sends what is queued and then ends the
	// connection. Closed is given nil.
	ErrClose = errors.New("close the connection")
	// ErrClosed is what senders get from a connection that takes no more, and
	// what Closed is given after Conn.Close.
	ErrClosed = errors.New("connection closed")
	// ErrOverflow says that the peer did not read what it was sent, and that
	// its queue has reached its bound. One sender gets it, the others ErrClosed.
	ErrOverflow = errors.New("outgoing queue full")
	// ErrWriteTimeout says that the peer has taken nothing for WriteTimeout.
	ErrWriteTimeout = errors.New("write timed out")
	// ErrGate says that there was something to be sent, or to be done for the
	// peer, and that the connection's gate was not open.
	ErrGate = errors.New("the gate is shut")
	// ErrNetwork is wrapped by what the system says of a connection that is lost.
	ErrNetwork = errors.New("connection lost")
	// ErrInputTooLong says that MaxInput bytes have come and that the handler
	// could use none of them.
	ErrInputTooLong = errors.New("input too long")
)

// A PanicError is given to Closed when a handler panicked.
type PanicError struct {
	Value any
	Stack []byte // of the panic
}

// Error gives the value of the panic without the stack.
func (e *PanicError) Error() string { return fmt.Sprintf("handler panicked: %v", e.Value) }

// Reasons lists all that Reason can return, for metrics that want every label
// beforehand.
func Reasons() []string {
	return []string{"done", "peer", "closed", "overflow", "write_timeout", "gate", "input_too_long", "panic", "network", "error"}
}

// Reason gives one word for the error that Closed was given, with few possible
// values, fit for the label of a metric. "error" stands for the handler's own.
func Reason(err error) string {
	var p *PanicError
	switch {
	case err == nil || errors.Is(err, ErrClose):
		return "done"
	case errors.Is(err, io.EOF):
		return "peer"
	case errors.Is(err, ErrClosed):
		return "closed"
	case errors.Is(err, ErrOverflow):
		return "overflow"
	case errors.Is(err, ErrWriteTimeout):
		return "write_timeout"
	case errors.Is(err, ErrGate):
		return "gate"
	case errors.Is(err, ErrInputTooLong):
		return "input_too_long"
	case errors.As(err, &p):
		return "panic"
	case errors.Is(err, ErrNetwork):
		return "network"
	}
	return "error"
}

// lost gives the cause of death for what a socket has failed with.
func lost(doing string, err error) error {
	if errors.Is(err, net.ErrClosed) {
		return ErrClosed // by the Acceptor
	}
	return fmt.Errorf("%w: %s: %w", ErrNetwork, doing, err)
}

func isTimeout(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }
