package postgrestest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// User is the role that owns the databases of the server. It needs no
// password; any other role has to give its own.
const User = "papilio"

// ErrNotInstalled says that there is no PostgreSQL on this machine.
var ErrNotInstalled = errors.New("no PostgreSQL found in PATH or /usr/lib/postgresql: apt-get install postgresql")

// Options say what server is wanted. The zero value is a fast one.
type Options struct {
	// Durable makes it write to the disk as one that matters would. Without,
	// what it has acknowledged survives its own end, however sudden, and not
	// the machine's.
	Durable bool
	// Settings are added to its configuration, such as "max_connections=300".
	Settings []string
}

// Server is a running PostgreSQL.
type Server struct {
	bin, dir string
	port     int
	watch    io.Closer // the server ends when this is closed
	watcher  *exec.Cmd
}

// Start makes a server and starts it. Stop must be called in the end; if this
// process dies before, the server ends by itself.
func Start(ctx context.Context, o Options) (_ *Server, err error) {
	bin, err := findBinaries()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "papilio-postgres-")
	if err != nil {
		return nil, err
	}
	s := &Server{bin: bin, dir: dir}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Stop())
		}
	}()
	if err := give(dir); err != nil {
		return nil, err
	}
	if err := s.startWatcher(); err != nil { //nolint:contextcheck // it ends when the server is stopped
		return nil, err
	}
	if err := s.initialize(ctx, o); err != nil {
		return nil, err
	}
	return s, s.startSomewhere(ctx)
}

// findBinaries gives the folder of the newest PostgreSQL of this machine.
func findBinaries() (string, error) {
	installed, _ := filepath.Glob("/usr/lib/postgresql/*/bin/pg_ctl")
	if len(installed) > 0 {
		newest := slices.MaxFunc(installed, func(a, b string) int { return release(a) - release(b) })
		return filepath.Dir(newest), nil
	}
	if inPath, err := exec.LookPath("pg_ctl"); err == nil {
		if real, err := filepath.EvalSymlinks(inPath); err == nil {
			inPath = real
		}
		return filepath.Dir(inPath), nil
	}
	return "", ErrNotInstalled
}

// release is the number in /usr/lib/postgresql/15/bin/pg_ctl.
func release(path string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
	return n
}

// startWatcher starts a process that waits until this one ends or closes the
// pipe between them, then ends the server and takes its folder away. So
// nothing is left of a test that panics or is killed.
func (s *Server) startWatcher() error {
	s.watcher = s.command(context.Background(), "/bin/sh", "-c",
		`cat; [ -f "$1/data/postmaster.pid" ] && "$0" stop -D "$1/data" -m immediate -s; rm -rf "$1"`,
		filepath.Join(s.bin, "pg_ctl"), s.dir)
	watch, err := s.watcher.StdinPipe()
	if err != nil {
		return err
	}
	s.watch = watch
	return s.watcher.Start()
}

func (s *Server) initialize(ctx context.Context, o Options) error {
	args := []string{
		"-D", s.data(), "-U", User, "--encoding=UTF8", "--no-locale", "--auth=trust", "--no-sync", "--no-instructions",
	}
	if err := s.run(ctx, "initdb", args...); err != nil {
		return err
	}
	settings := []string{
		"listen_addresses='127.0.0.1'", "unix_socket_directories=''", "max_connections=200", "shared_buffers=16MB",
		"wal_level=minimal", "max_wal_senders=0", "jit=off", "log_line_prefix='%m [%p] '",
	}
	if !o.Durable {
		settings = append(settings, "fsync=off", "full_page_writes=off")
	}
	settings = append(settings, o.Settings...)
	access := "host all " + User + " 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
	return errors.Join(
		addTo(filepath.Join(s.data(), "postgresql.conf"), strings.Join(settings, "\n")+"\n"),
		os.WriteFile(filepath.Join(s.data(), "pg_hba.conf"), []byte(access), 0o600),
	)
}

func addTo(file, text string) error {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// startSomewhere starts the server on a free port. Somebody else may take the
// port in between, so there are several tries.
func (s *Server) startSomewhere(ctx context.Context) (err error) {
	for range 5 {
		if s.port, err = freePort(ctx); err != nil {
			return err
		}
		if err = s.start(ctx); err == nil || ctx.Err() != nil {
			return err
		}
	}
	return err
}

func freePort(ctx context.Context) (int, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

func (s *Server) start(ctx context.Context) error {
	return s.control(ctx, "start", "-o", "-p "+strconv.Itoa(s.port), "-l", filepath.Join(s.dir, "log"))
}

// Manner is how a server is brought down.
type Manner string

const (
	// Orderly ends the connections and writes everything down, as an upgrade
	// of the package does.
	Orderly Manner = "fast"
	// Crash ends everything at once, as the loss of power does for who was
	// connected.
	Crash Manner = "immediate"
)

// Halt brings the server down until Resume.
func (s *Server) Halt(ctx context.Context, how Manner) error {
	return s.control(ctx, "stop", "-m", string(how))
}

// Resume starts it again, on the same port with the same data.
func (s *Server) Resume(ctx context.Context) error { return s.start(ctx) }

// Stop ends the server and takes everything away.
func (s *Server) Stop() error {
	if s.watcher == nil || s.watcher.Process == nil {
		return os.RemoveAll(s.dir)
	}
	return errors.Join(s.watch.Close(), s.watcher.Wait())
}

// Log is what the server has written down about itself.
func (s *Server) Log() string {
	text, err := os.ReadFile(filepath.Join(s.dir, "log"))
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// URL is the address of a database on the server.
func (s *Server) URL(database string) string {
	return fmt.Sprintf("postgres://%s@127.0.0.1:%d/%s?sslmode=disable", User, s.port, database)
}

// Address is the host and port of the server.
func (s *Server) Address() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)) }

// Run has the server carry out statements, each by itself, in one of its
// databases; "postgres" is always there.
func (s *Server) Run(ctx context.Context, database string, statements ...string) error {
	args := []string{"-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", s.URL(database)}
	for _, one := range statements {
		args = append(args, "-c", one)
	}
	return s.run(ctx, "psql", args...)
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

func (s *Server) control(ctx context.Context, do string, args ...string) error {
	err := s.run(ctx, "pg_ctl", append([]string{do, "-D", s.data(), "-w", "-t", "120", "-s"}, args...)...)
	if err != nil {
		return fmt.Errorf("%w; its log:\n%s", err, s.Log())
	}
	return nil
}

func (s *Server) run(ctx context.Context, program string, args ...string) error {
	cmd := s.command(ctx, filepath.Join(s.bin, program), args...)
	// A file and not a pipe: the server inherits it, and would keep it open.
	out, err := os.CreateTemp(s.dir, "output-")
	if err != nil {
		return err
	}
	defer func() { _ = errors.Join(out.Close(), os.Remove(out.Name())) }()
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		text, _ := os.ReadFile(out.Name())
		return fmt.Errorf("%s: %w: %s", program, err, text)
	}
	return nil
}

// command makes a command that runs as the user that the server runs as.
func (s *Server) command(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...) //nolint:gosec // programs of PostgreSQL
	cmd.Dir = s.dir
	// The variables of a person's own database must not leak in.
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "PG") {
			cmd.Env = append(cmd.Env, entry)
		}
	}
	cmd.Env = append(cmd.Env, "LC_ALL=C")
	asServer(cmd)
	return cmd
}
