//go:build unix

package fleet

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/papilio-im/papilio/internal/config"
)

// NodeOptions say what a node is. Name is required.
type NodeOptions struct {
	// Name is its name in the cluster, and that of its folder and its log.
	Name string
	// Roles are the servers that it runs; all if empty. The web role, which tells
	// its numbers, is always one of them.
	Roles []config.Role
	// NATSURL is its way to the bus, if it is not that of the others: a proxy that
	// can be cut, say.
	NATSURL string
	// Settings are further keys of the configuration, as in its file:
	// "limits.enabled": "false". They win over what the fleet sets itself.
	Settings map[string]string
	// Env are further variables, such as "GOMEMLIMIT=1GiB".
	Env []string
}

// Node is a process of Papilio. It keeps its folder and its ports when it is
// started again.
type Node struct {
	*Process
	Roles []config.Role
	Data  string // its data folder
	ports map[config.Role]int
}

// StartNode starts a node, which is in the cluster when it is ready.
func (f *Fleet) StartNode(ctx context.Context, o NodeOptions) (*Node, error) {
	if o.Name == "" {
		return nil, errors.New("fleet: a node has no name")
	}
	program, err := f.Papilio(ctx)
	if err != nil {
		return nil, err
	}
	n := &Node{Roles: slices.Clone(o.Roles), Data: filepath.Join(f.o.Dir, o.Name), ports: make(map[config.Role]int)}
	if len(n.Roles) == 0 {
		n.Roles = config.Roles()
	}
	if !slices.Contains(n.Roles, config.RoleWeb) {
		n.Roles = append(n.Roles, config.RoleWeb)
	}
	free, err := freePorts(ctx, len(n.Roles))
	if err != nil {
		return nil, err
	}
	for i, role := range n.Roles {
		if role != config.RoleGateway {
			n.ports[role] = free[i]
		}
	}
	if err := f.prepareData(n.Data); err != nil {
		return nil, err
	}
	env := append(environ(f.settings(n, o)), o.Env...)
	n.Process = &Process{
		name: o.Name, path: program, args: []string{"serve"}, env: env, dir: n.Data,
		log: f.o.Log, file: f.logFile(o.Name), stop: syscall.SIGTERM, line: "ready",
	}
	f.add(n.Process)
	if err := n.Start(ctx); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.nodes = append(f.nodes, n)
	return n, nil
}

// prepareData makes a data folder with the key that all nodes share: with one
// database there can be only one.
func (f *Fleet) prepareData(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("fleet: %w", err)
	}
	if f.DatabaseURL() == "" {
		return nil
	}
	if err := os.WriteFile(filepath.Join(dir, "legacy.key"), []byte(f.key), 0o600); err != nil {
		return fmt.Errorf("fleet: %w", err)
	}
	return nil
}

// settings are the configuration of a node.
func (f *Fleet) settings(n *Node, o NodeOptions) map[string]string {
	roles := make([]string, len(n.Roles))
	all := map[string]string{
		"data": n.Data, "host": Host, "cluster.node": o.Name,
		"cluster.nats_url": cmp.Or(o.NATSURL, f.NATSURL()), "storage.url": f.DatabaseURL(), "web.tls": string(config.TLSOff),
	}
	for i, role := range n.Roles {
		roles[i] = string(role)
		if port, ok := n.ports[role]; ok {
			all[string(role)+".port"] = strconv.Itoa(port)
		}
		if role == config.RoleNotification || role == config.RoleSwitchboard {
			all[string(role)+".advertise"] = n.Address(role)
		}
	}
	all["roles"] = strings.Join(roles, ",")
	maps.Copy(all, o.Settings)
	return all
}

// environ turns settings into an environment, with nothing else in it that
// Papilio would look at.
func environ(settings map[string]string) []string {
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "PAPILIO_") {
			env = append(env, v)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		name := strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
		env = append(env, "PAPILIO_"+name+"="+settings[key])
	}
	return env
}

// Address is the host:port of a role that the node runs, "" of another. The gateway
// is where HTTP is.
func (n *Node) Address(role config.Role) string {
	if role == config.RoleGateway && slices.Contains(n.Roles, role) {
		role = config.RoleWeb
	}
	if port, ok := n.ports[role]; ok {
		return address(port)
	}
	return ""
}

// Command runs a command of Papilio with the node's configuration, as its
// operator would, and gives what it prints. It works whether the node runs or
// not, as far as the command does.
func (n *Node) Command(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, n.path, args...) //nolint:gosec // our own binary
	cmd.Env, cmd.Dir = n.env, n.dir
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("fleet: %s: papilio %s: %w: %s", n.name, strings.Join(args, " "), err, strings.TrimSpace(errs.String()))
	}
	return out.String(), nil
}

// Metrics reads the numbers that the node tells, by name with labels as
// /metrics writes them: `papilio_signed_in_sessions`.
func (n *Node) Metrics(ctx context.Context) (map[string]float64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+n.Address(config.RoleWeb)+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("fleet: metrics of %s: %w", n.name, err)
	}
	defer func() { _ = resp.Body.Close() }() // it was only read
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("fleet: metrics of %s: %s", n.name, resp.Status)
	}
	return parseMetrics(resp.Body)
}

// parseMetrics reads the lines "name{labels} value".
func parseMetrics(page io.Reader) (map[string]float64, error) {
	all := make(map[string]float64)
	lines := bufio.NewScanner(page)
	for lines.Scan() {
		line := lines.Text()
		if strings.HasPrefix(line, "#") {
			continue
		}
		at := strings.LastIndexByte(line, ' ')
		if at < 0 {
			continue
		}
		value, err := strconv.ParseFloat(line[at+1:], 64)
		if err != nil {
			return nil, fmt.Errorf("fleet: metrics: %q: %w", line, err)
		}
		all[line[:at]] = value
	}
	return all, lines.Err()
}
