package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5" // the only file that names the driver
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3/database"
)

const (
	// defaultConnections leaves room for six nodes and the command line in the
	// hundred connections that PostgreSQL allows where nobody has changed it.
	defaultConnections = 16
	// postgresPatience is how long what a restart of the database has undone
	// is tried again; one takes a few seconds.
	postgresPatience = 15 * time.Second
	postgresLongest  = 30 * time.Second
	postgresHello    = 5 * time.Second
	postgresConnect  = 10 * time.Second
	postgresStart    = time.Minute
	postgresPoll     = 200 * time.Millisecond
)

// postgresSetup is for each connection. A node that is frozen in the middle of
// a transaction holds locks that others wait for; the database ends it.
const postgresSetup = `SET idle_in_transaction_session_timeout = '10s'; SET lock_timeout = '20s'; SET statement_timeout = '25s'`

// postgresBulk is for work on everything, which takes as long as it takes.
const postgresBulk = `SET idle_in_transaction_session_timeout = 0; SET lock_timeout = '1min'; SET statement_timeout = 0`

const postgresRead = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

const postgresLastID = `SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM accounts_id_seq`

// schemaLock is the number of the advisory lock that whoever upgrades the
// schema holds: "papilio" in octets.
const schemaLock = `SELECT pg_advisory_lock(31632332824537455)`

// postgresEngine keeps the data on a server that many nodes share.
//
// Reading is a snapshot. A change is READ COMMITTED, with the rows of all the
// accounts that it concerns locked first and in one order, see [Tx.Lock]: two
// changes of one person's lists then go one after the other, as on SQLite,
// and cannot wait for each other in a circle. SERIALIZABLE would need no
// locks, but answers everybody but the first of those who add the same person
// at once with an error, and all of them would have to try again.
func postgresEngine(o Options) (engine, error) {
	config, err := parsePostgres(o.URL)
	if err != nil {
		return engine{}, err
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = postgresConnect
	}
	eng := engine{
		place:   postgresPlace(config),
		dialect: database.DialectPostgres, migrations: "postgres",
		writers: o.Connections, setup: postgresSetup, bulkSetup: postgresBulk,
		beginRead:  postgresRead,
		beginWrite: "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
		lastID:     postgresLastID,
		setLastID:  []string{`SELECT setval('accounts_id_seq', $1)`},
		rules:      []rule{idsRule(postgresLastID)},

		shared:     true,
		askAtOnce:  askPostgres,
		keep:       " FOR SHARE",
		lockAll:    `LOCK TABLE accounts, contacts, contact_groups, group_members, facts IN EXCLUSIVE MODE`,
		lockSchema: schemaLock,
		dump:       func(file string) string { return dumpCommand(config, file) },
		explain:    func(err error) error { return explainPostgres(config, err) },
		means:      postgresMeans,
		patience:   postgresPatience,
		longest:    postgresLongest,
		hello:      postgresHello,
		analyze:    "ANALYZE",
	}
	if o.ReadOnly {
		eng.beginWrite = eng.beginRead
	}
	eng.open = func(ctx context.Context) (*sql.DB, error) { return openPostgres(ctx, config, o) }
	return eng, nil
}

// parsePostgres reads an address. What is wrong with one of its options is told;
// what the parser says of the rest may quote a part of the password.
func parsePostgres(address string) (*pgx.ConnConfig, error) {
	wrong := fmt.Errorf("%w: want postgres://user:password@host:5432/database, with %%40 for an @ in the password", ErrURL)
	head, options, _ := strings.Cut(address, "?")
	if strings.Count(head, "@") > 1 {
		return nil, wrong
	}
	config, err := pgx.ParseConfig(address)
	if err == nil {
		return config, nil
	}
	_, without := pgx.ParseConfig(head)
	if reason := errors.Unwrap(err); reason != nil && without == nil && !strings.Contains(options, "password") {
		return nil, fmt.Errorf("%w: the options after the ? are wrong: %w", ErrURL, reason)
	}
	return nil, wrong
}

