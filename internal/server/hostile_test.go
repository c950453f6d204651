package server_test

import (
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/papilio-im/papilio/internal/config"
)

// TestOverlong sends each role what is longer than anything may be: the
// connection ends, and nothing is answered.
func TestOverlong(t *testing.T) {
	s := start(t, "")
	s.addAccount(t, "ada@example.net", "secret", "Ada")
	for name, test := range map[string]struct {
		role config.Role
		text string
	}{
		"dispatch line":       {config.RoleDispatch, "VER 1 " + strings.Repeat("x", 16<<10)},
		"dispatch words":      {config.RoleDispatch, "VER 1" + strings.Repeat(" MSNP7", 40) + "\r\n"},
		"notification line":   {config.RoleNotification, "VER 1 " + strings.Repeat("x", 64<<10)},
		"notification blanks": {config.RoleNotification, strings.Repeat(" ", 65<<10)},
		"notification empty":  {config.RoleNotification, strings.Repeat("\r\n", 33<<10)},
		"switchboard line":    {config.RoleSwitchboard, "USR 1 " + strings.Repeat("x", 1025) + "\r\n"},
		"switchboard payload": {config.RoleSwitchboard, "MSG 1 N 1665\r\n"},
		"NUL":                 {config.RoleNotification, "\x00\x00\x00\x00\r\n"},
		"TLS":                 {config.RoleNotification, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n"},
	} {
		t.Run(name, func(t *testing.T) {
			p := dial(t, s.address(t, test.role))
			_, err := io.WriteString(p, test.text)
			if err != nil && !broken(err) {
				t.Fatal(err)
			}
			rest, err := io.ReadAll(p)
			if err != nil && !broken(err) || len(rest) > 0 {
				t.Errorf("%q, %v", rest, err)
			}
		})
	}
	for _, line := range []string{
		"QRY 4 msmsgs@msnmsgr.com -32", "QRY 4 msmsgs@msnmsgr.com 4294967296", "QRY 4 msmsgs@msnmsgr.com 257",
		"PAG 4 bea@example.net 4097", "SDC 4 x@example.org 0x0409 MSMSGS MSMSGS X X Ada 999999999", "CHG 4 NLN" + strings.Repeat(" x", 40),
	} {
		p := s.signIn(t, "ada@example.net", "secret")
		p.send(line)
		if rest, err := io.ReadAll(p); err != nil && !broken(err) || len(rest) > 0 {
			t.Errorf("%q: %q, %v", line, rest, err)
		}
	}
}

// broken reports whether an error says that the other side has closed.
func broken(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// TestGarbage has a thousand connections send what is no protocol at all, or
// begins like it. All of them end, nothing is left of them, and whoever comes
// next is served as always.
func TestGarbage(t *testing.T) {
	s := start(t, "")
	s.addAccount(t, "ada@example.net", "secret", "Ada")
	if err := s.signIn(t, "ada@example.net", "secret").Close(); err != nil {
		t.Fatal(err)
	}
	roles := []config.Role{config.RoleDispatch, config.RoleNotification, config.RoleSwitchboard}
	goroutines, descriptors := runtime.NumGoroutine(), openDescriptors(t)
	const connections, atOnce = 1000, 50
	var wg sync.WaitGroup
	for worker := range atOnce {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(1863, uint64(worker)))
			for i := range connections / atOnce {
				garble(t, s.address(t, roles[i%len(roles)]), random)
			}
		})
	}
	wg.Wait()
	eventually(t, "the goroutines of the connections have ended", func() bool { return runtime.NumGoroutine() <= goroutines+2 })
	eventually(t, "their descriptors are closed", func() bool { return openDescriptors(t) <= descriptors })
	p := s.signIn(t, "ada@example.net", "secret")
	p.send("CHG 4 NLN", "XFR 5 SB")
	p.expect("CHG 4 NLN", "MSG *", "XFR 5 SB *")
}

// beginnings are what lets garbage get further.
var beginnings = []string{"", "", "VER 1 MSNP7 CVR0\r\n", "VER 1 MSNP2\r\nUSR 2 MD5 I\r\n", "INF 1\r\n", "XFR 1 NS\r\n", "USR 1 ", "MSG 1 N 100\r\n"}

// garble sends garbage and hangs up, in one of the ways in which one can.
func garble(t *testing.T, address string, random *rand.Rand) {
	p := dial(t, address)
	defer p.Close()
	octets := make([]byte, random.IntN(4096))
	for i := range octets {
		octets[i] = byte(random.Uint32())
	}
	_, err := io.WriteString(p, beginnings[random.IntN(len(beginnings))]+string(octets))
	if err != nil && !broken(err) {
		t.Error(err)
	}
	switch random.IntN(3) {
	case 0: // a reset, with what was sent still on its way
		_ = p.SetLinger(0)
	case 1: // a half that is closed: the server ends the other
		_ = p.CloseWrite()
		if _, err := io.Copy(io.Discard, p); err != nil && !broken(err) {
			t.Error(err)
		}
	}
}

// openDescriptors counts the open files of the process, 0 where that cannot be
// known.
func openDescriptors(t testing.TB) int {
	t.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return len(files)
}
