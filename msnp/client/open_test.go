package client

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/papilio-im/papilio/msnp"
)

func TestOpenSeveral(t *testing.T) {
	w := newWorld(t)
	w.play("sb.test:1865", withBeaAndCarl+"\nC: OUT")
	c, _ := w.online(msnp.MSNP7, transferred)
	v, err := c.Open(soon(t), "bea@example.net", "carl@example.net")
	check(t, err)
	if len(v.Members()) != 2 {
		t.Errorf("members: %v", v.Members())
	}
}

const withBeaAndCarl = entered + `
		C: CAL 2 bea@example.net
		C: CAL 3 carl@example.net
		S: CAL 2 RINGING 1
		S: CAL 3 RINGING 1
		S: JOI carl@example.net Carl
		S: JOI bea@example.net Bea`

func TestOpenFails(t *testing.T) {
	for name, test := range map[string]struct {
		ns, sb  string
		handles []string
		want    func(error) bool
	}{
		"hidden":      {"C: XFR 7 SB\nS: 913 7\nC: OUT", "", nil, hasCode(msnp.CodeNotAllowedHidden)},
		"no address":  {"C: XFR 7 SB\nS: XFR 7 SB x:y CKI abc\nC: OUT", "", nil, isProtocol},
		"nobody home": {"C: XFR 7 SB\nS: XFR 7 SB sb3.test:1 CKI abc\nC: OUT", "", nil, func(err error) bool { return strings.Contains(err.Error(), "sb3.test:1") }},
		"cookie used": {transferred, "C: USR 1 zed@example.net " + cookie + "\nS: 911 1\nclose", nil, hasCode(msnp.CodeAuthFailed)},
		"closed":      {transferred, "C: USR 1 zed@example.net " + cookie + "\nclose", nil, func(err error) bool { return errors.Is(err, ErrConnectionLost) }},
		"garbage":     {transferred, "C: USR 1 zed@example.net " + cookie + "\nS: NLN x", nil, isProtocol},
		"one absent": {
			transferred, entered + "\nC: CAL 2 bea@example.net\nC: CAL 3 dora@example.net\nS: CAL 2 RINGING 1\nS: 217 3\nS: JOI bea@example.net Bea\nC: OUT",
			[]string{"bea@example.net", "dora@example.net"}, hasCode(msnp.CodeNotOnline),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if test.sb != "" {
				w.play("sb.test:1865", test.sb)
			}
			c, _ := w.online(msnp.MSNP7, "\n"+test.ns)
			if _, err := c.Open(soon(t), test.handles...); err == nil || !test.want(err) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func hasCode(code msnp.Code) func(error) bool {
	return func(err error) bool { return Code(err) == code }
}

func TestOpenContext(t *testing.T) {
	for name, script := range map[string]string{
		"at USR":  "C: USR 1 zed@example.net " + cookie + "\nsignal stuck",
		"for JOI": entered + "\nC: CAL 2 bea@example.net\nS: CAL 2 RINGING 1\nsignal stuck\nC: OUT",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.play("sb.test:1865", script)
			c, _ := w.online(msnp.MSNP7, transferred)
			ctx, cancel := context.WithCancel(soon(t))
			go func() {
				w.await("stuck")
				cancel()
			}()
			if _, err := c.Open(ctx, "bea@example.net"); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// The bound on conversations holds for those that are being opened, too.
func TestTooManyConversations(t *testing.T) {
	w := newWorld(t)
	w.play("sb.test:1865", entered+"\nC: OUT")
	w.play("ns.test:1864", plainFor(msnp.MSNP7)+`
		C: XFR 7 SB
		S: XFR 7 SB sb.test:1865 CKI 17262740.1050826919.32307
		S: RNG 1 sb2.test:1865 CKI abc ada@example.net Ada
		C: OUT`)
	r := newRecorder(t)
	o := w.plain(msnp.MSNP7)
	o.Events, o.MaxConversations = r.events, 1
	c := w.signIn(o)
	_, err := c.Open(soon(t))
	check(t, err)
	if _, err := c.Open(soon(t)); !errors.Is(err, ErrTooManyConversations) {
		t.Errorf("got %v", err)
	}
	if got := next[InvitationFailed](r); !errors.Is(got.Err, ErrTooManyConversations) || got.Invitation.Caller != "ada@example.net" {
		t.Errorf("got %+v", got)
	}
}

// When the last one leaves the client leaves, too, or stays if it is told to.
func TestEverybodyLeaves(t *testing.T) {
	t.Run("closed", func(t *testing.T) {
		v, r := newWorld(t).talk("\nS: BYE bea@example.net\nC: OUT")
		if got, want := next[Left](r), (Left{v, "bea@example.net", false, 0}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		if got, want := next[Ended](r), (Ended{Conversation: v}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		if err := v.Send(soon(t), "anybody?"); !errors.Is(err, ErrClosed) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("kept", func(t *testing.T) {
		w := newWorld(t)
		w.play("sb.test:1865", withBea+"\nS: BYE bea@example.net\nC: CAL 3 bea@example.net\nS: JOI bea@example.net Bea\nC: OUT")
		w.play("ns.test:1864", plainFor(msnp.MSNP7)+transferred)
		r := newRecorder(t)
		o := w.plain(msnp.MSNP7)
		o.Events, o.KeepEmpty = r.events, true
		v, err := w.signIn(o).Open(soon(t), "bea@example.net")
		check(t, err)
		next[Left](r)
		check(t, v.Invite(soon(t), "bea@example.net"))
	})
}
