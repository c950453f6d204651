package presence

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/msnp"
)

// connection is a session that keeps what it is told.
type connection struct {
	mu     sync.Mutex
	lines  []string
	closed bool
}

func (c *connection) PutLine(line []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lines = append(c.lines, strings.TrimSuffix(string(line), "\r\n"))
}

func (c *connection) Flush() {}

func (c *connection) MakeRoom() bool { return true }

func (c *connection) CloseSoon() { c.closed = true }

// take gives what was told since the last time.
func (c *connection) take() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	lines := c.lines
	c.lines = nil
	return lines
}

// person is somebody who is signed in.
type person struct {
	*Principal
	*connection
	endpoint *Endpoint
	arrival  Arrival
}

// newHub makes a hub that is stopped with the test.
func newHub(t testing.TB, o Options) *Hub {
	t.Helper()
	h, err := NewHub(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Stop(context.Background()) })
	return h
}

// signIn signs somebody in who has these on the reverse list.
func signIn(h *Hub, handle string, watchers ...string) person {
	p := attach(h, handle)
	p.Load(p.endpoint, watched(watchers...))
	return p
}

// attach is the first half of a sign-in: the lists are not there yet.
func attach(h *Hub, handle string) person { return attachWith(h, msnp.MSNP7, handle) }

// attachWith is attach with a client of a version.
func attachWith(h *Hub, v msnp.Version, handle string) person {
	c := new(connection)
	e := &Endpoint{Version: v, Session: c}
	p, arrival, err := h.SignIn(handle, msnp.Encoded(handle), e)
	if err != nil {
		panic(err)
	}
	return person{p, c, e, arrival}
}

func watched(by ...string) roster.Privacy {
	var entries []roster.Entry
	for _, handle := range by {
		entries = append(entries, roster.Entry{Handle: handle, Lists: roster.Reverse})
	}
	return roster.NewPrivacy(false, entries...)
}

// watcher signs somebody in who hears of others.
func watcher(h *Hub, handle string) person {
	w := signIn(h, handle)
	w.Arrive(w.endpoint)
	return w
}

func (p person) set(status msnp.Status) {
	p.SetStatus(p.endpoint, Appearance{Status: status})
	p.Ready(p.endpoint)
}

func heard(t *testing.T, p person, want ...string) {
	t.Helper()
	if got := p.take(); !slices.Equal(got, want) {
		t.Errorf("%s was told %q, want %q", p.Handle, got, want)
	}
}

func TestMoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t, Options{})
		bea := watcher(h, "bea")
		ada := signIn(h, "ada", "bea")
		ada.set(msnp.StatusAway)
		heard(t, bea, "NLN AWY ada ada")
		ada.Move()
		if ada.Detach(ada.endpoint) {
			t.Error("somebody who is moved has not left")
		}
		if h.Find("ada") == nil || !ada.MayCall("bea") {
			t.Error("somebody who is moved is there for others")
		}
		time.Sleep(Grace - time.Second)
		again := signIn(h, "ada", "bea")
		if !again.arrival.Moved || again.arrival.Old != nil || again.Principal != ada.Principal {
			t.Errorf("the arrival is %+v", again.arrival)
		}
		again.set(msnp.StatusAway)
		time.Sleep(2 * Grace)
		heard(t, bea)
		again.Detach(again.endpoint)
		heard(t, bea, "FLN ada")
		if h.Len() != 1 {
			t.Errorf("%d are signed in", h.Len())
		}
	})
}

func TestLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t, Options{})
		bea := watcher(h, "bea")
		ada := signIn(h, "ada", "bea")
		ada.set(msnp.StatusOnline)
		bea.take()
		ada.Move()
		ada.Detach(ada.endpoint)
		waited := make(chan *Endpoint)
		go func() { waited <- h.Wait(t.Context(), "ada") }()
		time.Sleep(Grace + time.Second)
		heard(t, bea, "FLN ada")
		if e := <-waited; e != nil || h.Find("ada") != nil {
			t.Error("somebody who did not come back is there yet")
		}
		again := signIn(h, "ada", "bea")
		if again.arrival.Moved || again.Status() != "" {
			t.Errorf("who comes after that was not moved: %+v", again.arrival)
		}
	})
}

func TestWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t, Options{})
		ada := signIn(h, "ada")
		if h.Wait(t.Context(), "ada") != nil || h.Wait(t.Context(), "nobody") != nil {
			t.Error("somebody without a status can be called")
		}
		ada.set(msnp.StatusOnline)
		if h.Wait(t.Context(), "ada") != ada.endpoint {
			t.Error("somebody with a status cannot be called")
		}
		ada.Move()
		waited := make(chan *Endpoint)
		go func() { waited <- h.Wait(t.Context(), "ada") }()
		again := signIn(h, "ada")
		synctest.Wait()
		again.Arrive(again.endpoint)
		again.Ready(again.endpoint)
		if e := <-waited; e != again.endpoint {
			t.Error("the caller was not given the new endpoint")
		}
		ada.Move()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if h.Wait(ctx, "ada") != nil {
			t.Error("the caller was given somebody who is not there")
		}
	})
}

