package config

import (
	"strings"
	"time"
)

// key is one row of the table that everything here works from: reading,
// checking, printing and the reference page.
type key struct {
	name string // as a TOML file has it, with its section: "web.port"
	doc  string // for the operator: what it is for and when to change it
	of   func(*Config) value
}

// section is one table of the file. The first has no name: its keys stand
// before any table.
type section struct {
	name string
	doc  string
	keys []key
}

const (
	envPrefix = "PAPILIO_"
	// noLimit is what zero does to each rate limit.
	noLimit = "for no limit"
	// maxConnections is past what any PostgreSQL server is good for.
	maxConnections = 1000
	// mostPerKey bounds the rate limits: a number past this is a slip, and
	// "no limit" has its own spelling.
	mostPerKey = 1_000_000
)

// env is the environment variable that sets the key.
func (k key) env() string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(k.name, ".", "_"))
}

// leaf is the key without its section.
func (k key) leaf() string { return leafOf(k.name) }

// sections is the table of keys, in the order in which they are printed.
func sections() []section {
	return []section{
		{"", "", generalKeys()},
		{"dispatch", "The dispatch server: the first one that a client meets. It refers each client to its notification server.", []key{
			portKey("dispatch.port", `Port of the dispatch server. Clients expect 1863, and many cannot be told another.`,
				func(c *Config) *int { return &c.Dispatch.Port }),
		}},
		{"notification", "The notification server: sign-in, contact lists, who is online.", notificationKeys()},
		{"switchboard", "The switchboard: conversations.", switchboardKeys()},
		{"web", "What is served over HTTP and HTTPS: the sign-in of MSN Messenger 5.0 and later, what clients fetch when they start, pages for people, health checks and metrics.", webKeys()},
		{"gateway", "The HTTP gateway, for clients that cannot reach the other servers. It is served at web.port, where clients expect it at port 80.", gatewayKeys()},
		{"storage", "The database.", storageKeys()},
		{"cluster", "The bus that the roles talk over. One machine needs nothing here.", clusterKeys()},
		{"shutdown", "What happens when the process is told to end (SIGTERM, Ctrl-C). If there is another notification server, clients are referred to it and notice nothing; the last one tells them that the service goes down. A second signal ends the process at once.", shutdownKeys()},
		{"accounts", "Rules for sign-in.", []key{{"accounts.allow_ctp",
			`Lets clients send their password in the clear (CTP). Some of the oldest clients prefer it; anyone who can listen on the network can then read the password.`,
			func(c *Config) value { return onOff{&c.Accounts.AllowCTP} }}}},
		{"log", "The log, on standard error.", logKeys()},
		{"limits", "Rate limits, each for one address, account or client. Limits on the size of what a client may send, and on what may wait for it, are always on and have no key.", limitKeys()},
	}
}

// keys lists every key of every section.
func keys() []key {
	var all []key
	for _, s := range sections() {
		all = append(all, s.keys...)
	}
	return all
}

func generalKeys() []key {
	return []key{
		{"data", `Folder for everything that outlives the process: database, key file, control socket. It is created if it is not there.`,
			func(c *Config) value { return text{p: &c.Data, words: "the path of a folder", allow: allowData} }},
		{"host", `Address to listen on. Empty means every address of this machine.`,
			func(c *Config) value {
				return text{p: &c.Host, words: `an IP address or a host name without a port, or ""`, allow: allowHost}
			}},
		{"roles", `The servers that this process runs. All of them make a complete service; leave it so unless the others run elsewhere.`,
			func(c *Config) value { return choices[Role]{&c.Roles, Roles()} }},
	}
}

func notificationKeys() []key {
	return []key{
		portKey("notification.port", `Port of the notification server.`,
			func(c *Config) *int { return &c.Notification.Port }),
		advertiseKey("notification.advertise", 1864,
			`Address that the dispatch server refers clients to. Empty means the address by which the client reached this machine, with the port above: right for one machine on a local network. With cluster.nats_url, empty means the address by which this machine reaches NATS, which is logged at the start. Set it when clients come in through address translation or a proxy, or when the dispatch server runs elsewhere without cluster.nats_url.`,
			func(c *Config) *string { return &c.Notification.Advertise }),
	}
}

