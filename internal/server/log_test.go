package server_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/papilio-im/papilio/internal/config"
	"github.com/papilio-im/papilio/internal/server"
	"github.com/papilio-im/papilio/msnp"
)

// logged runs a service whose log a test can read.
func logged(t *testing.T) (*running, *logbook) {
	t.Helper()
	log := new(logbook)
	s := startWith(t, server.Options{Config: loopback(t, "[limits]\nenabled = false\n"), Log: slog.New(slog.NewTextHandler(log, nil))})
	return s, log
}

// says waits for a line of the log in which all of these are.
func (l *logbook) says(t *testing.T, parts ...string) {
	t.Helper()
	eventually(t, "a line of the log with "+strings.Join(parts, ", "), func() bool {
		for line := range strings.Lines(l.String()) {
			found := 0
			for _, part := range parts {
				if strings.Contains(line, part) {
					found++
				}
			}
			if found == len(parts) {
				return true
			}
		}
		return false
	})
}

// The client is told the same whatever was wrong; the log says what it was.
func TestRefusedSignInsInTheLog(t *testing.T) {
	s, log := logged(t)
	s.addAccount(t, "ada@example.net", "pw", "Ada")
	s.addAccount(t, "bea@example.net", "", "Bea")
	s.addAccount(t, "eve@example.net", "pw", "Eve")
	if err := s.SetBanned(t.Context(), "eve@example.net", true); err != nil {
		t.Fatal(err)
	}
	for handle, want := range map[string][]string{
		"ada@example.net": {`wrong password`, "account=1"},
		"bea@example.net": {`no password for old clients: papilio user legacy-password`, "account=2"},
		"eve@example.net": {`wrong password`, "account=3"},
		"zed@example.net": {`no such account`},
	} {
		p := dial(t, s.address(t, config.RoleNotification))
		p.send("VER 1 MSNP7 CVR0", "USR 2 MD5 I "+handle)
		p.expect("VER 1 MSNP7 CVR0", "USR 2 MD5 S *")
		p.send("USR 3 MD5 S 00000000000000000000000000000000")
		p.expect("911 3")
		log.says(t, append(want, "msg=refused", "command=USR")...)
	}
	eve := dial(t, s.address(t, config.RoleNotification))
	eve.send("VER 1 MSNP7 CVR0", "USR 2 MD5 I eve@example.net")
	eve.expect("VER 1 MSNP7 CVR0")
	eve.send("USR 3 MD5 S " + msnp.MD5Response(eve.words("USR 2 MD5 S ")[4], "pw"))
	eve.expect("911 3")
	log.says(t, "msg=refused", "banned", "account=3")
	for line := range strings.Lines(log.String()) {
		if strings.Contains(line, "msg=refused") && strings.Contains(line, "example.net") {
			t.Errorf("names the account: %s", line)
		}
	}
}

// The log says who has left and why, in the words of the metrics.
func TestSignOutsInTheLog(t *testing.T) {
	s, log := logged(t)
	handle := "ada@example.net"
	s.addAccount(t, handle, "pw", "Ada")
	for why, end := range map[string]func(*peer) error{
		"operator": func(*peer) error { return s.SignOut(t.Context(), handle) },
		"reset":    func(*peer) error { return s.Reset(t.Context(), handle) },
		"peer":     func(p *peer) error { return p.Close() },
		"done":     func(p *peer) error { p.send("OUT"); return nil },
		"replaced": func(*peer) error { s.signIn(t, handle, "pw"); return s.SignOut(t.Context(), handle) },
		"referred": func(p *peer) error {
			err := s.Refer(t.Context(), handle, "192.0.2.1:1864")
			p.expect("XFR 0 NS *")
			_ = p.Close()
			return err
		},
	} {
		p := s.signIn(t, handle, "pw")
		log.says(t, `msg="signed in"`, "account=1", "handle="+handle)
		if err := end(p); err != nil {
			t.Errorf("%s: %v", why, err)
		}
		log.says(t, `msg="signed out"`, "account=1", "handle="+handle, "why="+why)
	}
	s.signIn(t, handle, "pw")
	if err := s.SetBanned(t.Context(), handle, true); err != nil {
		t.Fatal(err)
	}
	log.says(t, `msg="signed out"`, "why=banned")
}

// Who cannot sign in because of the versions is in the log, but no line is
// longer for what a client sends.
func TestNoVersionInTheLog(t *testing.T) {
	s, log := logged(t)
	for _, role := range []config.Role{config.RoleDispatch, config.RoleNotification} {
		before := strings.Count(log.String(), "no common version")
		p := dial(t, s.address(t, role))
		p.send("VER 1 MSNP1 " + strings.Repeat("LONGWORD ", 25))
		p.expect("VER 1 0")
		eventually(t, "a line of the log", func() bool { return strings.Count(log.String(), "no common version") > before })
	}
	p := dial(t, s.address(t, config.RoleNotification))
	p.send("VER 1 MSNP99 CVR0")
	p.expect("VER 1 CVR0")
	log.says(t, `msg="no common version"`, `offered="MSNP99 CVR0"`)
	for line := range strings.Lines(log.String()) {
		if len(line) > 400 {
			t.Errorf("%d octets: %s", len(line), line)
		}
	}
}

// A conversation is called one, and has its number all along.
func TestConversationsInTheLog(t *testing.T) {
	s, log := logged(t)
	handles := []string{"ada@example.net", "bea@example.net"}
	var people []*peer
	for _, handle := range handles {
		s.addAccount(t, handle, "pw", "Somebody")
		p := s.signIn(t, handle, "pw")
		p.send("CHG 4 NLN")
		p.expect("CHG 4 NLN", "MSG *")
		people = append(people, p)
	}
	members := s.converse(t, handles, people)
	log.says(t, `msg="entered a conversation"`, "conversation=")
	members[0].send("OUT")
	log.says(t, `msg="left a conversation"`, "conversation=", "why=done")
	if err := s.SignOut(t.Context(), handles[1]); err != nil {
		t.Fatal(err)
	}
	log.says(t, `msg="left a conversation"`, "conversation=", "why=signed_out")
	if strings.Contains(log.String(), "session=") {
		t.Error("a conversation is called a session")
	}
}

// Who has not signed in is not waited for when the service stops, and those who
// have are told.
func TestStopWithStrangers(t *testing.T) {
	s, log := logged(t)
	s.addAccount(t, "ada@example.net", "pw", "Ada")
	ada := s.signIn(t, "ada@example.net", "pw")
	silent := dial(t, s.address(t, config.RoleNotification))
	greeted := dial(t, s.address(t, config.RoleNotification))
	greeted.send("VER 1 MSNP7 CVR0")
	greeted.expect("VER 1 MSNP7 CVR0")
	begin := time.Now()
	s.stop()
	ada.expect("OUT SSD")
	for _, p := range []*peer{ada, silent, greeted} {
		if line, err := p.line(); err == nil {
			t.Errorf("got %q", line)
		}
		_ = p.Close()
	}
	log.says(t, `msg="signed out"`, "why=shutdown")
	if took := time.Since(begin); took > 3*time.Second {
		t.Errorf("it took %v", took)
	}
}
