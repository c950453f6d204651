//go:build unix

package fleet

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
)

// Host is where everything listens.
const Host = "127.0.0.1"

// Ports are taken from below those that the system gives to outgoing
// connections: a server that is started again must find its port free, however
// many connections there are. Each program begins somewhere else, so that two at
// once do not meet.
const (
	firstPort = 12000
	lastPort  = 31999
)

var ports = struct {
	sync.Mutex
	next int
}{next: firstPort + rand.IntN(lastPort-firstPort)} //nolint:gosec // not a secret

// freePorts finds ports on which nothing listens.
func freePorts(ctx context.Context, n int) ([]int, error) {
	ports.Lock()
	defer ports.Unlock()
	var found []int
	for range lastPort - firstPort {
		if ports.next++; ports.next > lastPort {
			ports.next = firstPort
		}
		if !portFree(ctx, ports.next) {
			continue
		}
		if found = append(found, ports.next); len(found) == n {
			return found, nil
		}
	}
	return nil, errors.New("fleet: no free ports")
}

func portFree(ctx context.Context, port int) bool {
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", address(port))
	if err != nil {
		return false
	}
	return ln.Close() == nil
}

func address(port int) string { return net.JoinHostPort(Host, strconv.Itoa(port)) }

// listening reports whether somebody takes connections.
func listening(ctx context.Context, address string) error {
	nc, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("nothing listens yet: %w", err)
	}
	return nc.Close()
}
