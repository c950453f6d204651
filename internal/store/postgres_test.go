package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/papilio-im/papilio/internal/store/postgrestest"
)

const secret = "hunter2"

// changed gives the address of a database with something in it replaced.
func changed(t *testing.T, address string, change func(*url.URL)) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	change(u)
	return u.String()
}

// Whoever gives the wrong address is told what is wrong with it and what to
// do, and the password is not repeated.
func TestPostgresCannotBeHad(t *testing.T) {
	server := postgrestest.Need(t)
	address := postgrestest.URL(t)
	err := server.Run(t.Context(), "postgres",
		"DROP DATABASE IF EXISTS latin", "DROP ROLE IF EXISTS guarded, guest", // of an earlier run
		"CREATE ROLE guarded LOGIN PASSWORD 'right'", "CREATE ROLE guest LOGIN PASSWORD '"+secret+"'",
		"CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimPrefix(changed(t, address, func(u *url.URL) { u.User, u.Host, u.RawQuery, u.Scheme = nil, "", "", "" }), "/")
	for what, tt := range map[string]struct {
		change func(*url.URL)
		says   []string
	}{
		"wrong password": {func(u *url.URL) { u.User = url.UserPassword("guarded", secret) },
			[]string{"password authentication failed", "ALTER ROLE guarded PASSWORD"}},
		"no such role": {func(u *url.URL) { u.User = url.UserPassword("nobody", secret) },
			[]string{"password authentication failed", "nobody"}},
		"no such database": {func(u *url.URL) { u.Path = "/none"; u.User = url.UserPassword(postgrestest.User, secret) },
			[]string{`database "none" does not exist`, "createdb --encoding=UTF8 --template=template0 --owner=papilio none"}},
		"not the owner": {func(u *url.URL) { u.User = url.UserPassword("guest", secret) },
			[]string{"permission denied", "ALTER DATABASE " + name + " OWNER TO guest"}},
		"encoding": {func(u *url.URL) { u.Path = "/latin" },
			[]string{"LATIN1", "createdb --encoding=UTF8"}},
		"nobody there": {func(u *url.URL) { u.Host = "127.0.0.1:1"; u.User = url.UserPassword("guarded", secret) },
			[]string{"no PostgreSQL can be reached at 127.0.0.1:1", "connection refused", "is it running"}},
		"no such host": {func(u *url.URL) { u.Host = "none.invalid"; u.User = url.UserPassword("guarded", secret) },
			[]string{"no PostgreSQL can be reached at none.invalid:5432"}},
		"no TLS there": {func(u *url.URL) { u.RawQuery = "sslmode=require"; u.User = url.UserPassword("guarded", secret) },
			[]string{"server refused TLS connection"}},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			db, err := Open(t.Context(), Options{URL: changed(t, address, tt.change)})
			if err == nil {
				t.Fatal("opened", db.Close())
			}
			for _, part := range append(tt.says, "open PostgreSQL database ") {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
			if strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "\n") {
				t.Errorf("it gives the password away, or is not one line: %q", err)
			}
		})
	}
}

func TestPostgresThatWouldNotDo(t *testing.T) {
	good := probed{number: 150018, version: "15.18", encoding: "UTF8", durable: "on"}
	if err := good.refused(false); err != nil {
		t.Error(err)
	}
	old, replica := good, good
	old.number, old.version, replica.replica = 120022, "12.22", true
	for says, p := range map[string]probed{"the server is PostgreSQL 12.22, and 13 or later": old, "is a replica": replica} {
		if err := p.refused(false); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%+v: %v", p, err)
		}
	}
	if err := replica.refused(true); err != nil {
		t.Errorf("a replica can be read: %v", err)
	}
}

