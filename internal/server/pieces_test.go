package server_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/papilio-im/papilio/internal/server"
	"github.com/papilio-im/papilio/internal/transcript"
)

// TestPieces plays whole conversations, sign-in, lists and talk, with every
// octet in a segment of its own, and in pieces that fall anywhere.
func TestPieces(t *testing.T) {
	texts := readTranscripts(t)
	for _, name := range []string{"beta2", "msnp2", "msnp7", "chat", "chat-bytes", "paging", "xfr-dispatch"} {
		for _, piece := range []int{1, 7} {
			t.Run(fmt.Sprintf("%s by %d", name, piece), func(t *testing.T) {
				t.Parallel()
				play(t, name, texts[name], func(_ *server.Options, s *transcript.Service) { s.Piece = piece })
			})
		}
	}
}

// answered is a command and what answers it.
type answered struct{ command, answer string }

// TestEverySplit sends the same commands again and again, cut in two at each
// octet in turn. The answers to those that are whole in the first part come
// before the second is sent, so the server has read up to the cut.
func TestEverySplit(t *testing.T) {
	s := start(t, "")
	handles := []string{"ada@example.net", "bea@example.net"}
	var people []*peer
	for _, handle := range handles {
		s.addAccount(t, handle, "secret", "Somebody")
		p := s.signIn(t, handle, "secret")
		p.send("CHG 4 NLN")
		p.expect("CHG 4 NLN", "MSG *")
		people = append(people, p)
	}
	splitEverywhere(t, people[0], []answered{
		{"PNG\r\n", "QNG"},
		{"SYN 5 1\r\n", "SYN 5 1"},
		{"SDC 6 x@example.org 0x0409 MSMSGS MSMSGS X X Ada 14\r\nPNG\r\nPNG 7\r\n\r\n", "*"}, // the first thirty times OK, then 800
		{"CHG 8 NLN\r\n", "*"}, // likewise
		{"URL 9 INBOX\r\n", "URL 9 *"},
	})
	members := s.converse(t, handles, people)
	splitEverywhere(t, members[0], []answered{
		{"CAL 2 nobody\r\n", "208 2"},
		{"MSG 3 A 0\r\n", "ACK 3"},
		{"MSG 4 A 17\r\nOUT\r\nMSG 5 A 99\r\n", "ACK 4"},
		{"MSG 6 N 3\r\n\r\n\rMSG 7 S 1\r\n\n", "ACK 7"},
	})
}

func splitEverywhere(t *testing.T, p *peer, commands []answered) {
	t.Helper()
	var stream strings.Builder
	for _, c := range commands {
		stream.WriteString(c.command)
	}
	for cut := 1; cut < stream.Len(); cut++ {
		p.write(stream.String()[:cut])
		end := 0
		var late []string
		for _, c := range commands {
			if end += len(c.command); end <= cut {
				p.expect(c.answer)
			} else {
				late = append(late, c.answer)
			}
		}
		p.write(stream.String()[cut:])
		p.expect(late...)
	}
}
