package netio

import (
	"net"
	"testing"
)

// However many handlers are busy at once, each has a hand of its own; and all
// hands are gone with the last connection.
func TestHands(t *testing.T) {
	const conns = 2*maxIdleHands + 1
	t.Run("busy", func(t *testing.T) {
		busy, goOn := make(chan struct{}), make(chan struct{})
		var clients []net.Conn
		for range conns {
			client, server := dial(t)
			c := NewConn(server, nil)
			run(t, c, &hooks{data: func(buf []byte) (int, error) {
				busy <- struct{}{}
				<-goOn
				return len(buf), c.QueueBytes(buf)
			}})
			write(t, client, "x")
			clients = append(clients, client)
		}
		for range conns {
			within(t, busy)
		}
		close(goOn)
		for _, client := range clients {
			expect(t, client, "x")
		}
		if idle, _ := hands(); idle > maxIdleHands {
			t.Errorf("%d hands are kept", idle)
		}
	})
	if idle, running := hands(); idle != 0 || running != 0 {
		t.Errorf("%d hands are left of %d connections", idle, running)
	}
}

func hands() (idle, conns int) {
	crew.mu.Lock()
	defer crew.mu.Unlock()
	return len(crew.idle), crew.conns
}
