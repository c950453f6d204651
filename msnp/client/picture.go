package client

import (
	"bytes"
	"context"
	"strings"

	"github.com/papilio-im/papilio/msnp"
	"github.com/papilio-im/papilio/msnp/p2p"
)

// pictureFile is the file name that the description of the picture has, which means
// nothing to others.
const pictureFile = "TFR1.dat"

// SetPicture sets the display picture, which others are told of with the status, and
// are given when they ask for it (since MSNP9). The official clients use PNG of 96 by
// 96 points, of some 20 KB. nil takes the picture away. The client keeps data, which
// is not to be changed any more. It has at most as many octets as Options.MaxTransfer.
func (c *Client) SetPicture(ctx context.Context, data []byte) error {
	if v := c.Version(); !v.Has(msnp.FeatureObjects) {
		return &msnp.UnsupportedError{Version: v, Form: "display pictures"}
	}
	if len(data) > c.o.MaxTransfer {
		return ErrTooLong
	}
	c.keepPicture(data)
	if status := c.Status(); status != msnp.StatusNone {
		return c.SetStatus(ctx, status)
	}
	return nil
}

// keepPicture is SetPicture without telling anybody.
func (c *Client) keepPicture(data []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.picture, c.object = data, ""; len(data) > 0 {
		o := msnp.NewObject(c.o.Handle, msnp.ObjectPicture, pictureFile, data)
		c.object = o.Encode()
		c.hash = o.DataHash
	}
}

// Object describes the own display picture, as others are told of it; "" if there is
// none: see msnp.ParseObject.
func (c *Client) Object() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.object
}

// FetchPicture fetches the display picture of a contact who is online, in the
// conversation that the two have, or else in a new one. The picture is checked against
// its description. Besides those of [Client.Open], the error is [ErrNoPicture], a
// [*TransferError] or [ErrDeclined], or [ErrTooLong] if the picture is larger than
// Options.MaxTransfer. A client that does not answer holds it up until the context ends.
func (c *Client) FetchPicture(ctx context.Context, handle string) ([]byte, error) {
	if err := checkHandle(handle); err != nil {
		return nil, err
	}
	handle = strings.ToLower(handle)
	contact, _ := c.Contact(handle)
	o, ok := msnp.ParseObject(contact.Object)
	if !ok {
		return nil, ErrNoPicture
	}
	for {
		v, err := c.with(ctx, handle)
		if err != nil {
			return nil, err
		}
		if v != nil {
			return v.FetchObject(ctx, handle, o)
		}
	}
}

// FetchObject fetches an object, such as a display picture or an emoticon, from a
// member who has it (since MSNP9), and checks it against its description. For the
// errors see [Client.FetchPicture]; it is [ErrAbsent] if the member is not there.
func (v *Conversation) FetchObject(ctx context.Context, handle string, o msnp.Object) ([]byte, error) {
	switch {
	case o.Size <= 0:
		return nil, &TransferError{Reason: "an object of no size"}
	case o.Size > v.c.o.MaxTransfer:
		return nil, ErrTooLong
	}
	s, err := v.inviteTo(ctx, &session{key: whole{peer: strings.ToLower(handle)}, object: true, want: o.Size},
		p2p.Field{Name: "EUF-GUID", Value: p2p.EUFObject},
		p2p.Field{Name: "AppID", Value: "1"},
		p2p.Field{Name: "Context", Value: p2p.ObjectContext(o)})
	if err != nil {
		return nil, err
	}
	data, err := s.received(ctx)
	s.finish(err)
	if err != nil {
		return nil, err
	}
	if msnp.NewObject(o.Creator, o.Type, o.Location, data).DataHash != o.DataHash {
		return nil, &TransferError{Reason: "not what was described"}
	}
	return data, nil
}

// askedForObject serves an object to a member, or gives the status to refuse with.
func (x *exchange) askedForObject(peer string, id uint32, s *p2p.SLP) int {
	o, err := p2p.ParseObjectContext(s.Get("Context"))
	if err != nil {
		return p2p.StatusInternal
	}
	data := x.v.c.pictureOf(o)
	if data == nil {
		return p2p.StatusNotFound
	}
	open, err := x.begin(&session{
		key: whole{peer, id}, call: s.CallID, branch: s.Branch, invited: true, object: true,
	})
	if err != nil {
		return p2p.StatusDecline
	}
	if !x.v.hold() {
		return p2p.StatusInternal
	}
	go func() {
		defer x.v.letGo()
		if err := open.serve(s, data); err != nil {
			open.finish(err)
		}
	}()
	return 0
}

// pictureOf gives the picture that a description is of, nil if it is another.
func (c *Client) pictureOf(o msnp.Object) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.picture) == 0 || o.DataHash != c.hash {
		return nil
	}
	return c.picture
}

// serve sends an object to who has asked for it, step by step.
func (s *session) serve(request *p2p.SLP, data []byte) error {
	agreed := request.Answer(p2p.StatusOK)
	h := s.x.header()
	ack := s.x.expect(s.key.peer, h.ID)
	defer s.x.forget(s.key.peer, h.ID)
	s.x.post(byMember, s.key.peer, p2p.Split(h, p2p.FooterNone, agreed.Append(nil))...)
	steps := [...]func(context.Context) error{
		func(ctx context.Context) error { return s.acked(ctx, ack) },
		func(ctx context.Context) error {
			return s.send(ctx, 0, p2p.FooterObject, bytes.NewReader(make([]byte, preparation)), preparation)
		},
		func(ctx context.Context) error {
			return s.send(ctx, p2p.FlagData, p2p.FooterObject, bytes.NewReader(data), int64(len(data)))
		},
		func(ctx context.Context) error { // the other ends it
			select {
			case <-s.over:
				return nil
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		},
	}
	for _, step := range steps {
		ctx, cancel := context.WithTimeout(context.Background(), stepPatience)
		err := step(ctx)
		cancel()
		if err != nil {
			return err
		}
	}
	return nil
}
