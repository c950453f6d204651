package client

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/papilio-im/papilio/msnp"
)

// session7Again is the sign-in of a client that was on ns.test, with the lists
// that it has, in their current version.
const session7Again = `
		C: VER {1} MSNP7 MSNP6 MSNP5 MSNP4 CVR0
		S: VER {1} MSNP7 CVR0
		C: INF {2}
		S: INF {2} MD5
		C: USR {3} MD5 I zed@example.net
		S: USR {3} MD5 S 982312055.48817
		C: USR {4} MD5 S b113b7c25f4a696a0add686f5f42cc70
		S: USR {4} OK zed@example.net Zed%20Q 1
		C: SYN {5} 41
		S: SYN {5} 41
		C: CHG {6} BSY
		C: CVR {7} 0x0409 win 4.10 i386 MSMSGS 4.6.0083 MSMSGS
		S: CHG {6} BSY
		S: ILN {6} AWY bea@example.net Bea%20B
		S: CVR {7} 1.0 1.0 1.0 http://example.net http://example.net`

// The whole of it: a client in a conversation is referred to another server while
// one call waits and another is made.
func TestMove(t *testing.T) {
	w := newWorld(t)
	w.play("ns.test:1864", renumber(session7, 3)+`
		S: NLN NLN carl@example.net Carl
		C: CHG 8 BSY
		S: CHG 8 BSY
		C: XFR 9 SB
		S: XFR 9 SB sb.test:1865 CKI 17262740.1050826919.32307
		C: REA 10 zed@example.net Zed%20Quick
		S: XFR 0 NS ns2.test:1864 0 ns.test:1864`)
	w.play("ns2.test:1864", again(11)+`
		C: REA 10 zed@example.net Zed%20Quick
		S: REA 10 42 zed@example.net Zed%20Quick
		signal moved
		C: PNG
		S: QNG
		C: OUT`)
	w.play("sb.test:1865", `
		C: USR 1 zed@example.net 17262740.1050826919.32307
		S: USR 1 OK zed@example.net Zed%20Q
		C: CAL 2 bea@example.net
		S: CAL 2 RINGING 40211873
		S: JOI bea@example.net Bea%20B
		wait moved
		S: MSG bea@example.net Bea%20B # | MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nstill here?
		C: MSG 3 A # | MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\nyes
		S: ACK 3
		C: OUT`)
	r := newRecorder(t)
	o := w.options(msnp.MSNP7)
	o.Dispatch, o.Notification, o.Events = "", "ns.test:1864", r.events
	c := w.signIn(o)
	next[SignedIn](r)
	if got := next[Presence](r); got.Handle != "carl@example.net" || got.Status != msnp.StatusOnline {
		t.Errorf("presence: %+v", got)
	}
	check(t, c.SetStatus(soon(t), msnp.StatusBusy))
	v, err := c.Open(soon(t), "bea@example.net")
	check(t, err)
	check(t, c.RenameSelf(soon(t), "Zed Quick")) // answered by the second server
	check(t, c.Ping(soon(t)))
	if c.Name() != "Zed Quick" || c.Status() != msnp.StatusBusy || c.Server() != "ns2.test:1864" {
		t.Errorf("client: %q %q %q", c.Name(), c.Status(), c.Server())
	}
	want := Referred{From: "ns.test:1864", To: "ns2.test:1864", Unasked: true}
	if got := next[Referred](r); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	// Carl has left in the meantime: the second server does not speak of him.
	if got, want := next[Presence](r), (Presence{Handle: "carl@example.net", Status: msnp.StatusOffline}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := next[SignedIn](r); !got.Moved || got.Server != "ns2.test:1864" {
		t.Errorf("got %+v", got)
	}
	m := next[Message](r)
	if text, ok := m.Text(); text != "still here?" || !ok || m.Conversation != v {
		t.Errorf("message: %q %v", text, ok)
	}
	check(t, v.Send(soon(t), "yes"))
	check(t, v.Close())
}

// A soft reset: the same connection, from VER on.
func TestSoftReset(t *testing.T) {
	for name, kind := range map[string]string{"to NS": "NS", "to SB, which is ignored": "SB"} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.play("ns.test:1864", renumber(session7, 3)+`
				C: CHG 8 BSY
				S: CHG 8 BSY
				S: XFR 0 `+kind+` 0`+again(9)+`
				C: URL 16 INBOX
				S: URL 16 /inbox https://login.example.net 2
				C: OUT`)
			r := newRecorder(t)
			o := w.options(msnp.MSNP7)
			o.Dispatch, o.Notification, o.Events = "", "ns.test:1864", r.events
			c := w.signIn(o)
			check(t, c.SetStatus(soon(t), msnp.StatusBusy))
			want := Referred{From: "ns.test:1864", To: "ns.test:1864", Unasked: true, Reset: true}
			if got := next[Referred](r); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
			next[SignedIn](r)
			l, err := c.Do(soon(t), func(id msnp.TrID) Request { return msnp.URLRequest{TrID: id, Service: "INBOX"} })
			check(t, err)
			url, err := msnp.ParseURLReply(l, c.Version())
			check(t, err)
			if diff := cmp.Diff(msnp.URLReply{TrID: 16, Resource: "/inbox", Login: "https://login.example.net", Site: "2"}, url); diff != "" {
				t.Errorf("URL (-want +got):\n%s", diff)
			}
		})
	}
}

