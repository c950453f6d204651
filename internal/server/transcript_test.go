package server_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/internal/server"
	"github.com/papilio-im/papilio/internal/transcript"
)

const transcripts = "../../testdata/transcripts"

// TestTranscripts plays every transcript against a service of its own.
func TestTranscripts(t *testing.T) {
	for name, text := range readTranscripts(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			script, err := transcript.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			o := server.Options{Config: loopback(t, script.Config), Grace: script.Grace}
			if strings.Contains(text, "the database") {
				o.Config.Storage.URL = "" // one that can be reached from outside
			}
			if n := script.Lists; n > 0 {
				o.Lists = roster.Limits{Forward: n, Allow: n, Block: n, Groups: roster.DefaultLimits.Groups}
			}
			s := startWith(t, o)
			for _, a := range script.Accounts {
				s.addAccount(t, a.Handle, a.Password, a.Name)
			}
			if err := transcript.Play(t.Context(), script, s.service()); err != nil {
				t.Errorf("%s.txt: %v", name, err)
			}
		})
	}
}

// readTranscripts gives the text of every transcript by its name.
func readTranscripts(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(transcripts, "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	texts := make(map[string]string)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts[strings.TrimSuffix(filepath.Base(file), ".txt")] = string(text)
	}
	return texts
}