func TestPostgresThatForgets(t *testing.T) {
	address := changed(t, postgrestest.URL(t), func(u *url.URL) { u.RawQuery += "&synchronous_commit=off" })
	var log bytes.Buffer
	db, err := Open(t.Context(), Options{URL: address, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if !strings.Contains(log.String(), "synchronous_commit off") {
		t.Errorf("log: %s", &log)
	}
}

// A file that cannot be written, inside a transaction, is no lost connection: it
// would be tried again for nothing.
func TestFileTroubleIsFinal(t *testing.T) {
	for err, want := range map[error]fate{
		&fs.PathError{Op: "open", Path: "/none", Err: syscall.EACCES}:                 refused,
		&os.LinkError{Op: "link", Err: syscall.ENOSPC}:                                refused,
		&net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ECONNRESET)}: lost,
		context.DeadlineExceeded: lost,
	} {
		if got := postgresMeans(fmt.Errorf("do: %w", err)); got != want {
			t.Errorf("%v: %d, want %d", err, got, want)
		}
	}
}

func TestPostgresPlace(t *testing.T) {
	for address, want := range map[string]string{
		"postgres://u:hunter2@db/papilio":                       "PostgreSQL database papilio at db:5432",
		"postgres://u:hunter2@[::1]:77/papilio":                 "PostgreSQL database papilio at [::1]:77",
		"postgres:///papilio?host=/run/postgresql&user=papilio": "PostgreSQL database papilio at /run/postgresql",
	} {
		eng, err := parseURL(Options{URL: address})
		if err != nil || eng.place != want {
			t.Errorf("%s: %q %v", address, eng.place, err)
		}
	}
}

// A transaction that was undone for the sake of another is done again, and
// one whose connection was lost before its end too.
func TestUndoneIsTriedAgain(t *testing.T) {
	db := openURL(t, onPostgres.URL(t))
	id := insert(t, db, "ada@example.net")[0]
	for what, trouble := range map[string]string{
		"serialisation failure": `DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '40001'; END $$`,
		"deadlock":              `DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '40P01'; END $$`,
		"connection lost":       `SELECT pg_terminate_backend(pg_backend_pid())`,
	} {
		tries := 0
		before := versionOf(t, db)
		err := db.Write(t.Context(), func(ctx context.Context, tx *Tx) error {
			if err := tx.Lock(ctx, "ada@example.net"); err != nil {
				return err
			}
			if _, err := tx.TouchLists(ctx, id, noon); err != nil {
				return err
			}
			if tries++; tries < 4 {
				_ = tx.rows(ctx, trouble, nil, ignore) // whoever overlooks it gains nothing
			}
			return nil
		})
		if err != nil || tries != 4 || versionOf(t, db) != before+1 {
			t.Errorf("%s: %d tries, version %d after %d, %v", what, tries, versionOf(t, db), before, err)
		}
	}
}

func versionOf(t *testing.T, db *DB) (v uint32) {
	t.Helper()
	read(t, db, func(ctx context.Context, tx *Tx) error {
		o, err := tx.Owner(ctx, "ada@example.net")
		v = o.Version
		return err
	})
	return v
}

