package notification

import (
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/papilio-im/papilio/msnp"
)

// The profile message has the port that the client has come from, its two octets
// swapped.
func TestProfileHasTheClientsPort(t *testing.T) {
	w := newWorld(t, []string{"a"})
	w.people("ada")
	p := begin(t, w.nodes["a"].addr, "ada", msnp.MSNP9)
	p.prove("ada", p.initial("ada"))
	p.expect("USR 3 OK *")
	line, err := p.r.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Fields(line)
	size, err := strconv.Atoi(words[len(words)-1])
	if err != nil {
		t.Fatal(err)
	}
	payload := make([]byte, size)
	if _, err := io.ReadFull(p.r, payload); err != nil {
		t.Fatal(err)
	}
	port := p.LocalAddr().(*net.TCPAddr).Port
	if want := fmt.Sprintf("\r\nClientIP: 127.0.0.1\r\nClientPort: %d\r\n\r\n", (port&255)<<8|port>>8); !strings.HasSuffix(string(payload), want) {
		t.Errorf("want it to end in %q, got %q", want, payload)
	}
}
