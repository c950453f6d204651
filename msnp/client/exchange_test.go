package client

import (
	"bytes"
	"context"
	"crypto/sha1"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/papilio-im/papilio/msnp"
	"github.com/papilio-im/papilio/msnp/p2p"
)

// octets are so many, in a pattern that does not repeat with the pieces.
func octets(n int) []byte {
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(i * i >> 3)
	}
	return data
}

// picture describes octets as bob's display picture.
func picture(data []byte) msnp.Object {
	return msnp.NewObject("bob@example.test", msnp.ObjectPicture, pictureFile, data)
}

func TestFetchPicture(t *testing.T) {
	for _, size := range []int{1, 4, 1202, 1203, 2560, 40000} {
		p := talking(t, msnp.MSNP9, msnp.MSNP12)
		data := octets(size)
		check(t, p.bob.SetPicture(soon(t), data))
		o, ok := msnp.ParseObject(p.bob.Object())
		if !ok || o != picture(data) {
			t.Errorf("described as %+v", o)
		}
		got, err := p.fromAna.FetchObject(soon(t), "Bob@example.test", o)
		check(t, err)
		if !bytes.Equal(got, data) {
			t.Errorf("%d octets: got %d others", size, len(got))
		}
	}
}

// Whoever has no such picture says so; and a picture is no picture any more when it is
// taken away.
func TestNoPicture(t *testing.T) {
	p := talking(t, msnp.MSNP12, msnp.MSNP12)
	o := picture(octets(100))
	isStatus := func(err error) bool {
		var failed *TransferError
		return errors.As(err, &failed) && failed.Status == p2p.StatusNotFound
	}
	if _, err := p.fromAna.FetchObject(soon(t), "bob@example.test", o); !isStatus(err) {
		t.Errorf("got %v", err)
	}
	check(t, p.bob.SetPicture(soon(t), octets(100)))
	check(t, p.bob.SetPicture(soon(t), nil))
	if _, err := p.fromAna.FetchObject(soon(t), "bob@example.test", o); !isStatus(err) || p.bob.Object() != "" {
		t.Errorf("got %v", err)
	}
	o.Size = DefaultMaxTransfer + 1
	if _, err := p.fromAna.FetchObject(soon(t), "bob@example.test", o); !errors.Is(err, ErrTooLong) {
		t.Errorf("got %v", err)
	}
	o.Size = 10
	if _, err := p.fromAna.FetchObject(soon(t), "carl@example.test", o); !errors.Is(err, ErrAbsent) {
		t.Errorf("got %v", err)
	}
	if _, err := p.ana.FetchPicture(soon(t), "bob@example.test"); !errors.Is(err, ErrNoPicture) {
		t.Errorf("got %v", err)
	}
}

func TestSendFile(t *testing.T) {
	for _, size := range []int{0, 1, 1202, 1 << 20} {
		p := talking(t, msnp.MSNP12, msnp.MSNP9)
		data := octets(size)
		sent := make(chan error, 1)
		go func() {
			sent <- p.fromAna.SendFile(soon(t), "bob@example.test", `C:\My Files\..\no:tes?.txt`, bytes.NewReader(data), int64(size))
		}()
		offer := next[FileOffered](p.events[p.bob]).Offer
		if offer.Handle != "ana@example.test" || offer.Name != "notes.txt" || offer.Size != int64(size) {
			t.Errorf("offered: %+v", offer)
		}
		got, err := offer.Accept(soon(t))
		check(t, err)
		check(t, <-sent)
		if sha1.Sum(got) != sha1.Sum(data) {
			t.Errorf("%d octets: got %d others", size, len(got))
		}
		if _, err := offer.Accept(soon(t)); !errors.Is(err, ErrExpired) {
			t.Errorf("accepted twice: %v", err)
		}
	}
}