// postgresPlace names a database without its password.
func postgresPlace(c *pgx.ConnConfig) string {
	return fmt.Sprintf("PostgreSQL database %s at %s", c.Database, postgresServer(c))
}

func postgresServer(c *pgx.ConnConfig) string {
	if strings.HasPrefix(c.Host, "/") {
		return c.Host
	}
	return net.JoinHostPort(c.Host, fmt.Sprint(c.Port))
}

// dumpCommand is what saves a database in a file. It asks for the password.
func dumpCommand(c *pgx.ConnConfig, file string) string {
	return fmt.Sprintf("pg_dump --format=custom --file=%s --host=%s --port=%d --username=%s %s",
		shellWord(file), shellWord(c.Host), c.Port, shellWord(c.User), shellWord(c.Database))
}

// shellWord writes a word so that a shell leaves it as it is.
func shellWord(s string) string {
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@%+,", r)
	}) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

func openPostgres(ctx context.Context, config *pgx.ConnConfig, o Options) (*sql.DB, error) {
	pool := stdlib.OpenDB(*config)
	// One more than there are sessions, for work on everything at once and for
	// who holds the lock of the schema.
	pool.SetMaxOpenConns(o.Connections + 1)
	pool.SetMaxIdleConns(o.Connections + 1)
	if err := awaitPostgres(ctx, pool, o); err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	return pool, nil
}

// awaitPostgres probes a server, and waits for one that is just starting, as
// after the power came back for all machines at once.
func awaitPostgres(ctx context.Context, pool *sql.DB, o Options) error {
	const starting = "57P03"
	for limit := time.Now().Add(postgresStart); ; {
		err := probePostgres(ctx, pool, o)
		var answer *pgconn.PgError
		if !errors.As(err, &answer) || answer.Code != starting || time.Now().After(limit) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(postgresPoll):
		}
	}
}

// minPostgres is the oldest release of PostgreSQL that is still maintained, or
// was when this was written; nothing newer is needed.
const minPostgres = 13

// errPostgres is an error that says what to do already.
type errPostgres string

func (e errPostgres) Error() string { return string(e) }

// probed is what a server says about itself and the database.
type probed struct {
	number            int // of its version, as 150018
	version, encoding string
	durable           string
	replica           bool
}

// probePostgres refuses a server that would not do, before anything is
// written to it.
func probePostgres(ctx context.Context, pool *sql.DB, o Options) error {
	var p probed
	err := pool.QueryRowContext(ctx, `SELECT current_setting('server_version_num')::int,
		current_setting('server_version'), current_setting('server_encoding'),
		current_setting('synchronous_commit'), pg_is_in_recovery()`).
		Scan(&p.number, &p.version, &p.encoding, &p.durable, &p.replica)
	if err != nil {
		return err
	}
	if p.durable == "off" && !o.ReadOnly {
		o.Log.WarnContext(ctx, "PostgreSQL has synchronous_commit off: what people were told is done may be lost if it crashes")
	}
	return p.refused(o.ReadOnly)
}

func (p probed) refused(readOnly bool) error {
	switch {
	case p.number/10000 < minPostgres:
		return errPostgres(fmt.Sprintf("the server is PostgreSQL %s, and %d or later is needed: upgrade it", p.version, minPostgres))
	case p.encoding != "UTF8":
		return errPostgres(fmt.Sprintf("the database has the encoding %s, which cannot hold every name: make another with: createdb --encoding=UTF8 --template=template0", p.encoding))
	case p.replica && !readOnly:
		return errPostgres("the server is a replica, which takes no changes: name the primary server in storage.url")
	}
	return nil
}

// askPostgres sends all queries in one piece and then reads the answers. Several
// are a transaction, for the sake of its snapshot, whose beginning and end go
// along with them; a single query has a snapshot of its own.
func askPostgres(ctx context.Context, conn any, asks []ask) error {
	driver, ok := conn.(*stdlib.Conn)
	if !ok {
		return fmt.Errorf("store: the connection is a %T", conn)
	}
	c := driver.Conn()
	var batch pgx.Batch
	if len(asks) > 1 {
		batch.Queue(postgresRead)
	}
	for i := range asks {
		batch.Queue(asks[i].query, asks[i].args...).Query(asks[i].readAll)
	}
	if len(asks) > 1 {
		batch.Queue("COMMIT")
	}
	err := c.SendBatch(ctx, &batch).Close()
	if err != nil {
		_ = c.Close(ctx) // it may be in the middle of that transaction
	}
	return err
}

