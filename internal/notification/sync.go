package notification

import (
	"bytes"
	"fmt"
	"time"

	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/msnp"
)

// syn sends everything that the client keeps about its user's contacts, or
// says that what it has is what there is.
func (s *session) syn(l *msnp.Line) error {
	m, err := msnp.ParseSync(l, s.version)
	if err != nil {
		return err
	}
	s.place.resume()
	defer s.place.await()
	// Changes that others make from here on are held back until the lists,
	// which may or may not have them already, are out.
	end := s.online.endpoint.BeginSync()
	full, err := s.load(roster.Known{Version: m.Version, Lists: m.Lists, Settings: m.Settings})
	if err != nil {
		end(false)
		return err
	}
	b := newBlock(s.version, m.TrID, full.Version)
	b.sync(&full)
	s.send(b)
	end(true)
	return nil
}

// lst sends one list. There are clients that send no SYN and fetch their lists
// one by one: with the reverse list, which others change, they have them.
func (s *session) lst(l *msnp.Line) error {
	m, err := msnp.ParseListRequest(l, s.version)
	if err != nil {
		return err
	}
	end := s.online.endpoint.BeginSync()
	full, err := s.load(roster.Known{})
	if err != nil {
		end(false)
		return err
	}
	b := newBlock(s.version, m.TrID, full.Version)
	b.list(m.List, full.Contacts, false)
	s.send(b)
	end(m.List == msnp.ReverseList)
	return nil
}

// lsg sends the groups.
func (s *session) lsg(l *msnp.Line) error {
	m, err := msnp.ParseGroupRequest(l, s.version)
	if err != nil {
		return err
	}
	full, err := s.load(roster.Known{})
	if err != nil {
		return err
	}
	b := newBlock(s.version, m.TrID, full.Version)
	b.groups(full.Groups, false)
	s.send(b)
	return nil
}

func (s *session) load(known roster.Known) (roster.Full, error) {
	ctx, cancel := timeout()
	defer cancel()
	full, err := s.roster().Load(ctx, s.online.handle, known)
	if err != nil {
		return roster.Full{}, fmt.Errorf("load the lists of %s: %w", s.online.handle, err)
	}
	return full, nil
}

// A block goes out in one piece, unless it is longer than a queue should be: then in
// several, as the client takes them. Thousands may have somebody on their lists, and
// nobody is asked whether that fits.
const (
	blockWhole = 400 << 10 // some 3,000 contacts of the usual size
	blockPiece = 128 << 10
	blockAhead = 512 << 10 // of maxQueue; the rest is for a block, and for what happens meanwhile
	blockPause = 5 * time.Second
)

func (s *session) send(b *block) {
	for len(b.buf) > 0 {
		if !s.MakeRoom() {
			return
		}
		piece := b.buf
		if len(piece) > blockWhole {
			piece = piece[:bytes.LastIndexByte(piece[:blockPiece], '\n')+1] // a line is shorter
		}
		b.buf = b.buf[len(piece):]
		s.PutBlock(piece)
	}
}

// MakeRoom waits until there is room for a block, or as much of anything else. It
// reports false if the connection has come to its end. It may be called from any
// goroutine.
func (s *session) MakeRoom() bool {
	if s.AwaitRoom(blockAhead, 0) {
		return true
	}
	s.Flush() // what is queued does not go out by itself while we wait
	for !s.Ending() && !s.AwaitRoom(blockAhead, blockPause) {
		continue // who takes nothing for much longer is cut off
	}
	return !s.Ending()
}