// Files both ways at the same time, and a picture beside them.
func TestAllAtOnce(t *testing.T) {
	p := talking(t, msnp.MSNP10, msnp.MSNP11)
	one, two, three := octets(300_000), octets(200_000), octets(20_000)
	check(t, p.bob.SetPicture(soon(t), three))
	results := make(chan error, 5)
	go func() {
		results <- p.fromAna.SendFile(soon(t), "bob@example.test", "one", bytes.NewReader(one), int64(len(one)))
	}()
	go func() {
		results <- p.fromBob.SendFile(soon(t), "ana@example.test", "two", bytes.NewReader(two), int64(len(two)))
	}()
	accept := func(c *Client, want []byte) {
		got, err := next[FileOffered](p.events[c]).Offer.Accept(soon(t))
		if err == nil && !bytes.Equal(got, want) {
			err = errors.New("other octets")
		}
		results <- err
	}
	go accept(p.bob, one)
	go accept(p.ana, two)
	go func() {
		got, err := p.fromAna.FetchObject(soon(t), "bob@example.test", picture(three))
		if err == nil && !bytes.Equal(got, three) {
			err = errors.New("other octets")
		}
		results <- err
	}()
	for range 5 {
		check(t, <-results)
	}
}

func TestDecline(t *testing.T) {
	p := talking(t, msnp.MSNP12, msnp.MSNP12, func(o *Options) { o.MaxTransfer = 1000 })
	sent := make(chan error, 1)
	offer := func(size int) *FileOffer {
		go func() {
			sent <- p.fromAna.SendFile(soon(t), "bob@example.test", "x", bytes.NewReader(octets(size)), int64(size))
		}()
		return next[FileOffered](p.events[p.bob]).Offer
	}
	declined := offer(10)
	check(t, declined.Decline())
	if err := <-sent; !errors.Is(err, ErrDeclined) {
		t.Errorf("got %v", err)
	}
	if err := declined.Decline(); !errors.Is(err, ErrExpired) {
		t.Errorf("declined twice: %v", err)
	}
	if _, err := offer(1001).Accept(soon(t)); !errors.Is(err, ErrTooLong) {
		t.Errorf("got %v", err)
	}
	if err := <-sent; !errors.Is(err, ErrDeclined) {
		t.Errorf("got %v", err)
	}
	// One is given up before it is answered.
	ctx, cancel := context.WithCancel(soon(t))
	go func() { sent <- p.fromAna.SendFile(ctx, "bob@example.test", "x", bytes.NewReader(nil), 10) }()
	late := next[FileOffered](p.events[p.bob]).Offer
	cancel()
	if err := <-sent; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := late.Accept(soon(t)); !errors.Is(err, errBrokenOff) {
		t.Errorf("got %v", err)
	}
}

