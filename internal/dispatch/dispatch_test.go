package dispatch

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/msnp"
)

const ns = "10.0.0.5:1863"

// signIn gives what a client of a version sends, up to USR.
func signIn(v msnp.Version) (ver, cvr, usr string) {
	ver = "VER 0 " + v.VER() + " CVR0"
	method := msnp.MethodMD5
	switch {
	case v.SignsInBy(msnp.MethodTWN):
		method = msnp.MethodTWN
	case v.SignsInBy(msnp.MethodSSO):
		method = msnp.MethodSSO
	}
	info := msnp.ClientInfo{
		TrID: 1, Locale: "0x0409", OS: "win", OSVersion: "4.10", Arch: "i386", Library: "MSMSGS",
		Release: "5.0.0544", Client: "MSMSGS", Handle: "example@hotmail.com", Hop: 1,
	}
	cvr = strings.TrimSuffix(string(info.Append(nil, v)), "\r\n")
	return ver, cvr, "USR 2 " + string(method) + " I example@hotmail.com"
}

// referralOf is the referral in the form of a version.
func referralOf(v msnp.Version, current string) string {
	switch {
	case v <= msnp.MSNP2:
		return "XFR 2 NS " + ns
	case v <= msnp.MSNP6:
		return "XFR 2 NS " + ns + " 0"
	case v <= msnp.MSNP12:
		return "XFR 2 NS " + ns + " 0 " + current
	case v < msnp.MSNP21:
		return "XFR 2 NS " + ns + " U D"
	}
	return "XFR 2 NS " + ns + " U D VmVyc2lvbjogMQ0KWGZyQ291bnQ6IDINCg=="
}

func TestEveryVersionIsReferred(t *testing.T) {
	s := serve(t, atAddress(ns))
	for _, v := range msnp.Versions(msnp.MSNP2, msnp.Last) {
		t.Run(v.String(), func(t *testing.T) {
			ver, cvr, usr := signIn(v)
			c := s.dial(t)
			c.send(ver)
			c.expect("VER 0 " + v.VER() + " CVR0")
			c.send(cvr)
			c.expect("CVR 1 5.0.0544 5.0.0544 5.0.0544 http://127.0.0.1:8080/ http://127.0.0.1:8080/")
			if v <= msnp.MSNP7 {
				c.send("INF 7 ") // some clients leave a blank
				c.expect("INF 7 MD5")
			}
			c.send(usr)
			c.expect(referralOf(v, c.local()))
			c.silent()
		})
	}
}

func TestPipelinedSignIn(t *testing.T) {
	s := serve(t, atAddress(ns))
	for _, v := range msnp.Versions(msnp.MSNP2, msnp.Last) {
		ver, cvr, usr := signIn(v)
		c := s.dial(t)
		// What follows the sign-in, in the same segment or later, is not heard:
		// not even what would have closed the connection.
		c.send(ver, cvr, usr, usr, "FOO", "VER 1 MSNP2")
		c.expect("VER 0 "+v.VER()+" CVR0",
			"CVR 1 5.0.0544 5.0.0544 5.0.0544 http://127.0.0.1:8080/ http://127.0.0.1:8080/",
			referralOf(v, c.local()))
		c.send("SYN 3 0")
		c.silent()
	}
}

func TestSignInSplitAtEveryOctet(t *testing.T) {
	s := serve(t, atAddress(ns))
	ver, cvr, usr := signIn(msnp.MSNP7)
	c := s.dial(t)
	if err := c.Conn.(*net.TCPConn).SetNoDelay(true); err != nil {
		t.Fatal(err)
	}
	for _, b := range []byte(ver + "\n" + cvr + "\r\n" + usr + "\r\n") {
		if _, err := c.Write([]byte{b}); err != nil {
			t.Fatal(err)
		}
	}
	c.expect("VER 0 MSNP7 CVR0",
		"CVR 1 5.0.0544 5.0.0544 5.0.0544 http://127.0.0.1:8080/ http://127.0.0.1:8080/",
		referralOf(msnp.MSNP7, c.local()))
}

func TestBeta2AsksForANotificationServer(t *testing.T) {
	s := serve(t, atAddress("10.0.0.5:1863"))
	c := s.dial(t)
	c.send("XFR 2 NS")
	c.expect("XFR 2 NS 10.0.0.5:1863")
	c.silent()
}