// Those who wait for somebody on the move are few: whoever waits keeps others
// from being served.
func TestWaitOfMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t, Options{Grace: time.Minute})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var waited atomic.Int32
		wait := func(handle string) {
			for range 2 * maxWaitingEach {
				go func() {
					h.Wait(ctx, handle)
					waited.Add(1)
				}()
			}
			synctest.Wait()
		}
		for i := range 2 * maxWaiting / maxWaitingEach {
			handle := "ada" + strconv.Itoa(i)
			p := signIn(h, handle)
			p.set(msnp.StatusOnline)
			p.Move()
			wait(handle)
			if i == 0 && waited.Load() != maxWaitingEach {
				t.Errorf("%d wait for one", 2*maxWaitingEach-waited.Load())
			}
		}
		if n := 4*maxWaiting - waited.Load(); n != maxWaiting {
			t.Errorf("%d wait for all", n)
		}
		<-ctx.Done()
		synctest.Wait()
		if n := h.waiting.Load(); n != 0 {
			t.Errorf("%d wait in the end", n)
		}
	})
}

// TestReplaced is a sign-in in the place of another, whose client may still be
// doing something.
func TestReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t, Options{})
		bea := watcher(h, "bea")
		old := signIn(h, "ada", "bea")
		old.set(msnp.StatusOnline)
		heard(t, bea, "NLN NLN ada ada")
		again := signIn(h, "ada", "bea")
		if again.arrival.Old != old.endpoint || again.arrival.Moved {
			t.Errorf("the arrival is %+v", again.arrival)
		}
		old.set(msnp.StatusBusy)
		old.Arrive(old.endpoint)
		if old.Detach(old.endpoint) {
			t.Error("the place was taken: nobody has left")
		}
		heard(t, bea)
		time.Sleep(Grace + time.Second)
		heard(t, bea, "FLN ada")
		again.set(msnp.StatusOnline)
		heard(t, bea, "NLN NLN ada ada")
	})
}

// TestEditsWhileLoading are changes that come between the sign-in and the lists.
func TestEditsWhileLoading(t *testing.T) {
	h := newHub(t, Options{})
	bea, carl := watcher(h, "bea"), watcher(h, "carl")
	old := signIn(h, "ada", "carl")
	old.set(msnp.StatusOnline)
	heard(t, carl, "NLN NLN ada ada")
	again := attach(h, "ada")
	h.Reverse("ada", "bea", true)
	bea.Contact(bea.endpoint, 5, "ada", false)
	heard(t, bea, "ILN 5 NLN ada ada")
	h.Reverse("ada", "carl", false)
	third := attach(h, "ada")
	again.Load(again.endpoint, watched("carl")) // of no interest any more
	h.Reverse("ada", "carl", false)
	third.Load(third.endpoint, watched("bea", "carl")) // read before that
	third.set(msnp.StatusBusy)
	heard(t, bea, "NLN BSY ada ada")
	heard(t, carl)
}

func TestMute(t *testing.T) {
	h := newHub(t, Options{})
	bea := watcher(h, "bea")
	ada := signIn(h, "ada", "bea")
	end := bea.endpoint.BeginSync()
	h.Tell("bea", msnp.Removed{List: msnp.ReverseList, Handle: "x", Group: msnp.NoGroup})
	bea.endpoint.Mute()
	end(true)
	ada.set(msnp.StatusOnline)
	h.Tell("bea", msnp.Removed{List: msnp.ReverseList, Handle: "x", Group: msnp.NoGroup})
	if bea.endpoint.Put([]byte("RNG\r\n")) {
		t.Error("somebody who hears nothing was told something")
	}
	heard(t, bea)
}

func TestSync(t *testing.T) {
	h := newHub(t, Options{})
	ada := signIn(h, "ada")
	news := func(handle string) {
		h.Tell("ada", msnp.Removed{List: msnp.ReverseList, Handle: handle, Group: msnp.NoGroup})
	}
	news("before")
	end := ada.endpoint.BeginSync()
	news("failed")
	end(false)
	news("still before")
	heard(t, ada)
	end = ada.endpoint.BeginSync()
	news("meanwhile")
	heard(t, ada)
	end(true)
	heard(t, ada, "REM 0 RL 0 meanwhile")
	news("after")
	heard(t, ada, "REM 0 RL 0 after")
	end = ada.endpoint.BeginSync()
	news("again")
	end(false)
	heard(t, ada, "REM 0 RL 0 again")
}

func TestDismiss(t *testing.T) {
	h := newHub(t, Options{})
	bea := watcher(h, "bea")
	ada := signIn(h, "ada", "bea")
	ada.set(msnp.StatusOnline)
	heard(t, bea, "NLN NLN ada ada")
	ada.Move()
	ada.Dismiss()
	heard(t, bea, "FLN ada")
	if h.Find("ada") == nil || !ada.Detach(ada.endpoint) || h.Find("ada") != nil {
		t.Error("somebody who was dismissed is there until the connection ends")
	}
	ada.Dismiss()
	ada = signIn(h, "ada", "bea")
	ada.set(msnp.StatusOnline)
	ada.Move()
	ada.Detach(ada.endpoint)
	ada.Dismiss()
	heard(t, bea, "NLN NLN ada ada", "FLN ada")
	if h.Find("ada") != nil {
		t.Error("somebody who was dismissed on the way is waited for")
	}
}

// TestSelf is somebody who has himself on his lists.
func TestSelf(t *testing.T) {
	h := newHub(t, Options{})
	ada := signIn(h, "ada", "ada")
	ada.set(msnp.StatusOnline)
	ada.set(msnp.StatusBusy)
	ada.SetName("Ada")
	ada.SetDefault(true)
	ada.Edit("ada", func(l *roster.Privacy) { l.Set("ada", roster.Allow) }, true)
	ada.Contacts(ada.endpoint, 1, false)
	heard(t, ada)
}
