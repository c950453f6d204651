package notification

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/presence"
	"github.com/papilio-im/papilio/msnp"
)

// orderTime is how long it is tried to have an order carried out, while the nodes
// do not agree on where an account is or the one where it is does not answer.
const orderTime = 10 * time.Second

// orderPause is the pause between two times.
const orderPause = 250 * time.Millisecond

// order has something done to whoever is signed in with an account, wherever that
// is. It is tried again for a while if it cannot be told whether it was done.
func (srv *Server) order(ctx context.Context, o cluster.Order) error {
	var err error
	if o.Handle, err = msnp.ParseHandle(o.Handle); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, orderTime)
	defer cancel()
	for {
		done, err := srv.carryOut(ctx, o)
		switch {
		case err == nil && done:
			return nil
		case err == nil:
			return ErrNotSignedIn
		case !pause(ctx, orderPause):
			return fmt.Errorf("the node of the account cannot be reached: %w", err)
		}
	}
}

// carryOut does what is to be done to an account, where that is at home. It
// reports false if nobody is signed in.
func (srv *Server) carryOut(ctx context.Context, o cluster.Order) (bool, error) {
	return atHome(ctx, srv, o.Handle, o.Hops,
		func(context.Context) (bool, error) { return srv.carryOutHere(o) }, //nolint:contextcheck // the session does it, when nobody waits any more
		func(ctx context.Context, node string, hops uint8) (bool, error) {
			o.Hops = hops
			return srv.opts.Node.Order(ctx, node, o)
		})
}

func (srv *Server) carryOutHere(o cluster.Order) (bool, error) {
	p := srv.opts.Hub.Find(o.Handle)
	if p == nil {
		return false, nil
	}
	switch o.Action {
	case cluster.ActSignOut:
		return srv.signOut(p, dismissedAlone)
	case cluster.ActBan:
		return srv.signOut(p, dismissedBanned)
	case cluster.ActRemove:
		return srv.signOut(p, dismissedRemoved)
	case cluster.ActReset:
		return give(p, reset)
	case cluster.ActRefer:
		return give(p, moveTo(o.Text))
	case cluster.ActAlert:
		return give(p, alert(o.Text))
	case cluster.ActPage:
		return srv.page(p, o), nil
	}
	return false, fmt.Errorf("order %d is not known: is this node older than the other", o.Action)
}

// errJustMoved says that somebody was there a moment ago.
var errJustMoved = errors.New("the account has just moved")

// give has an order carried out by the session of a principal.
func give(p *presence.Principal, o order) (bool, error) {
	e := p.Endpoint()
	if e == nil {
		return false, nil
	}
	if !e.Session.(*session).give(o) {
		return false, errJustMoved
	}
	return true, nil
}

// signOut ends what a principal is shown as, its session if it has one, and its
// conversations.
func (srv *Server) signOut(p *presence.Principal, why dismissal) (bool, error) {
	e := p.Endpoint()
	if !p.Dismiss() {
		return false, errJustMoved
	}
	if e != nil {
		e.Session.(*session).dismiss(e, why)
	}
	at := time.Now().Truncate(time.Millisecond)
	if began := p.Since(); !at.After(began) {
		at = began.Add(time.Millisecond) // or on another node, whose clock is ahead
	}
	return true, srv.opts.Node.AnnounceSignOut(cluster.SignedOut{Handle: p.Handle, Forced: true, At: at})
}

// where tells where somebody is.
func (srv *Server) where(ctx context.Context, q cluster.Question) (cluster.Whereabouts, error) {
	return atHome(ctx, srv, q.Handle, q.Hops,
		func(context.Context) (cluster.Whereabouts, error) { return srv.whereHere(q.Handle), nil },
		func(ctx context.Context, node string, hops uint8) (cluster.Whereabouts, error) {
			return srv.opts.Node.Where(ctx, node, cluster.Question{Handle: q.Handle, Hops: hops})
		})
}

func (srv *Server) whereHere(handle string) cluster.Whereabouts {
	w := cluster.Whereabouts{Node: srv.opts.Node.ID()}
	p := srv.opts.Hub.Find(handle)
	if p == nil {
		return w
	}
	w.SignedIn, w.Since = true, p.Since()
	if info := describe(p); info.Remote != "" {
		w.Sessions = []cluster.Session{cluster.Session(info)}
	} else {
		w.Moving = true
	}
	return w
}
