package notification

import (
	"net"
	"testing"

	"github.com/papilio-im/papilio/internal/front"
	"github.com/papilio-im/papilio/internal/netio"
	"github.com/papilio-im/papilio/msnp"
)

// Moving, rule 8: the unasked referral in the form of every version, also of those
// that cannot sign in here yet, and the soft reset.
func TestUnaskedReferral(t *testing.T) {
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	client, err := new(net.Dialer).DialContext(t.Context(), "tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	nc, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	for _, v := range msnp.Versions(msnp.Beta2, msnp.Last) {
		s := &session{Conn: front.Conn{Conn: netio.NewConn(nc, nil)}, version: v}
		want := referralTo(v, 0, "10.0.0.5:1863", ln.Addr().String()) + "\r\n"
		if got, err := s.referral(0, "10.0.0.5:1863"); string(got) != want || err != nil {
			t.Errorf("%s: got %q, %v, want %q", v, got, err, want)
		}
		if got, err := s.referral(0, ""); string(got) != "XFR 0 NS 0\r\n" || err != nil {
			t.Errorf("%s: the soft reset is %q, %v", v, got, err)
		}
	}
}
