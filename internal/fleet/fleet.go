//go:build unix

package fleet

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// Options say where a fleet lives. Dir and Log are required.
type Options struct {
	// Dir is the folder for everything: data, logs, binaries. It is made, and not
	// removed. When the program runs as root, others may pass through it, since
	// PostgreSQL refuses to run as root.
	Dir string
	// Papilio and NATSServer are the binaries to run. If empty they are built when
	// they are needed, from the module of the current folder.
	Papilio, NATSServer string
	// Log is told what is started and stopped.
	Log *slog.Logger
}

// Fleet is the processes of one service. Its methods may be called from any
// goroutine.
type Fleet struct {
	o   Options
	key string // of the legacy passwords, the same for all nodes

	building sync.Mutex // held while a binary is made

	mu        sync.Mutex
	processes []*Process // in the order of their start
	nats      []*NATS
	postgres  *Postgres
	nodes     []*Node
}

// New makes the folder. It starts nothing.
func New(o Options) (*Fleet, error) {
	if o.Dir == "" || o.Log == nil {
		return nil, errors.New("fleet: no folder or no log given")
	}
	var err error
	if o.Dir, err = filepath.Abs(o.Dir); err != nil {
		return nil, fmt.Errorf("fleet: %w", err)
	}
	for _, dir := range []string{o.Dir, filepath.Join(o.Dir, "log")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("fleet: %w", err)
		}
	}
	return &Fleet{o: o, key: newKey()}, nil
}

// Papilio gives the path of the program, which is built if it was not given.
func (f *Fleet) Papilio(ctx context.Context) (string, error) {
	return f.binary(ctx, f.o.Papilio, "papilio", papilioPackage)
}

// The packages of the binaries.
const (
	papilioPackage = "github.com/papilio-im/papilio/cmd/papilio"
	natsPackage    = "github.com/nats-io/nats-server/v2"
)

// binary gives the path of a program, which is built if it is not given.
func (f *Fleet) binary(ctx context.Context, given, name, pkg string) (string, error) {
	if given != "" {
		return filepath.Abs(given)
	}
	f.building.Lock()
	defer f.building.Unlock()
	path := filepath.Join(f.o.Dir, "bin", name)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	f.o.Log.InfoContext(ctx, "building", slog.String("program", name))
	build := exec.CommandContext(ctx, "go", "build", "-o", path, pkg) //nolint:gosec // constants, and our own folder
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("fleet: build %s: %w: %s", name, err, out)
	}
	return path, nil
}

// newKey makes what a node would make by itself, if all had one folder.
func newKey() string {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails: it stops the process instead
	return base64.StdEncoding.EncodeToString(key) + "\n"
}

// logFile is where a process's output goes.
func (f *Fleet) logFile(name string) string { return filepath.Join(f.o.Dir, "log", name+".log") }

// add notes a process, so that it ends with the fleet.
func (f *Fleet) add(p *Process) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.processes = append(f.processes, p)
}

// Node gives a node by its name, or nil.
func (f *Fleet) Node(name string) *Node {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := slices.IndexFunc(f.nodes, func(n *Node) bool { return n.Name() == name })
	if i < 0 {
		return nil
	}
	return f.nodes[i]
}

// Nodes gives all nodes, in the order of their first start, those that do not
// run among them.
func (f *Fleet) Nodes() []*Node {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.nodes)
}

// Close ends every process, the last started first, without ceremony: use Stop
// where an orderly end is wanted. The error tells what could not be ended.
func (f *Fleet) Close() error {
	f.mu.Lock()
	processes := slices.Clone(f.processes)
	f.mu.Unlock()
	var errs []error
	for _, p := range slices.Backward(processes) {
		errs = append(errs, p.end())
	}
	return errors.Join(errs...)
}

// DatabaseURL is what nodes are given as storage.url: PostgreSQL if it was
// started, or "" for a file of the node's own.
func (f *Fleet) DatabaseURL() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.postgres == nil {
		return ""
	}
	return f.postgres.URL()
}

// NATSURL is what nodes are given as cluster.nats_url: all servers that were
// started, or "" for the bus inside the process.
func (f *Fleet) NATSURL() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	urls := make([]string, len(f.nats))
	for i, n := range f.nats {
		urls[i] = n.URL()
	}
	return strings.Join(urls, ",")
}
