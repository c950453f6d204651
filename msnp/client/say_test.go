package client

import (
	"errors"
	"sync"
	"testing"

	"github.com/papilio-im/papilio/msnp"
)

const said = `# | MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\n`

// The server ends the conversation because nobody speaks. What is said next is said
// in another one, and whoever says it notices nothing.
func TestSayAfterQuietEnd(t *testing.T) {
	w := newWorld(t)
	w.play("sb.test:1865", withBea+`
		C: MSG 3 A `+said+`one
		S: ACK 3
		C: MSG 4 A `+said+`two
		S: ACK 4
		S: BYE bea@example.net 1
		close`)
	w.play("sb2.test:1865", withBea+`
		C: MSG 3 A `+said+`three
		S: ACK 3
		C: OUT`)
	c, r := w.online(msnp.MSNP7, `
		C: XFR 7 SB
		S: XFR 7 SB sb.test:1865 CKI `+cookie+`
		C: XFR 8 SB
		S: XFR 8 SB sb2.test:1865 CKI `+cookie+`
		C: OUT`)
	check(t, c.Say(soon(t), "Bea@example.net", "one"))
	check(t, c.Say(soon(t), "bea@example.net", "two"))
	if left := next[Left](r); !left.Idle {
		t.Errorf("got %+v", left)
	}
	check(t, c.Say(soon(t), "bea@example.net", "three"))
}

// A conversation that the other has begun is the one to answer in; one with more
// people is not.
func TestSayWhereTheyTalk(t *testing.T) {
	w := newWorld(t)
	w.play("sb.test:1865", `
		C: ANS 1 zed@example.net `+cookie+` 40211874
		S: IRO 1 1 2 bea@example.net Bea
		S: IRO 1 2 2 carl@example.net Carl
		S: ANS 1 OK
		signal three
		C: OUT`)
	w.play("sb2.test:1865", `
		C: ANS 1 zed@example.net `+cookie+` 40211875
		S: IRO 1 1 1 bea@example.net Bea
		S: ANS 1 OK
		C: MSG 2 A `+said+`hello
		S: NAK 2
		C: OUT`)
	c, r := w.online(msnp.MSNP7, `
		S: RNG 40211874 sb.test:1865 CKI `+cookie+` bea@example.net Bea
		wait three
		S: RNG 40211875 sb2.test:1865 CKI `+cookie+` bea@example.net Bea
		C: OUT`)
	next[Answered](r)
	next[Answered](r)
	if err := c.Say(soon(t), "bea@example.net", "hello"); !errors.Is(err, ErrNotDelivered) {
		t.Errorf("got %v", err)
	}
}

// When the program is told of a conversation it can be used: what is said then opens no
// other.
func TestAnsweredIsOpen(t *testing.T) {
	w := newWorld(t)
	w.play("sb.test:1865", `
		C: ANS 1 zed@example.net `+cookie+` 40211874
		S: IRO 1 1 1 bea@example.net Bea
		S: ANS 1 OK
		C: OUT`)
	told := make(chan bool, 1)
	w.online(msnp.MSNP7, `
		S: RNG 40211874 sb.test:1865 CKI `+cookie+` bea@example.net Bea
		C: OUT`, func(o *Options) {
		o.Filter = func(e Event) bool {
			if e, ok := e.(Answered); ok {
				told <- e.Conversation.isWith("bea@example.net")
			}
			return true
		}
	})
	if !<-told {
		t.Error("told of a conversation that is not open")
	}
}

// Two who want to say something to the same person at the same time say it in one
// conversation.
func TestSayTogether(t *testing.T) {
	w := newWorld(t)
	w.play("sb.test:1865", withBea+`
		C: MSG 3 A `+said+`hello
		S: ACK 3
		C: MSG 4 A `+said+`hello
		S: ACK 4
		C: OUT`)
	c, _ := w.online(msnp.MSNP7, transferred)
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			if err := c.Say(soon(t), "bea@example.net", "hello"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// Somebody who cannot be called is not called again and again.
func TestSayRefused(t *testing.T) {
	w := newWorld(t)
	w.play("sb.test:1865", entered+`
		C: CAL 2 bea@example.net
		S: 217 2
		C: OUT`)
	c, _ := w.online(msnp.MSNP7, transferred)
	if err := c.Say(soon(t), "bea@example.net", "hello"); Code(err) != msnp.CodeNotOnline {
		t.Errorf("got %v", err)
	}
	if err := c.Say(soon(t), "not a handle", "hello"); !errors.Is(err, ErrBadWord) {
		t.Errorf("got %v", err)
	}
}