// What would fail again is not tried again, and neither is anything once
// nobody waits for it.
func TestNotTriedAgain(t *testing.T) {
	db := openURL(t, onPostgres.URL(t))
	insert(t, db, "ada@example.net")
	tries := 0
	err := db.Write(t.Context(), func(ctx context.Context, tx *Tx) error {
		tries++
		return tx.exec(ctx, `INSERT INTO facts (name, value) VALUES ('x', '1'), ('x', '2')`)
	})
	if err == nil || tries != 1 {
		t.Errorf("duplicate: %d tries, %v", tries, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	tries = 0
	err = db.Write(ctx, func(ctx context.Context, tx *Tx) error {
		tries++
		cancel()
		return tx.exec(ctx, `DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '40001'; END $$`)
	})
	if err == nil || tries != 1 {
		t.Errorf("nobody waits: %d tries, %v", tries, err)
	}
	tries = 0
	err = db.Write(t.Context(), func(ctx context.Context, tx *Tx) error {
		tries++
		return tx.PutContact(ctx, 1, Contact{Handle: "bea@example.net", Lists: 1})
	})
	if !errors.Is(err, errNoLock) || tries != 1 {
		t.Errorf("no lock: %d tries, %v", tries, err)
	}
}

// Somebody who comes into a change after the locks were taken makes it begin
// anew.
func TestLockThatCameTooEarly(t *testing.T) {
	db := openURL(t, onPostgres.URL(t))
	ids := insert(t, db, "ada@example.net", "bea@example.net")
	tries := 0
	err := db.Write(t.Context(), func(ctx context.Context, tx *Tx) error {
		if err := tx.LockListed(ctx, "ada@example.net"); err != nil {
			return err
		}
		if tries++; tries == 1 {
			put := Contact{Handle: "bea@example.net", Lists: 1, Name: "b", GUID: "b"}
			if err := tx.PutContact(ctx, ids[0], put); err != nil {
				return err
			}
			_, err := tx.TouchLists(ctx, ids[1], noon)
			return err
		}
		return nil
	})
	if err != nil || tries != 2 {
		t.Errorf("%d tries, %v", tries, err)
	}
}

// When the connection is lost during the commit, the database is asked what
// became of the change, and it is neither done twice nor lost.
func TestConnectionLostDuringCommit(t *testing.T) {
	for name, reaches := range map[string]bool{"answer lost": true, "commit lost": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := onPostgres.URL(t)
			gate := newGate(t, postgrestest.Need(t).Address())
			db := openOne(t, changed(t, address, func(u *url.URL) { u.Host = gate.address }))
			id := insert(t, db, "ada@example.net")[0] // the statements are prepared
			tries := 0
			err := db.Write(t.Context(), func(ctx context.Context, tx *Tx) error {
				err := tx.Lock(ctx, "ada@example.net")
				if err == nil {
					_, err = tx.TouchLists(ctx, id, noon)
				}
				if tries++; tries == 1 {
					gate.cutAtCommit(reaches)
				}
				return err
			})
			if want := map[bool]int{true: 1, false: 2}[reaches]; err != nil || tries != want {
				t.Fatalf("%d tries, want %d; %v", tries, want, err)
			}
			if v := versionOf(t, db); v != 2 {
				t.Errorf("version %d", v)
			}
		})
	}
}

// Where nobody can be asked, nobody claims to know, and it is not done twice.
func TestUncertainCommit(t *testing.T) {
	for name, reaches := range map[string]bool{"answer lost": true, "commit lost": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := onPostgres.URL(t)
			gate := newGate(t, postgrestest.Need(t).Address())
			db := openOne(t, changed(t, address, func(u *url.URL) { u.Host = gate.address }))
			id := insert(t, db, "ada@example.net")[0]
			tries := 0
			err := db.Write(t.Context(), func(ctx context.Context, tx *Tx) error {
				tries++
				err := tx.Lock(ctx, "ada@example.net")
				if err == nil {
					_, err = tx.TouchLists(ctx, id, noon)
				}
				tx.s.timeline = "of a server that is gone"
				gate.cutAtCommit(reaches)
				return err
			})
			if !errors.Is(err, ErrUncertain) || tries != 1 {
				t.Fatalf("%d tries, %v", tries, err)
			}
			awaitVersion(t, openURL(t, address), map[bool]uint32{true: 2, false: 1}[reaches])
			insert(t, db, "carl@example.net") // on another connection
		})
	}
}

// awaitVersion waits for the database to have finished what a lost connection
// told it to.
func awaitVersion(t *testing.T, db *DB, want uint32) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; {
		v := versionOf(t, db)
		if v == want {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("version %d, want %d", v, want)
		}
	}
}

