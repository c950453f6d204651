package notification

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/papilio-im/papilio/internal/account"
	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/presence"
	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/msnp"
)

// ErrNotSignedIn says that an account has no session to do something with.
var ErrNotSignedIn = errors.New("not signed in")

// SessionInfo is what an operator sees of a session.
type SessionInfo struct {
	Handle  string    `json:"handle"`
	Name    string    `json:"name"`
	Status  string    `json:"status"` // empty before the first
	Version string    `json:"version"`
	Remote  string    `json:"remote"` // empty while the principal is being moved
	Since   time.Time `json:"since"`
}

// Sessions lists who is signed in here, by handle.
func (srv *Server) Sessions() []SessionInfo {
	var all []SessionInfo
	for _, p := range srv.opts.Hub.All() {
		all = append(all, describe(p))
	}
	slices.SortFunc(all, func(a, b SessionInfo) int { return strings.Compare(a.Handle, b.Handle) })
	return all
}

func describe(p *presence.Principal) SessionInfo {
	name, err := p.Name().Decode()
	if err != nil {
		name = string(p.Name())
	}
	info := SessionInfo{Handle: p.Handle, Name: name, Status: string(p.Status())}
	if e := p.Endpoint(); e != nil {
		info.Version = e.Version.String()
		info.Remote = e.Session.(*session).RemoteAddr().String()
		info.Since = e.Since
	}
	return info
}

// SignOut ends the session of an account, and with it its conversations. One
// that is on its way to another connection is not waited for.
func (srv *Server) SignOut(ctx context.Context, handle string) error {
	return srv.order(ctx, cluster.Order{Action: cluster.ActSignOut, Handle: handle})
}

// Banned is SignOut for an account that was banned.
func (srv *Server) Banned(ctx context.Context, handle string) error {
	return srv.order(ctx, cluster.Order{Action: cluster.ActBan, Handle: handle})
}

// Reset makes the client of an account sign in again on its connection.
func (srv *Server) Reset(ctx context.Context, handle string) error {
	return srv.order(ctx, cluster.Order{Action: cluster.ActReset, Handle: handle})
}

// Refer sends the client of an account to another notification server.
func (srv *Server) Refer(ctx context.Context, handle, hostPort string) error {
	if _, err := (msnp.Referral{Host: hostPort}).Append(nil, msnp.First); err != nil {
		return errors.New("the address must be HOST:PORT, such as 192.0.2.10:1864")
	}
	return srv.order(ctx, cluster.Order{Action: cluster.ActRefer, Handle: handle, Text: hostPort})
}

// Alert shows a text to the user of an account, in versions that have alerts.
func (srv *Server) Alert(ctx context.Context, handle, text string) error {
	if len(text) > maxAlert {
		return fmt.Errorf("the text has %d octets, which is more than the %d that clients take", len(text), maxAlert)
	}
	if n := len(alertBody(text, msnp.First)); n > maxAlertBody {
		return fmt.Errorf("the text has %d octets with its special characters escaped, which is more than the %d that clients take", n, maxAlertBody)
	}
	return srv.order(ctx, cluster.Order{Action: cluster.ActAlert, Handle: handle, Text: text})
}

// Removed is called when an account was removed: its session ends, and those
// who had it on their lists are told. Affected are their handles, with what
// their lists have become.
func (srv *Server) Removed(ctx context.Context, handle string, affected []account.Affected) error {
	handle, err := msnp.ParseHandle(handle)
	if err != nil {
		return err
	}
	err = srv.order(ctx, cluster.Order{Action: cluster.ActRemove, Handle: handle})
	for _, a := range affected {
		lists := roster.Lists(a.Lists)
		srv.opts.Hub.Erase(a.Handle, handle, lists)
		srv.tellRemoved(a, handle, lists)
	}
	if errors.Is(err, ErrNotSignedIn) {
		return nil
	}
	return err
}

func (srv *Server) tellRemoved(a account.Affected, handle string, lists roster.Lists) {
	for _, list := range [...]msnp.List{msnp.ForwardList, msnp.AllowList, msnp.BlockList, msnp.ReverseList} {
		if bit, _ := roster.ParseLists(list); lists.Has(bit) {
			srv.opts.Hub.Tell(a.Handle, msnp.Removed{
				List: list, Version: a.Version, Handle: handle, Group: msnp.NoGroup, Contact: msnp.GUID(a.GUID),
			})
		}
	}
}
