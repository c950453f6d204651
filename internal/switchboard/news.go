package switchboard

import (
	"context"
	"errors"

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
		m.name.Store(&r.Name)
	}
}

// signedOut ends the conversations of somebody who is to be gone altogether.
// Who merely left keeps them as long as the client does.
func (srv *Server) signedOut(_ context.Context, s cluster.SignedOut) {
	if !s.Forced {
		return
	}
	for _, m := range srv.board.connectionsOf(s.Handle) {
		m.forced.Store(true)
		m.CloseSoon()
	}
}
