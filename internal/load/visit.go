package load

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/papilio-im/papilio/msnp"
	"github.com/papilio-im/papilio/msnp/client"
)

// visits is what a dispatch server is there for: connect, VER and USR at once, the
// referral, close. Nobody signs in, so that nothing else is measured.
type visits struct {
	plain
	r *run
}

func (w *visits) do(ctx context.Context) error {
	p := pace{start: time.Now(), rate: w.r.plan.Rate, ramp: w.r.plan.Ramp}
	var turn atomic.Int64
	var workers sync.WaitGroup
	for range w.r.plan.Parallel {
		workers.Go(func() {
			for {
				n := int(turn.Add(1)) - 1
				if !waitUntil(ctx, p.due(n)) {
					return
				}
				w.visit(ctx, n)
			}
		})
	}
	workers.Wait()
	return nil
}

func (w *visits) visit(ctx context.Context, n int) {
	began := time.Now()
	err := w.beReferred(ctx, n)
	switch {
	case err == nil:
		w.r.meter.count(referrals)
		w.r.meter.record(tookReferral, time.Since(began))
	case ctx.Err() == nil:
		w.r.meter.fail("referral", err)
	}
}

func (w *visits) beReferred(ctx context.Context, n int) error {
	n %= w.r.plan.Accounts.Count
	version := w.r.plan.Versions[n%len(w.r.plan.Versions)]
	nc, err := newDialer(&w.r.plan, n).DialContext(ctx, "tcp", w.r.plan.Server)
	if err != nil {
		return err
	}
	defer func() { _ = nc.Close() }() // there is nothing more to lose
	if tcp, ok := nc.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // a port that waits for late packets would be missed soon
	}
	if err := nc.SetDeadline(time.Now().Add(w.r.plan.Timeout)); err != nil {
		return err
	}
	if _, err := nc.Write(visitor(version, w.r.plan.Accounts.Handle(n))); err != nil {
		return err
	}
	return readReferral(nc, version)
}

// visitor is what a client says first.
func visitor(v msnp.Version, handle string) []byte {
	if v == msnp.Beta2 { // which knows a dispatch server for one
		return msnp.XFRRequest{TrID: 1, Type: msnp.ToNotification}.Append(nil, v)
	}
	b := msnp.Hello{TrID: 1, Versions: []msnp.Version{v, msnp.CVR0}}.Append(nil, v)
	method := msnp.MethodMD5
	if v.SignsInBy(msnp.MethodTWN) {
		method = msnp.MethodTWN
	}
	return msnp.SignIn{TrID: 2, Method: method, Stage: msnp.StageInitial, Handle: handle}.Append(b, v)
}

// readReferral reads up to the referral.
func readReferral(nc net.Conn, v msnp.Version) error {
	table := msnp.TableOf(msnp.Notification, msnp.FromServer)
	in := bufio.NewReaderSize(nc, msnp.MaxLine+2)
	for {
		text, err := in.ReadSlice('\n')
		if err != nil {
			return err
		}
		var l msnp.Line
		if _, err := l.Parse(text, table, msnp.MaxLine); err != nil {
			return err
		}
		switch {
		case l.Code != 0:
			return &client.RefusedError{Command: "USR", Code: l.Code, TrID: 2}
		case l.Name() == "XFR":
			_, err := msnp.ParseReferral(&l, v)
			return err
		case l.Name() != "VER":
			return errors.Join(errStatus, fmt.Errorf("got %s", l.Name()))
		}
	}
}