// Beta 2 can also begin as it does on a notification server, without a handle.
func TestSignInWithoutAHandle(t *testing.T) {
	s := serve(t, atAddress(ns))
	c := s.dial(t)
	c.send("VER 0 MSNP2 CVR0", "INF 1", "USR 2 MD5 I")
	c.expect("VER 0 MSNP2 CVR0", "INF 1 MD5", "XFR 2 NS "+ns)
}

func TestReferralByTheAddressOfTheClient(t *testing.T) {
	s := serve(t, directory{owner: cluster.Owner{Node: "one", Self: true}}, func(srv *Server) {
		srv.opts.Referrer = directory{owner: cluster.Owner{Node: "one", Self: true}}.referrer(t, 1864)
	})
	c := s.dial(t)
	c.send("VER 0 MSNP2", "USR 1 MD5 I ana@example.test")
	c.expect("VER 0 MSNP2", "XFR 1 NS 127.0.0.1:1864")
}

func TestHop(t *testing.T) {
	s := serve(t, atAddress(ns))
	cvr := "CVR 1 0x0409 winnt 6.1.0 i386 MSNMSGR 15.4.3502.0922 MSNMSGR zed@example.net"
	for _, tt := range []struct{ name, cvr, hop string }{
		{"counted", cvr + " " + msnp.EncodeHop(2), msnp.EncodeHop(3)},
		{"zero", cvr + " 0", msnp.EncodeHop(1)},
		{"none", cvr, msnp.EncodeHop(1)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := s.dial(t)
			c.send("VER 0 MSNP21 MSNP20 MSNP19 MSNP18 MSNP17 CVR0", tt.cvr, "USR 2 SSO I zed@example.net")
			c.expect("VER 0 MSNP21 CVR0",
				"CVR 1 15.4.3502.0922 15.4.3502.0922 15.4.3502.0922 http://127.0.0.1:8080/ http://127.0.0.1:8080/",
				"XFR 2 NS "+ns+" U D "+tt.hop)
		})
	}
}

func TestVersionsAreNegotiated(t *testing.T) {
	s := serve(t, atAddress(ns))
	for _, tt := range []struct{ name, send, want string }{
		{"highest", "VER 4 MSNP3 MSNP2 CVR0", "VER 4 MSNP3 CVR0"},
		{"any order", "VER 4 MSNP4 MSNP9 CVR0 MSNP2", "VER 4 MSNP9 CVR0"},
		{"without CVR0", "VER 4 MSNP18", "VER 4 MSNP18"},
		{"unknown ones are skipped", "VER 4 MSNP99 MSNP1 MSNP5", "VER 4 MSNP5"},
		{"any case", "VER 4 msnp8 cvr0", "VER 4 MSNP8 CVR0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := s.dial(t)
			c.send(tt.send)
			c.expect(tt.want)
			c.silent()
		})
	}
}

