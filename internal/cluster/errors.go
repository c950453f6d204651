package cluster

import (
	"errors"
	"fmt"
)

// Why a request brought no answer, or a message was not sent. From requests they
// come wrapped in a [RequestError]; the others that can are context.DeadlineExceeded and context.Canceled.
var (
	// ErrUnreachable: there is no such node, or it does not serve the verb.
	// Known at once, not after a time-out.
	ErrUnreachable = errors.New("no such node, or it does not serve that")
	// ErrBusy: the node has as many requests of that verb waiting as it takes.
	ErrBusy = errors.New("the node has too much to do")
	// ErrOffline: this node is not connected to NATS at the moment.
	ErrOffline = errors.New("no connection to NATS")
	// ErrMalformed: what came over the bus cannot be read.
	ErrMalformed = errors.New("malformed message")
)

// ErrClosed says that the node has been closed.
var ErrClosed = errors.New("cluster: node is closed")

// RequestError says which request failed, and wraps why.
type RequestError struct {
	Node string
	Verb string
	Err  error
}

// Error implements error.
func (e *RequestError) Error() string {
	return fmt.Sprintf("cluster: %s at node %s: %v", e.Verb, e.Node, e.Err)
}

// Unwrap gives the reason.
func (e *RequestError) Unwrap() error { return e.Err }

// HandlerError is the reason when the other node did answer, with an error.
// Only its text travels.
type HandlerError struct{ Text string }

// Error implements error.
func (e *HandlerError) Error() string { return e.Text }
