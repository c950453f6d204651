//go:build unix

package fleet

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// NATS is a NATS server with JetStream, alone or one of a cluster.
type NATS struct {
	*Process
	client, cluster, monitor int // ports
}

// URL is where clients connect.
func (n *NATS) URL() string { return "nats://" + address(n.client) }

// StartNATS starts so many NATS servers, which make a cluster if there is more
// than one, and waits until they have found each other. It is called once.
func (f *Fleet) StartNATS(ctx context.Context, servers int) ([]*NATS, error) {
	program, err := f.binary(ctx, f.o.NATSServer, "nats-server", natsPackage)
	if err != nil {
		return nil, err
	}
	ports, err := freePorts(ctx, 3*servers)
	if err != nil {
		return nil, err
	}
	all := make([]*NATS, servers)
	for i := range all {
		p := ports[3*i:]
		all[i] = &NATS{client: p[0], cluster: p[1], monitor: p[2]}
	}
	for i, n := range all {
		name := fmt.Sprintf("nats%d", i+1)
		conf := filepath.Join(f.o.Dir, name+".conf")
		if err := os.WriteFile(conf, []byte(n.config(name, filepath.Join(f.o.Dir, name), all)), 0o600); err != nil {
			return nil, fmt.Errorf("fleet: %w", err)
		}
		n.Process = &Process{
			name: name, path: program, args: []string{"-c", conf}, env: os.Environ(), dir: f.o.Dir,
			log: f.o.Log, file: f.logFile(name), stop: syscall.SIGTERM,
			ready: func(ctx context.Context) error { return listening(ctx, address(n.client)) },
		}
		f.add(n.Process)
		if err := n.Start(ctx); err != nil {
			return nil, err
		}
	}
	for _, n := range all {
		if err := n.AwaitHealthy(ctx); err != nil {
			return nil, err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.nats = all
	return all, nil
}

// NATS gives the NATS servers.
func (f *Fleet) NATS() []*NATS {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.nats
}

// config is the server's configuration file.
func (n *NATS) config(name, store string, all []*NATS) string {
	var s strings.Builder
	fmt.Fprintf(&s, "server_name: %s\nlisten: %q\nhttp: %q\njetstream { store_dir: %q }\n",
		name, address(n.client), address(n.monitor), store)
	if len(all) == 1 {
		return s.String()
	}
	// Not advertised: a node uses the addresses that it is given, which may be
	// those of a proxy, and no others that it learns.
	fmt.Fprintf(&s, "cluster {\n  name: papilio\n  listen: %q\n  no_advertise: true\n  routes: [\n", address(n.cluster))
	for _, other := range all {
		fmt.Fprintf(&s, "    %q\n", "nats-route://"+address(other.cluster))
	}
	s.WriteString("  ]\n}\n")
	return s.String()
}

// AwaitHealthy waits until the server and its JetStream are of use: in a
// cluster, until there is a leader and this server has caught up.
func (n *NATS) AwaitHealthy(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	for {
		err := n.ask(ctx, "/healthz", nil)
		if err == nil {
			return nil
		}
		select {
		case <-time.After(retry):
		case <-ctx.Done():
			return fmt.Errorf("fleet: %s does not get healthy: %w", n.name, err)
		}
	}
}

// Traffic is what a NATS server has moved since its start.
type Traffic struct {
	InMsgs   int64 `json:"in_msgs"`
	OutMsgs  int64 `json:"out_msgs"`
	InBytes  int64 `json:"in_bytes"`
	OutBytes int64 `json:"out_bytes"`
}

// Traffic reads what the server has moved.
func (n *NATS) Traffic(ctx context.Context) (Traffic, error) {
	var t Traffic
	err := n.ask(ctx, "/varz", &t)
	return t, err
}

// ask asks the monitoring port.
func (n *NATS) ask(ctx context.Context, path string, into any) (err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address(n.monitor)+path, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }() // it was only read
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", path, resp.Status)
	}
	if into == nil {
		return nil
	}
	return json.NewDecoder(resp.Body).Decode(into)
}
