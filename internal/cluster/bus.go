package cluster

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
)

// busLook is the pause between two looks whether NATS is back.
const busLook = 20 * time.Millisecond

// DefaultTimeout bounds a request whose context has no deadline of its own.
const DefaultTimeout = 5 * time.Second

const (
	subjectRoot = "papilio."
	everybody   = "all" // stands for a node in the subjects that all listen to
	maxVerb     = 32
)

// What is on the bus begins with the number of its form, so that a node can
// tell what it is too old for. A request goes on with how many milliseconds
// its sender will wait (a duration, because clocks differ), an answer with a
// status; then comes the data.
const form = 1

// status is how a request went.
type status byte

const (
	statusOK status = iota
	statusFailed
	statusBusy
	statusClosing
	statusMalformed
)

func subject(node, verb string) string { return subjectRoot + node + "." + verb }

func checkVerb(verb string) error {
	if verb == "" || len(verb) > maxVerb {
		return fmt.Errorf("cluster: verb %q is empty or longer than %d characters", verb, maxVerb)
	}
	for i := range len(verb) {
		if c := verb[i]; (c < 'a' || c > 'z') && c != '-' {
			return fmt.Errorf("cluster: verb %q: only small letters and - may be in it", verb)
		}
	}
	return nil
}

// Request asks a node, which may be this one, and waits for its answer until
// the context ends. Every error is a [RequestError]. It is not repeated, so
// after an error the other node may or may not have done what was asked.
func (n *Node) Request(ctx context.Context, node, verb string, data []byte) ([]byte, error) {
	answer, err := n.request(ctx, node, verb, data)
	if err != nil {
		return nil, &RequestError{Node: node, Verb: verb, Err: err}
	}
	return answer, nil
}

func (n *Node) request(ctx context.Context, node, verb string, data []byte) ([]byte, error) {
	if err := errors.Join(checkNodeID(node), checkVerb(verb)); err != nil {
		return nil, err
	}
	deadline, ok := ctx.Deadline()
	if !ok {
		var cancel context.CancelFunc
		deadline = time.Now().Add(DefaultTimeout)
		ctx, cancel = context.WithDeadline(ctx, deadline)
		defer cancel()
	}
	for {
		if err := n.awaitBus(ctx); err != nil {
			return nil, err
		}
		msg, err := n.bus.RequestWithContext(ctx, subject(node, verb), seal(time.Until(deadline), data))
		switch {
		case err == nil:
			return openAnswer(msg.Data)
		case errors.Is(err, nats.ErrReconnectBufExceeded): // not sent: the connection is gone again
		case errors.Is(err, nats.ErrNoResponders):
			return nil, ErrUnreachable
		case errors.Is(err, nats.ErrConnectionClosed):
			return nil, ErrClosed
		default:
			return nil, err
		}
	}
}

// awaitBus waits while this node is not connected to NATS, which is no longer
// than a moment when it changes servers.
func (n *Node) awaitBus(ctx context.Context) error {
	for !n.bus.IsConnected() && !n.bus.IsClosed() {
		select {
		case <-time.After(busLook):
		case <-ctx.Done():
			return ctx.Err()
		case <-n.life.Done():
			return ErrClosed
		}
	}
	return nil
}

// Publish sends to a node, which may be this one, at most once. It does not
// wait, and fails with ErrOffline while there is no connection. What one node
// publishes to another with a verb arrives in that order.
func (n *Node) Publish(node, verb string, data []byte) error {
	if err := errors.Join(checkNodeID(node), checkVerb(verb)); err != nil {
		return err
	}
	return n.publish(node, verb, data)
}

// Broadcast sends to every node that listens for the verb, this one included,
// at most once each. It does not wait for them.
func (n *Node) Broadcast(verb string, data []byte) error {
	if err := checkVerb(verb); err != nil {
		return err
	}
	return n.publish(everybody, verb, data)
}

func (n *Node) publish(to, verb string, data []byte) error {
	err := n.bus.Publish(subject(to, verb), seal(0, data))
	switch {
	case err == nil:
		return nil
	case errors.Is(err, nats.ErrConnectionClosed):
		return ErrClosed
	case errors.Is(err, nats.ErrReconnectBufExceeded):
		err = ErrOffline
	}
	return fmt.Errorf("cluster: send %s to %s: %w", verb, to, err)
}

// seal puts the head of a request before its data.
func seal(wait time.Duration, data []byte) []byte {
	p := make([]byte, 0, 1+binary.MaxVarintLen32+len(data))
	p = append(p, form)
	p = binary.AppendUvarint(p, uint64(max(wait.Milliseconds(), 0)))
	return append(p, data...)
}

// open takes the head of a request off.
func open(p []byte) (wait time.Duration, data []byte, err error) {
	if len(p) == 0 || p[0] != form {
		return 0, nil, ErrMalformed
	}
	ms, n := binary.Uvarint(p[1:])
	if n <= 0 {
		return 0, nil, ErrMalformed
	}
	ms = min(ms, uint64(time.Hour/time.Millisecond)) // nobody waits longer
	return time.Duration(ms) * time.Millisecond, p[1+n:], nil
}

func sealAnswer(s status, data []byte) []byte {
	p := make([]byte, 0, 2+len(data))
	return append(append(p, form, byte(s)), data...)
}

func openAnswer(p []byte) ([]byte, error) {
	if len(p) < 2 || p[0] != form {
		return nil, ErrMalformed
	}
	switch data := p[2:]; status(p[1]) {
	case statusOK:
		return data, nil
	case statusFailed:
		return nil, &HandlerError{Text: string(data)}
	case statusBusy:
		return nil, ErrBusy
	case statusClosing:
		return nil, ErrUnreachable
	case statusMalformed:
		return nil, ErrMalformed
	}
	return nil, ErrMalformed
}
