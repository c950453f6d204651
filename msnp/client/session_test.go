package client

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/papilio-im/papilio/msnp"
)

func TestServerEndsSession(t *testing.T) {
	for name, test := range map[string]struct {
		script string
		reason msnp.Reason
		want   func(error) bool
	}{
		"OUT OTH": {"S: OUT OTH\nclose", msnp.ReasonElse, isEnded(msnp.ReasonElse)},
		"OUT SSD": {"S: OUT SSD\nclose", msnp.ReasonShutdown, isEnded(msnp.ReasonShutdown)},
		"OUT":     {"S: OUT", "", isEnded("")},
		"OUT XYZ": {"S: OUT XYZ", "XYZ", isEnded("XYZ")},
		"close":   {"close", "", func(err error) bool { return errors.Is(err, ErrConnectionLost) }},
		"garbage": {"S: nln x", "", isProtocol},
		"unknown": {"S: UBX bea@example.net 3 | abc", "", isProtocol},
		"NLN":     {"S: NLN", "", isProtocol},
		"status":  {"S: NLN HDN bea@example.net Bea", "", isProtocol},
		"RNG":     {"S: RNG 1 sb.test:1865 CKI cookie", "", isProtocol},
		"XFR":     {"S: XFR 0 NS :1", "", isProtocol},
		"length":  {"S: MSG Hotmail Hotmail 99999999", "", isProtocol},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c, r := w.online(msnp.MSNP7, "\nwait online\n"+test.script)
			w.tell("online")
			got := next[SignedOut](r)
			if got.Reason != test.reason || !test.want(got.Err) {
				t.Errorf("got %+v", got)
			}
			<-c.Done()
			if !errors.Is(c.Err(), got.Err) {
				t.Errorf("Err is %v", c.Err())
			}
		})
	}
}

func isProtocol(err error) bool { return errors.As(err, new(*ProtocolError)) }

func isEnded(reason msnp.Reason) func(error) bool {
	return func(err error) bool {
		var ended *EndedError
		return errors.As(err, &ended) && ended.Reason == reason && ended.Error() != ""
	}
}

// What waits for an answer when the session ends is told why.
func TestCallsEndWithSession(t *testing.T) {
	w := newWorld(t)
	c, _ := w.online(msnp.MSNP7, "\nC: CHG 7 BSY\nS: OUT OTH\nclose")
	if err := c.SetStatus(soon(t), msnp.StatusBusy); !isEnded(msnp.ReasonElse)(err) {
		t.Errorf("got %v", err)
	}
	<-c.Done()
}

// A call whose context ends is forgotten; what is answered to it later does no
// harm, and counts.
func TestCallContext(t *testing.T) {
	w := newWorld(t)
	c, _ := w.online(msnp.MSNP7, `
		C: CHG 7 BSY
		signal asked
		wait forgotten
		S: CHG 7 BSY
		C: CHG 8 AWY
		S: 800 8
		C: OUT`)
	ctx, cancel := context.WithCancel(soon(t))
	go func() {
		w.await("asked")
		cancel()
	}()
	if err := c.SetStatus(ctx, msnp.StatusBusy); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := c.SetStatus(ctx, msnp.StatusBusy); !errors.Is(err, context.Canceled) {
		t.Errorf("a call that need not be tried: %v", err)
	}
	w.tell("forgotten")
	if err := c.SetStatus(soon(t), msnp.StatusAway); Code(err) != msnp.CodeTooRapid || !errors.Is(err, msnp.Error{Code: 800, TrID: 8}) {
		t.Errorf("got %v", err)
	}
	if c.Status() != msnp.StatusBusy {
		t.Errorf("status: %q", c.Status())
	}
}

// Challenges are answered at once.
func TestChallenge(t *testing.T) {
	w := newWorld(t)
	c, _ := w.online(msnp.MSNP6, `
		S: CHL 0 27182818284590452353
		C: QRY 7 msmsgs@msnmsgr.com # | e3f9a0d10427693a886fc0d71999cb78
		S: QRY 7
		signal answered
		C: PNG
		S: QNG
		C: OUT`)
	w.await("answered")
	check(t, c.Ping(soon(t)))
}

func TestPost(t *testing.T) {
	w := newWorld(t)
	c, r := w.online(msnp.MSNP5, `
		C: PAG 7 bea@example.net # | <TEXT>call</TEXT>
		S: 800 7
		S: 201
		C: OUT`)
	id, err := c.Post(soon(t), func(id msnp.TrID) Request {
		return msnp.Page{TrID: id, Handle: "bea@example.net", Payload: []byte("<TEXT>call</TEXT>")}
	})
	check(t, err)
	if got := next[Refused](r); got.Code != msnp.CodeTooRapid || got.ID != id {
		t.Errorf("got %+v", got)
	}
	if got := next[Refused](r); got.Code != msnp.CodeParameter || got.ID != 0 {
		t.Errorf("got %+v", got)
	}
}

