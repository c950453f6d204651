package client

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/papilio-im/papilio/msnp"
)

// relay is a switchboard with one conversation, which passes messages on.
type relay struct {
	mu      sync.Mutex
	members map[string]net.Conn
	turns   sync.Map // of who writes to whom
	silent  string   // who is not told what becomes of their messages
	// pass, if set, is given each payload and tells what is passed on instead.
	pass func(from string, payload []byte) [][]byte
}

// serve is a member's connection: USR or ANS, then CAL and MSG.
func (r *relay) serve(nc net.Conn, called chan<- string) {
	defer nc.Close()
	in := bufio.NewReader(nc)
	var me string
	for {
		line, err := in.ReadString('\n')
		words := strings.Fields(line)
		if err != nil || len(words) == 0 || words[0] == "OUT" {
			r.leave(me)
			return
		}
		switch words[0] {
		case "USR":
			me = words[2]
			r.enter(me, nc, fmt.Sprintf("USR %s OK %s Name\r\n", words[1], me))
		case "ANS":
			me = words[2]
			r.enter(me, nc, r.here(words[1])+fmt.Sprintf("ANS %s OK\r\n", words[1]))
			r.tell(me, "JOI "+me+" Name\r\n")
		case "CAL":
			r.write(me, fmt.Sprintf("CAL %s RINGING 7\r\n", words[1]))
			called <- words[2]
		case "MSG":
			payload := make([]byte, atoi(words[3]))
			_, _ = io.ReadFull(in, payload)
			if words[2] != "U" && !r.isSilent(me) {
				r.write(me, "ACK "+words[1]+"\r\n")
			}
			payloads := [][]byte{payload}
			if r.pass != nil {
				payloads = r.pass(me, payload)
			}
			for _, p := range payloads {
				r.tell(me, fmt.Sprintf("MSG %s Name %d\r\n%s", me, len(p), p))
			}
		}
	}
}

func (r *relay) isSilent(me string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.silent == me
}

func atoi(word string) (n int) {
	_, _ = fmt.Sscan(word, &n)
	return n
}

func (r *relay) here(trid string) (lines string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := 0
	for name := range r.members {
		i++
		lines += fmt.Sprintf("IRO %s %d %d %s Name\r\n", trid, i, len(r.members), name)
	}
	return lines
}

func (r *relay) enter(me string, nc net.Conn, greeting string) {
	r.mu.Lock()
	r.members[me] = nc
	r.mu.Unlock()
	r.write(me, greeting)
}

func (r *relay) leave(me string) {
	r.mu.Lock()
	delete(r.members, me)
	r.mu.Unlock()
	r.tell(me, "BYE "+me+"\r\n")
}

// tell writes to everybody else.
func (r *relay) tell(me, text string) {
	r.mu.Lock()
	var others []string
	for name := range r.members {
		if name != me {
			others = append(others, name)
		}
	}
	r.mu.Unlock()
	for _, name := range others {
		r.write(name, text)
	}
}

// write writes to one member, one writer at a time.
func (r *relay) write(to, text string) {
	turn, _ := r.turns.LoadOrStore(to, new(sync.Mutex))
	turn.(*sync.Mutex).Lock()
	defer turn.(*sync.Mutex).Unlock()
	r.mu.Lock()
	nc := r.members[to]
	r.mu.Unlock()
	if nc != nil {
		_, _ = io.WriteString(nc, text)
	}
}

// listenTCP serves connections until the test ends.
func listenTCP(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	ln, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	check(t, err)
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { serve(nc) })
		}
	})
	t.Cleanup(func() {
		_ = ln.Close()
		serving.Wait()
	})
	return ln.Addr().String()
}

// pair is ana and bob in a conversation.
type pair struct {
	relay    *relay
	ana, bob *Client
	fromAna  *Conversation // as each of them has it
	fromBob  *Conversation
	events   map[*Client]*recorder
}

// talking makes ana, of one version, open a conversation with bob, of another.
func talking(t *testing.T, anas, bobs msnp.Version, change ...func(*Options)) *pair {
	t.Helper()
	p := &pair{relay: &relay{members: make(map[string]net.Conn)}, events: make(map[*Client]*recorder)}
	calls := make(chan string, 1)
	sb := listenTCP(t, func(nc net.Conn) { p.relay.serve(nc, calls) })
	signIn := func(handle string, v msnp.Version) *Client {
		ns := listenTCP(t, func(nc net.Conn) { serveMember(nc, handle, v, sb, calls) })
		r := newRecorder(t)
		o := Options{
			Notification: ns, Handle: handle, Version: v, Passport: Passport{Ticket: testTicket}, NoSync: true,
			Events: r.events, Status: msnp.StatusOnline,
		}
		for _, c := range change {
			c(&o)
		}
		c, err := SignIn(soon(t), o)
		check(t, err)
		t.Cleanup(func() { check(t, c.SignOut(context.Background())) })
		p.events[c] = r
		return c
	}
	p.bob = signIn("bob@example.test", bobs)
	p.ana = signIn("ana@example.test", anas)
	var err error
	p.fromAna, err = p.ana.Open(soon(t), "bob@example.test")
	check(t, err)
	p.fromBob = next[Answered](p.events[p.bob]).Conversation
	return p
}

// settle waits until bob has read what ana has sent, and gives the files that were
// offered meanwhile.
func (p *pair) settle(t *testing.T) (offers []*FileOffer) {
	t.Helper()
	check(t, p.fromAna.Send(soon(t), "that was it"))
	for {
		switch e := next[Event](p.events[p.bob]).(type) {
		case FileOffered:
			offers = append(offers, e.Offer)
		case Message:
			return offers
		}
	}
}

// serveMember is a notification server for one client, which rings when it is called.
func serveMember(nc net.Conn, handle string, v msnp.Version, sb string, calls chan string) {
	defer nc.Close()
	var turn sync.Mutex
	say := func(text string) {
		turn.Lock()
		defer turn.Unlock()
		_, _ = io.WriteString(nc, text+"\r\n")
	}
	over := make(chan struct{})
	defer close(over)
	in := bufio.NewReader(nc)
	for {
		line, err := in.ReadString('\n')
		words := strings.Fields(line)
		if err != nil || len(words) == 0 || words[0] == "OUT" {
			return
		}
		switch words[0] {
		case "VER":
			say("VER " + words[1] + " " + v.VER())
		case "CVR":
			say("CVR " + words[1] + " 1 1 1 x y")
		case "USR":
			if words[3] == "I" {
				say("USR " + words[1] + " TWN S lc=1")
				continue
			}
			name := "Name "
			if !v.Has(msnp.FeatureWelcomeName) {
				name = ""
			}
			say("USR " + words[1] + " OK " + handle + " " + name + "1 0")
		case "CHG":
			say(strings.TrimSpace(line))
		case "PNG":
			say("QNG 50")
			if strings.HasPrefix(handle, "bob") {
				go func() {
					select {
					case <-calls:
						say("RNG 7 " + sb + " CKI 1.2.3 ana@example.test Ana")
					case <-over:
					}
				}()
			}
		case "XFR":
			say("XFR " + words[1] + " SB " + sb + " CKI 1.2.3")
		}
	}
}