// Referrals come at every step of a sign-in.
func TestReferredAtEveryStep(t *testing.T) {
	const (
		ver  = "C: VER 1 MSNP7 MSNP6 MSNP5 MSNP4 CVR0\nS: VER 1 MSNP7 CVR0\n"
		inf  = "C: INF 2\nS: INF 2 MD5\n"
		usrI = "C: USR 3 MD5 I zed@example.net\n"
		usrS = "S: USR 3 MD5 S 982312055.48817\nC: USR 4 MD5 S b113b7c25f4a696a0add686f5f42cc70\n"
		ok   = "S: USR 4 OK zed@example.net Zed 1\n"
		chg  = "C: CVR 6 0x0409 win 4.10 i386 MSMSGS 4.6.0083 MSMSGS\n"
	)
	for name, test := range map[string]struct {
		script string
		id     int
	}{
		"for USR I":     {ver + inf + usrI + "S: XFR 3 NS ns.test:1864 0 ds.test:1863", 4},
		"for USR S":     {ver + inf + usrI + usrS + "S: XFR 4 NS ns.test:1864 0 ds.test:1863", 5},
		"after USR OK":  {ver + inf + usrI + usrS + ok + "S: XFR 0 NS ns.test:1864 0 ds.test:1863\n" + chg, 7},
		"instead of OK": {ver + inf + usrI + usrS + "S: XFR 0 NS ns.test:1864 0 ds.test:1863", 5},
		"without more":  {ver + inf + usrI + "S: XFR 3 NS ns.test:1864", 4},
		"without port":  {ver + inf + usrI + "S: XFR 3 NS ns.test 0 ds.test:1863", 4},
		"soft reset":    {ver + inf + usrI + "S: XFR 3 NS 0\n" + numbered(plain, 4) + "\nC: OUT", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.play("ds.test:1863", test.script)
			server := "ns.test:1864"
			switch name {
			case "without port":
				server = "ns.test:1863"
			case "soft reset":
				server = "ds.test:1863"
			}
			if test.id != 0 {
				w.play(server, numbered(plain, test.id)+"\nC: OUT")
			}
			o := w.options(msnp.MSNP7)
			o.NoSync, o.Status = true, msnp.StatusNone
			if c := w.signIn(o); c.Server() != server {
				t.Errorf("server: %q", c.Server())
			}
		})
	}
}

