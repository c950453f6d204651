package server_test

import (
	"bytes"
	"context"
	"crypto/sha1"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"

	"github.com/papilio-im/papilio/internal/config"
	"github.com/papilio-im/papilio/msnp"
	"github.com/papilio-im/papilio/msnp/client"
	"github.com/papilio-im/papilio/msnp/p2p"
)

// byWeb signs somebody in with a ticket from the service's own pages.
func byWeb(t *testing.T, s *running, name string, v msnp.Version, change ...func(*client.Options)) *person {
	t.Helper()
	p := &person{t: t}
	web := "http://" + s.address(t, config.RoleWeb)
	o := client.Options{
		Dispatch: s.address(t, config.RoleDispatch), Handle: name + "@example.net", Password: "pw",
		Version: v, Status: msnp.StatusOnline, Plain: true,
		Passport: client.Passport{Nexus: web + "/rdr/pprdr.asp", Login: web + "/login2.srf", RST: web + "/RST.srf"},
		HTTP:     &http.Client{Transport: &http.Transport{}},
		OnEvent: func(_ *client.Client, e client.Event) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.events = append(p.events, e)
		},
	}
	for _, c := range change {
		c(&o)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	c, err := client.SignIn(ctx, o)
	if err != nil {
		t.Fatalf("%s by %v: %v", name, v, err)
	}
	p.Client = c
	t.Cleanup(func() {
		_ = c.SignOut(context.WithoutCancel(t.Context())) // the service may be gone
		<-c.Done()
		o.HTTP.CloseIdleConnections()
	})
	return p
}

// throughGateway lets a client of a service use its gateway.
func throughGateway(t *testing.T, s *running) func(*client.Options) {
	return func(o *client.Options) {
		o.Gateway.URL = "http://" + s.address(t, config.RoleWeb) + "/gateway/gateway.dll"
	}
}

// pattern is what a picture or a file holds.
func pattern(size int) []byte {
	data := make([]byte, size)
	r := rand.New(rand.NewPCG(1, uint64(size)))
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	return data
}

// Somebody of each version from MSNP8 on signs in over the web, adds somebody else, and
// is refused with a wrong password as in older versions.
func TestEachVersionOverTheWeb(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	s.addAccount(t, "bea@example.net", "pw", "Bea")
	for _, v := range msnp.Versions(msnp.MSNP8, msnp.MSNP12) {
		t.Run(v.String(), func(t *testing.T) {
			name := "ada" + v.String()
			s.addAccount(t, name+"@example.net", "pw", "Ada")
			for range 2 { // the lists are there when they come again
				p := byWeb(t, s, name, v)
				if p.Version() != v || p.Name() != "Ada" || p.Ticket() == "" {
					t.Errorf("signed in by %v as %q", p.Version(), p.Name())
				}
				err := p.Add(t.Context(), msnp.ForwardList, "bea@example.net", "Bea", msnp.NoGroup)
				if err != nil && client.Code(err) != msnp.CodeAlreadyThere {
					t.Error(err)
				}
				if c, ok := p.Contact("bea@example.net"); !ok || !c.Lists.Has(client.OnForward) || v.Has(msnp.FeatureGUIDs) && c.ID == "" {
					t.Errorf("bea is %+v", c)
				}
				if err := p.SignOut(t.Context()); err != nil {
					t.Error(err)
				}
			}
			web := "http://" + s.address(t, config.RoleWeb)
			_, err := client.SignIn(t.Context(), client.Options{
				Dispatch: s.address(t, config.RoleDispatch), Handle: name + "@example.net", Password: "wrong", Version: v, Plain: true,
				Passport: client.Passport{Nexus: web + "/rdr/pprdr.asp", Login: web + "/login2.srf", RST: web + "/RST.srf"},
			})
			if client.Code(err) != msnp.CodeAuthFailed {
				t.Errorf("with a wrong password: %v", err)
			}
		})
	}
}

// A display picture and a file of 1 MiB go from client to client through the
// switchboard, octet for octet, whatever their versions are and the way they come.
func TestPictureAndFile(t *testing.T) {
	for name, test := range map[string]struct {
		ada, bea               msnp.Version
		adaByWay, beaByGateway bool
	}{
		"MSNP9 and MSNP12":                 {ada: msnp.MSNP9, bea: msnp.MSNP12},
		"MSNP12 and MSNP9":                 {ada: msnp.MSNP12, bea: msnp.MSNP9},
		"MSNP9, and MSNP12 by the gateway": {ada: msnp.MSNP9, bea: msnp.MSNP12, beaByGateway: true},
		"MSNP11 by the gateway, and MSNP9": {ada: msnp.MSNP11, bea: msnp.MSNP9, adaByWay: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, "")
			way := map[bool][]func(*client.Options){true: {throughGateway(t, s)}}
			s.addAccount(t, "ada@example.net", "pw", "Ada")
			s.addAccount(t, "bea@example.net", "pw", "Bea")
			shown := pattern(20_000)
			bea := byWeb(t, s, "bea", test.bea, append(way[test.beaByGateway], func(o *client.Options) { o.Picture = shown })...)
			ada := byWeb(t, s, "ada", test.ada, way[test.adaByWay]...)
			if err := ada.Add(t.Context(), msnp.ForwardList, "bea@example.net", "Bea", msnp.NoGroup); err != nil {
				t.Fatal(err)
			}
			ada.sees(bea, msnp.StatusOnline)
			exchange(t, ada, bea, shown)
		})
	}
}

