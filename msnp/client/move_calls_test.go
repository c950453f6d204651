package client

import (
	"context"
	"errors"
	"net"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/papilio-im/papilio/msnp"
)

// Lists that have changed in the meantime are read again, and what is known of
// contacts is kept.
func TestMoveReadsLists(t *testing.T) {
	w := newWorld(t)
	w.play("ns.test:1864", renumber(session7, 3)+`
		S: NLN BSY carl@example.net Carl
		S: XFR 0 NS ns2.test:1864 0 ns.test:1864`)
	w.play("ns2.test:1864", `
		C: VER 8 MSNP7 MSNP6 MSNP5 MSNP4 CVR0
		S: VER 8 MSNP7 CVR0
		C: INF 9
		S: INF 9 MD5
		C: USR 10 MD5 I zed@example.net
		S: USR 10 MD5 S 982312055.48817
		C: USR 11 MD5 S b113b7c25f4a696a0add686f5f42cc70
		S: USR 11 OK zed@example.net Zed%20Q 1
		C: SYN 12 41
		S: SYN 12 43
		S: GTC 12 43 A
		S: BLP 12 43 AL
		S: LSG 12 43 1 1 0 Friends 0
		S: LST 12 FL 43 1 2 carl@example.net Carl%20K 0
		S: LST 12 FL 43 2 2 dora@example.net Dora 0
		S: LST 12 AL 43 0 0
		S: LST 12 BL 43 0 0
		S: LST 12 RL 43 0 0
		C: CHG 13 NLN
		C: CVR 14 0x0409 win 4.10 i386 MSMSGS 4.6.0083 MSMSGS
		S: CHG 13 NLN
		S: ILN 13 BSY carl@example.net Carl
		S: ILN 13 NLN dora@example.net Dora
		S: CVR 14 1 1 1 x y
		C: OUT`)
	r := newRecorder(t)
	o := w.options(msnp.MSNP7)
	o.Dispatch, o.Notification, o.Events = "", "ns.test:1864", r.events
	c := w.signIn(o)
	next[Referred](r)
	// Carl has not changed, so nothing is said of him; of Dora nothing was known.
	if got, want := next[Presence](r), (Presence{Handle: "dora@example.net", Status: msnp.StatusOnline, Name: "Dora", Initial: true}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	next[SignedIn](r)
	want := Roster{
		Version: 43, Ask: true, AllowAll: true, Groups: []Group{{ID: 0, Name: "Friends"}},
		Contacts: []Contact{
			{Handle: "carl@example.net", Name: "Carl K", Lists: OnForward, Groups: []int{0}, Status: msnp.StatusBusy, DisplayName: "Carl"},
			{Handle: "dora@example.net", Name: "Dora", Lists: OnForward, Groups: []int{0}, Status: msnp.StatusOnline, DisplayName: "Dora"},
		},
	}
	if diff := cmp.Diff(want, c.Roster()); diff != "" {
		t.Errorf("roster (-want +got):\n%s", diff)
	}
}

// What is asked while the client is on its way waits, and is asked there.
func TestCallsDuringMove(t *testing.T) {
	w := newWorld(t)
	w.play("ns.test:1864", numbered(plain, 1)+`
		C: CHG 7 BSY
		S: XFR 0 NS 0
		signal moving
		C: VER 8 MSNP7 MSNP6 MSNP5 MSNP4 CVR0
		wait called
		S: VER 8 MSNP7 CVR0`+afterVER(8)+`
		C: CHG 7 BSY
		S: CHG 7 BSY
		C: PAG 14 bea@example.net 1 | x
		C: PNG
		S: QNG
		C: OUT`)
	o := w.plain(msnp.MSNP7)
	c := w.signIn(o)
	answered := make(chan error)
	go func() { answered <- c.SetStatus(soon(t), msnp.StatusBusy) }()
	w.await("moving")
	page := func(id msnp.TrID) Request {
		return msnp.Page{TrID: id, Handle: "bea@example.net", Payload: []byte("x")}
	}
	for c.movingNow() == nil {
		runtime.Gosched()
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := c.Ping(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a call that did not want to wait: %v", err)
	}
	posted := make(chan error)
	go func() {
		_, err := c.Post(soon(t), page)
		posted <- err
	}()
	w.tell("called")
	check(t, <-answered)
	check(t, <-posted)
	check(t, c.Ping(soon(t)))
}

// movingNow is not nil while the client is on its way.
func (c *Client) movingNow() chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.moving
}

// afterVER is the plain sign-in behind the answer to VER.
func afterVER(first int) string {
	_, after, _ := strings.Cut(numbered(plain, first), "CVR0\n\t\tC: INF")
	return "\n\t\tC: INF" + after
}

// A sign-out does not wait for a server that does not answer.
func TestSignOutDuringMove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.pipe = true
		w.play("ns.test:1864", numbered(plain, 1)+"\nwait online\nS: XFR 0 NS ns2.test:1864 0 ns.test:1864")
		o := w.plain(msnp.MSNP7)
		o.Dial = func(ctx context.Context, network, server string) (net.Conn, error) {
			if server == "ns.test:1864" {
				return w.dial(ctx, network, server)
			}
			<-ctx.Done() // a server that is not there
			return nil, ctx.Err()
		}
		c, err := SignIn(t.Context(), o)
		check(t, err)
		w.tell("online")
		synctest.Wait()
		begin := time.Now()
		check(t, c.SignOut(t.Context()))
		if c.Err() != nil || time.Since(begin) != 0 {
			t.Errorf("after %v: %v", time.Since(begin), c.Err())
		}
	})
}

// A server that is not there, or says nothing, ends a move in its time.
func TestMoveTimeout(t *testing.T) {
	for name, script := range map[string]string{"dial": "", "VER": "C: VER 7 MSNP7 MSNP6 MSNP5 MSNP4 CVR0"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.pipe = true
				w.play("ns.test:1864", numbered(plain, 1)+"\nwait online\nS: XFR 0 NS ns2.test:1864 0 ns.test:1864")
				if script != "" {
					w.play("ns2.test:1864", script)
				}
				o := w.plain(msnp.MSNP7)
				o.SignInTimeout = time.Minute
				o.Dial = func(ctx context.Context, network, server string) (net.Conn, error) {
					if server == "ns.test:1864" || script != "" {
						return w.dial(ctx, network, server)
					}
					<-ctx.Done()
					return nil, ctx.Err()
				}
				c, err := SignIn(t.Context(), o)
				check(t, err)
				begin := time.Now()
				w.tell("online")
				<-c.Done()
				if took := time.Since(begin); took != time.Minute || c.Err() == nil {
					t.Errorf("after %v: %v", took, c.Err())
				}
			})
		})
	}
}