// What ends the connection, and what is said before.
func TestTheEnd(t *testing.T) {
	s := serve(t, atAddress(ns))
	for _, tt := range []struct {
		name string
		send []string
		want []string
	}{
		{"nothing in common", []string{"VER 3 MSNP1 MSNP99"}, []string{"VER 3 0"}},
		{"no version", []string{"VER 3"}, []string{"201 3"}},
		{"CVR0 alone", []string{"VER 3 CVR0", "CVQ 4 0x0409 win 4.10 i386 MSMSGS 2.0.0085 "},
			[]string{"VER 3 CVR0", "CVQ 4 2.0.0085 2.0.0085 2.0.0085 http://127.0.0.1:8080/ http://127.0.0.1:8080/"}},
		{"VER again", []string{"VER 1 MSNP7", "VER 2 MSNP7"}, []string{"VER 1 MSNP7", "715 2"}},
		{"second step first", []string{"VER 1 MSNP7", "USR 2 MD5 S 0123456789abcdef0123456789abcdef"}, []string{"VER 1 MSNP7", "715 2"}},
		{"USR first", []string{"USR 2 MD5 I ana@example.test"}, nil},
		{"CVR first", []string{"CVR 1 0x0409 win 4.10 i386 MSMSGS 5.0.0544"}, nil},
		{"INF of a later version", []string{"VER 1 MSNP8", "INF 2"}, []string{"VER 1 MSNP8"}},
		{"CVQ without CVR0", []string{"VER 1 MSNP8", "CVQ 2 0x0409 win 4.10 i386 MSMSGS 5.0.0544"}, []string{"VER 1 MSNP8"}},
		{"a command of later", []string{"VER 1 MSNP7", "SYN 2 0"}, []string{"VER 1 MSNP7"}},
		{"XFR after VER", []string{"VER 1 MSNP2", "XFR 2 NS"}, []string{"VER 1 MSNP2"}},
		{"XFR SB", []string{"XFR 2 SB"}, nil},
		{"XFR to somewhere", []string{"XFR 2 XX"}, []string{"201 2"}},
		{"PNG", []string{"PNG"}, nil},
		{"MSG", []string{"VER 1 MSNP7", "MSG 2 N 3"}, []string{"VER 1 MSNP7"}},
		{"short CVR", []string{"VER 1 MSNP7", "CVR 2 0x0409"}, []string{"VER 1 MSNP7", "201 2"}},
		{"short USR", []string{"VER 1 MSNP7", "USR 2 MD5"}, []string{"VER 1 MSNP7", "201 2"}},
		{"no transaction id", []string{"VER x MSNP7"}, nil},
		{"huge transaction id", []string{"VER 4294967296 MSNP7"}, nil},
		{"method of another version", []string{"VER 1 MSNP7", "USR 2 TWN I ana@example.test"}, []string{"VER 1 MSNP7"}},
		{"no handle", []string{"VER 1 MSNP7", "USR 2 MD5 I ana"}, []string{"VER 1 MSNP7", "911 2"}},
		{"handle without a host", []string{"VER 1 MSNP15", "USR 2 SSO I ana@"}, []string{"VER 1 MSNP15", "911 2"}},
		{"missing handle", []string{"VER 1 MSNP8", "USR 2 TWN I"}, []string{"VER 1 MSNP8", "911 2"}},
		{"small letters", []string{"ver 1 MSNP7"}, nil},
		{"garbage", []string{"\x16\x03\x01\x02\x00\x01\x00"}, nil},
		{"OUT", []string{"OUT"}, nil},
		{"OUT later", []string{"VER 1 MSNP7", "OUT"}, []string{"VER 1 MSNP7"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := s.dial(t)
			c.send(tt.send...)
			c.expect(tt.want...)
			c.closed()
		})
	}
}

func TestLongLines(t *testing.T) {
	s := serve(t, atAddress(ns))
	c := s.dial(t)
	_, _ = io.WriteString(c, "VER 1 "+strings.Repeat("x", maxLine)) // the server may close before all is sent
	c.closed()
}

func TestPasswordsAreNotRead(t *testing.T) {
	s := serve(t, atAddress(ns))
	c := s.dial(t)
	c.send("VER 0 MSNP2", "USR 1 CTP I ana@example.test hunter2")
	c.expect("VER 0 MSNP2", "XFR 1 NS "+ns)
	if log := s.log.String(); strings.Contains(log, "hunter2") {
		t.Error("the log has the password:\n" + log)
	}
}

// Two clients that are where they would be sent: on the port of the
// notification server, and on the address that it advertises.
func TestNobodyIsReferredToWhereTheyAre(t *testing.T) {
	own := serve(t, directory{owner: cluster.Owner{Node: "one", Self: true}})
	advertised := serve(t, atAddress(ns))
	advertised.opts.Referrer = atAddress(advertised.addr).referrer(t, 1864)
	for name, s := range map[string]*service{"own port": own, "advertised": advertised} {
		t.Run(name, func(t *testing.T) {
			c := s.dial(t)
			c.send("VER 0 MSNP7", "USR 1 MD5 I ana@example.test")
			c.expect("VER 0 MSNP7", "601 1")
			c.closed()
			log := s.log.String()
			for _, key := range []string{"level=ERROR", "dispatch.port", "notification.port", "notification.advertise"} {
				if !strings.Contains(log, key) {
					t.Errorf("the log does not name %s:\n%s", key, log)
				}
			}
		})
	}
}

