package roster

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/papilio-im/papilio/internal/store"
	"github.com/papilio-im/papilio/internal/store/postgrestest"
)

// toggler puts people on the forward list of one owner and takes them off
// again, and keeps count of what was acknowledged.
type toggler struct {
	s         *Service
	owner     string
	on        map[string]bool // who is on the list, as far as was acknowledged
	touches   map[string]uint32
	uncertain int
	failed    int
	acks      chan<- struct{}
}

// run toggles until it is told to stop.
func (g *toggler) run(ctx context.Context, whom []string, stop <-chan struct{}) error {
	for n := 0; ; n++ {
		select {
		case <-stop:
			return nil
		default:
		}
		if err := g.toggle(ctx, whom[n*3%len(whom)]); err != nil {
			return err
		}
	}
}

func (g *toggler) toggle(ctx context.Context, handle string) error {
	var err error
	if g.on[handle] {
		_, err = g.s.Remove(ctx, g.owner, RemoveRequest{List: Forward, Handle: handle, Group: NoGroup})
	} else {
		_, err = g.s.Add(ctx, g.owner, AddRequest{List: Forward, Handle: handle})
	}
	switch {
	case err == nil:
		g.acks <- struct{}{}
	case errors.As(err, new(Refusal)):
		return fmt.Errorf("the list of %s is another than was acknowledged: %s: %w", g.owner, handle, err)
	default:
		done, readErr := g.look(ctx, handle)
		if readErr != nil {
			return readErr
		}
		if !errors.Is(err, store.ErrUncertain) {
			if g.failed++; done {
				return fmt.Errorf("done all the same: %w", err)
			}
			return nil
		}
		if g.uncertain++; !done {
			return nil
		}
	}
	g.on[handle] = !g.on[handle]
	g.touches[g.owner]++
	g.touches[handle]++
	return nil
}

// look reads whether an edit that was not acknowledged has been done.
func (g *toggler) look(ctx context.Context, handle string) (bool, error) {
	for deadline := time.Now().Add(time.Minute); ; {
		p, err := g.s.Privacy(ctx, g.owner)
		if err == nil {
			return p.Lookup(handle).Has(Forward) != g.on[handle], nil
		}
		if time.Now().After(deadline) {
			return false, err
		}
	}
}

// A database that is restarted, orderly or not, while nodes change lists costs
// no more than the edits that are just being committed, and those are done
// whole or not at all.
func TestDatabaseRestarts(t *testing.T) {
	server, err := postgrestest.Start(t.Context(), postgrestest.Options{})
	postgrestest.Check(t, err)
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	const nodes, owners = 3, 9
	whom := []string{ada, bea, carl, dora}
	var services []*Service
	for range nodes {
		services = append(services, newService(t, openURL(t, server.URL("postgres"))))
	}
	people(t, services[0].db, whom...)
	acks, stop := make(chan struct{}, 1_000_000), make(chan struct{})
	var work sync.WaitGroup
	all := make([]*toggler, owners)
	for i := range all {
		g := &toggler{
			s: services[i%nodes], owner: fmt.Sprintf("owner%d@example.net", i), acks: acks,
			on: make(map[string]bool), touches: make(map[string]uint32),
		}
		people(t, g.s.db, g.owner)
		all[i] = g
		work.Go(func() {
			if err := g.run(t.Context(), whom, stop); err != nil {
				t.Error(err)
			}
		})
	}
	restarts := []postgrestest.Manner{postgrestest.Orderly, postgrestest.Crash, postgrestest.Crash, postgrestest.Orderly}
	for _, how := range restarts {
		await(t, acks, 60)
		restart(t, server, how)
	}
	await(t, acks, 60)
	close(stop)
	work.Wait()
	judge(t, services[0], all, whom, len(restarts))
}

// await waits until so many edits more have been acknowledged.
func await(t *testing.T, acks <-chan struct{}, n int) {
	t.Helper()
	for len(acks) > 0 {
		<-acks
	}
	for range n {
		select {
		case <-acks:
		case <-time.After(time.Minute):
			t.Fatal("nothing is acknowledged any more")
		}
	}
}

func restart(t *testing.T, server *postgrestest.Server, how postgrestest.Manner) {
	t.Helper()
	if err := server.Halt(t.Context(), how); err != nil {
		t.Fatal(err)
	}
	if err := server.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// judge compares what is stored with what was acknowledged.
func judge(t *testing.T, s *Service, all []*toggler, whom []string, restarts int) {
	t.Helper()
	want, edits := make(map[string]uint32), uint32(0)
	for _, g := range all {
		got := lists(t, s, g.owner)
		for _, handle := range whom {
			if (got[handle] != "") != g.on[handle] {
				t.Errorf("%s has %s on %q, acknowledged was %v", g.owner, handle, got[handle], g.on[handle])
			}
		}
		for handle, n := range g.touches {
			want[handle] += n
		}
		edits += g.touches[g.owner]
		t.Logf("%s: %d edits, %d uncertain, %d failed", g.owner, g.touches[g.owner], g.uncertain, g.failed)
		if g.uncertain+g.failed > restarts {
			t.Errorf("%s: %d edits uncertain and %d failed in %d restarts", g.owner, g.uncertain, g.failed, restarts)
		}
	}
	for handle, n := range want {
		if v := version(t, s, handle); v != 1+n {
			t.Errorf("version of %s is %d after %d changes", handle, v, n)
		}
	}
	t.Logf("%d edits", edits)
	wantSound(t, s.db)
}
