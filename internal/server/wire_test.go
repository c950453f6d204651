package server_test

import (
	"bytes"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/papilio-im/papilio/internal/server"
	"github.com/papilio-im/papilio/internal/transcript"
)

// logbook is a log that a test can read while it is written.
type logbook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// secrets are what must not be in a log, however much is logged: passwords, what
// is made of them, tickets, cookies, and what people say.
var secrets = regexp.MustCompile(`secret|AQEAAAAA|Q0ZZ|hunter2|qwerty|[0-9a-f]{32}|[0-9]+\.[0-9]{9,}\.[0-9]{10,}|still here|Hello\?|call me|yes`)

// TestWireLog plays conversations with everything logged.
func TestWireLog(t *testing.T) {
	texts := readTranscripts(t)
	for name, lines := range map[string][]string{
		"beta2":  {"S line=\"LST 7 RL 1 0 0\"", "C line=\"XFR 9 SB\"", "S line=\"JOI bea@example.net Bea\""},
		"msnp2":  {"S line=\"SYN 4 7\"", "S line=\"LST 4 FL 7 2 2 carl@example.net Carl%20K\"", "S line=\"NLN IDL bea@example.net Bea\""},
		"ctp":    {"S line=\"USR 2 CTP S\""},
		"chat":   {"S line=\"IRO 1 2 2 bea@example.net Bea%20B\"", "C line=\"MSG 10 A 3\""},
		"msnp9":  {"C line=\"USR 3 TWN I ada@example.net\"", "S line=\"USR 7 OK ada@example.net Ada%20L 1 0\""},
		"msnp12": nil, "ticket-refused": nil, "moving-ticket": nil,
		"chat-ctp": nil, "chat-md5": nil, "paging": nil, "sign-in-refused": nil, "moving": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log logbook
			play(t, name, texts[name], func(o *server.Options, _ *transcript.Service) {
				o.Config.Log.Wire = true
				o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
			})
			for line := range strings.Lines(log.String()) {
				if found := secrets.FindString(line); found != "" {
					t.Errorf("%q is logged: %s", found, line)
				}
			}
			for _, line := range lines {
				if !strings.Contains(log.String(), "side="+line) {
					t.Errorf("not logged: %s", line)
				}
			}
		})
	}
}
