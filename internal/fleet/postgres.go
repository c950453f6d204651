//go:build unix

package fleet

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// ErrNoPostgres says that PostgreSQL is not installed here.
var ErrNoPostgres = errors.New("fleet: no PostgreSQL on this machine: install the distribution's package postgresql")

// databaseName is the database, and its owner.
const databaseName = "papilio"

// Postgres is a PostgreSQL server with an empty database.
type Postgres struct {
	*Process
	port int
}

// URL is where nodes connect.
func (p *Postgres) URL() string {
	return fmt.Sprintf("postgres://%s@%s/%s?sslmode=disable", databaseName, address(p.port), databaseName)
}

// credential is another user to run as.
type credential struct{ uid, gid uint32 }

// StartPostgres makes a database and starts its server. Settings are added to
// its configuration. It is called once.
func (f *Fleet) StartPostgres(ctx context.Context, settings ...string) (*Postgres, error) {
	bin, err := postgresFolder(ctx)
	if err != nil {
		return nil, err
	}
	ports, err := freePorts(ctx, 1)
	if err != nil {
		return nil, err
	}
	as, err := unprivileged()
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(f.o.Dir, "postgres")
	if err := f.makeDatabase(ctx, bin, dir, as); err != nil {
		return nil, err
	}
	p := &Postgres{port: ports[0]}
	args := []string{"-D", dir, "-p", strconv.Itoa(p.port), "-c", "listen_addresses=" + Host, "-c", "unix_socket_directories="}
	for _, s := range settings {
		args = append(args, "-c", s)
	}
	p.Process = &Process{
		name: "postgres", path: filepath.Join(bin, "postgres"), args: args, env: os.Environ(), dir: dir, user: as,
		log: f.o.Log, file: f.logFile("postgres"),
		stop: syscall.SIGINT, // a fast shutdown: SIGTERM would wait for its clients to leave
		ready: func(ctx context.Context) error {
			return p.run(ctx, bin, "pg_isready", "-q", "-h", Host, "-p", strconv.Itoa(p.port))
		},
	}
	f.add(p.Process)
	if err := p.Start(ctx); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.postgres = p
	return p, nil
}

// Postgres gives the PostgreSQL server, or nil.
func (f *Fleet) Postgres() *Postgres {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.postgres
}

// makeDatabase makes the files of a database, in the name of its user.
func (f *Fleet) makeDatabase(ctx context.Context, bin, dir string, as *credential) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return fmt.Errorf("fleet: %w", err)
	}
	if as != nil {
		if err := os.Chown(dir, int(as.uid), int(as.gid)); err != nil {
			return fmt.Errorf("fleet: %w", err)
		}
		if err := os.Chmod(f.o.Dir, 0o711); err != nil { //nolint:gosec // to be passed through, not to be read
			return fmt.Errorf("fleet: %w", err)
		}
	}
	initdb := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-D", dir, "-U", databaseName, "-A", "trust", //nolint:gosec // a folder of ours
		"-E", "UTF8", "--locale=C", "--no-sync")
	initdb.SysProcAttr, initdb.Dir = attributes(as), dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("fleet: make the database: %w: %s", err, out)
	}
	create := exec.CommandContext(ctx, filepath.Join(bin, "postgres"), "--single", "-D", dir, "postgres") //nolint:gosec // as above
	create.Stdin = strings.NewReader("CREATE DATABASE " + databaseName + ";\n")
	create.SysProcAttr, create.Dir = attributes(as), dir
	if out, err := create.CombinedOutput(); err != nil {
		return fmt.Errorf("fleet: make the database: %w: %s", err, out)
	}
	return nil
}

// run runs one of PostgreSQL's own programs.
func (p *Postgres) run(ctx context.Context, bin, name string, args ...string) error {
	return exec.CommandContext(ctx, filepath.Join(bin, name), args...).Run() //nolint:gosec // constants
}

// Usage is that of the server with all its children, one a connection. Memory
// that they share is counted once.
func (p *Postgres) Usage() (Usage, error) {
	sum, err := p.Process.Usage()
	if err != nil {
		return sum, err
	}
	if sum.Resident, err = proportional(p.PID()); err != nil {
		return sum, err
	}
	pid := strconv.Itoa(p.PID())
	children, err := os.ReadFile(filepath.Join("/proc", pid, "task", pid, "children"))
	if err != nil {
		return sum, err
	}
	for child := range strings.FieldsSeq(string(children)) {
		number, err := strconv.Atoi(child)
		if err != nil {
			return sum, err
		}
		u, err := usageOf(number)
		share, gone := proportional(number)
		if err != nil || gone != nil {
			continue // it has ended meanwhile
		}
		sum.Resident += share
		sum.CPU += u.CPU
		sum.Threads += u.Threads
		sum.Files += u.Files
	}
	return sum, nil
}

// postgresFolder finds the programs of PostgreSQL, which the distributions keep
// out of the path.
func postgresFolder(ctx context.Context) (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			return filepath.Dir(path), nil
		}
	}
	if out, err := exec.CommandContext(ctx, "pg_config", "--bindir").Output(); err == nil {
		return strings.TrimSpace(string(out)), nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", ErrNoPostgres
	}
	slices.Sort(found)
	return filepath.Dir(found[len(found)-1]), nil
}

// unprivileged is the user that PostgreSQL runs as when we are root, which it
// refuses to be; nil otherwise.
func unprivileged() (*credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err1 == nil && err2 == nil {
			return &credential{uint32(uid), uint32(gid)}, nil
		}
	}
	return nil, errors.New("fleet: PostgreSQL does not run as root, and there is no user postgres or nobody")
}
