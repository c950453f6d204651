package server_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/internal/server"
	"github.com/papilio-im/papilio/internal/transcript"
)

const transcripts = "../../testdata/transcripts"

// TestTranscripts plays every transcript against a service of its own.
func TestTranscripts(t *testing.T) {
	for name, text := range readTranscripts(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, name, text, nil)
		})
	}
}

// play plays a transcript against a service of its own, which may be changed.
func play(t *testing.T, name, text string, change func(*server.Options, *transcript.Service)) {
	t.Helper()
	playThrough(t, name, text, change, nil)
}

// playThrough is play with another way to connect.
func playThrough(t *testing.T, name, text string, change func(*server.Options, *transcript.Service),
	through func(*running) func(context.Context, string) (net.Conn, error),
) {
	t.Helper()
	script, err := transcript.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	o := options(t, script)
	if strings.Contains(text, "the database") {
		o.Config.Storage.URL = "" // one that can be reached from outside
	}
	var service transcript.Service
	if change != nil {
		change(&o, &service)
	}
	s := startWith(t, o)
	for _, a := range script.Accounts {
		s.addAccount(t, a.Handle, a.Password, a.Name)
	}
	service.Addresses, service.Operator, service.Ticket = s.addresses(), s.operate, s.ticket
	if through != nil {
		service.Dial = through(s)
	}
	if err := transcript.Play(t.Context(), script, service); err != nil {
		t.Errorf("%s.txt: %v", name, err)
	}
}

// options are what a transcript wants of its service.
func options(t *testing.T, script transcript.Transcript) server.Options {
	t.Helper()
	o := server.Options{Config: loopback(t, script.Config)}
	o.Times.Nexus = -1 // nobody goes there
	for name, d := range script.Times {
		field, known := map[string]*time.Duration{
			"grace":    &o.Grace,
			"greeting": &o.Times.Greeting, "sign-in": &o.Times.SignIn, "referred": &o.Times.Referred,
			"answer": &o.Times.Answer, "challenge": &o.Times.Challenge, "nexus": &o.Times.Nexus, "silence": &o.Times.Silence,
		}[name]
		if !known {
			t.Fatalf("no time is known as %s", name)
		}
		*field = d
	}
	if n := script.Lists; n > 0 {
		o.Lists = roster.Limits{Forward: n, Allow: n, Block: n, Groups: roster.DefaultLimits.Groups}
	}
	if script.Elsewhere != nil {
		o.Config.Cluster.Node = thisNode
		o.Ownership = newOwners(script.Elsewhere)
	}
	return o
}

const thisNode = "here"

// owners is the ownership of a cluster of which this node has all but a few
// shards.
type owners map[int]string // the address by shard; empty for a shard of nobody

func newOwners(elsewhere map[string]string) owners {
	o := make(owners)
	for handle, address := range elsewhere {
		o[cluster.ShardOf(handle)] = address
	}
	return o
}

// Owner is for the cluster.
func (o owners) Owner(shard int) (cluster.Owner, bool) {
	address, elsewhere := o[shard]
	if elsewhere {
		return cluster.Owner{Node: "there", Address: address}, address != ""
	}
	return cluster.Owner{Node: thisNode}, true
}

// readTranscripts gives the text of every transcript by its name.
func readTranscripts(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(transcripts, "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	texts := make(map[string]string)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts[strings.TrimSuffix(filepath.Base(file), ".txt")] = string(text)
	}
	return texts
}