// openOne opens a database with a single connection.
func openOne(t *testing.T, address string) *DB {
	t.Helper()
	db, err := Open(t.Context(), Options{URL: address, Connections: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// A connection on which nothing comes back any more, not even that it is gone,
// is given up for another.
func TestSilentConnection(t *testing.T) {
	gate := newGate(t, postgrestest.Need(t).Address())
	db := openOne(t, changed(t, onPostgres.URL(t), func(u *url.URL) { u.Host = gate.address }))
	db.engine.hello = 100 * time.Millisecond
	insert(t, db, "ada@example.net")
	gate.silence()
	insert(t, db, "bea@example.net")
}

// A server that is just starting is waited for.
func TestPostgresStarts(t *testing.T) {
	address := postgrestest.URL(t)
	gate := newGate(t, postgrestest.Need(t).Address())
	gate.starting.Store(3)
	openURL(t, changed(t, address, func(u *url.URL) { u.Host = gate.address }))
	if n := gate.starting.Load(); n >= 0 {
		t.Errorf("it came in before its time: %d", n)
	}
}

// notYet is what a server answers that is starting.
var notYet = []byte("E\x00\x00\x00\x3eSFATAL\x00VFATAL\x00C57P03\x00Mthe database system is starting up\x00\x00")

// gate stands between a client and the server, and cuts the connection when it
// is told to.
type gate struct {
	address string
	armed   chan bool // whether the commit reaches the server
	// starting is how many connections are told that the server is starting.
	starting atomic.Int32
	sent     atomic.Int32 // messages of the clients
	mu       sync.Mutex
	silent   []chan struct{} // one for each connection; closed when it is mute
}

// silence lets nothing through any more on the connections that there are.
func (g *gate) silence() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range g.silent {
		close(c)
	}
	g.silent = nil
}

func newGate(t *testing.T, server string) *gate {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	g := &gate{address: l.Addr().String(), armed: make(chan bool, 1)}
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go g.serve(client, server)
		}
	}()
	return g
}

// cutAtCommit cuts at the next thing that the client says.
func (g *gate) cutAtCommit(reaches bool) { g.armed <- reaches }

func (g *gate) serve(client net.Conn, address string) {
	defer client.Close()
	buf := make([]byte, 64<<10)
	if g.starting.Add(-1) >= 0 {
		_, _ = client.Read(buf)
		_, _ = client.Write(notYet)
		return
	}
	server, err := (&net.Dialer{}).Dial("tcp", address)
	if err != nil {
		return
	}
	defer server.Close()
	answers := make(chan struct{})
	muted, silent := make(chan struct{}), make(chan struct{})
	g.mu.Lock()
	g.silent = append(g.silent, silent)
	g.mu.Unlock()
	go func() {
		defer close(answers)
		copyUntil(client, server, muted)
	}()
	for {
		n, err := client.Read(buf)
		if err != nil {
			return
		}
		g.sent.Add(1)
		select {
		case <-silent:
			continue
		case reaches := <-g.armed:
			close(muted)
			if reaches {
				_, _ = server.Write(buf[:n])
				_ = server.(*net.TCPConn).CloseWrite()
				<-answers
			}
			return
		default:
		}
		if _, err := server.Write(buf[:n]); err != nil {
			return
		}
	}
}

// copyUntil passes answers on, and swallows them once it is muted.
func copyUntil(to io.Writer, from io.Reader, muted <-chan struct{}) {
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		select {
		case <-muted:
		default:
			_, _ = to.Write(buf[:n])
		}
	}
}

// A node that stands still in the middle of a transaction does not keep the
// others waiting for ever.
func TestPostgresSetup(t *testing.T) {
	db := openURL(t, onPostgres.URL(t))
	for name, want := range map[string]string{
		"idle_in_transaction_session_timeout": "10s", "lock_timeout": "20s", "statement_timeout": "25s",
	} {
		for _, run := range []func(context.Context, func(context.Context, *Tx) error) error{db.Read, db.Write} {
			err := run(t.Context(), func(ctx context.Context, tx *Tx) error {
				var got string
				err := tx.row(ctx, "SHOW "+name, nil, &got)
				diff(t, name, got, want)
				return err
			})
			if err != nil {
				t.Error(err)
			}
		}
	}
}
