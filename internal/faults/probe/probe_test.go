package probe

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/papilio-im/papilio/internal/faults/check"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// service is some notification servers.
type service struct {
	t       *testing.T
	servers []Server
	honest  bool // one connection of an account at a time
	refers  bool // the first server refers everybody to the second

	mu  sync.Mutex
	who map[string]net.Conn
	ins int // sign-ins
}

func newService(t *testing.T, honest, refers bool) *service {
	s := &service{t: t, honest: honest, refers: refers, who: make(map[string]net.Conn)}
	for i := range 2 {
		ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { ln.Close() })
		s.servers = append(s.servers, Server{fmt.Sprintf("ns%d", i+1), ln.Addr().String()})
		go func() {
			for {
				nc, err := ln.Accept()
				if err != nil {
					return
				}
				go s.serve(nc, i)
			}
		}()
	}
	return s
}

// serve speaks as much of the protocol as a probe does.
func (s *service) serve(nc net.Conn, server int) {
	defer nc.Close()
	in := bufio.NewScanner(nc)
	handle := ""
	for in.Scan() {
		words := strings.Fields(in.Text())
		if len(words) == 0 {
			return
		}
		answer := ""
		switch {
		case words[0] == "VER":
			answer = "VER 1 MSNP7 CVR0\r\n"
		case words[0] == "INF":
			answer = "INF 2 MD5\r\n"
		case words[0] == "USR" && words[3] == "I" && s.refers && server == 0:
			answer = "XFR " + words[1] + " NS " + s.servers[1].Address + " 0 " + s.servers[0].Address + "\r\n"
		case words[0] == "USR" && words[3] == "I":
			handle = words[4]
			answer = "USR " + words[1] + " MD5 S 1.2\r\n"
		case words[0] == "USR":
			s.signIn(handle, nc)
			answer = "USR " + words[1] + " OK " + handle + " Name 1\r\nMSG Hotmail Hotmail 5\r\nhello"
		case words[0] == "PNG":
			answer = "QNG\r\n"
		}
		if _, err := io.WriteString(nc, answer); err != nil {
			return
		}
	}
}

func (s *service) signIn(handle string, nc net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ins++
	if old := s.who[handle]; old != nil && s.honest {
		_, _ = io.WriteString(old, "OUT OTH\r\n")
		old.Close()
	}
	s.who[handle] = nc
}

func (s *service) signIns() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ins
}

// run probes a service until something is so.
func run(t *testing.T, s *service, until func(*check.Ledger) bool) *check.Ledger {
	t.Helper()
	l := check.NewLedger("test", nil)
	p := Start(t.Context(), Options{Accounts: 3, Password: "x", Servers: s.servers, Answers: check.NewAnswers(l), Ledger: l, Seed: 1})
	defer p.Stop()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !until(l) {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("it does not come; %+v", l.Phases())
		}
	}
	return l
}

func TestHonestService(t *testing.T) {
	for name, refers := range map[string]bool{"directly": false, "referred": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t, true, refers)
			l := run(t, s, func(l *check.Ledger) bool {
				return s.signIns() > 6 && l.Phases()[0].Cells[check.Owners].Checked > 60
			})
			if kept, total := l.Violations(); total > 0 {
				t.Error(kept)
			}
		})
	}
}

// Two servers that both take everybody are found out.
func TestTwoOwners(t *testing.T) {
	t.Parallel()
	l := run(t, newService(t, false, false), func(l *check.Ledger) bool {
		_, total := l.Violations()
		return total > 0
	})
	kept, _ := l.Violations()
	if v := kept[0]; v.Invariant != check.Owners || !strings.Contains(v.What, "at the same time") {
		t.Errorf("found %v", v)
	}
}