func switchboardKeys() []key {
	return []key{
		portKey("switchboard.port", `Port of the switchboard.`,
			func(c *Config) *int { return &c.Switchboard.Port }),
		advertiseKey("switchboard.advertise", 1865,
			`Address that clients are sent to for a conversation. Empty means the same as for notification.advertise, with the port above.`,
			func(c *Config) *string { return &c.Switchboard.Advertise }),
		{"switchboard.auth", `How clients prove themselves to a switchboard: "cki" with a cookie, "md5" with a hash of a salt and their password, "ctp" with the password in the clear (this needs accounts.allow_ctp). It is for MSNP2 to MSNP10, which know all three. Beta 2 knows no cookie and later versions know nothing else, so both get what they know.`,
			func(c *Config) value {
				return choice[Auth]{&c.Switchboard.Auth, []Auth{AuthCKI, AuthMD5, AuthCTP}}
			}},
		{"switchboard.hidden_may_call", `Lets people who appear offline start a conversation, from MSNP13 on. Older clients never may.`,
			func(c *Config) value { return onOff{&c.Switchboard.HiddenMayCall} }},
		{"switchboard.idle", `A conversation of two in which nothing was said for this long is ended. Clients open a new one, unseen, at the next message.`,
			func(c *Config) value {
				return span{&c.Switchboard.Idle, time.Second, 24 * time.Hour, "for never"}
			}},
		{"switchboard.direct", `Whether clients can reach the switchboards over TCP. If not, those that come in through the HTTP gateway are sent to the gateway for a conversation too, and those of MSNP14 and later are told to use it. The others cannot be told. The same for all processes of a cluster.`,
			func(c *Config) value { return onOff{&c.Switchboard.Direct} }},
	}
}

func gatewayKeys() []key {
	return []key{{
		"gateway.host",
		`Host that clients of the gateway are told to send their requests to, without a port. They may end up at any process with the role gateway. Empty means the one by which they have come. Set it when clients come to the gateway by a name that only some of them can resolve.`,
		func(c *Config) value {
			return text{p: &c.Gateway.Host, words: gatewayHostWords, allow: allowGatewayHost}
		},
	}}
}

func storageKeys() []key {
	return []key{
		{"storage.url", `Where accounts and contact lists are kept. Empty means the SQLite file papilio.db in the data folder. A service with more than one notification server needs PostgreSQL, which all of them reach. A process without a notification server needs it only to sign people in over the web (role web).`,
			func(c *Config) value { return text{&c.Storage.URL, storageWords, allowStorage, maskStorage} }},
		{"storage.connections", `Connections to PostgreSQL that this process may have open. All processes together, and one more for a command beside each, must stay below the server's max_connections, which is 100 unless somebody has changed it. SQLite has none.`,
			func(c *Config) value { return whole{p: &c.Storage.Connections, min: 1, max: maxConnections} }},
		{"storage.legacy_key", `File with the key that the passwords for old clients, MSN Messenger 1.0 to 4.6, are encrypted with. Empty means legacy.key in the data folder. It is made if there is none and none is needed yet. Every notification server on one database needs the same key: copy the file. Keep a copy with every backup of the database.`,
			func(c *Config) value {
				return text{p: &c.Storage.LegacyKey, words: `the path of a file, or ""`, allow: allowFile}
			}},
	}
}

func clusterKeys() []key {
	return []key{
		{"cluster.node", `Name of this process in the cluster, different for each. Empty means a name made from the host's, another one at each start; with a name of its own, a process that is started again serves the accounts that it served before.`,
			func(c *Config) value { return text{p: &c.Cluster.Node, words: nodeWords, allow: allowNode} }},
		{"cluster.nats_url", `An external NATS service with JetStream, or several servers of one, with commas between. Empty means a bus inside this process, without a port.`,
			func(c *Config) value { return text{&c.Cluster.NATSURL, natsWords, allowNATS, maskURLs} }},
		{"cluster.lease", `How long a process that is not heard of over cluster.nats_url still counts as there. When it has passed, others take its accounts over, and the process itself signs everybody out if it still runs. The same for all processes of a cluster. Another value is for tests and for very slow networks.`,
			func(c *Config) value { return span{p: &c.Cluster.Lease, min: time.Second, max: time.Minute} }},
	}
}

