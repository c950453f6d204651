package server_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// maxGatewaySession bounds what a session of the gateway may take of memory, heap
// and stacks, with that of the notification server and the account in it: no
// buffer and no goroutine of the gateway, and those of a connection.
const maxGatewaySession = 24 << 10

// Many sessions cost little while nothing happens on them, and work like one.
func TestGatewayOfManySessions(t *testing.T) {
	sessions := 2000
	if raceDetector {
		sessions = 200 // each takes ten times as long
	}
	s := start(t, "[limits]\nenabled = false\n")
	for i := range sessions {
		s.addAccount(t, fmt.Sprintf("user%d@example.net", i), "secret", "Somebody")
	}
	one := newTunnel(t, s) // all of them use its connection in turn
	one.open("NS", "")
	before := inUse()
	all := make([]*tunnel, sessions)
	for i := range all {
		all[i] = &tunnel{t: t, at: one.at, conn: one.conn, r: one.r}
		all[i].signIn(fmt.Sprintf("user%d@example.net", i), "secret", "Somebody")
		all[i].online() // or the server would wait for that before it lets many more in
	}
	each := (inUse() - before) / int64(sessions)
	t.Logf("%d octets a session", each)
	if each > maxGatewaySession && !raceDetector {
		t.Errorf("%d octets a session, want at most %d", each, maxGatewaySession)
	}
	for i, u := range all {
		u.send(fmt.Sprintf("REA 5 user%d@example.net Renamed\r\n", i))
		if line := u.next(); !strings.HasPrefix(line, "REA 5 ") {
			t.Fatalf("session %d hears %q", i, line)
		}
	}
	for _, u := range all {
		u.send("OUT\r\n")
		if !u.over {
			t.Fatal("OUT has not ended the session")
		}
	}
}

// inUse is what this process has in use of heap and stacks.
func inUse() int64 {
	runtime.GC()
	runtime.GC() // what pools hold goes with the second
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}