// A reader that fails, and people who leave in the middle.
func TestBrokenOff(t *testing.T) {
	p := talking(t, msnp.MSNP12, msnp.MSNP12)
	broken := errors.New("the disk is gone")
	sent := make(chan error, 1)
	go func() {
		sent <- p.fromAna.SendFile(soon(t), "bob@example.test", "x",
			io.MultiReader(bytes.NewReader(octets(5000)), &failing{broken}), 10_000)
	}()
	if _, err := next[FileOffered](p.events[p.bob]).Offer.Accept(soon(t)); !errors.Is(err, errBrokenOff) {
		t.Errorf("got %v", err)
	}
	if err := <-sent; !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	go func() {
		sent <- p.fromAna.SendFile(soon(t), "bob@example.test", "x",
			io.MultiReader(bytes.NewReader(octets(5000)), &leaving{p.fromAna}), 10_000)
	}()
	if _, err := next[FileOffered](p.events[p.bob]).Offer.Accept(soon(t)); !errors.Is(err, ErrAbsent) && !errors.Is(err, ErrClosed) {
		t.Errorf("got %v", err)
	}
	if err := <-sent; err == nil {
		t.Error("sent")
	}
	if _, err := p.fromAna.FetchObject(soon(t), "bob@example.test", picture(octets(10))); err == nil {
		t.Error("fetched in a conversation that is over")
	}
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

type leaving struct{ v *Conversation }

func (l *leaving) Read(b []byte) (int, error) {
	_ = l.v.Close()
	return len(b), nil
}

// What a hostile member sends does no harm, and costs little: bob goes on, and the
// transfers of others do, too.
func TestHostileMember(t *testing.T) {
	p := talking(t, msnp.MSNP12, msnp.MSNP12, func(o *Options) { o.MaxTransfer = 10_000 })
	say := func(m p2p.Message) {
		_, err := p.fromAna.SendRaw(soon(t), msnp.AckData, p2p.AppendPayload(nil, "bob@example.test", m))
		check(t, err)
	}
	piece := func(session, id uint32, offset, total uint64, size int) p2p.Message {
		return p2p.Message{Header: p2p.Header{Session: session, ID: id, Offset: offset, Total: total, Size: uint32(size)}, Chunk: make([]byte, size)}
	}
	for _, total := range []uint64{maxSLP + 1, 1 << 63, math.MaxUint64} {
		say(piece(0, 1, 0, total, 10))
	}
	say(piece(7, 2, 0, 100, 10)) // no such session
	say(piece(0, 3, 50, 100, 10))
	say(piece(0, 4, 0, 100, 10))
	say(piece(0, 4, 0, 100, 10))
	for id := range uint32(200) {
		say(piece(0, 100+id, 0, 100, 10)) // never ended
	}
	x := p.fromBob.transfers()
	p.settle(t)
	x.mu.Lock()
	if len(x.joins) > maxJoins || len(x.sessions) > 0 {
		t.Errorf("%d are kept of those that never end, %d sessions", len(x.joins), len(x.sessions))
	}
	x.mu.Unlock()
	for _, payload := range []string{
		"MIME-Version: 1.0\r\nContent-Type: application/x-msnmsgrp2p\r\nP2P-Dest: bob@example.test\r\n\r\n",
		"Content-Type: application/x-msnmsgrp2p\r\n\r\n" + strings.Repeat("\xff", 200),
		"Content-Type: application/x-msnmsgrp2p",
	} {
		_, err := p.fromAna.SendRaw(soon(t), msnp.AckData, []byte(payload))
		check(t, err)
	}
	// Invitations without end: no more than so many sessions.
	for id := range uint32(100) {
		slp := p2p.SLP{
			Method: p2p.Invite, To: "bob@example.test", From: "ana@example.test", Branch: p2p.NewGUID(), CallID: p2p.NewGUID(),
			Type: p2p.TypeSession, Body: []p2p.Field{
				{Name: "EUF-GUID", Value: p2p.EUFFile}, {Name: "SessionID", Value: "1" + strings.Repeat("0", int(id%8))},
				{Name: "Context", Value: p2p.FileContext{Name: "x", Size: math.MaxUint64 >> (id % 2)}.Encode()},
			},
		}
		if id%3 == 0 {
			slp.From = "carl@example.test" // who is somebody else
		}
		for _, m := range p2p.Split(p2p.Header{ID: 1000 + id}, p2p.FooterNone, slp.Append(nil)) {
			say(m)
		}
	}
	offers := p.settle(t)
	x.mu.Lock()
	if len(x.sessions) > maxSessions {
		t.Errorf("%d sessions", len(x.sessions))
	}
	x.mu.Unlock()
	sent := make(chan error, 1)
	if len(offers) != 4 {
		t.Errorf("%d files were offered", len(offers))
	}
	for _, offer := range offers {
		if offer.Size != math.MaxInt64 {
			t.Errorf("offered: %+v", offer)
		}
		if _, err := offer.Accept(soon(t)); !errors.Is(err, ErrTooLong) {
			t.Errorf("got %v", err)
		}
	}
	data := octets(5000)
	go func() { sent <- p.fromAna.SendFile(soon(t), "bob@example.test", "x", bytes.NewReader(data), 5000) }()
	got, err := next[FileOffered](p.events[p.bob]).Offer.Accept(soon(t))
	check(t, err)
	check(t, <-sent)
	if !bytes.Equal(got, data) {
		t.Error("other octets")
	}
}

// A file whose pieces overlap, are missing or are of another size is given up.
func TestBadPieces(t *testing.T) {
	for name, change := range map[string]func(h *p2p.Header){
		"overlaps":      func(h *p2p.Header) { h.Offset -= 100 },
		"leaves out":    func(h *p2p.Header) { h.Offset += 100 },
		"another total": func(h *p2p.Header) { h.Total++ },
	} {
		t.Run(name, func(t *testing.T) {
			p := talking(t, msnp.MSNP12, msnp.MSNP12)
			p.relay.pass = func(_ string, payload []byte) [][]byte {
				to, m, err := p2p.ParsePayload(payload)
				if err != nil || m.Session == 0 || m.Offset == 0 {
					return [][]byte{payload}
				}
				change(&m.Header)
				return [][]byte{p2p.AppendPayload(nil, to, m)}
			}
			sent := make(chan error, 1)
			go func() {
				sent <- p.fromAna.SendFile(soon(t), "bob@example.test", "x", bytes.NewReader(octets(5000)), 5000)
			}()
			var failed *TransferError
			if _, err := next[FileOffered](p.events[p.bob]).Offer.Accept(soon(t)); !errors.As(err, &failed) || !errors.Is(err, p2p.ErrOrder) {
				t.Errorf("got %v", err)
			}
			if err := <-sent; !errors.Is(err, errBrokenOff) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// The other's client can say in many ways that it has had enough.
func TestGivenUp(t *testing.T) {
	for name, flags := range map[string]p2p.Flags{
		"pieces missing": p2p.FlagNAK, "error": p2p.FlagError, "closed": p2p.FlagClosed, "connection": p2p.FlagTransport,
	} {
		t.Run(name, func(t *testing.T) {
			p := talking(t, msnp.MSNP12, msnp.MSNP12)
			p.relay.pass = func(from string, payload []byte) [][]byte {
				to, m, err := p2p.ParsePayload(payload)
				if err == nil && from == "bob@example.test" && m.Flags == p2p.FlagACK && m.Session != 0 {
					m.Flags, m.AckID = flags, 0
					return [][]byte{p2p.AppendPayload(nil, to, m)}
				}
				if err == nil && from == "bob@example.test" && bytes.HasPrefix(m.Chunk, []byte(p2p.Bye)) {
					return nil
				}
				return [][]byte{payload}
			}
			sent := make(chan error, 1)
			go func() {
				sent <- p.fromAna.SendFile(soon(t), "bob@example.test", "x", bytes.NewReader(octets(5000)), 5000)
			}()
			if _, err := next[FileOffered](p.events[p.bob]).Offer.Accept(soon(t)); err != nil {
				t.Errorf("got %v", err)
			}
			if err := <-sent; !errors.Is(err, errBrokenOff) || !strings.Contains(err.Error(), "broken off") {
				t.Errorf("got %v", err)
			}
		})
	}
}

// A picture that is not what was described is not given to the program.
func TestWrongPicture(t *testing.T) {
	p := talking(t, msnp.MSNP12, msnp.MSNP12)
	check(t, p.bob.SetPicture(soon(t), octets(2000)))
	p.relay.pass = func(_ string, payload []byte) [][]byte {
		if to, m, err := p2p.ParsePayload(payload); err == nil && m.Flags == p2p.FlagData {
			m.Chunk = make([]byte, len(m.Chunk))
			return [][]byte{p2p.AppendPayload(nil, to, m)}
		}
		return [][]byte{payload}
	}
	var failed *TransferError
	if _, err := p.fromAna.FetchObject(soon(t), "bob@example.test", picture(octets(2000))); !errors.As(err, &failed) {
		t.Errorf("got %v", err)
	}
}

// Who would rather have a direct connection is told that there is none.
func TestDirectConnection(t *testing.T) {
	p := talking(t, msnp.MSNP12, msnp.MSNP12)
	answers := make(chan p2p.SLP, 10)
	p.relay.pass = func(from string, payload []byte) [][]byte {
		if _, m, err := p2p.ParsePayload(payload); err == nil && from == "bob@example.test" && m.Size > 0 {
			if s, err := p2p.ParseSLP(m.Chunk); err == nil {
				answers <- s
			}
		}
		return [][]byte{payload}
	}
	for _, s := range []p2p.SLP{
		{Type: p2p.TypeTransport, Body: []p2p.Field{{Name: "Bridges", Value: "TCPv1"}}},
		{Type: p2p.TypeSession, Body: []p2p.Field{{Name: "EUF-GUID", Value: "{4BD96FC0-AB17-4425-A14A-439185962DC8}"}, {Name: "SessionID", Value: "5"}}},
		{Type: p2p.TypeSession, Body: []p2p.Field{{Name: "EUF-GUID", Value: p2p.EUFObject}, {Name: "SessionID", Value: "5"}}},
		{Type: p2p.TypeSession, Body: []p2p.Field{{Name: "EUF-GUID", Value: p2p.EUFFile}}},
	} {
		s.Method, s.To, s.From, s.CallID, s.Branch = p2p.Invite, "bob@example.test", "ana@example.test", p2p.NewGUID(), p2p.NewGUID()
		for _, m := range p2p.Split(p2p.Header{ID: p.fromAna.transfers().next()}, 0, s.Append(nil)) {
			_, err := p.fromAna.SendRaw(soon(t), msnp.AckData, p2p.AppendPayload(nil, "bob@example.test", m))
			check(t, err)
		}
		a := <-answers
		switch {
		case a.CallID != s.CallID || a.Branch != s.Branch:
			t.Errorf("an answer to something else: %+v", a)
		case s.Type == p2p.TypeTransport:
			if a.Status != p2p.StatusOK || a.Type != p2p.TypeAnswer || a.Get("Listening") != "false" {
				t.Errorf("got %+v", a)
			}
		case a.Status == p2p.StatusOK:
			t.Errorf("got %+v", a)
		}
	}
}

// A program can do all of it by itself, and older versions must.
func TestManualTransfers(t *testing.T) {
	for name, test := range map[string]struct {
		version msnp.Version
		change  func(*Options)
	}{
		"by option": {msnp.MSNP12, func(o *Options) { o.ManualTransfers = true }},
		"MSNP8":     {msnp.MSNP8, func(*Options) {}},
	} {
		t.Run(name, func(t *testing.T) {
			p := talking(t, test.version, test.version, test.change)
			payload := p2p.AppendPayload(nil, "bob@example.test", p2p.Message{Chunk: []byte("x"), Header: p2p.Header{Total: 1}})
			_, err := p.fromAna.SendRaw(soon(t), msnp.AckData, payload)
			check(t, err)
			if got := next[Message](p.events[p.bob]); !bytes.Equal(got.Payload, payload) || got.ContentType() != p2p.ContentType {
				t.Errorf("got %q", got.Payload)
			}
			if _, err := p.fromAna.FetchObject(soon(t), "bob@example.test", picture(octets(5))); !errors.As(err, new(*msnp.UnsupportedError)) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestNudge(t *testing.T) {
	p := talking(t, msnp.MSNP11, msnp.MSNP12)
	check(t, p.fromAna.Nudge(soon(t)))
	if d, ok := next[Message](p.events[p.bob]).Datacast(); !ok || d.ID != p2p.Nudge {
		t.Errorf("got %+v, %v", d, ok)
	}
	check(t, p.fromAna.Send(soon(t), "ID: 1"))
	if d, ok := next[Message](p.events[p.bob]).Datacast(); ok {
		t.Errorf("got %+v", d)
	}
}

func TestCleanName(t *testing.T) {
	for name, want := range map[string]string{
		"notes.txt": "notes.txt", "/etc/passwd": "passwd", `..\..\x`: "x", "..": "", "": "", "a\x00b\r\n": "ab",
		"CON:": "CON", " x ": "x", "a\u202etxt.exe": "atxt.exe", strings.Repeat("ü", 200): strings.Repeat("ü", 127),
	} {
		if got := cleanName(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}
