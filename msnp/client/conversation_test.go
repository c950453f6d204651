package client

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/papilio-im/papilio/msnp"
)

const (
	cookie = "17262740.1050826919.32307"

	transferred = `
		C: XFR 7 SB
		S: XFR 7 SB sb.test:1865 CKI 17262740.1050826919.32307
		C: OUT`
	entered = `
		C: USR 1 zed@example.net 17262740.1050826919.32307
		S: USR 1 OK zed@example.net Zed%20Q`
	withBea = entered + `
		C: CAL 2 bea@example.net
		S: CAL 2 RINGING 40211873
		S: JOI bea@example.net Bea%20B`
)

// talk opens a conversation with Bea, on a switchboard that goes on with a script.
func (w *world) talk(script string) (*Conversation, *recorder) {
	w.t.Helper()
	w.play("sb.test:1865", withBea+script)
	c, r := w.online(msnp.MSNP7, transferred)
	v, err := c.Open(soon(w.t), "bea@example.net")
	check(w.t, err)
	return v, r
}

// Each method of transfer, and what proves the client at the switchboard.
func TestTransferMethods(t *testing.T) {
	for name, test := range map[string]struct {
		version        msnp.Version
		method, secret string
	}{
		"Beta 2 by MD5": {msnp.Beta2, "MD5 " + salt, hash},
		"Beta 2 by CTP": {msnp.Beta2, "CTP", "s3cret!"},
		"MSNP2 by CKI":  {msnp.MSNP2, "CKI " + cookie, cookie},
		"MSNP5 by MD5":  {msnp.MSNP5, "MD5 " + salt, hash},
		"MSNP7 by CTP":  {msnp.MSNP7, "CTP", "s3cret!"},
		"MSNP7 by CKI":  {msnp.MSNP7, "CKI " + cookie, cookie},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.play("sb.test:1865", strings.ReplaceAll(withBea, cookie, test.secret)+"\nC: OUT")
			w.play("sb2.test:1865", `
				C: ANS 1 zed@example.net `+test.secret+` 40211874
				S: IRO 1 1 1 ada@example.net Ada
				S: ANS 1 OK
				C: OUT`)
			plain := func(o *Options) { o.Plain = true }
			c, r := w.online(test.version, `
				C: XFR 7 SB
				S: XFR 7 SB sb.test:1865 `+test.method+`
				S: RNG 40211874 sb2.test:1865 `+test.method+` ada@example.net Ada%20L
				C: OUT`, plain)
			v, err := c.Open(soon(t), "Bea@example.net")
			check(t, err)
			if v.Session() != 40211873 || v.Server() != "sb.test:1865" || v.Client() != c {
				t.Errorf("session %d on %s", v.Session(), v.Server())
			}
			if diff := cmp.Diff([]Member{{Handle: "bea@example.net", Name: "Bea B"}}, v.Members()); diff != "" {
				t.Errorf("members (-want +got):\n%s", diff)
			}
			invited := next[Invited](r).Invitation
			if invited.Caller != "ada@example.net" || invited.CallerName != "Ada L" || invited.Session != 40211874 || invited.Server != "sb2.test:1865" {
				t.Errorf("invitation: %+v", invited)
			}
			answered := next[Answered](r)
			if answered.Invitation != invited {
				t.Error("another invitation was answered")
			}
			if diff := cmp.Diff([]Member{{Handle: "ada@example.net", Name: "Ada"}}, answered.Conversation.Members()); diff != "" {
				t.Errorf("members (-want +got):\n%s", diff)
			}
		})
	}
}

// A password goes over the wire as it is only where the program allows that, whatever
// a server says.
func TestPlainPasswordIsKept(t *testing.T) {
	w := newWorld(t)
	c, r := w.online(msnp.MSNP7, `
		C: XFR 7 SB
		S: XFR 7 SB sb.test:1865 CTP
		S: RNG 40211874 sb2.test:1865 CTP ada@example.net Ada%20L
		C: OUT`)
	if _, err := c.Open(soon(t), "bea@example.net"); !errors.Is(err, ErrPlain) {
		t.Errorf("got %v", err)
	}
	i := next[Invited](r).Invitation
	if failed := next[InvitationFailed](r); !errors.Is(failed.Err, ErrPlain) {
		t.Errorf("got %v", failed.Err)
	}
	if _, err := i.Answer(soon(t)); !errors.Is(err, ErrPlain) {
		t.Errorf("got %v", err)
	}
}

