package server_test

import (
	"strings"
	"testing"
)

// TestReaderThatNeverReads has somebody in a group, and on everybody's lists,
// who never takes anything, while the others talk and change their status as
// fast as they can. They lose nothing; that one is cut off.
func TestReaderThatNeverReads(t *testing.T) {
	t.Parallel()
	s := start(t, "[limits]\nenabled = false\n")
	handles := []string{"bea@example.net", "carl@example.net", "ada@example.net"}
	var people []*peer
	for _, handle := range handles {
		s.addAccount(t, handle, "secret", strings.Repeat("ü", 64)) // long names make long lines
		p := s.signIn(t, handle, "secret")
		p.wait(4 * patience)
		p.send("CHG 4 NLN")
		p.expect("CHG 4 NLN", "MSG *")
		people = append(people, p)
	}
	for i, p := range people {
		for j, other := range handles {
			if i != j {
				p.send("ADD 5 FL " + other + " x")
				p.expect("ADD 5 FL *", "ILN 5 NLN *")
			}
		}
	}
	members := s.converse(t, handles, people)
	for _, m := range members {
		m.wait(4 * patience)
	}

	heard := members[1].count("MSG "+handles[0], "BYE "+handles[0])
	spoken := members[0].repeat("BYE "+handles[2], "MSG 1 N 1664\r\n"+strings.Repeat("x", 1664), "MSG 2 A 0\r\n")
	members[0].send("OUT")
	if n := <-heard; n != spoken {
		t.Errorf("Carl heard %d of %d messages", n, spoken)
	}

	seen := people[1].count("NLN ", "FLN "+handles[0])
	changed := people[0].repeat("FLN "+handles[2], "CHG 6 BSY\r\nCHG 7 AWY\r\n", "CHG 8 NLN\r\n")
	people[0].send("OUT")
	if n := <-seen; n != changed {
		t.Errorf("Carl saw %d of %d changes", n, changed)
	}
	people[1].send("PNG")
	people[1].expect("QNG")
}

// count reads lines until one begins with end, and then tells how many began
// with begin.
func (p *peer) count(begin, end string) <-chan int {
	counted := make(chan int, 1)
	go func() {
		n := 0
		for {
			line, err := p.line()
			switch {
			case err != nil, strings.HasPrefix(line, end):
				counted <- n
				return
			case strings.HasPrefix(line, begin):
				n++
			}
		}
	}()
	return counted
}

// repeat sends commands again and again, with one behind them that is always
// answered, until a line comes that begins with end. It tells how many it has
// sent.
func (p *peer) repeat(end, commands, last string) (sent int) {
	p.t.Helper()
	const together, most = 10, 5000
	batch := strings.Repeat(commands, together) + last
	each := together*strings.Count(commands, "\r\n") + 1
	trid := strings.Fields(last)[1]
	for range most {
		p.write(batch)
		sent += each
		for ended := false; ; {
			line, err := p.line()
			if err != nil {
				p.t.Fatal(err)
			}
			ended = ended || strings.HasPrefix(line, end)
			words := strings.Fields(line)
			if len(words) < 2 || words[1] != trid || strings.HasPrefix(line, end) {
				continue
			}
			if ended {
				return sent
			}
			break
		}
	}
	p.t.Fatalf("%d batches, and no %s", most, end)
	return sent
}
