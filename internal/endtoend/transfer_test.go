package endtoend

import (
	"bytes"
	"context"
	"crypto/sha256"
	"math/rand/v2"
	"testing"

	"github.com/papilio-im/papilio/msnp/client"
)

// showPictures has each fetch the display picture of the other.
func showPictures(t *testing.T, ana, bea *person) {
	t.Helper()
	for _, pair := range [][2]*person{{ana, bea}, {bea, ana}} {
		me, other := pair[0], pair[1]
		picture := content(me.handle, 20<<10)
		asks(t, "a picture", func(ctx context.Context) error { return me.SetPicture(ctx, picture) })
		wait(other, "the description of a picture", func(e client.Presence) bool {
			return e.Handle == me.handle && e.Object == me.Object()
		})
		asks(t, "to fetch a picture", func(ctx context.Context) error {
			got, err := other.FetchPicture(ctx, me.handle)
			if err == nil && !bytes.Equal(got, picture) {
				t.Errorf("%s has another picture of %s", other.handle, me.handle)
			}
			return err
		})
	}
}

// sendFiles has each send the other a file of 1 MB.
func sendFiles(t *testing.T, ana, bea *person) {
	t.Helper()
	for _, pair := range [][2]*person{{ana, bea}, {bea, ana}} {
		me, other := pair[0], pair[1]
		file := content(me.handle, 1<<20)
		sent := make(chan error, 1)
		ctx, cancel := within(t)
		v, err := me.Open(ctx, other.handle)
		if err != nil {
			t.Fatal(err)
		}
		go func() { sent <- v.SendFile(ctx, other.handle, "notes.bin", bytes.NewReader(file), int64(len(file))) }()
		offer := wait(other, "a file", func(client.FileOffered) bool { return true }).Offer
		if offer.Name != "notes.bin" || offer.Size != int64(len(file)) || offer.Handle != me.handle {
			t.Errorf("offered %q of %d octets by %s", offer.Name, offer.Size, offer.Handle)
		}
		got, err := offer.Accept(ctx)
		if err != nil {
			t.Fatalf("%s takes a file: %v", other.handle, err)
		}
		if sha256.Sum256(got) != sha256.Sum256(file) {
			t.Errorf("%s has another file than %s sent", other.handle, me.handle)
		}
		if err := <-sent; err != nil {
			t.Errorf("%s sends a file: %v", me.handle, err)
		}
		if err := v.Close(); err != nil {
			t.Error(err)
		}
		cancel()
	}
}

// content is size octets that look like anything, the same for the same seed.
func content(seed string, size int) []byte {
	data := make([]byte, size)
	_, _ = rand.NewChaCha8(sha256.Sum256([]byte(seed))).Read(data)
	return data
}
