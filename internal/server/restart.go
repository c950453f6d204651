package server

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/presence"
)

// When the last notification server stops there is nowhere to refer its clients
// to. Who was signed in is kept in a file for as long as a principal on the move
// would be waited for: those who come back to the process that is started next
// are as they were, and nobody has seen them leave.

// restartFile is where that is kept, in the data folder.
const restartFile = "restart.json"

// restartForm is the form of the file. Another is not read.
const restartForm = 1

// restart is what is in the file.
type restart struct {
	Form       int              `json:"form"`
	Written    time.Time        `json:"written"`
	Principals []presence.State `json:"principals"`
}

// save keeps who is signed in for the process that is started next, and lets
// nobody be told that they leave.
func (s *Server) save(ctx context.Context) {
	if s.roles.hub == nil || s.db.InMemory() {
		return
	}
	states := s.roles.hub.Export()
	s.roles.hub.Abandon()
	if len(states) == 0 {
		return
	}
	if err := writeRestart(s.opts.Config.Data, states, time.Now()); err != nil {
		s.opts.Log.WarnContext(ctx, "cannot keep who is signed in: their contacts will see them leave", slog.Any("error", err))
		return
	}
	s.opts.Log.InfoContext(ctx, "kept who is signed in, for a start within the grace",
		slog.Int("principals", len(states)), slog.Duration("grace", s.grace()))
}

// grace is how long principals on the move are waited for.
func (s *Server) grace() time.Duration { return cmp.Or(s.opts.Grace, presence.Grace) }

// restore reads who was signed in before the restart. A node that serves every
// account takes them in at once; another is given those who have to wait for
// their shards. Nothing of it can keep the service from starting.
func (s *Server) restore(ctx context.Context) (waiting []presence.State) {
	if s.roles.hub == nil || s.db.InMemory() {
		return nil
	}
	states, err := takeRestart(s.opts.Config.Data, s.grace(), time.Now())
	switch {
	case err != nil:
		s.opts.Log.WarnContext(ctx, "cannot read who was signed in before the restart: their contacts see them leave", slog.Any("error", err))
	case len(states) > 0:
		s.opts.Log.InfoContext(ctx, "waiting for those who were signed in before the restart", slog.Int("principals", len(states)))
	}
	if s.opts.Config.Cluster.NATSURL == "" {
		s.bringBack(ctx, states)
		states = nil
	}
	return states
}

// bringBack takes principals in that were signed in before the restart.
func (s *Server) bringBack(ctx context.Context, states []presence.State) {
	if len(states) == 0 {
		return
	}
	if err := s.roles.hub.Import(ctx, states); err != nil {
		s.opts.Log.WarnContext(ctx, "some of those who were signed in before the restart are gone", slog.Any("error", err))
	}
}

// returning is a Holder that brings those back who were signed in before the
// restart, once this node has their shards.
type returning struct {
	cluster.Holder
	server *Server
	until  time.Time // the grace is over then

	mu      sync.Mutex
	waiting []presence.State // for their shards
	coming  []presence.State // to be taken in
	working bool
}

// Took brings back who is in the shard, unless another node has had it since.
func (r *returning) Took(shard int, how cluster.How) {
	r.Holder.Took(shard, how)
	r.mu.Lock()
	defer r.mu.Unlock()
	if time.Now().After(r.until) {
		r.waiting = nil
	}
	stay := r.waiting[:0]
	for _, state := range r.waiting {
		switch {
		case cluster.ShardOf(state.Handle) != shard:
			stay = append(stay, state)
		case how == cluster.HowFirst:
			r.coming = append(r.coming, state)
		}
	}
	r.waiting = stay
	if len(r.coming) > 0 && !r.working {
		r.working = true
		r.server.background.Go(r.work)
	}
}

// work takes in those whose shards have come, until there are no more.
func (r *returning) work() {
	for {
		r.mu.Lock()
		states := r.coming
		r.coming, r.working = nil, len(states) > 0
		r.mu.Unlock()
		if len(states) == 0 {
			return
		}
		left := time.Until(r.until)
		for i := range states {
			states[i].Grace = max(min(states[i].Grace, left), time.Millisecond)
		}
		r.server.bringBack(r.server.life, states)
		handles := make([]string, len(states))
		for i := range states {
			handles[i] = states[i].Handle
		}
		r.server.roles.hub.Announce(handles) // some have come back before their contacts could be taken in
	}
}

// writeRestart writes the file so that it is whole or not there.
func writeRestart(folder string, states []presence.State, now time.Time) (err error) {
	text, err := json.Marshal(restart{Form: restartForm, Written: now.UTC(), Principals: states})
	if err != nil {
		return err
	}
	file := filepath.Join(folder, restartFile)
	f, err := os.OpenFile(file+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}

// takeRestart reads the file and removes it. It gives those who may still come
// back, with the time that is left to them.
func takeRestart(folder string, grace time.Duration, now time.Time) ([]presence.State, error) {
	file := filepath.Join(folder, restartFile)
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err := errors.Join(err, os.Remove(file)); err != nil {
		return nil, err
	}
	var kept restart
	if err := json.Unmarshal(text, &kept); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if kept.Form != restartForm {
		return nil, fmt.Errorf("%s: it has the form %d, which this release does not know", file, kept.Form)
	}
	passed := now.Sub(kept.Written)
	if passed < -grace { // the clock was set back: nothing is known
		return nil, fmt.Errorf("%s: it is of a time to come", file)
	}
	var states []presence.State
	for _, state := range kept.Principals {
		state.Grace = cmp.Or(state.Grace, grace) - max(passed, 0)
		if state.Grace > 0 {
			states = append(states, state)
		}
	}
	return states, nil
}
