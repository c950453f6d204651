package client

import (
	"context"
	"io"
	"math"
	"strings"
	"unicode"

	"github.com/papilio-im/papilio/msnp"
	"github.com/papilio-im/papilio/msnp/p2p"
)

// SendFile offers a file of size octets to a member, waits until they take it, sends
// it, and returns when they have all of it (since MSNP9). The name is what they are
// shown. Somebody who does not answer holds it up until the context ends.
//
// The error is [ErrDeclined] if they do not want it, a [*TransferError] if they, or
// their client, broke it off, [ErrAbsent] if they are not there, [ErrNotDelivered] if
// the switchboard has lost a piece, the context's, [ErrClosed] or another if the
// conversation is over, or wraps what the reader has returned: [io.ErrUnexpectedEOF] if
// that has less than size.
func (v *Conversation) SendFile(ctx context.Context, handle, name string, file io.Reader, size int64) error {
	if size < 0 {
		return &TransferError{Reason: "a file of negative size"}
	}
	offer := p2p.FileContext{Name: name, Size: uint64(size)}
	s, err := v.inviteTo(ctx, &session{key: whole{peer: strings.ToLower(handle)}},
		p2p.Field{Name: "EUF-GUID", Value: p2p.EUFFile},
		p2p.Field{Name: "AppID", Value: "2"},
		p2p.Field{Name: "Context", Value: offer.Encode()})
	if err != nil {
		return err
	}
	if size > 0 {
		err = s.send(ctx, p2p.FlagsFile, p2p.FooterFile, file, size)
	}
	s.finish(err)
	return err
}

// FileOffer is a file that somebody wants to send: see [FileOffered].
type FileOffer struct {
	Conversation *Conversation
	Handle       string // of who offers it
	// Name is the file name, without folders and without characters that file systems
	// take for something else. It can still be any name, or "".
	Name    string
	Size    int64  // in octets
	Preview []byte // a small picture, PNG, as the other's client made it; or nil

	session *session
	answer  p2p.SLP // to the invitation, but for its status
}

// Accept takes the file and returns it when all of it has come. It is kept in memory:
// the error is [ErrTooLong], and the file declined, if it is larger than
// Options.MaxTransfer. If the context ends the transfer is broken off. Other errors
// are a [*TransferError], [ErrAbsent] if the other has left, and [ErrExpired] if the
// offer was answered already.
func (f *FileOffer) Accept(ctx context.Context) ([]byte, error) {
	s := f.session
	if f.Size > int64(f.Conversation.c.o.MaxTransfer) {
		if err := f.Decline(); err != nil {
			return nil, err
		}
		return nil, ErrTooLong
	}
	if err := s.claim(int(f.Size)); err != nil {
		return nil, err
	}
	f.reply(p2p.StatusOK)
	if f.Size == 0 {
		s.finish(nil) // nothing comes
		return []byte{}, nil
	}
	data, err := s.received(ctx)
	s.finish(err)
	return data, err
}

// Decline refuses the file. The error is [ErrExpired] if the offer was answered
// already, or that with which the session ended.
func (f *FileOffer) Decline() error {
	s := f.session
	if err := s.claim(0); err != nil {
		return err
	}
	f.reply(p2p.StatusDecline)
	s.x.fail(s.key, ErrDeclined)
	return nil
}

// reply answers the invitation.
func (f *FileOffer) reply(status int) {
	a := f.answer
	a.Status = status
	f.session.x.postSLP(byUser, f.Handle, &a)
}

// claim lets an offer be answered once.
func (s *session) claim(want int) error {
	s.x.mu.Lock()
	defer s.x.mu.Unlock()
	switch {
	case s.taken:
		return ErrExpired
	case s.x.sessions[s.key] != s:
		return s.err
	}
	s.taken, s.want = true, want
	return nil
}

// offeredFile tells the program of a file, or gives the status to refuse it with.
func (x *exchange) offeredFile(peer string, id uint32, s *p2p.SLP) int {
	offer, err := p2p.ParseFileContext(s.Get("Context"))
	if err != nil || offer.Size > math.MaxInt64 {
		return p2p.StatusInternal
	}
	e := FileOffered{Offer: &FileOffer{
		Conversation: x.v, Handle: peer, Name: cleanName(offer.Name), Size: int64(offer.Size), Preview: offer.Preview,
		answer: s.Answer(p2p.StatusOK),
	}}
	if x.v.c.queue == nil || !x.v.c.wants(e) {
		return p2p.StatusDecline // nobody could take it
	}
	e.Offer.session, err = x.begin(&session{key: whole{peer, id}, call: s.CallID, branch: s.Branch, invited: true})
	if err != nil {
		return p2p.StatusDecline
	}
	x.v.c.queue.put(e)
	return 0
}

// maxFileName bounds a file name, in octets, as most file systems do.
const maxFileName = 255

// cleanName makes a file name of what somebody sent as one.
func cleanName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || !unicode.IsPrint(r) || strings.ContainsRune(`<>:"|?*`, r) {
			return -1
		}
		return r
	}, name)
	name = strings.Trim(name, " .")
	if len(name) > maxFileName {
		name = strings.ToValidUTF8(name[len(name)-maxFileName:], "")
	}
	return name
}

// Nudge shakes the windows of the others, if their clients are of MSNP11 or later and
// let it happen. It returns when the switchboard has passed it on.
func (v *Conversation) Nudge(ctx context.Context) error {
	_, err := v.SendRaw(ctx, msnp.AckAll, p2p.Datacast{ID: p2p.Nudge}.Append(nil))
	return err
}

// Datacast is a nudge or the like, and true; or false if the message is something
// else.
func (m Message) Datacast() (p2p.Datacast, bool) {
	if m.ContentType() != p2p.DatacastType {
		return p2p.Datacast{}, false
	}
	return p2p.ParseDatacast(body(m.Payload))
}
