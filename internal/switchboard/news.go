package switchboard

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
)

// listen lets this switchboard hear what notification servers tell it.
func (srv *Server) listen() error {
	node := srv.opts.Node
	return errors.Join(
		node.ServeExpectations(srv.expect),
		node.ListenRenames(srv.renamed),
		node.ListenSignOuts(srv.signedOut),
	)
}

// expect notes who is going to come without a cookie.
func (srv *Server) expect(_ context.Context, e cluster.Expectation) error {
	var err error
	for _, g := range e.Grants {
		err = errors.Join(err, srv.grants.Add(g))
	}
	return err
}

// renamed gives a person's members the name that goes with what they say from
// now on.
func (srv *Server) renamed(_ context.Context, r cluster.Renamed) {
	for _, m := range srv.board.connectionsOf(r.Handle) {
		m.rename(r.Name, r.Order)
	}
}

// signedOut ends the conversations of somebody who is to be gone altogether.
// Who merely left keeps them as long as the client does, and so does who has
// signed in again since then.
func (srv *Server) signedOut(_ context.Context, s cluster.SignedOut) {
	if !s.Forced {
		return
	}
	at := int64(math.MaxInt64) // a node of an earlier release does not say
	if !s.At.IsZero() {
		at = s.At.UnixMilli()
	}
	for _, m := range srv.board.connectionsOf(s.Handle) {
		m.ousted.Store(max(at, m.ousted.Load())) // announcements are heard one after another
		if m.out() {
			m.CloseSoon()
		}
	}
}

// signedIn notes when the account has signed in. It reports false if it was
// signed out since.
func (m *member) signedIn(at time.Time) bool {
	m.since.Store(max(at.UnixMilli(), 1))
	return !m.out()
}

// out reports whether the account was signed out since it has signed in, as far
// as that is known, and notes it if so.
func (m *member) out() bool {
	since := m.since.Load()
	if since == 0 || since > m.ousted.Load() {
		return false
	}
	m.forced.Store(true)
	return true
}
