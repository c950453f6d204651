package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/papilio-im/papilio/msnp"
	"github.com/papilio-im/papilio/msnp/client"
)

// editor adds contacts one after the other and remembers what was acknowledged.
type editor struct {
	handle string
	acked  []string
}

// edit goes on until the service is gone.
func (e *editor) edit(ctx context.Context, dispatch string) error {
	c, err := client.SignIn(ctx, client.Options{Dispatch: dispatch, Handle: e.handle, Password: "secret", Version: msnp.MSNP5})
	if err != nil {
		return err
	}
	for i := 0; ; i++ {
		contact := fmt.Sprintf("contact%03d@example.com", i)
		if c.Add(ctx, msnp.ForwardList, contact, contact, msnp.NoGroup) != nil {
			return nil
		}
		e.acked = append(e.acked, contact)
	}
}

// What a client was told is done is still done after the process was killed in
// the middle of it, for the contact as for the owner.
func TestKilledWhileListsChange(t *testing.T) {
	const editors, contacts, enough = 4, 300, 50
	w := newWorld(t)
	var list strings.Builder
	for i := range contacts {
		fmt.Fprintf(&list, "contact%03d@example.com secret\n", i)
	}
	all := make([]*editor, editors)
	for i := range all {
		all[i] = &editor{handle: fmt.Sprintf("editor%d@example.com", i)}
		fmt.Fprintf(&list, "%s secret\n", all[i].handle)
	}
	if o := w.feed(list.String(), "user", "import", "-", "--legacy-same"); o.code != exitDone {
		t.Fatal(o.errs)
	}
	killDuring(t, w, all, enough)
	checkAfterKill(t, w, all)
}

// killDuring lets the editors edit and kills the service when there is enough
// to lose.
func killDuring(t *testing.T, w *world, all []*editor, enough int) {
	t.Helper()
	p := w.spawn("serve")
	p.out.await(t, "ready\n")
	dispatch := p.address("dispatch")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var wg sync.WaitGroup
	for _, e := range all {
		wg.Go(func() {
			if err := e.edit(ctx, dispatch); err != nil {
				t.Error(err)
			}
		})
	}
	watcher, err := client.SignIn(ctx, client.Options{Dispatch: dispatch, Handle: fmt.Sprintf("contact%03d@example.com", enough), Password: "secret", Version: msnp.MSNP7})
	if err != nil {
		t.Fatal(err)
	}
	for len(watcher.Roster().Contacts) == 0 { // nobody has got so far yet
		if err := watcher.Ping(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	p.wait()
	wg.Wait()
	<-watcher.Done()
}

// checkAfterKill starts the service again and looks for what was acknowledged.
func checkAfterKill(t *testing.T, w *world, all []*editor) {
	t.Helper()
	b := w.serve()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for _, e := range all {
		c, err := client.SignIn(ctx, client.Options{Dispatch: b.address("dispatch"), Handle: e.handle, Password: "secret", Version: msnp.MSNP5})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s had %d edits acknowledged", e.handle, len(e.acked))
		for _, contact := range e.acked {
			if kept, ok := c.Contact(contact); !ok || !kept.Lists.Has(client.OnForward) {
				t.Errorf("%s lost %s", e.handle, contact)
			}
		}
		if err := c.SignOut(ctx); err != nil {
			t.Error(err)
		}
	}
	last := all[0].acked[len(all[0].acked)-1]
	c, err := client.SignIn(ctx, client.Options{Dispatch: b.address("dispatch"), Handle: last, Password: "secret", Version: msnp.MSNP7})
	if err != nil {
		t.Fatal(err)
	}
	if owner, ok := c.Contact(all[0].handle); !ok || !owner.Lists.Has(client.OnReverse) {
		t.Errorf("%s does not have %s on its reverse list", last, all[0].handle)
	}
	if err := c.SignOut(ctx); err != nil {
		t.Error(err)
	}
}
