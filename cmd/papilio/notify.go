package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
)

// What a supervisor that asked for it, as systemd does for a unit of
// Type=notify, is told of the service.
const (
	stateReady    = "READY=1"
	stateStopping = "STOPPING=1"
)

// notifySocket is the variable in which the supervisor names its socket.
const notifySocket = "NOTIFY_SOCKET"

// notify tells the supervisor that the service has reached a state. Without one
// it does nothing.
func (p *program) notify(ctx context.Context, state string) error {
	address := ""
	for _, entry := range p.environ {
		if value, ok := strings.CutPrefix(entry, notifySocket+"="); ok {
			address = value
		}
	}
	if address == "" {
		return nil
	}
	var d net.Dialer
	socket, err := d.DialContext(ctx, "unixgram", address) // an @ in front is for the abstract name space, as here
	if err != nil {
		return fmt.Errorf("tell the supervisor: %w", err)
	}
	defer func() { _ = socket.Close() }() // a datagram is sent when it is written
	if _, err := socket.Write([]byte(state)); err != nil {
		return fmt.Errorf("tell the supervisor: %w", err)
	}
	return nil
}

// tell is notify for a service, which goes on whether it was heard or not.
func (p *program) tell(ctx context.Context, log *slog.Logger, state string) {
	if err := p.notify(ctx, state); err != nil {
		log.WarnContext(ctx, "the supervisor is not told", "err", err)
	}
}
