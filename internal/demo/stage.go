package demo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"time"

	"github.com/papilio-im/papilio/internal/account"
	"github.com/papilio-im/papilio/internal/config"
	"github.com/papilio-im/papilio/internal/server"
	"github.com/papilio-im/papilio/msnp"
)

// quickHash makes password hashes cost nothing: the accounts live for a second.
var quickHash = account.HashParams{MemoryKiB: 8, Passes: 1, Threads: 1}

// farewell is how long a client may take to leave when the piece has failed.
const farewell = 2 * time.Second

// stage is a service and those who play on it.
type stage struct {
	config  config.Config
	server  *server.Server
	stop    context.CancelFunc
	served  chan error
	printer *printer
	cast    []*actor

	ada, ben, cleo, dan, eve, finn *actor

	web *http.Client // for those who sign in with a ticket
}

// open starts a service with the accounts of the cast.
func open(ctx context.Context, o Options) (s *stage, err error) {
	s = &stage{
		config: config.Default(), printer: newPrinter(o.Out, o.Color), served: make(chan error, 1),
		web: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}},
	}
	s.config.Data, err = os.MkdirTemp("", "papilio-demo-")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(s.config.Data))
		}
	}()
	s.config.Host = "127.0.0.1"
	s.config.Roles = []config.Role{config.RoleDispatch, config.RoleNotification, config.RoleSwitchboard, config.RoleWeb}
	s.config.Dispatch.Port, s.config.Notification.Port, s.config.Switchboard.Port, s.config.Web.Port = 0, 0, 0, 0
	s.config.Web.TLS = config.TLSOff
	s.config.Storage.URL = "sqlite://:memory:"
	s.config.Limits.Enabled = false

	// The service ends when the piece is over, not when the caller's patience is:
	// those who are signed in are to leave before.
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	options := server.Options{Config: s.config, Log: o.Log, Hash: quickHash}
	options.Times.Nexus = -1 // the cast has one address, and nobody in it takes harm from an early challenge
	s.server, err = server.Start(run, options)
	if err != nil {
		stop()
		return nil, err
	}
	s.stop = stop
	go func() { s.served <- s.server.Serve(run) }()
	s.ada = s.add("ada", "MSN Messenger 1.0 Beta 2 of 1999", msnp.Beta2)
	s.ben = s.add("ben", "MSN Messenger 1.0", msnp.MSNP2)
	s.cleo = s.add("cleo", "MSN Messenger 3.6", msnp.MSNP5)
	s.dan = s.add("dan", "MSN Messenger 4.6", msnp.MSNP7)
	s.eve = s.add("eve", "MSN Messenger 7.0", msnp.MSNP11)
	s.finn = s.add("finn", "MSN Messenger 7.5", msnp.MSNP12)
	for _, a := range s.cast {
		_, err := s.server.Accounts().Create(ctx, account.NewAccount{
			Handle: a.handle, Name: a.title, Password: password, Legacy: password,
		})
		if err != nil {
			return nil, errors.Join(err, s.close()) //nolint:contextcheck // the end has time of its own
		}
	}
	return s, nil
}

// close ends the service, and sees to it that nothing of it is left.
func (s *stage) close() error {
	s.stop()
	err := errors.Join(<-s.served, s.server.Close(), os.RemoveAll(s.config.Data))
	if _, found := os.Stat(s.config.Data); !errors.Is(found, fs.ErrNotExist) {
		err = errors.Join(err, fmt.Errorf("%s is still there", s.config.Data))
	}
	return err
}

// clear sends everybody away who is still there.
func (s *stage) clear(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
	defer cancel()
	var errs []error
	for _, a := range s.cast {
		if a.Client != nil {
			errs = append(errs, a.SignOut(ctx))
		}
	}
	return errors.Join(errs...)
}

// others are all but one.
func (s *stage) others(but *actor) []*actor {
	var list []*actor
	for _, a := range s.cast {
		if a != but {
			list = append(list, a)
		}
	}
	return list
}