// exchange fetches bea's picture, and sends her a file.
func exchange(t *testing.T, ada, bea *person, shown []byte) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
	defer cancel()
	got, err := ada.FetchPicture(ctx, "bea@example.net")
	if err != nil || !bytes.Equal(got, shown) {
		t.Fatalf("got %d octets of a picture, %v", len(got), err)
	}
	v := talk(ada, bea, "here it comes")
	file := pattern(1 << 20)
	var sending sync.WaitGroup
	sending.Go(func() {
		if err := v.SendFile(ctx, "bea@example.net", "file.bin", bytes.NewReader(file), int64(len(file))); err != nil {
			t.Errorf("sent: %v", err)
		}
	})
	defer sending.Wait()
	var offer *client.FileOffer
	waits(bea, "the file", func(e client.FileOffered) bool { offer = e.Offer; return true })
	got, err = offer.Accept(ctx)
	if err != nil || sha1.Sum(got) != sha1.Sum(file) {
		t.Errorf("got %d octets of a file, %v", len(got), err)
	}
}

// In a conversation of three the one whom it does not concern sees the same octets.
func TestFileAmongThree(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	for _, name := range []string{"ada", "bea", "carl"} {
		s.addAccount(t, name+"@example.net", "pw", name)
	}
	ada, bea := byWeb(t, s, "ada", msnp.MSNP9), byWeb(t, s, "bea", msnp.MSNP12)
	carl := byWeb(t, s, "carl", msnp.MSNP10, func(o *client.Options) { o.ManualTransfers = true })
	ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
	defer cancel()
	v, err := ada.Open(ctx, "bea@example.net", "carl@example.net")
	if err != nil {
		t.Fatal(err)
	}
	file := pattern(100_000)
	var sending sync.WaitGroup
	sending.Go(func() {
		if err := v.SendFile(ctx, "bea@example.net", "file.bin", bytes.NewReader(file), int64(len(file))); err != nil {
			t.Errorf("sent: %v", err)
		}
	})
	defer sending.Wait()
	var offer *client.FileOffer
	waits(bea, "the file", func(e client.FileOffered) bool { offer = e.Offer; return true })
	got, err := offer.Accept(ctx)
	if err != nil || !bytes.Equal(got, file) {
		t.Errorf("got %d octets, %v", len(got), err)
	}
	var seen []byte
	eventually(t, "carl sees it, too", func() bool {
		seen = overheard(t, carl)
		return len(seen) >= len(file)
	})
	if !bytes.Equal(seen, file) {
		t.Error("carl sees other octets")
	}
}

// overheard is what somebody has heard of a file that was sent to another.
func overheard(t *testing.T, p *person) (data []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.events {
		said, ok := e.(client.Message)
		if !ok || said.ContentType() != p2p.ContentType || said.Handle != "ada@example.net" {
			continue
		}
		to, m, err := p2p.ParsePayload(said.Payload)
		if err != nil || to != "bea@example.net" {
			t.Errorf("%q: %v", to, err)
		}
		if m.Flags == p2p.FlagsFile {
			data = append(data, m.Chunk...)
		}
	}
	return data
}

// Somebody is made to sign in again in the middle of a session, with the ticket that is
// there. Status, picture and personal message go on, and nobody notices.
func TestResetByTicket(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	s.addAccount(t, "ada@example.net", "pw", "Ada")
	ada := byWeb(t, s, "ada", msnp.MSNP12)
	for _, v := range msnp.Versions(msnp.MSNP8, msnp.MSNP12) {
		for _, by := range [...][]func(*client.Options){nil, {throughGateway(t, s)}} {
			name := "bea" + v.String()
			if by != nil {
				name += "gateway"
			}
			s.addAccount(t, name+"@example.net", "pw", "Bea")
			bea := byWeb(t, s, name, v, by...)
			showAll(t, bea)
			if err := ada.Add(t.Context(), msnp.ForwardList, bea.Handle(), "Bea", msnp.NoGroup); err != nil {
				t.Fatal(err)
			}
			before := shownAs(t, ada, bea)
			ticket := bea.Ticket()
			ada.forget()
			if err := s.Reset(t.Context(), bea.Handle()); err != nil {
				t.Fatal(err)
			}
			waits(bea, "is back", func(e client.SignedIn) bool { return e.Moved })
			if err := bea.SetStatus(t.Context(), msnp.StatusBusy); err != nil {
				t.Error(err)
			}
			waits(ada, "sees what comes later", func(e client.Presence) bool { return e.Status == msnp.StatusBusy })
			after := shownAs(t, ada, bea)
			if after.Object != before.Object || after.Personal != before.Personal || after.Capabilities != before.Capabilities {
				t.Errorf("%s was %+v, and is %+v", name, before, after)
			}
			if has(ada, func(e client.Presence) bool { return e.Status == msnp.StatusOffline }) || bea.Ticket() != ticket {
				t.Errorf("%s did not go on as it was", name)
			}
		}
	}
}

// showAll sets everything that the version can show.
func showAll(t *testing.T, p *person) {
	t.Helper()
	if p.Version().Has(msnp.FeatureObjects) {
		if err := p.SetPicture(t.Context(), pattern(1000)); err != nil {
			t.Fatal(err)
		}
	}
	if p.Version().Has(msnp.FeaturePersonalMessages) {
		if err := p.SetPersonal(t.Context(), msnp.Personal{Message: "of " + p.Handle()}); err != nil {
			t.Fatal(err)
		}
	}
}

// shownAs waits until somebody sees all that another shows.
func shownAs(t *testing.T, watcher, p *person) (c client.Contact) {
	t.Helper()
	eventually(t, p.Handle()+" is seen", func() bool {
		c, _ = watcher.Contact(p.Handle())
		return c.Status.Open() && c.Object == p.Object() &&
			(c.Personal.Message != "") == p.Version().Has(msnp.FeaturePersonalMessages)
	})
	return c
}
