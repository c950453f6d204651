package switchboard

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/papilio-im/papilio/msnp"
)

// hasty are the times of a drain, for a test: nothing is promised, and quiet is
// who has not spoken for so long.
func hasty(quiet time.Duration) func(*Options, *times) {
	return func(_ *Options, w *times) { w.quiet, w.promised, w.look = quiet, 0, time.Millisecond }
}

// never is longer than any test.
const never = time.Hour

// drain begins a drain, and gives what it reports and what undoes it.
func (s *stage) drain(within time.Duration) (done <-chan bool, undo context.CancelFunc) {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan bool, 1)
	left := make(chan struct{})
	go func() {
		defer close(left)
		ended <- s.Drain(ctx, within)
	}()
	s.t.Cleanup(func() {
		cancel()
		<-left
	})
	return ended, cancel
}

func (s *stage) reports(done <-chan bool, want bool) {
	s.t.Helper()
	select {
	case got := <-done:
		if got != want {
			s.t.Errorf("the drain reports %t", got)
		}
	case <-time.After(patience):
		s.t.Fatal("the drain does not end")
	}
}

// Two who say nothing are ended the quiet way, and so is who is alone.
func TestDrainEndsWhoIsQuiet(t *testing.T) {
	s := newStage(t, hasty(20*time.Millisecond))
	p := s.people(msnp.MSNP7, msnp.MSNP2, msnp.MSNP5)
	m := s.conversation(p[:2]...)
	alone := s.open(p[2])
	done, _ := s.drain(0)
	m[0].expect("BYE bob@example.test 1")
	m[0].closed()
	m[1].expect("BYE ana@example.test 1")
	m[1].closed()
	alone.expect("OUT")
	alone.closed()
	s.reports(done, true)
	s.eventually("the ends are counted", func() bool {
		return s.counted("papilio_closes_total", "role", "switchboard", "reason", "drain") == 3
	})
}

// Those who speak, those who wait for somebody and those who are many go on, and
// who was promised a conversation gets it.
func TestDrainLetsGoOn(t *testing.T) {
	s := newStage(t, hasty(never))
	p := s.people(msnp.MSNP7, msnp.MSNP7, msnp.MSNP5)
	cookie := s.transfer(p[2].handle, p[2].version)
	two := s.conversation(p[:2]...)
	done, _ := s.drain(0)
	two[0].say("N", text)
	two[1].hear(p[0], text)
	late := s.dial()
	late.who, late.session = p[2], ""
	late.send("USR 1 " + p[2].handle + " " + cookie)
	late.expect("USR 1 OK " + p[2].handle + " " + string(p[2].name))
	late.session, _, _ = cutWord(cookie)
	group := []*client{late}
	for _, who := range p[:2] {
		group = append(group, s.answer(who, group[0].call(who), group...))
	}
	for _, c := range append(two, group...) {
		c.send("OUT")
	}
	s.reports(done, true)
}

// A group is quiet for as long as it likes, and so is who waits for somebody.
func TestDrainKeepsTogether(t *testing.T) {
	s := newStage(t, hasty(0))
	p := s.people(msnp.MSNP7, msnp.MSNP7, msnp.MSNP5, msnp.MSNP4)
	group := s.conversation(p[:3]...)
	rings := s.open(p[3])
	r := rings.call(p[0])
	done, _ := s.drain(0)
	for _, c := range group {
		c.in()
	}
	joined := s.answer(p[0], r, rings)
	joined.expect("BYE dan@example.test 1")
	rings.expect("BYE ana@example.test 1")
	group[2].send("OUT")
	group[0].expect("BYE cleo@example.test", "BYE bob@example.test 1") // two who are quiet
	s.reports(done, true)
}

// When it takes too long, everybody is told once, in the same words.
func TestDrainInTime(t *testing.T) {
	s := newStage(t, hasty(never))
	p := s.people(msnp.MSNP7, msnp.MSNP7, msnp.MSNP5)
	group := s.conversation(p...)
	done, _ := s.drain(time.Millisecond)
	for i, c := range group {
		said := make(map[string]int)
		for range len(group) - 1 {
			line, err := c.r.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			said[line]++
		}
		for j, o := range p {
			if want := "BYE " + o.handle + " 1\r\n"; i != j && said[want] != 1 {
				t.Errorf("%s heard %q %d times", p[i].handle, want, said[want])
			}
		}
		c.closed()
	}
	s.reports(done, true)
}

// When the time is over, who comes with a cookie that is still good is let in and
// ended at once, and who is connected and says nothing keeps nobody waiting.
func TestDrainEndsWhoComesTooLate(t *testing.T) {
	s := newStage(t, hasty(never), func(_ *Options, w *times) { w.owner = time.Millisecond })
	p := s.people(msnp.MSNP7, msnp.MSNP5)
	cookie := s.transfer(p[1].handle, p[1].version)
	s.dial() // says nothing
	busy := s.open(p[0])
	busy.send("CAL 2 " + distant) // cannot say good-bye yet
	s.eventually("the call is on its way", func() bool { return s.ownership.looked.Load() > 0 })
	done, _ := s.drain(time.Millisecond)
	s.eventually("the time is over", func() bool {
		return strings.Contains(s.log.String(), "ending the conversations that are left")
	})
	late := s.dial()
	late.send("USR 1 " + p[1].handle + " " + cookie)
	late.expect("USR 1 OK "+p[1].handle+" "+string(p[1].name), "OUT")
	late.closed()
	s.ownership.replaced.Store(true) // the call is answered
	s.reports(done, true)
}

// A drain that is taken back leaves everything as it was.
func TestDrainUndone(t *testing.T) {
	s := newStage(t, hasty(never))
	p := s.people(msnp.MSNP7, msnp.MSNP7)
	m := s.conversation(p...)
	done, undo := s.drain(0)
	m[0].say("N", text)
	m[1].hear(p[0], text)
	undo()
	s.reports(done, false)
	s.times.quiet = 0
	m[1].say("N", text)
	m[0].hear(p[1], text)
	for _, c := range m {
		c.in()
	}
}

// Who has been given a cookie a moment ago is waited for.
func TestDrainWaitsForThePromised(t *testing.T) {
	s := newStage(t, hasty(never), func(_ *Options, w *times) { w.promised = 50 * time.Millisecond })
	begin := s.now()
	done, _ := s.drain(0)
	s.reports(done, true)
	if took := s.now() - begin; took < 50*time.Millisecond {
		t.Errorf("the drain took %v", took)
	}
}