func TestSend(t *testing.T) {
	v, r := newWorld(t).talk(`
		C: MSG 3 A # | MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\nDinner\r\nat 8?
		S: ACK 3
		C: MSG 4 A # | MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\nno?
		S: NAK 4
		C: MSG 5 D 1 | x
		S: 282 5
		C: MSG 6 S 1 | y
		S: ACK 6
		C: MSG 7 N 1 | z
		S: NAK 7
		C: MSG 8 U # | MIME-Version: 1.0\r\nContent-Type: text/x-msmsgscontrol\r\nTypingUser: zed@example.net\r\n\r\n\r\n
		C: MSG 9 D 0
		S: 282 10
		S: ACK 9
		C: OUT`)
	ctx := soon(t)
	check(t, v.Send(ctx, "Dinner\nat 8?"))
	if err := v.Send(ctx, "no?"); !errors.Is(err, ErrNotDelivered) {
		t.Errorf("got %v", err)
	}
	if _, err := v.SendRaw(ctx, msnp.AckData, []byte("x")); Code(err) != msnp.CodeBadMessage {
		t.Errorf("got %v", err)
	}
	_, err := v.SendRaw(ctx, msnp.AckInvite, []byte("y"))
	check(t, err)
	id, err := v.SendRaw(ctx, msnp.AckFailure, []byte("z"))
	check(t, err)
	if got := next[Delivery](r); got.ID != id || !errors.Is(got.Err, ErrNotDelivered) || got.Conversation != v {
		t.Errorf("got %+v", got)
	}
	check(t, v.Typing(ctx))
	id, err = v.Post(ctx, msnp.AckData, nil)
	check(t, err)
	if got := next[Delivery](r); got.ID != id+1 || Code(got.Err) != msnp.CodeBadMessage {
		t.Errorf("got %+v", got)
	}
	if got := next[Delivery](r); got.ID != id || got.Err != nil {
		t.Errorf("got %+v", got)
	}
	long := make([]byte, msnp.MaxMessage+1)
	_, errRaw := v.SendRaw(ctx, msnp.AckAll, long)
	_, errPost := v.Post(ctx, msnp.AckNone, long)
	for _, err := range []error{errRaw, errPost, v.Send(ctx, string(long))} {
		if !errors.Is(err, ErrTooLong) {
			t.Errorf("got %v", err)
		}
	}
	check(t, v.Close())
	if err := v.Send(ctx, "too late"); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v", err)
	}
	<-v.Done()
	if got := next[Ended](r); got.Conversation != v || got.Err != nil || v.Err() != nil {
		t.Errorf("got %+v, %v", got, v.Err())
	}
}

