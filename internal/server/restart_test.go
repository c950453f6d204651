package server

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/config"
	"github.com/papilio-im/papilio/internal/presence"
	"github.com/papilio-im/papilio/msnp"
)

// Who was signed in comes back with what is left of the time that they are
// waited for, and only once.
func TestRestartFile(t *testing.T) {
	folder, grace := t.TempDir(), 30*time.Second
	written := time.Date(2003, 4, 9, 15, 58, 41, 0, time.UTC)
	kept := []presence.State{
		{
			Handle: "ada@example.net", Name: "Ada%20L", Status: msnp.StatusBusy, Seq: 1<<63 + 1, Since: written.Add(-time.Hour), NoCalls: true,
			Looks: cluster.Looks{
				Personal: msnp.Personal{Message: "<gone> \"fishing\" é", Media: `\0Music\01\0{0}\0Blue Train\0`},
				Object:   "%3Cmsnobj%2F%3E", Capabilities: 2788999228,
			},
			PersonalSeq: 1<<63 + 2,
		},
		{Handle: "bea@example.net", Status: msnp.StatusOnline, Grace: 5 * time.Second}, // was on the move already
	}
	take := func(after time.Duration) []presence.State {
		t.Helper()
		if err := writeRestart(folder, kept, written); err != nil {
			t.Fatal(err)
		}
		got, err := takeRestart(folder, grace, written.Add(after))
		if err != nil {
			t.Fatal(err)
		}
		if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
		return got
	}
	want := []presence.State{kept[0], kept[1]}
	want[0].Grace, want[1].Grace = 26*time.Second, time.Second
	if diff := cmp.Diff(want, take(4*time.Second)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := take(6 * time.Second); len(got) != 1 || got[0].Handle != "ada@example.net" || got[0].Grace != 24*time.Second {
		t.Errorf("%+v", got)
	}
	if got := take(grace); len(got) != 0 {
		t.Errorf("after the grace: %+v", got)
	}
	if got := take(-time.Second); len(got) != 2 || got[0].Grace != grace {
		t.Errorf("with a clock that was set back a little: %+v", got)
	}
	if got, err := takeRestart(folder, grace, written); len(got) != 0 || err != nil {
		t.Errorf("without a file: %+v, %v", got, err)
	}
}

// A file that makes no sense is told of, and is gone.
func TestRestartFileThatMakesNoSense(t *testing.T) {
	now := time.Now()
	later, err := json.Marshal(restart{Form: restartForm, Written: now.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"empty": "", "cut": `{"form":1,"wri`, "another thing": "[1,2]",
		"another form": `{"form":2,"written":"` + now.Format(time.RFC3339) + `"}`, "of a time to come": string(later),
	} {
		folder := t.TempDir()
		file := filepath.Join(folder, restartFile)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := takeRestart(folder, time.Minute, now)
		if len(got) != 0 || err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if _, err := os.Stat(file); err == nil {
			t.Errorf("%s: the file is still there", name)
		}
	}
}

// on is a listener that does not listen.
type on string

func (on) Accept() (net.Conn, error) { return nil, net.ErrClosed }
func (on) Close() error              { return nil }
func (l on) Addr() net.Addr          { return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(string(l))) }

// Where clients are sent to from other machines is found out if nobody has said.
func TestAdvertised(t *testing.T) {
	const bus = "nats://papilio:secret@127.0.0.1:4222"
	for name, tt := range map[string]struct {
		listen, nats, given string
		want, log           string
	}{
		"alone":                    {listen: "0.0.0.0:1864"},
		"given":                    {listen: "0.0.0.0:1864", nats: bus, given: "chat.example.com:1864", want: "chat.example.com:1864"},
		"the one that it uses":     {listen: "0.0.0.0:1864", nats: bus, want: "127.0.0.1:1864", log: "only this machine can reach"},
		"of every address":         {listen: "[::]:1864", nats: bus, want: "127.0.0.1:1864", log: "key=notification.advertise"},
		"the one it listens on":    {listen: "192.0.2.1:1864", nats: bus, want: "192.0.2.1:1864", log: "it listens there"},
		"the second server":        {listen: "0.0.0.0:1864", nats: "nats://[2001:db8::1]:1, nats://127.0.0.1", want: "127.0.0.1:1864"},
		"of no use to old clients": {listen: "[2001:db8::1]:1864", nats: bus, want: "error: notification.advertise is needed: clients cannot be sent to 2001:db8::1"},
		"no way":                   {listen: "0.0.0.0:1864", nats: "nats://[2001:db8::1]:1", want: "error: notification.advertise is needed: the address by which this machine reaches NATS"},
	} {
		t.Run(name, func(t *testing.T) {
			var log strings.Builder
			c := config.Default()
			c.Roles = []config.Role{config.RoleNotification}
			c.Notification.Advertise, c.Cluster.NATSURL = tt.given, tt.nats
			s := &Server{
				opts:      Options{Config: c, Log: slog.New(slog.NewTextHandler(&log, nil))},
				listeners: map[config.Role]net.Listener{config.RoleNotification: on(tt.listen)},
			}
			all, err := s.advertised(t.Context())
			got := fmt.Sprint(all["notification"])
			if err != nil {
				got = "error: " + err.Error()
			}
			if got != tt.want && (err == nil || !strings.HasPrefix(got, tt.want)) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if !strings.Contains(log.String(), tt.log) || strings.Contains(log.String()+got, "secret") {
				t.Errorf("got %q; the log is %s", got, &log)
			}
		})
	}
}
