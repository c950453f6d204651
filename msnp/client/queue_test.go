package client

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/papilio-im/papilio/msnp"
)

// presences is so many lines of a server, of contacts 0, 1, 2 and so on.
func presences(from, to int) string {
	var text strings.Builder
	for i := from; i < to; i++ {
		fmt.Fprintf(&text, "\nS: NLN NLN c%d@example.net C", i)
	}
	return text.String()
}

// A program that does not take its events holds the server up, and loses nothing
// when it goes on.
func TestSlowConsumerCatchesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.pipe = true
		w.play("ns.test:1864", plainFor(msnp.MSNP7)+presences(0, 100)+"\nC: PNG\nS: QNG\nC: OUT")
		events := make(chan Event)
		o := w.plain(msnp.MSNP7)
		o.Events, o.EventQueue = events, 4
		c := w.signIn(o)
		<-time.After(DefaultPatience - time.Second)
		pong := make(chan error)
		go func() { pong <- c.Ping(t.Context()) }()
		synctest.Wait()
		if _, ok := (<-events).(SignedIn); !ok {
			t.Fatal("the first event is another")
		}
		for i := range 100 {
			if i%10 == 0 {
				<-time.After(DefaultPatience - time.Second)
			}
			got, want := (<-events).(Presence).Handle, fmt.Sprintf("c%d@example.net", i)
			if got != want {
				t.Fatalf("got %s, want %s", got, want)
			}
		}
		check(t, <-pong)
		go func() { check(t, c.SignOut(t.Context())) }()
		if _, ok := (<-events).(SignedOut); !ok {
			t.Error("the last event is another")
		}
		<-c.Done()
	})
}

// What the filter drops never reaches the queue: a program that looks at nothing
// else is not held up by it.
func TestFilter(t *testing.T) {
	w := newWorld(t)
	w.play("ns.test:1864", plainFor(msnp.MSNP7)+presences(0, 100)+"\nC: PNG\nS: QNG\nC: OUT")
	events := make(chan Event, 2)
	o := w.plain(msnp.MSNP7)
	o.Events, o.EventQueue = events, 1
	o.Filter = func(e Event) bool {
		_, presence := e.(Presence)
		return !presence
	}
	c := w.signIn(o)
	check(t, c.Ping(t.Context()))
	check(t, c.SignOut(t.Context()))
	for _, want := range []Event{SignedIn{}, SignedOut{}} {
		if got := <-events; fmt.Sprintf("%T", got) != fmt.Sprintf("%T", want) {
			t.Errorf("got %T, want %T", got, want)
		}
	}
}

// One that never does ends its own session, at the time that is set, and is told
// why. A call that waited is told, too.
func TestSlowConsumerEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.pipe = true
		w.play("ns.test:1864", plainFor(msnp.MSNP7)+"\nwait online"+presences(0, 100)+"\nC: PNG")
		o := w.plain(msnp.MSNP7)
		o.Events, o.EventQueue, o.Patience = make(chan Event), 4, time.Minute
		c, err := SignIn(t.Context(), o)
		check(t, err)
		begin := time.Now()
		w.tell("online")
		if err := c.Ping(t.Context()); !errors.Is(err, ErrSlowConsumer) {
			t.Errorf("got %v", err)
		}
		<-c.Done()
		if took := time.Since(begin); took != time.Minute || !errors.Is(c.Err(), ErrSlowConsumer) {
			t.Errorf("after %v: %v", took, c.Err())
		}
		<-time.After(time.Minute) // then nobody waits any longer
	})
}

// Events are bounded by what they hold, too, but one event always goes.
func TestQueueBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.pipe = true
		large := "\nS: NOT # | " + strings.Repeat("x", msnp.MaxNotification)
		w.play("ns.test:1864", plainFor(msnp.MSNP7)+"\nwait online"+strings.Repeat(large, 10))
		o := w.plain(msnp.MSNP7)
		o.Events = make(chan Event)
		c, err := SignIn(t.Context(), o)
		check(t, err)
		w.tell("online")
		synctest.Wait()
		c.queue.mu.Lock()
		held := c.queue.held
		c.queue.mu.Unlock()
		if held == 0 || held > maxQueued {
			t.Errorf("%d octets are held", held)
		}
		<-c.Done()
		if !errors.Is(c.Err(), ErrSlowConsumer) {
			t.Errorf("got %v", c.Err())
		}
		<-time.After(DefaultPatience)
	})
}

// A handler may call the client, and even sign out.
func TestHandlerCalls(t *testing.T) {
	w := newWorld(t)
	w.play("ns.test:1864", plainFor(msnp.MSNP7)+`
		S: NLN NLN bea@example.net Bea
		C: CHG 7 BSY
		S: CHG 7 BSY
		C: OUT`)
	done := make(chan error, 2)
	o := w.plain(msnp.MSNP7)
	o.OnEvent = func(c *Client, e Event) {
		switch e.(type) {
		case Presence:
			done <- errors.Join(c.SetStatus(soon(t), msnp.StatusBusy), c.SignOut(soon(t)))
		case SignedOut:
			done <- c.Err()
		}
	}
	_, err := SignIn(soon(t), o)
	if err != nil && !errors.Is(err, ErrSignedOut) {
		t.Fatal(err)
	}
	check(t, <-done)
	check(t, <-done)
}

// Without anybody to tell, nothing is kept.
func TestNoEvents(t *testing.T) {
	w := newWorld(t)
	w.play("ns.test:1864", plainFor(msnp.MSNP7)+presences(0, 1000)+"\nC: PNG\nS: QNG\nC: OUT")
	c := w.signIn(w.plain(msnp.MSNP7))
	check(t, c.Ping(soon(t)))
	if c.queue != nil {
		t.Error("there is a queue")
	}
}
