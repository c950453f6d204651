package benchmark

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/papilio-im/papilio/internal/account"
	"github.com/papilio-im/papilio/internal/config"
	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/internal/server"
	"github.com/papilio-im/papilio/internal/store"
	"github.com/papilio-im/papilio/internal/store/postgrestest"
)

var idle = flag.Int("idle", 0, "measure the memory of so many idle signed-in sessions; the process needs a descriptor for each")

// contactsEach is how many contacts each account has, all of them on the
// forward, the allow and the reverse list.
const contactsEach = 50

// serverEnv makes this test program serve from a folder instead of testing.
const serverEnv = "PAPILIO_BENCHMARK_SERVE"

func TestMain(m *testing.M) {
	if data := os.Getenv(serverEnv); data != "" {
		_ = os.Unsetenv(serverEnv) // it is no key of the configuration
		if err := serveChild(data, os.Stdin, os.Stdout); err != nil {
			panic(err) // the parent reads it
		}
		return
	}
	postgrestest.Main(m)
}

// TestIdleMemory signs in many clients to a service in a process of its own,
// each with its lists fetched and a status set, and reports what that process
// has grown by.
func TestIdleMemory(t *testing.T) {
	if *idle == 0 {
		t.Skip("run with -args -idle 15000")
	}
	dir, err := os.MkdirTemp("", "papilio")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	data := filepath.Join(dir, "data")
	if err := populate(t.Context(), data, "", *idle); err != nil {
		t.Fatal(err)
	}
	child := startChild(t, data)
	before := child.memory(t)
	peers := make([]*peer, *idle)
	defer func() {
		for _, p := range peers {
			if p != nil {
				p.close()
			}
		}
	}()
	for i := range peers {
		if peers[i], err = signIn(child.address, handleOf(i)); err != nil {
			t.Fatal(err)
		}
		if err := peers[i].arrive(); err != nil {
			t.Fatal(err)
		}
		peers[i].drain()
	}
	after := child.memory(t)
	t.Logf("%d sessions, %d contacts each", *idle, contactsEach)
	t.Logf("resident: %d octets a session (%d KiB in all, %d before)", (after.resident-before.resident)*1024 / *idle, after.resident, before.resident)
	t.Logf("live heap: %d octets a session; stacks: %d octets a session", (after.heap-before.heap) / *idle, (after.stack-before.stack) / *idle)
}

// drain reads what comes from now on and forgets it, with little memory.
func (p *peer) drain() {
	p.in = nil
	_ = p.nc.SetReadDeadline(time.Time{})
	go func() {
		buf := make([]byte, 256)
		for {
			if _, err := p.nc.Read(buf); err != nil {
				return
			}
		}
	}()
}

// populate makes accounts with lists, straight into the database.
func populate(ctx context.Context, data, storage string, n int) (err error) {
	c, err := configuration(data, storage)
	if err != nil {
		return err
	}
	d, err := server.OpenData(ctx, &c, slog.New(slog.DiscardHandler), cheapHash)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.DB.Close()) }()
	if err := addAccounts(ctx, d.Accounts, n); err != nil {
		return err
	}
	lists := uint8(roster.Forward | roster.Allow | roster.Reverse)
	handles := make([]string, n)
	for i := range handles {
		handles[i] = handleOf(i)
	}
	return d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.Lock(ctx, handles...); err != nil {
			return err
		}
		for i := range n {
			owner, err := tx.Owner(ctx, handleOf(i))
			if err != nil {
				return err
			}
			for j := range contactsEach {
				// The neighbours on both sides, so that all of it is mutual.
				step := j/2 + 1
				if j%2 == 1 {
					step = n - step
				}
				contact := handleOf((i + step) % n)
				err := tx.PutContact(ctx, owner.ID, store.Contact{Handle: contact, Lists: lists, Name: contact, GUID: fmt.Sprint(j)})
				if err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// usage is the memory of the serving process.
type usage struct {
	resident    int // KiB
	heap, stack int // octets
}

// child is the serving process.
type child struct {
	address string // of the notification server
	in      io.Writer
	out     *bufio.Reader
}

func startChild(t *testing.T, data string) *child {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), os.Args[0])
	cmd.Env = append(os.Environ(), serverEnv+"="+data)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close() // ends it
		if err := cmd.Wait(); err != nil {
			t.Log(err)
		}
	})
	c := &child{in: in, out: bufio.NewReader(out)}
	if c.address, err = c.out.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	c.address = strings.TrimSpace(c.address)
	return c
}

func (c *child) memory(t *testing.T) usage {
	t.Helper()
	if _, err := fmt.Fprintln(c.in, "memory"); err != nil {
		t.Fatal(err)
	}
	var u usage
	if _, err := fmt.Fscanln(c.out, &u.resident, &u.heap, &u.stack); err != nil {
		t.Fatal(err)
	}
	return u
}

// serveChild serves from a folder until its input ends, and answers each line of
// that with its memory, garbage collected.
func serveChild(data string, in io.Reader, out io.Writer) error {
	c, err := configuration(data, "")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s, err := server.Start(ctx, server.Options{Config: c, Log: slog.New(slog.DiscardHandler), Hash: account.HashParams{}})
	if err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx) }()
	fmt.Fprintln(out, s.Addr(config.RoleNotification))
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		u, err := measure()
		if err != nil {
			return err
		}
		fmt.Fprintln(out, u.resident, u.heap, u.stack)
	}
	cancel()
	return errors.Join(<-done, s.Close())
}

func measure() (usage, error) {
	for range 5 { // a stack is halved at most once by each collection
		runtime.GC()
	}
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	u := usage{heap: int(m.HeapAlloc), stack: int(m.StackInuse)}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return usage{}, err
	}
	_, rest, found := strings.Cut(string(status), "VmRSS:")
	if !found {
		return usage{}, errors.New("the system does not tell the resident memory")
	}
	_, err = fmt.Sscan(rest, &u.resident)
	return u, err
}