// plain is a sign-in without lists and without a status.
const plain = `
		C: VER {1} MSNP7 MSNP6 MSNP5 MSNP4 CVR0
		S: VER {1} MSNP7 CVR0
		C: INF {2}
		S: INF {2} MD5
		C: USR {3} MD5 I zed@example.net
		S: USR {3} MD5 S 982312055.48817
		C: USR {4} MD5 S b113b7c25f4a696a0add686f5f42cc70
		S: USR {4} OK zed@example.net Zed%20Q 1
		C: CVR {6} 0x0409 win 4.10 i386 MSMSGS 4.6.0083 MSMSGS
		S: CVR {6} 1.0 1.0 1.0 http://example.net http://example.net`

func TestReferralLoop(t *testing.T) {
	w := newWorld(t)
	for i := range maxReferrals + 1 {
		w.play("ds.test:1863", numbered(`
			C: VER {1} MSNP7 MSNP6 MSNP5 MSNP4 CVR0
			S: VER {1} MSNP7 CVR0
			C: INF {2}
			S: INF {2} MD5
			C: USR {3} MD5 I zed@example.net
			S: XFR {3} NS ds.test:1863 0 ds.test:1863`, 3*i+1))
	}
	if _, err := SignIn(soon(t), w.options(msnp.MSNP7)); !errors.Is(err, ErrReferralLoop) {
		t.Errorf("got %v", err)
	}
}

// A server that does not exist, one that refuses, and one of another version.
func TestMoveFails(t *testing.T) {
	for name, test := range map[string]struct {
		script string
		want   func(error) bool
	}{
		"nobody there":   {"", func(err error) bool { return err != nil && !errors.Is(err, ErrConnectionLost) }},
		"wrong password": {"C: VER 7 MSNP7 MSNP6 MSNP5 MSNP4 CVR0\nS: VER 7 MSNP7\nC: INF 8\nS: INF 8 MD5\nC: USR 9 MD5 I zed@example.net\nS: 911 9", func(err error) bool { return Code(err) == msnp.CodeAuthFailed }},
		"closes":         {"C: VER 7 MSNP7 MSNP6 MSNP5 MSNP4 CVR0\nclose", func(err error) bool { return errors.Is(err, ErrConnectionLost) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.play("ns.test:1864", numbered(plain, 1)+"\nwait online\nS: XFR 0 NS ns2.test:1864 0 ns.test:1864")
			if test.script != "" {
				w.play("ns2.test:1864", test.script)
			}
			r := newRecorder(t)
			o := w.options(msnp.MSNP7)
			o.Dispatch, o.Notification, o.Events = "", "ns.test:1864", r.events
			o.NoSync, o.Status = true, msnp.StatusNone
			c, err := SignIn(soon(t), o)
			check(t, err)
			w.tell("online")
			if got := next[SignedOut](r); !test.want(got.Err) {
				t.Errorf("got %v", got.Err)
			}
			<-c.Done()
			if !test.want(c.Err()) {
				t.Errorf("got %v", c.Err())
			}
			if err := c.Ping(soon(t)); !test.want(err) {
				t.Errorf("a call after the end: %v", err)
			}
		})
	}
}

// A call that waits cannot be made again on a server of another version.
func TestMoveToOlderVersion(t *testing.T) {
	w := newWorld(t)
	w.play("ns.test:1864", numbered(plain, 1)+`
		C: ADG 7 Work 0
		S: XFR 0 NS ns2.test:1864 0 ns.test:1864`)
	w.play("ns2.test:1864", `
		C: VER 8 MSNP7 MSNP6 MSNP5 MSNP4 CVR0
		S: VER 8 MSNP5 CVR0
		C: INF 9
		S: INF 9 MD5
		C: USR 10 MD5 I zed@example.net
		S: USR 10 MD5 S 982312055.48817
		C: USR 11 MD5 S b113b7c25f4a696a0add686f5f42cc70
		S: USR 11 OK zed@example.net Zed%20Q
		C: CVR 13 0x0409 win 4.10 i386 MSMSGS 4.6.0083 MSMSGS
		S: CVR 13 1.0 1.0 1.0 http://example.net http://example.net
		C: OUT`)
	o := w.options(msnp.MSNP7)
	o.Dispatch, o.Notification = "", "ns.test:1864"
	o.NoSync, o.Status = true, msnp.StatusNone
	c := w.signIn(o)
	if _, err := c.AddGroup(soon(t), "Work"); !errors.Is(err, ErrMoved) {
		t.Errorf("got %v", err)
	}
	if _, err := c.AddGroup(soon(t), "Work"); !errors.As(err, new(*msnp.UnsupportedError)) {
		t.Errorf("got %v", err)
	}
}