func TestReceive(t *testing.T) {
	w := newWorld(t)
	v, r := w.talk(`
		wait joined
		S: MSG bea@example.net Bea%20B # | MIME-Version: 1.0\r\nContent-Type: text/x-msmsgscontrol\r\nTypingUser: bea@example.net\r\n\r\n\r\n
		S: MSG Bea@example.net Bea%20B # | MIME-Version: 1.0\r\ncontent-type: Text/Plain;charset=UTF-8\r\nX-MMS-IM-Format: FN=Verdana\r\n\r\na\r\nb\r\n
		S: MSG bea@example.net Bea%20B # | \r\n\r\n
		S: MSG bea@example.net Bea%20B 0
		S: JOI carl@example.net Carl
		S: JOI carl@example.net Carl%20K
		S: BYE bea@example.net
		S: BYE nobody@example.net
		S: BYE Carl@example.net 1
		S: OUT
		close`)
	next[Joined](r)
	w.tell("joined")
	if got := next[Typing](r); got.Handle != "bea@example.net" || got.Conversation != v {
		t.Errorf("got %+v", got)
	}
	m := next[Message](r)
	text, ok := m.Text()
	if text != "a\r\nb\r\n" || !ok || m.Handle != "bea@example.net" || m.Name != "Bea B" || m.Header("x-mms-im-format") != "FN=Verdana" {
		t.Errorf("got %+v", m)
	}
	for range 2 {
		if m := next[Message](r); m.ContentType() != "" {
			t.Errorf("got %+v", m)
		}
	}
	if got, want := next[Joined](r), (Joined{v, Member{Handle: "carl@example.net", Name: "Carl"}}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	next[Joined](r)
	for _, want := range []Left{
		{v, "bea@example.net", false, 1}, {v, "nobody@example.net", false, 1}, {v, "carl@example.net", true, 0},
	} {
		if got := next[Left](r); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	if got := next[Ended](r); got.Err != nil {
		t.Errorf("got %+v", got)
	}
}

func TestInvite(t *testing.T) {
	v, r := newWorld(t).talk(`
		C: CAL 3 carl@example.net
		S: CAL 3 RINGING 40211873
		S: JOI carl@example.net Carl
		C: CAL 4 dora@example.net
		S: 217 4
		C: CAL 5 bea@example.net
		S: 215 5
		C: CAL 6 ada@example.net
		S: CAL 6 RINGING 40211873
		signal ringing
		S: BYE bea@example.net
		S: BYE carl@example.net
		C: CAL 7 bea@example.net
		S: JOI bea@example.net Bea
		S: CAL 7 RINGING 40211873
		C: OUT`)
	check(t, v.Invite(soon(t), "Carl@example.net"))
	if err := v.Invite(soon(t), "dora@example.net"); Code(err) != msnp.CodeNotOnline {
		t.Errorf("got %v", err)
	}
	if err := v.Invite(soon(t), "bea@example.net"); Code(err) != msnp.CodeAlreadyThere {
		t.Errorf("got %v", err)
	}
	if err := v.Invite(soon(t), "a b"); !errors.Is(err, ErrBadWord) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(soon(t))
	go func() {
		next[Left](r)
		cancel()
	}()
	if err := v.Invite(ctx, "ada@example.net"); !errors.Is(err, context.Canceled) {
		t.Errorf("somebody who does not come: %v", err)
	}
	check(t, v.Invite(soon(t), "bea@example.net")) // again, and into the same session
	if diff := cmp.Diff([]Member{{Handle: "bea@example.net", Name: "Bea"}}, v.Members()); diff != "" {
		t.Errorf("members (-want +got):\n%s", diff)
	}
	check(t, v.Close())
	<-v.Done()
}

func TestManualAnswer(t *testing.T) {
	w := newWorld(t)
	w.play("sb.test:1865", `
		C: ANS 1 zed@example.net 1.2.3 40211873
		S: IRO 1 1 2 bea@example.net Bea
		S: IRO 1 2 2 carl@example.net Carl
		S: ANS 1 OK
		S: JOI dora@example.net Dora
		C: OUT`)
	w.play("ns.test:1864", plainFor(msnp.MSNP7)+`
		S: RNG 40211873 sb.test:1865 CKI 1.2.3 bea@example.net Bea
		S: RNG 40211874 sb.test:1865 CKI 1.2.4 carl@example.net Carl
		C: OUT`)
	r := newRecorder(t)
	o := w.plain(msnp.MSNP7)
	o.Events, o.ManualAnswer = r.events, true
	w.signIn(o)
	invitation := next[Invited](r).Invitation
	v, err := invitation.Answer(soon(t))
	check(t, err)
	if got := next[Joined](r); got.Member.Handle != "dora@example.net" || len(v.Members()) != 3 {
		t.Errorf("got %+v, %v", got, v.Members())
	}
	if _, err := invitation.Answer(soon(t)); !errors.Is(err, ErrExpired) {
		t.Errorf("got %v", err)
	}
}

func TestAnswerFails(t *testing.T) {
	w := newWorld(t)
	w.play("sb.test:1865", "C: ANS 1 zed@example.net 1.2.3 7\nS: 911 1\nclose")
	_, r := w.online(msnp.MSNP7, "\nS: RNG 7 sb.test:1865 CKI 1.2.3 bea@example.net Bea\nC: OUT")
	if got := next[InvitationFailed](r); Code(got.Err) != msnp.CodeAuthFailed || got.Invitation.Session != 7 {
		t.Errorf("got %+v", got)
	}
}

// A conversation that breaks is not one that has ended in order.
func TestConversationBreaks(t *testing.T) {
	w := newWorld(t)
	v, r := w.talk("\nwait online\nS: JOI")
	w.tell("online")
	if got := next[Ended](r); !isProtocol(got.Err) || got.Conversation != v {
		t.Errorf("got %+v", got)
	}
	<-v.Done()
	if !isProtocol(v.Err()) {
		t.Errorf("Err is %v", v.Err())
	}
}

// The sign-out ends the conversations before it ends itself.
func TestSignOutClosesConversations(t *testing.T) {
	v, r := newWorld(t).talk("\nC: OUT")
	check(t, v.c.SignOut(soon(t)))
	if got := next[Ended](r); got.Conversation != v || got.Err != nil {
		t.Errorf("got %+v", got)
	}
	next[SignedOut](r)
	select {
	case <-v.Done():
	default:
		t.Error("not over")
	}
}

// And so does the end by the server, which leaves calls in a conversation.
func TestEndEndsConversations(t *testing.T) {
	w := newWorld(t)
	w.play("sb.test:1865", withBea+`
		C: MSG 3 A # | MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\nhi
		signal asked
		C: OUT`)
	c, _ := w.online(msnp.MSNP7, `
		C: XFR 7 SB
		S: XFR 7 SB sb.test:1865 CKI 17262740.1050826919.32307
		wait asked
		S: OUT OTH
		close`)
	v, err := c.Open(soon(t), "bea@example.net")
	check(t, err)
	if err := v.Send(soon(t), "hi"); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v", err)
	}
	<-c.Done()
}

func TestConversationDo(t *testing.T) {
	v, _ := newWorld(t).talk(`
		C: CAL 3 a@@b
		S: 208 3
		C: CAL 4 carl@example.net
		S: CAL 4 RINGING 9
		C: OUT`)
	_, err := v.Do(soon(t), func(id msnp.TrID) Request { return msnp.Call{TrID: id, Handle: "a@@b"} })
	if Code(err) != msnp.CodeBadHandle {
		t.Errorf("got %v", err)
	}
	l, err := v.Do(soon(t), func(id msnp.TrID) Request { return msnp.Call{TrID: id, Handle: "carl@example.net"} })
	check(t, err)
	if m, err := msnp.ParseRinging(l, msnp.MSNP7); err != nil || m.Session != 9 {
		t.Errorf("got %+v, %v", m, err)
	}
}
