package main

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/config"
	"github.com/papilio-im/papilio/internal/server"
)

// banner says what a service that has just started is, and how to use it.
type banner struct {
	release  string
	config   *config.Config
	folder   string // the data folder, in full
	roles    []listening
	secure   []int // ports for HTTPS, the one for old systems last
	node     string
	nodes    []string // of the cluster, in words; none of a node with a bus of its own
	accounts bool     // there are some
	command  string   // that adds one
}

// listening is a role and where it does.
type listening struct {
	role config.Role
	addr netip.AddrPort
}

func newBanner(ctx context.Context, p *program, c *config.Config, srv *server.Server) (*banner, error) {
	folder, err := filepath.Abs(c.Data)
	if err != nil {
		return nil, err
	}
	b := &banner{
		release: release(), config: c, folder: folder, node: srv.Node(),
		command: p.command("user add you@example.com --legacy-same"),
	}
	for _, role := range config.Roles() {
		if a, ok := srv.Addr(role).(*net.TCPAddr); ok && c.Has(role) {
			addr := a.AddrPort()
			b.roles = append(b.roles, listening{role, netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())})
		}
	}
	for _, a := range []net.Addr{srv.SecureAddr(), srv.OldSecureAddr()} {
		if a, ok := a.(*net.TCPAddr); ok {
			b.secure = append(b.secure, a.Port)
		}
	}
	if c.Cluster.NATSURL != "" {
		for _, m := range srv.Members() {
			b.nodes = append(b.nodes, memberWords(&m))
		}
	}
	if accounts := srv.Accounts(); accounts != nil {
		for _, err := range accounts.List(ctx) {
			if err != nil {
				return nil, err
			}
			b.accounts = true
			break
		}
	}
	return b, nil
}

// memberWords are a node and what it runs.
func memberWords(m *cluster.Member) string {
	what := make([]string, 0, len(m.Roles)+1)
	for _, role := range m.Roles {
		what = append(what, string(role))
	}
	if m.State != cluster.StateActive {
		what = append(what, string(m.State))
	}
	return m.Node + " (" + strings.Join(what, ", ") + ")"
}

// String gives the banner's lines.
func (b *banner) String() string {
	var s strings.Builder
	fmt.Fprintf(&s, "Papilio %s\n\n", b.release)
	for _, l := range b.roles {
		fmt.Fprintf(&s, "  %-14s%s\n", l.role, l)
		if l.role == config.RoleWeb {
			b.https(&s)
		}
	}
	fmt.Fprintf(&s, "  %-14s%s\n", "data", b.folder)
	if b.config.Storage.URL != "" && b.config.Has(config.RoleNotification) {
		fmt.Fprintf(&s, "  %-14s%s\n", "database", b.config.Storage.Shown())
	}
	bus := "a bus of its own"
	if b.config.Cluster.NATSURL != "" {
		bus = b.config.Cluster.Shown()
	}
	fmt.Fprintf(&s, "  %-14s%s, on %s\n", "node", b.node, bus)
	if len(b.nodes) > 0 {
		fmt.Fprintf(&s, "  %-14s%s\n", "cluster", strings.Join(b.nodes, ", "))
	}
	s.WriteByte('\n')
	b.firstAccount(&s)
	b.clients(&s)
	return s.String()
}

// https tells the ports for HTTPS, which are the role's too.
func (b *banner) https(s *strings.Builder) {
	words := []string{"https on port %d", "https for old systems on port %d"}
	for i, port := range b.secure {
		fmt.Fprintf(s, "  %-14s"+words[i]+"\n", "", port)
	}
}

// String names the port, and the address if it is not every one.
func (l listening) String() string {
	where := fmt.Sprintf("port %d", l.addr.Port())
	if !l.addr.Addr().IsUnspecified() {
		where = l.addr.String()
	}
	if l.role == config.RoleWeb {
		where += fmt.Sprintf(", http://%s/", netip.AddrPortFrom(reachable(l.addr.Addr()), l.addr.Port()))
	}
	return where
}

// firstAccount tells how to add an account, as long as there is none.
func (b *banner) firstAccount(s *strings.Builder) {
	if b.accounts || !b.config.Has(config.RoleNotification) {
		return
	}
	command, from := b.command, "from another terminal"
	if b.config.Data != config.Default().Data {
		command += " --data " + quoted(b.folder)
	} else {
		from += " in this folder"
	}
	fmt.Fprintf(s, "There are no accounts yet. Add the first one, %s:\n\n  %s\n\n", from, command)
}

// registryKey is where the official clients keep their server.
const registryKey = `HKEY_CURRENT_USER\Software\Microsoft\MessengerService`

// clients tells how to point a client at the dispatch server.
func (b *banner) clients(s *strings.Builder) {
	for _, l := range b.roles {
		if l.role != config.RoleDispatch {
			continue
		}
		host := reachable(l.addr.Addr())
		fmt.Fprintf(s, "To connect, set in your client:\n\n")
		fmt.Fprintf(s, "  third-party clients       server %s, port %d\n", host, l.addr.Port())
		fmt.Fprintf(s, "  MSN Messenger 1.0 to 4.6  the registry value Server (a string) of\n")
		fmt.Fprintf(s, "                            %s: %s\n", registryKey, host)
		if l.addr.Port() != officialPort {
			fmt.Fprintf(s, "                            It always connects to port %d, which is not the one here.\n", officialPort)
		}
		b.laterClients(s)
		s.WriteString("\n")
	}
}

// laterClients tells of those that have web addresses built in.
func (b *banner) laterClients(s *strings.Builder) {
	for _, l := range b.roles {
		if l.role != config.RoleWeb {
			continue
		}
		fmt.Fprintf(s, "  Messenger 4.7 to 7.5      what http://%s/ says\n", netip.AddrPortFrom(reachable(l.addr.Addr()), l.addr.Port()))
		if l.addr.Port() != officialWebPort || !slices.Contains(b.secure, officialSecurePort) {
			fmt.Fprintf(s, "                            They expect the web at the ports %d and %d, which are not the ones here.\n", officialWebPort, officialSecurePort)
		}
	}
}

// The ports that are built into the official clients.
const (
	officialPort       = 1863
	officialWebPort    = 80
	officialSecurePort = 443
)

// reachable is an address that others can reach a listener by. Of a listener
// on every address it is one on the local network, if there is any.
func reachable(listen netip.Addr) netip.Addr {
	if listen.IsValid() && !listen.IsUnspecified() {
		return listen
	}
	best := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return best
	}
	for _, a := range addrs {
		prefix, err := netip.ParsePrefix(a.String())
		// Old clients cannot dial IPv6.
		if err == nil && prefix.Addr().Is4() && prefix.Addr().IsGlobalUnicast() {
			return prefix.Addr()
		}
	}
	return best
}

// quoted writes a path as a shell takes it.
func quoted(path string) string {
	if strings.ContainsAny(path, " \t\"'\\$`&|;<>()*?[]#~!{}") {
		return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
	}
	return path
}