func TestNobodyOwnsTheAccount(t *testing.T) {
	s := serve(t, directory{})
	c := s.dial(t)
	c.send("VER 0 MSNP7", "USR 1 MD5 I ana@example.test")
	c.expect("VER 0 MSNP7", "601 1")
	c.closed()
}

// The node of an account has died: its client waits until another has taken its
// place, and nobody else does.
func TestTheNodeOfAnAccountHasDied(t *testing.T) {
	death := make(chan cluster.Owner)
	s := serve(t, directory{death: death}, func(srv *Server) { srv.opts.Patience = time.Hour })
	c := s.dial(t)
	c.send("VER 0 MSNP7", "USR 1 MD5 I ana@example.test")
	c.expect("VER 0 MSNP7")
	c.silent()
	other := s.dial(t)
	other.send("VER 0 MSNP7", "OUT")
	other.expect("VER 0 MSNP7")
	other.closed()
	death <- cluster.Owner{Node: "two", Address: ns}
	c.expect("XFR 1 NS " + ns + " 0 " + c.local())
}

func TestNobodyTakesTheAccount(t *testing.T) {
	s := serve(t, directory{death: make(chan cluster.Owner)}, func(srv *Server) { srv.opts.Patience = 30 * time.Millisecond })
	c := s.dial(t)
	c.send("VER 0 MSNP7", "USR 1 MD5 I ana@example.test")
	c.expect("VER 0 MSNP7", "601 1")
	c.closed()
}

// A server that is going down waits for the node of an account no longer than
// for anything else.
func TestShutdownWhileTheNodeIsDead(t *testing.T) {
	s := serve(t, directory{death: make(chan cluster.Owner)}, func(srv *Server) { srv.opts.Patience = time.Hour })
	c := s.dial(t)
	c.send("VER 0 MSNP7", "USR 1 MD5 I ana@example.test")
	c.expect("VER 0 MSNP7")
	c.silent()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

func TestDeadlines(t *testing.T) {
	short := 30 * time.Millisecond
	s := serve(t, atAddress(ns), func(srv *Server) { srv.times = times{short, short, short} })
	t.Run("no VER", func(t *testing.T) {
		s.dial(t).closed()
	})
	t.Run("no USR", func(t *testing.T) {
		c := s.dial(t)
		c.send("VER 0 MSNP7")
		c.expect("VER 0 MSNP7")
		c.closed()
	})
	t.Run("no leaving", func(t *testing.T) {
		c := s.dial(t)
		c.send("XFR 1 NS")
		c.expect("XFR 1 NS " + ns)
		c.closed()
	})
}

// A server that is going down still refers those who are there.
func TestShutdownRefersFirst(t *testing.T) {
	s := serve(t, atAddress(ns))
	c := s.dial(t)
	c.send("VER 0 MSNP7")
	c.expect("VER 0 MSNP7")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- s.Shutdown(ctx) }()
	c.send("USR 1 MD5 I ana@example.test")
	c.expect("XFR 1 NS " + ns + " 0 " + c.local())
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestReferralsAreCounted(t *testing.T) {
	s := serve(t, atAddress(ns))
	for range 2 {
		c := s.dial(t)
		c.send("VER 0 MSNP7", "USR 1 MD5 I ana@example.test")
		c.expect("VER 0 MSNP7", "XFR 1 NS "+ns+" 0 "+c.local())
	}
	if n := s.counted(t, "papilio_referrals_total", "role", "dispatch", "version", "MSNP7", "reason", "dispatch"); n != 2 {
		t.Errorf("%v referrals were counted instead of 2", n)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	if _, err := New(Options{}); err == nil {
		t.Error("a server without options was made")
	}
}

func BenchmarkReferral(b *testing.B) {
	s := serve(b, atAddress(ns))
	want := len("VER 0 MSNP7\r\nXFR 1 NS "+ns+" 0 \r\n") + len(s.addr)
	b.ReportAllocs()
	buf := make([]byte, want)
	for b.Loop() {
		nc, err := new(net.Dialer).DialContext(b.Context(), "tcp", s.addr)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.WriteString(nc, "VER 0 MSNP7\r\nUSR 1 MD5 I ana@example.test\r\n"); err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(nc, buf); err != nil {
			b.Fatal(err)
		}
		_ = nc.(*net.TCPConn).SetLinger(0) // or the ports run out
		_ = nc.Close()
	}
}
