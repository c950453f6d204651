package server_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/transcripts.md anew")

// index is how the transcripts are laid out in docs/transcripts.md.
var index = []struct{ title, names string }{
	{"Referral and transfer", "xfr-dispatch xfr-transfer xfr-own-server xfr-soft-reset other-node advertised dispatch-alone"},
	{"Signing in", "negotiation lines state-rules timeouts sign-in-refused sign-in-limited sign-in-limited-address ctp ctp-refused ticket-refused nexus simultaneous simultaneous-idle silence"},
	{"Version by version", "beta2 msnp2 msnp3 msnp4 msnp5 msnp6 msnp7 msnp8 msnp9 msnp10 msnp11 msnp12"},
	{"Lists and settings", "sync sync-counted sync-stamps contacts contacts-guids other-side other-side-mixed added-mixed pending groups groups-guids lists-mixed lists-full settings phones own-name own-name-setting"},
	{"Presence", "presence looks looks-mixed looks-added privacy challenge challenge-times"},
	{"Conversations", "chat chat-versions chat-late chat-refused chat-bytes chat-idle chat-md5 chat-ctp"},
	{"Moving without anybody noticing", "moving moving-no-status moving-transfer-first moving-lost moving-ticket moving-looks"},
	{"Other commands", "pages mail-invitations directory ims paging alerts mailbox limits"},
	{"The HTTP gateway", "gateway"},
	{"Operators and trouble", "operator operator-removes-guids shutdown unavailable-database unavailable-proof"},
}

const preface = `# Transcripts

Conversations of clients with the service, line by line, for every version that is served. They are the tests of what
goes over the wire: each is played against a whole service, over real connections. Begin with the version that you are
curious about, and see [the package that reads them](../internal/transcript/doc.go) for how they are written.

This page is made from their first comments: ` + "`go test ./internal/server -run TestIndex -update`" + `.
`

// TestIndex holds docs/transcripts.md to the transcripts that there are.
func TestIndex(t *testing.T) {
	texts := readTranscripts(t)
	var page strings.Builder
	page.WriteString(preface)
	for _, section := range index {
		fmt.Fprintf(&page, "\n## %s\n\n", section.title)
		for name := range strings.FieldsSeq(section.names) {
			text, ok := texts[name]
			if !ok {
				t.Errorf("there is no transcript %s", name)
			}
			delete(texts, name)
			fmt.Fprintf(&page, "- [%s](../testdata/transcripts/%[1]s.txt): %s\n", name, subject(t, name, text))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		t.Errorf("the index in this file does not have %s", name)
	}
	compareFile(t, filepath.Join(root, "docs/transcripts.md"), page.String())
}

// subject is the first sentence of a transcript's first comment.
func subject(t *testing.T, name, text string) string {
	t.Helper()
	var words []string
	for line := range strings.Lines(text) {
		comment, ok := strings.CutPrefix(line, "#")
		if !ok {
			break
		}
		words = append(words, strings.Fields(comment)...)
	}
	sentence := strings.Join(words, " ")
	if end := strings.Index(sentence, ". "); end >= 0 {
		sentence = sentence[:end+1]
	}
	if !strings.HasSuffix(sentence, ".") {
		t.Errorf("%s does not begin with a comment of whole sentences: %q", name, sentence)
	}
	return strings.TrimSuffix(sentence, ".")
}

func compareFile(t *testing.T, path, want string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not made from these transcripts: run this test with -update", path)
	}
}
