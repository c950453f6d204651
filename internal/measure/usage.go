//go:build unix

package main

import (
	"context"
	"maps"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/papilio-im/papilio/internal/config"
	"github.com/papilio-im/papilio/internal/fleet"
)

// moment is what everything has used up to one moment.
type moment struct {
	at      time.Time
	cpu     map[string]float64 // seconds, by kind of process
	traffic fleet.Traffic      // of the NATS servers together
}

// The kinds of processes.
const (
	kindNS       = "notification"
	kindDS       = "dispatch"
	kindSB       = "switchboard"
	kindNATS     = "nats"
	kindPostgres = "postgres"
)

// now takes a moment.
func (m *measurement) now(ctx context.Context) (moment, error) {
	t := moment{at: time.Now(), cpu: make(map[string]float64)}
	add := func(kind string, usage func() (fleet.Usage, error)) error {
		u, err := usage()
		t.cpu[kind] += u.CPU.Seconds()
		return err
	}
	for _, n := range m.fleet.Nodes() {
		if !n.Running() {
			continue
		}
		if err := add(kindOf(n), n.Usage); err != nil {
			return t, err
		}
	}
	for _, n := range m.fleet.NATS() {
		if err := add(kindNATS, n.Usage); err != nil {
			return t, err
		}
		traffic, err := n.Traffic(ctx)
		if err != nil {
			return t, err
		}
		t.traffic.InMsgs += traffic.InMsgs
		t.traffic.OutMsgs += traffic.OutMsgs
		t.traffic.InBytes += traffic.InBytes
		t.traffic.OutBytes += traffic.OutBytes
	}
	return t, add(kindPostgres, m.fleet.Postgres().Usage)
}

func kindOf(n *fleet.Node) string {
	switch n.Roles[0] {
	case config.RoleDispatch:
		return kindDS
	case config.RoleSwitchboard:
		return kindSB
	case config.RoleNotification, config.RoleWeb, config.RoleGateway:
	}
	return kindNS
}

// spent is what was used between two moments.
type spent struct {
	Seconds float64            `json:"seconds"`
	CPU     map[string]float64 `json:"cpu_seconds"` // by kind of process
	// What went over the bus: messages that the NATS servers were given and gave
	// on, and octets. What one server gives another counts in both.
	InMsgs   int64 `json:"nats_in_msgs"`
	OutMsgs  int64 `json:"nats_out_msgs"`
	InBytes  int64 `json:"nats_in_bytes"`
	OutBytes int64 `json:"nats_out_bytes"`
}

func (a moment) until(b moment) spent {
	s := spent{
		Seconds: b.at.Sub(a.at).Seconds(), CPU: maps.Clone(b.cpu),
		InMsgs: b.traffic.InMsgs - a.traffic.InMsgs, OutMsgs: b.traffic.OutMsgs - a.traffic.OutMsgs,
		InBytes: b.traffic.InBytes - a.traffic.InBytes, OutBytes: b.traffic.OutBytes - a.traffic.OutBytes,
	}
	for kind, before := range a.cpu {
		s.CPU[kind] -= before
	}
	return s
}

// beyond takes away what was spent in another time, as much as belongs to this one.
func (s spent) beyond(other spent) spent {
	if other.Seconds == 0 {
		return s
	}
	share := s.Seconds / other.Seconds
	net := s
	net.CPU = maps.Clone(s.CPU)
	for kind, seconds := range other.CPU {
		net.CPU[kind] = max(0, net.CPU[kind]-seconds*share)
	}
	less := func(from *int64, other int64) { *from = max(0, *from-int64(float64(other)*share)) }
	less(&net.InMsgs, other.InMsgs)
	less(&net.OutMsgs, other.OutMsgs)
	less(&net.InBytes, other.InBytes)
	less(&net.OutBytes, other.OutBytes)
	return net
}

// system is what the kernel holds for connections.
type system struct {
	Slab      int64 `json:"slab_bytes"`
	TCPBytes  int64 `json:"tcp_buffer_bytes"`
	Sockets   int64 `json:"tcp_sockets"`
	Available int64 `json:"available_bytes"`
}

// readSystem reads it from /proc.
func readSystem() (system, error) {
	var s system
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return s, err
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		kib, err := strconv.ParseInt(fields[1], 10, 64)
		if err != nil {
			return s, err
		}
		switch fields[0] {
		case "Slab:":
			s.Slab = kib << 10
		case "MemAvailable:":
			s.Available = kib << 10
		}
	}
	if text, err = os.ReadFile("/proc/net/sockstat"); err != nil {
		return s, err
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) < 11 || fields[0] != "TCP:" {
			continue
		}
		if s.Sockets, err = strconv.ParseInt(fields[2], 10, 64); err != nil {
			return s, err
		}
		pages, err := strconv.ParseInt(fields[10], 10, 64)
		if err != nil {
			return s, err
		}
		s.TCPBytes = pages * int64(os.Getpagesize())
	}
	return s, nil
}
