package config

import (
	"log/slog"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Config is the whole configuration of one process. The zero value is not
// usable; start from [Default] or [Load].
type Config struct {
	// Data is the folder for everything that outlives the process.
	Data string
	// Host is the address to listen on; empty means all of them.
	Host string
	// Roles are the servers that this process runs.
	Roles []Role

	Dispatch     Dispatch
	Notification Notification
	Switchboard  Switchboard
	Web          Web
	Gateway      Gateway
	Storage      Storage
	Cluster      Cluster
	Shutdown     Shutdown
	Accounts     Accounts
	Log          Log
	Limits       Limits
}

// Dispatch is the section of the dispatch server.
type Dispatch struct {
	Port int
}

// Notification is the section of the notification server.
type Notification struct {
	Port int
	// Advertise is the host:port that clients are referred to. Empty means the
	// address by which the client reached this machine, with Port.
	Advertise string
}

// Switchboard is the section of the switchboard.
type Switchboard struct {
	Port      int
	Advertise string // as for Notification
	// Auth is the preferred way to sign in to a switchboard. A version that
	// does not know it gets the one it knows.
	Auth Auth
	// HiddenMayCall lets a hidden principal ask for a switchboard, from MSNP13
	// on.
	HiddenMayCall bool
	// Idle ends a conversation of two in which nothing was said for so long;
	// zero means never.
	Idle time.Duration
	// Direct: clients can reach it over TCP, and not only through the gateway.
	Direct bool
}

// Gateway is the section of the HTTP gateway.
type Gateway struct {
	// Host is where clients are told to send their requests, without a port;
	// empty for the one that they have come by.
	Host string
}

// Web is the section of what is served over HTTP.
type Web struct {
	Port int
	// TLS is where the certificate for HTTPS comes from.
	TLS TLSSource
	// TLSPort is for HTTPS, OldTLSPort for systems that know nothing after TLS
	// 1.0; zero for no such listener.
	TLSPort, OldTLSPort int
	// Names are the host names and addresses of this service, with commas between;
	// see [Web.NameList].
	Names string
	// LoginHost is the host, with or without a port, that clients sign in at;
	// empty for the one that they have come by.
	LoginHost string
	// Proxies are addresses and networks, with commas between; see
	// [Web.ProxyList].
	Proxies string
	// Certificate and Key are the files for [TLSFiles].
	Certificate, Key string
	// ACMEEmail and ACMEDirectory are for [TLSACME]; both may be empty.
	ACMEEmail, ACMEDirectory string
}

// ProxyList gives the proxies that are believed. An address is a network of its
// own.
func (w Web) ProxyList() []netip.Prefix {
	list, _ := parseProxies(w.Proxies) // it was checked
	return list
}

// NameList gives the names of the service one by one.
func (w Web) NameList() []string {
	var list []string
	for name := range strings.SplitSeq(w.Names, ",") {
		if name = strings.TrimSpace(name); name != "" {
			list = append(list, strings.ToLower(name))
		}
	}
	return list
}

// TLSSource is where a certificate comes from.
type TLSSource string

// The sources of certificates.
const (
	TLSOwn   TLSSource = "own"   // an authority that is made at the first start
	TLSFiles TLSSource = "files" // two files
	TLSACME  TLSSource = "acme"  // a provider on the internet
	TLSOff   TLSSource = "off"   // no HTTPS at all
)

// Storage is the section of the database.
type Storage struct {
	// URL is empty for the SQLite file in the data folder; see
	// [Config.StorageURL].
	URL string
	// Connections is how many connections to PostgreSQL may be open.
	Connections int
	// LegacyKey is the file with the key of the passwords for old clients;
	// empty for the one in the data folder, see [Config.LegacyKeyFile].
	LegacyKey string
}

// Shared reports whether several machines can work on the database.
func (s Storage) Shared() bool { return isPostgres(s.URL) }

// Shown is the URL with its password masked.
func (s Storage) Shown() string { return maskStorage(s.URL) }

// Cluster is the section of the bus between nodes.
type Cluster struct {
	// Node is this process's name in the cluster; empty means one made from
	// the host's name.
	Node string
	// NATSURL is empty for the bus inside this process.
	NATSURL string
	// Lease is how long a node that is not heard of still counts.
	Lease time.Duration
}

// Shown is NATSURL with credentials masked.
func (c Cluster) Shown() string { return maskURLs(c.NATSURL) }

// Shutdown is the section of what happens when the process is told to end.
type Shutdown struct {
	// Deadline is how long clients may take to be referred, and conversations
	// to end; zero closes them at once.
	Deadline time.Duration
	// Rate is how many clients are referred in a second.
	Rate int
}

// Accounts is the section of the sign-in rules.
type Accounts struct {
	// AllowCTP lets clients send their password in the clear.
	AllowCTP bool
}

// Log is the section of the log.
type Log struct {
	Level  LogLevel
	Format LogFormat
	// Wire logs every line of the protocol, with its credentials masked.
	Wire bool
}

// Limits are the rate limits. Zero lifts one of them; Enabled lifts them all.
// Bounds on sizes and queues are not here: they protect memory and are always
// on.
type Limits struct {
	Enabled                          bool
	SignInsPerAddressPerMinute       int
	FailedSignInsPerAccountPerMinute int
	ConnectionsPerAddress            int
	CallsPerMinute                   int
	FailedCallsPer10s                int
	TransfersPerMinute               int
	StatusChangesPerMinute           int
	RenamesPerMinute                 int
}

// Role is a server that a process can run.
type Role string

// The roles.
const (
	RoleDispatch     Role = "dispatch"
	RoleNotification Role = "notification"
	RoleSwitchboard  Role = "switchboard"
	RoleWeb          Role = "web"
	RoleGateway      Role = "gateway" // at the port of web
)

// Roles lists every role, in the order in which a client meets them.
func Roles() []Role {
	return []Role{RoleDispatch, RoleNotification, RoleSwitchboard, RoleWeb, RoleGateway}
}

// Auth is a way to sign in to a switchboard.
type Auth string

// The ways to sign in to a switchboard.
const (
	AuthCKI Auth = "cki" // a cookie from the notification server
	AuthMD5 Auth = "md5" // a salt, answered with a hash of salt and password
	AuthCTP Auth = "ctp" // the password in the clear
)

// LogLevel is the least important kind of event that is still logged. It is a
// [slog.Leveler].
type LogLevel string

// The levels.
const (
	LevelDebug LogLevel = "debug"
	LevelInfo  LogLevel = "info"
	LevelWarn  LogLevel = "warn"
	LevelError LogLevel = "error"
)

// Level gives the level as package slog counts it. A name that is not a level,
// which [Config.Validate] refuses, counts as info.
func (l LogLevel) Level() slog.Level {
	switch l {
	case LevelDebug:
		return slog.LevelDebug
	case LevelWarn:
		return slog.LevelWarn
	case LevelError:
		return slog.LevelError
	case LevelInfo:
	}
	return slog.LevelInfo
}

// LogFormat is how a log record is written.
type LogFormat string

// The formats.
const (
	FormatText LogFormat = "text"
	FormatJSON LogFormat = "json"
)

// Default is a complete service on one machine, the configuration that needs
// no file.
func Default() Config {
	return Config{
		Data:         "papilio-data",
		Roles:        Roles(),
		Dispatch:     Dispatch{Port: 1863},
		Notification: Notification{Port: 1864},
		Switchboard:  Switchboard{Port: 1865, Auth: AuthCKI, Idle: 15 * time.Minute, Direct: true},
		Web:          Web{Port: 8080, TLS: TLSOwn, TLSPort: 8443},
		Cluster:      Cluster{Lease: 10 * time.Second},
		Shutdown:     Shutdown{Deadline: 2 * time.Minute, Rate: 500},
		Storage:      Storage{Connections: 16},
		Log:          Log{Level: LevelInfo, Format: FormatText},
		Limits: Limits{
			Enabled:                          true,
			SignInsPerAddressPerMinute:       600,
			FailedSignInsPerAccountPerMinute: 10,
			ConnectionsPerAddress:            2000,
			CallsPerMinute:                   30,
			FailedCallsPer10s:                5,
			TransfersPerMinute:               30,
			StatusChangesPerMinute:           60,
			RenamesPerMinute:                 5,
		},
	}
}

// Has reports whether this process runs role r.
func (c *Config) Has(r Role) bool { return slices.Contains(c.Roles, r) }

// Listens reports whether this process has a port for role r. The gateway is served
// at the one for HTTP.
func (c *Config) Listens(r Role) bool {
	switch r {
	case RoleGateway:
		return false
	case RoleWeb:
		return c.Has(RoleWeb) || c.Has(RoleGateway)
	case RoleDispatch, RoleNotification, RoleSwitchboard:
	}
	return c.Has(r)
}

// Port is the port that role r listens on.
func (c *Config) Port(r Role) int {
	switch r {
	case RoleDispatch:
		return c.Dispatch.Port
	case RoleNotification:
		return c.Notification.Port
	case RoleSwitchboard:
		return c.Switchboard.Port
	case RoleWeb, RoleGateway:
		return c.Web.Port
	}
	return 0
}

// Listen is the address that role r listens on, as package net takes it.
func (c *Config) Listen(r Role) string {
	return net.JoinHostPort(c.Host, strconv.Itoa(c.Port(r)))
}

// AuthorityFolder is where the service's own certificate authority is kept.
func (c *Config) AuthorityFolder() string { return filepath.Join(c.Data, "authority") }

// ACMEFolder is where accounts and certificates of an ACME provider are kept.
func (c *Config) ACMEFolder() string { return filepath.Join(c.Data, "acme") }

// DatabaseFile is the name of the SQLite file inside the data folder.
const DatabaseFile = "papilio.db"

// StorageURL is the address of the database: what storage.url says, or the
// SQLite file in the data folder.
func (c *Config) StorageURL() (string, error) {
	if c.Storage.URL != "" {
		return c.Storage.URL, nil
	}
	file, err := filepath.Abs(filepath.Join(c.Data, DatabaseFile))
	if err != nil {
		return "", err
	}
	return "sqlite://" + filepath.ToSlash(file), nil
}

// legacyKeyFile is the name of the key of the passwords for old clients inside
// the data folder.
const legacyKeyFile = "legacy.key"

// LegacyKeyFile is the file with the key of the passwords for old clients.
func (c *Config) LegacyKeyFile() string {
	if c.Storage.LegacyKey != "" {
		return c.Storage.LegacyKey
	}
	return filepath.Join(c.Data, legacyKeyFile)
}