// After a move the server answers the first CHG with the status that it carried
// over, whatever it said.
func TestCarriedStatus(t *testing.T) {
	w := newWorld(t)
	w.play("ns.test:1864", numbered(plain, 1)+`
		C: CHG 7 BSY
		S: CHG 7 AWY
		S: CHG 0 LUN
		C: OUT`)
	r := newRecorder(t)
	o := w.options(msnp.MSNP7)
	o.Dispatch, o.Notification, o.Events = "", "ns.test:1864", r.events
	o.NoSync, o.Status = true, msnp.StatusNone
	c := w.signIn(o)
	check(t, c.SetStatus(soon(t), msnp.StatusBusy))
	if got := next[StatusChanged](r); got.Status != msnp.StatusAway {
		t.Errorf("got %+v", got)
	}
	if got := next[StatusChanged](r); got.Status != msnp.StatusLunch || c.Status() != msnp.StatusLunch {
		t.Errorf("got %+v, %q", got, c.Status())
	}
}

// An answer to XFR NS that was asked for is an answer, and no referral.
func TestAskForServer(t *testing.T) {
	w := newWorld(t)
	w.play("ns.test:1864", numbered(plain, 1)+`
		C: XFR 7 NS
		S: XFR 7 NS ns.test:1864 0 ns.test:1864
		C: OUT`)
	o := w.options(msnp.MSNP7)
	o.Dispatch, o.Notification = "", "ns.test:1864"
	o.NoSync, o.Status = true, msnp.StatusNone
	c := w.signIn(o)
	l, err := c.Do(soon(t), func(id msnp.TrID) Request { return msnp.XFRRequest{TrID: id, Type: msnp.ToNotification} })
	check(t, err)
	m, err := msnp.ParseReferral(l, c.Version())
	check(t, err)
	if m.Host != "ns.test:1864" || m.Current != "ns.test:1864" {
		t.Errorf("got %+v", m)
	}
}

// A referral in the middle of the lists leaves nothing of them behind.
func TestMoveInTheMiddleOfLists(t *testing.T) {
	w := newWorld(t)
	w.play("ns.test:1864", renumber(session7, 3)+`
		S: XFR 0 NS ns2.test:1864 0 ns.test:1864`)
	begun, _, _ := strings.Cut(again(8), "S: SYN")
	w.play("ns2.test:1864", begun+`S: SYN 12 42
		S: GTC 12 42 N
		S: XFR 0 NS ns3.test:1864 0 ns2.test:1864`)
	w.play("ns3.test:1864", strings.ReplaceAll(again(13), "BSY", "NLN")+`
		S: BPR 41 carl@example.net PHH 555
		C: OUT`)
	r := newRecorder(t)
	o := w.options(msnp.MSNP7)
	o.Dispatch, o.Notification, o.Events = "", "ns.test:1864", r.events
	c := w.signIn(o)
	want := ContactSetting{Handle: "carl@example.net", Key: "PHH", Value: "555"}
	if got := next[ContactSetting](r); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if carl, _ := c.Contact("carl@example.net"); carl.Settings["PHH"] != "555" {
		t.Errorf("settings: %v", carl.Settings)
	}
}
