package notification

import (
	"context"
	"strings"
	"testing"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/store"
	"github.com/papilio-im/papilio/msnp"
)

// A node that has been fenced joins again at once. What clients had asked of it
// before, and the database has not done yet, is not done in its new life: by then
// the account may be another node's, or its client is here on another connection.
func TestCommandsOutlastTheFence(t *testing.T) {
	w := newWorld(t, []string{"a"})
	w.people("ada", "bea", "carl")
	a := w.nodes["a"]
	ada := a.signIn(t, "ada", msnp.MSNP5)
	ada.show("NLN", "NLN")
	bea := begin(t, a.addr, "bea", msnp.MSNP5)
	salt := bea.initial("bea")
	before := w.lists("ada")

	release := w.holdDatabase()
	ada.send("ADD 5 FL " + at("carl") + " carl")
	bea.send("USR 3 MD5 S " + msnp.MD5Response(salt, "secret"))
	eventually(t, "both wait for the database", func() bool {
		log := a.log.String()
		return strings.Contains(log, "ADD 5 FL") && strings.Contains(log, "USR 3 MD5 S")
	})
	a.Fence()
	for shard := range cluster.Shards {
		a.Took(shard, cluster.HowLost)
	}
	release()
	ada.closed()
	bea.closed()
	if after := w.lists("ada"); after != before {
		t.Errorf("the lists became %q, and were %q", after, before)
	}
	if log := a.log.String(); strings.Contains(log, `"signed in" node=a handle=`+at("bea")) {
		t.Error("somebody has signed in on a connection that was cut off")
	}
	a.signIn(t, "bea", msnp.MSNP5).show("NLN", "NLN")
	a.signIn(t, "ada", msnp.MSNP5).show("NLN", "NLN")
}

// holdDatabase keeps everything waiting that wants something of the database.
func (w *world) holdDatabase() (release func()) {
	w.t.Helper()
	held, done, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- w.db.Write(context.Background(), func(context.Context, *store.Tx) error {
			close(held)
			<-done
			return nil
		})
	}()
	<-held
	return func() {
		close(done)
		if err := <-ended; err != nil {
			w.t.Error(err)
		}
	}
}
