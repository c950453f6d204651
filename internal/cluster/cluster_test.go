package cluster

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestStartAlone(t *testing.T) {
	n := start(t, Options{})
	if err := checkNodeID(n.ID()); err != nil {
		t.Errorf("the id that was made: %v", err)
	}
	if n.server.Addr() != nil || n.server.NumRoutes() != 0 {
		t.Errorf("the server in the process listens on %v", n.server.Addr())
	}
}

// A node can be closed and started in the same folder, again and again, and
// leaves no goroutine behind.
func TestRestart(t *testing.T) {
	dir := t.TempDir()
	before := goleak.IgnoreCurrent()
	for range 5 {
		n, err := Start(t.Context(), Options{Node: "one", Dir: dir, Log: testLog(t)})
		if err != nil {
			t.Fatal(err)
		}
		if err := n.Serve("echo", echo); err != nil {
			t.Fatal(err)
		}
		if _, err := n.Request(t.Context(), "one", "echo", nil); err != nil {
			t.Fatal(err)
		}
		if _, err := n.Secret(t.Context(), "cookies"); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := n.Close(); err != nil {
				t.Error(err)
			}
		}
		goleak.VerifyNone(t, before)
	}
	if _, err := os.Stat(filepath.Join(dir, "bus")); err != nil {
		t.Errorf("closing removed the folder: %v", err)
	}
}

func TestClosed(t *testing.T) {
	n := start(t, Options{Node: "one"})
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := n.Request(t.Context(), "one", "echo", nil)
	_, err2 := n.Secret(t.Context(), "cookies")
	for what, err := range map[string]error{
		"request":   err,
		"broadcast": n.Broadcast("echo", nil),
		"serve":     n.Serve("echo", echo),
		"listen":    n.Listen("echo", func(context.Context, []byte) {}),
		"secret":    err2,
	} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestStartRefuses(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	for name, o := range map[string]Options{
		"no log":            {Dir: dir},
		"no folder":         {Log: log},
		"folder is a file":  {Log: log, Dir: file},
		"bad id":            {Log: log, Dir: dir, Node: "a.b"},
		"id with wildcard":  {Log: log, Dir: dir, Node: "*"},
		"id for everybody":  {Log: log, Dir: dir, Node: everybody},
		"long id":           {Log: log, Dir: dir, Node: strings.Repeat("a", maxNodeID+1)},
		"unknown role":      {Log: log, Dir: dir, Roles: []Role{"butler"}},
		"address":           {Log: log, Dir: dir, Advertise: map[Role]string{RoleSwitchboard: "example.test"}},
		"port":              {Log: log, Dir: dir, Advertise: map[Role]string{RoleSwitchboard: "example.test:0"}},
		"port is a name":    {Log: log, Dir: dir, Advertise: map[Role]string{RoleSwitchboard: "example.test:msnp"}},
		"no host":           {Log: log, Dir: dir, Advertise: map[Role]string{RoleSwitchboard: ":1865"}},
		"host with blanks":  {Log: log, Dir: dir, Advertise: map[Role]string{RoleSwitchboard: "ex ample.test:1865"}},
		"nobody is there":   {Log: log, NATSURL: "nats://127.0.0.1:1"},
		"not an address":    {Log: log, NATSURL: "::::"},
		"user without host": {Log: log, NATSURL: "nats://user:secret@"},
		"bad port":          {Log: log, NATSURL: "nats://127.0.0.1:1,nats://user:secret@127.0.0.1:port"},
		"wrong password":    {Log: log, NATSURL: "nats://user:secret@127.0.0.1:1"},
	} {
		begin := time.Now()
		n, err := Start(t.Context(), o)
		if err == nil {
			t.Errorf("%s: started", name)
			_ = n.Close()
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the password is in %q", name, err)
		}
		if time.Since(begin) > quick {
			t.Errorf("%s: took %s", name, time.Since(begin))
		}
	}
}

func TestNewNodeID(t *testing.T) {
	a, b := newNodeID(), newNodeID()
	if a == b || checkNodeID(a) != nil || checkNodeID(b) != nil {
		t.Errorf("ids %s and %s", a, b)
	}
}

// What the server in the process says goes into our log, and only what matters.
func TestServerLog(t *testing.T) {
	var out bytes.Buffer
	l := &serverLog{log: slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	l.Noticef("a %d", 1)
	l.Debugf("b %d", 2)
	l.Tracef("c %d", 3)
	if out.Len() != 0 {
		t.Errorf("logged %s", out.String())
	}
	l.Warnf("d %d", 4)
	l.Errorf("e %d", 5)
	l.Fatalf("f %d", 6)
	for _, want := range []string{"level=WARN", `"d 4"`, "level=ERROR", `"e 5"`, `"f 6"`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s is not in %s", want, out.String())
		}
	}
}

// BenchmarkStart is a node alone, from nothing to its first answer and back.
func BenchmarkStart(b *testing.B) {
	dir := b.TempDir()
	b.ReportAllocs()
	for b.Loop() {
		n, err := Start(b.Context(), Options{Node: "one", Dir: dir, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			b.Fatal(err)
		}
		if err := n.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