func TestNotices(t *testing.T) {
	w := newWorld(t)
	_, r := w.online(msnp.MSNP7, `
		S: MSG Hotmail Hotmail # | MIME-Version: 1.0\r\nContent-Type: text/x-msmsgsemailnotification; charset=UTF-8\r\n\r\nFrom: Dora\r\n
		S: NOT # | <NOTIFICATION/>
		S: IPG # | <NOTIFICATION id="1"/>
		S: BPR 42 bea@example.net PHH 02%2044
		S: FLN Bea@Example.net
		C: OUT`)
	if got := next[Notice](r); got.ContentType != "text/x-msmsgsemailnotification" || got.Header("From") != "" {
		t.Errorf("got %+v", got)
	}
	if got := next[Alert](r); got.Mobile || string(got.Payload) != "<NOTIFICATION/>" {
		t.Errorf("got %+v", got)
	}
	if got := next[Alert](r); !got.Mobile || string(got.Payload) != `<NOTIFICATION id="1"/>` {
		t.Errorf("got %+v", got)
	}
	if got, want := next[ContactSetting](r), (ContactSetting{"bea@example.net", msnp.KeyHomePhone, "02 44"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got, want := next[Presence](r), (Presence{Handle: "bea@example.net", Status: msnp.StatusOffline}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestSignOutTwice(t *testing.T) {
	w := newWorld(t)
	c, r := w.online(msnp.MSNP7, "\nC: OUT")
	check(t, c.SignOut(soon(t)))
	check(t, c.SignOut(soon(t)))
	next[SignedOut](r)
	if c.Err() != nil {
		t.Errorf("Err is %v", c.Err())
	}
}

// The sign-out takes what the server still says with it, and does not lose OUT.
func TestSignOutWhileServerTalks(t *testing.T) {
	w := newWorld(t)
	c, _ := w.online(msnp.MSNP7, `
		wait online
		S: NLN NLN bea@example.net Bea
		C: OUT
		S: NLN NLN bea@example.net Bea`)
	w.tell("online")
	check(t, c.SignOut(soon(t)))
}

func TestTrace(t *testing.T) {
	w := newWorld(t)
	w.play("ds.test:1863", transcripts[6].dispatch)
	w.play("ns.test:1864", session7+`
		C: XFR 11 SB
		S: XFR 11 SB sb.test:1865 CKI 17262740.1050826919.32307
		C: OUT`)
	w.play("sb.test:1865", `
		C: USR 1 zed@example.net 17262740.1050826919.32307
		S: USR 1 OK zed@example.net Zed%20Q
		C: MSG 2 A # | MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\nhi
		S: ACK 2
		C: OUT`)
	lines := make(chan string, 1000)
	o := w.options(msnp.MSNP7)
	o.Trace = func(l TraceLine) {
		text := l.Server + " " + l.String()
		if l.Payload != nil {
			text += " | " + string(body(l.Payload))
		}
		lines <- text
	}
	c := w.signIn(o)
	v, err := c.Open(soon(t))
	check(t, err)
	check(t, v.Send(soon(t), "hi"))
	check(t, v.Close())
	<-v.Done()
	check(t, c.SignOut(soon(t)))
	var got []string
	for len(lines) > 0 {
		got = append(got, <-lines)
	}
	want := []string{
		"ds.test:1863 DS C: VER 1 MSNP7 MSNP6 MSNP5 MSNP4 CVR0",
		"ds.test:1863 DS S: VER 1 MSNP7 CVR0",
		"ds.test:1863 DS C: INF 2",
		"ds.test:1863 DS S: INF 2 MD5",
		"ds.test:1863 DS C: USR 3 MD5 I zed@example.net",
		"ds.test:1863 DS S: XFR 3 NS ns.test:1864 0 ds.test:1863",
		"ns.test:1864 NS C: VER 4 MSNP7 MSNP6 MSNP5 MSNP4 CVR0",
		"ns.test:1864 NS S: VER 4 MSNP7 CVR0",
		"ns.test:1864 NS C: INF 5",
		"ns.test:1864 NS S: INF 5 MD5",
		"ns.test:1864 NS C: USR 6 MD5 I zed@example.net",
		"ns.test:1864 NS S: USR 6 MD5 S " + salt,
		"ns.test:1864 NS C: USR 7 MD5 S ***",
		"ns.test:1864 NS S: USR 7 OK zed@example.net Zed%20Q 1",
		"ns.test:1864 NS C: SYN 8 0",
		"ns.test:1864 NS S: MSG Hotmail Hotmail 95",
	}
	if diff := cmp.Diff(want, got[:len(want)]); diff != "" {
		t.Errorf("trace (-want +got):\n%s", diff)
	}
	want = []string{
		"ns.test:1864 NS C: CHG 9 NLN",
		"ns.test:1864 NS C: CVR 10 0x0409 win 4.10 i386 MSMSGS 4.6.0083 MSMSGS",
		"ns.test:1864 NS S: CHG 9 NLN",
		"ns.test:1864 NS S: ILN 9 AWY bea@example.net Bea%20B",
		"ns.test:1864 NS S: CVR 10 1.0 1.0 1.0 http://example.net http://example.net",
		"ns.test:1864 NS C: XFR 11 SB",
		"ns.test:1864 NS S: XFR 11 SB sb.test:1865 CKI ***",
		"sb.test:1865 SB C: USR 1 zed@example.net ***",
		"sb.test:1865 SB S: USR 1 OK zed@example.net Zed%20Q",
		"sb.test:1865 SB C: MSG 2 A 64 | hi",
		"sb.test:1865 SB S: ACK 2",
		"sb.test:1865 SB C: OUT",
		"ns.test:1864 NS C: OUT",
	}
	if diff := cmp.Diff(want, got[len(got)-len(want):]); diff != "" {
		t.Errorf("trace (-want +got):\n%s", diff)
	}
}

// What people show each other is shown, and what can hold credentials is not.
func TestTracedPayloads(t *testing.T) {
	for line, shown := range map[string]bool{
		"UUX 9 7\r\n": true, "UBX bea@example.net 7\r\n": true, "MSG Hotmail Hotmail 7\r\n": false, "QRY 9 x 7\r\n": false,
	} {
		var got TraceLine
		k := link{trace: func(l TraceLine) { got = l }}
		k.role.Store(uint32(msnp.Notification))
		k.show(msnp.FromServer, []byte(line), []byte("<Data/>"))
		if (got.Payload != nil) != shown {
			t.Errorf("%q with %q", got.Line, got.Payload)
		}
	}
}
