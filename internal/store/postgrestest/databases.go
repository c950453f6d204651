package postgrestest

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// startTime is how long a busy machine may take to make a server.
const startTime = 2 * time.Minute

// common is the server that all tests of a test program share. It is started
// by the first of them that asks for a database.
var common struct {
	once   sync.Once
	server *Server
	err    error
	number atomic.Int64 // of the databases made on it
}

// Main is the TestMain of a package whose tests use [URL] or [Template]: it
// runs them and takes the server away.
func Main(m *testing.M) {
	m.Run()
	if common.server == nil {
		return
	}
	if err := common.server.Stop(); err != nil {
		panic(err) // a server that stays behind is worth failing for
	}
}

// Need gives the server that the tests share. Without PostgreSQL the test is
// skipped, and fails under CI.
func Need(t testing.TB) *Server {
	t.Helper()
	common.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), startTime)
		defer cancel()
		common.server, common.err = Start(ctx, Options{})
	})
	Check(t, common.err)
	return common.server
}

// Check ends a test whose server could not be started: it is skipped where
// there is no PostgreSQL, except under CI, and fails otherwise.
func Check(t testing.TB, err error) {
	t.Helper()
	switch {
	case err == nil:
	case err == ErrNotInstalled && os.Getenv("CI") == "": //nolint:errorlint // it is given as it is
		t.Skip("NOT TESTED: ", err)
	default:
		t.Fatal(err)
	}
}

// URL gives the address of a new database without anything in it.
func URL(t testing.TB) string {
	t.Helper()
	return Need(t).create(t, "template1")
}

// Template is a database that a function has prepared once, for tests that all
// begin with the same. The zero value with Prepare set is ready.
type Template struct {
	// Prepare fills the database at an address, and must have left it when it
	// returns.
	Prepare func(ctx context.Context, url string) error

	once sync.Once
	name string
	err  error
}

// URL gives the address of a new copy.
func (p *Template) URL(t testing.TB) string {
	t.Helper()
	s := Need(t)
	p.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), startTime)
		defer cancel()
		p.name = newName()
		if p.err = s.Run(ctx, "postgres", "CREATE DATABASE "+p.name); p.err == nil {
			p.err = p.Prepare(ctx, s.URL(p.name))
		}
	})
	if p.err != nil {
		t.Fatal(p.err)
	}
	return s.create(t, p.name)
}

func newName() string { return fmt.Sprintf("test%d", common.number.Add(1)) }

// create makes a database, which is gone at the end of the test.
func (s *Server) create(t testing.TB, template string) string {
	t.Helper()
	name := newName()
	if err := s.Run(t.Context(), "postgres", fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s", name, template)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), startTime)
		defer cancel()
		err := s.Run(ctx, "postgres", fmt.Sprintf("DROP DATABASE %s WITH (FORCE)", name))
		if err != nil && !strings.Contains(err.Error(), "connect") { // a test may have stopped the server
			t.Error(err)
		}
	})
	return s.URL(name)
}
