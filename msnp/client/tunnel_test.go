package client

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/papilio-im/papilio/msnp"
)

// holding is a gateway with one session, which holds polls until they are given up.
func holding(t *testing.T, handle http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["X-MSN-Messenger"] = []string{"SessionID=1.2; GW-IP=gateway.invalid"}
		handle(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL + gatewayPath
}

// running is a tunnel whose goroutine exists until the test ends.
func running(t *testing.T, o Gateway) *tunnel {
	t.Helper()
	tun, err := newTunnel(&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, o, "ns.test:1863", msnp.Notification)
	check(t, err)
	ctx, stop := context.WithCancel(context.Background())
	tun.stop = stop
	var over sync.WaitGroup
	over.Go(func() { tun.run(ctx) })
	t.Cleanup(func() {
		check(t, tun.Close())
		over.Wait()
	})
	return tun
}

// A gateway is told that a client has gone, also if it is holding an answer back.
func TestFarewellDuringPoll(t *testing.T) {
	polled, bodies := make(chan struct{}, 1), make(chan string, 10)
	address := holding(t, func(_ http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		if r.URL.Query().Get("Action") != "poll" {
			bodies <- string(text)
			return
		}
		polled <- struct{}{}
		<-r.Context().Done()
	})
	tun := running(t, Gateway{URL: address, Poll: DefaultPoll, Lifespan: time.Minute})
	_, err := tun.Write([]byte("VER 1 MSNP7\r\n"))
	check(t, err)
	<-polled
	check(t, tun.Close())
	for _, want := range []string{"VER 1 MSNP7\r\n", "OUT\r\n"} {
		select {
		case got := <-bodies:
			if got != want {
				t.Errorf("got %q", got)
			}
		case <-time.After(patience):
			t.Fatalf("%q does not come", want)
		}
	}
}

// While the reader is held up nothing is asked for, whatever is written: a gateway could
// answer each line with a megabyte.
func TestUnreadAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tun, err := newTunnel(http.DefaultClient, Gateway{URL: "http://gateway.test/", Poll: DefaultPoll}, "ns.test", msnp.Notification)
		check(t, err)
		tun.session = "1.2"
		tun.take(make([]byte, maxUnread+1))
		_, err = tun.Write([]byte("PNG\r\n"))
		check(t, err)
		body := make(chan string, 1)
		go func() {
			text, _ := tun.next(0)
			body <- string(text)
		}()
		synctest.Wait()
		if len(body) > 0 {
			t.Errorf("%q is sent", <-body)
		}
		_, err = io.ReadFull(tun, make([]byte, 10))
		check(t, err)
		if got := <-body; got != "PNG\r\n" {
			t.Errorf("got %q", got)
		}
	})
}

func TestNextPause(t *testing.T) {
	tun := &tunnel{o: Gateway{Poll: 2 * time.Second}}
	pause := tun.nextPause(0, false, false, 0)
	for range 10 {
		pause = tun.nextPause(pause, false, false, 0)
	}
	if pause != 2*time.Second || tun.nextPause(pause, true, false, 0) != quickPoll || tun.nextPause(pause, false, true, 0) != 0 {
		t.Errorf("at last %v", pause)
	}
	tun.o.Lifespan = time.Minute
	if got := tun.nextPause(2*time.Second, false, false, time.Minute); got != quickPoll {
		t.Errorf("a gateway that waits is asked after %v", got)
	}
	if got := tun.nextPause(2*time.Second, false, false, time.Millisecond); got != 2*time.Second {
		t.Errorf("a gateway that does not wait is asked after %v", got)
	}
}