func (a *ask) readAll(rows pgx.Rows) error {
	for rows.Next() {
		if err := a.scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// explainPostgres says what to do about a database that cannot be had. It
// never repeats the address, in which there is a password.
func explainPostgres(c *pgx.ConnConfig, err error) error {
	if known := errPostgres(""); errors.As(err, &known) {
		return known
	}
	if answer, ok := errors.AsType[*pgconn.PgError](err); ok {
		return explainAnswer(c, answer)
	}
	if _, unreached := errors.AsType[*pgconn.ConnectError](err); unreached {
		return fmt.Errorf("no PostgreSQL can be reached at %s (%s): is it running, does it listen there, and is storage.url right?",
			postgresServer(c), lastReason(err))
	}
	return err
}

// lastReason is the end of the chain of errors of a failed connection, which
// are several where several addresses or TLS and no TLS have been tried.
func lastReason(err error) string {
	for {
		if several, ok := err.(interface{ Unwrap() []error }); ok && len(several.Unwrap()) > 0 {
			all := several.Unwrap()
			err = all[len(all)-1]
			continue
		}
		next := errors.Unwrap(err)
		if next == nil {
			return err.Error()
		}
		err = next
	}
}

func explainAnswer(c *pgx.ConnConfig, e *pgconn.PgError) error {
	says := func(format string, args ...any) error {
		return fmt.Errorf("%s: "+format, append([]any{e.Message}, args...)...)
	}
	switch e.Code {
	case "28P01":
		return says("the password in storage.url (or PGPASSWORD, or ~/.pgpass) is not that of the user %s; to set it: ALTER ROLE %[2]s PASSWORD '...'", c.User)
	case "28000":
		return says("the server does not let the user %s in from this machine: does the role exist (createuser %[2]s), and does pg_hba.conf allow it?", c.User)
	case "3D000":
		return says("make it with: createdb --encoding=UTF8 --template=template0 --owner=%s %s", c.User, c.Database)
	case "42501":
		return says("the user %s must own the database: ALTER DATABASE %s OWNER TO %[2]s", c.User, c.Database)
	case "53300":
		return says("all connections of the server are taken: raise its max_connections, or give each node fewer with storage.connections")
	case "57P03":
		return says("try again in a moment")
	}
	return fmt.Errorf("%s (SQLSTATE %s)", e.Message, e.Code)
}

// postgresMeans sorts errors by what they leave of a transaction.
func postgresMeans(err error) fate {
	if answer, ok := errors.AsType[*pgconn.PgError](err); ok {
		return answerMeans(answer)
	}
	if isNetwork(err) || errors.Is(err, pgconn.ErrConnClosed) ||
		errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.As(err, new(*pgconn.ConnectError)) {
		return lost
	}
	return refused
}

// isNetwork tells errors of a connection. A bare number of the system is one of
// a file, that what runs inside the transaction could not read or write: it has
// the methods of a network's too.
func isNetwork(err error) bool {
	var network net.Error
	if !errors.As(err, &network) {
		return false
	}
	_, number := network.(syscall.Errno)
	return !number
}

func answerMeans(e *pgconn.PgError) fate {
	switch {
	case e.Code == "40001" || e.Code == "40P01": // serialisation failure, deadlock
		return undone
	case e.Severity == "ERROR" || e.SeverityUnlocalized == "ERROR":
		return refused
	// What follows ends the connection. Some of it will be over soon.
	case strings.HasPrefix(e.Code, "57P0"), // shut down, crashed, starting
		strings.HasPrefix(e.Code, "08"),  // connection
		strings.HasPrefix(e.Code, "25P"), // a transaction that took too long
		e.Code == "53300":                // too many connections
		return lost
	}
	return refused
}
