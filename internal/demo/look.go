package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color/palette"
	"image/png"

	"github.com/papilio-im/papilio/msnp"
	"github.com/papilio-im/papilio/msnp/client"
)

// personal lets Finn show something below his name, which only Eve's client knows.
func (s *stage) personal(ctx context.Context) error {
	shown := msnp.Personal{Message: "It is 2005 & we can shake windows"}
	if err := s.finn.SetPersonal(ctx, shown); err != nil {
		return err
	}
	return await(ctx, s.eve, "what Finn shows", func(e client.PersonalChanged) bool {
		return e.Handle == s.finn.handle && e.Personal == shown
	})
}

// picture lets Eve show a picture, and Finn fetch it in a conversation of their own.
func (s *stage) picture(ctx context.Context) error {
	drawn, err := butterfly()
	if err != nil {
		return err
	}
	if err := s.eve.SetPicture(ctx, drawn); err != nil {
		return err
	}
	for _, other := range s.others(s.eve) {
		err := await(ctx, other, "that Eve has a picture", func(e client.Presence) bool {
			described := e.Object != "" || !other.version.Has(msnp.FeatureObjects)
			return e.Handle == s.eve.handle && described
		})
		if err != nil {
			return err
		}
	}
	return s.fetch(ctx, drawn)
}

func (s *stage) fetch(ctx context.Context, drawn []byte) error {
	v, err := s.finn.Open(ctx, s.eve.handle)
	if err != nil {
		return err
	}
	contact, _ := s.finn.Contact(s.eve.handle)
	described, _ := msnp.ParseObject(contact.Object)
	got, err := v.FetchObject(ctx, s.eve.handle, described)
	if err == nil && !bytes.Equal(got, drawn) {
		err = errors.New("it is another picture")
	}
	if err = errors.Join(err, v.Close()); err != nil {
		return fmt.Errorf("Finn does not get the picture: %w", err)
	}
	return await(ctx, s.eve, "that Finn has left", func(e client.Ended) bool { return e.Err == nil })
}

// side is how wide and high display pictures are.
const side = 96

// butterfly draws four wings.
func butterfly() ([]byte, error) {
	img := image.NewPaletted(image.Rect(0, 0, side, side), palette.WebSafe)
	for _, wing := range []struct{ x, y, radius int }{{26, 32, 22}, {70, 32, 22}, {34, 66, 16}, {62, 66, 16}} {
		for i := range img.Pix {
			x, y := i%side-wing.x, i/side-wing.y
			if x*x+y*y < wing.radius*wing.radius {
				img.Pix[i] = uint8(wing.radius)
			}
		}
	}
	var out bytes.Buffer
	err := png.Encode(&out, img)
	return out.Bytes(), err
}