func shutdownKeys() []key {
	return []key{
		{"shutdown.deadline", `How long it may take until every client is referred and every conversation has ended. What is left then is closed. Whatever stops the process by force has to wait for longer.`,
			func(c *Config) value {
				return span{&c.Shutdown.Deadline, time.Second, 24 * time.Hour, "to close everything at once"}
			}},
		{"shutdown.rate", `Clients that are referred in a second. Each signs in anew at its next server, which has to bear it.`,
			func(c *Config) value { return whole{p: &c.Shutdown.Rate, min: 1, max: mostPerKey} }},
	}
}

func logKeys() []key {
	return []key{
		{"log.level", `The least important kind of event that is logged. "info" tells of sign-ins, referrals and failures, "debug" of every command.`,
			func(c *Config) value {
				return choice[LogLevel]{&c.Log.Level, []LogLevel{LevelDebug, LevelInfo, LevelWarn, LevelError}}
			}},
		{"log.format", `"text" for people, "json" for machines.`,
			func(c *Config) value {
				return choice[LogFormat]{&c.Log.Format, []LogFormat{FormatText, FormatJSON}}
			}},
		{"log.wire", `Logs every line that clients and servers exchange, with credentials masked, and of requests over HTTP who asks for which page. For finding out why a client does not sign in; it also shows who talks to whom.`,
			func(c *Config) value { return onOff{&c.Log.Wire} }},
	}
}

func limitKeys() []key {
	return []key{
		{"limits.enabled", `One switch for all the limits of this section. Turn it off only to measure.`,
			func(c *Config) value { return onOff{&c.Limits.Enabled} }},
		limitKey("limits.sign_ins_per_address_per_minute", `Sign-ins that one address may begin in a minute. Raise it when many people share an address.`,
			func(l *Limits) *int { return &l.SignInsPerAddressPerMinute }),
		limitKey("limits.failed_sign_ins_per_account_per_minute", `Wrong passwords for one account in a minute, from any address. Past that, sign-in to it is refused for a while.`,
			func(l *Limits) *int { return &l.FailedSignInsPerAccountPerMinute }),
		limitKey("limits.connections_per_address", `Connections that one address may hold at the same time. A client holds one, and one more for each conversation.`,
			func(l *Limits) *int { return &l.ConnectionsPerAddress }),
		limitKey("limits.calls_per_minute", `Invitations that one client may send in a conversation in a minute.`,
			func(l *Limits) *int { return &l.CallsPerMinute }),
		limitKey("limits.failed_calls_per_10s", `Invitations in ten seconds that may come to nothing before the client is told that it is too active.`,
			func(l *Limits) *int { return &l.FailedCallsPer10s }),
		limitKey("limits.transfers_per_minute", `Conversations that one client may open in a minute.`,
			func(l *Limits) *int { return &l.TransfersPerMinute }),
		limitKey("limits.status_changes_per_minute", `Changes of status, and of the personal message, that one client may make in a minute. Each is told to everyone who sees it.`,
			func(l *Limits) *int { return &l.StatusChangesPerMinute }),
		limitKey("limits.renames_per_minute", `Changes of one's own name in a minute. Each is told to everyone who sees it. Renaming a contact is not counted.`,
			func(l *Limits) *int { return &l.RenamesPerMinute }),
	}
}

func portKey(name, doc string, field func(*Config) *int) key {
	return key{name, doc, func(c *Config) value {
		return whole{p: field(c), min: 1, max: maxPort, zero: "for any free port"}
	}}
}

func limitKey(name, doc string, field func(*Limits) *int) key {
	return key{name, doc, func(c *Config) value {
		return whole{p: field(&c.Limits), min: 1, max: mostPerKey, zero: noLimit}
	}}
}

func advertiseKey(name string, port int, doc string, field func(*Config) *string) key {
	words := advertiseWords(port)
	return key{name, doc, func(c *Config) value {
		return text{p: field(c), words: words, allow: func(s string) error { return allowAdvertise(s, words) }}
	}}
}
