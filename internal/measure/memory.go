//go:build unix

package main

import (
	"context"
	"time"

	"github.com/papilio-im/papilio/internal/config"
)

// memoryNow is the resident memory of everything.
type memoryNow struct {
	nodes          map[string]int64 // by name
	nats, postgres int64
	system         system
}

func (m *measurement) memory() (memoryNow, error) {
	now := memoryNow{nodes: make(map[string]int64)}
	for _, n := range m.fleet.Nodes() {
		if !n.Running() {
			continue
		}
		u, err := n.Usage()
		if err != nil {
			return now, err
		}
		now.nodes[n.Name()] = u.Resident
	}
	for _, n := range m.fleet.NATS() {
		u, err := n.Usage()
		if err != nil {
			return now, err
		}
		now.nats += u.Resident
	}
	u, err := m.fleet.Postgres().Usage()
	if err != nil {
		return now, err
	}
	now.postgres = u.Resident
	now.system, err = readSystem()
	return now, err
}

// memoryResult is what sessions hold.
type memoryResult struct {
	// Nodes are the notification servers.
	Nodes []nodeMemory `json:"nodes"`
	// PerSession is what they have grown by, for each session: right after the
	// last sign-in, and when they had time to give memory back.
	PerSessionAtOnce float64 `json:"bytes_per_session_at_once"`
	PerSession       float64 `json:"bytes_per_session"`
	// Kernel is what the system holds for both ends of each connection.
	Kernel   float64 `json:"kernel_bytes_per_connection"`
	NATS     int64   `json:"nats_bytes"`
	Postgres int64   `json:"postgres_bytes"`
	// Idle is what everything spends while nobody does anything.
	Idle spent `json:"idle"`
}

type nodeMemory struct {
	Node     string `json:"node"`
	Sessions int    `json:"sessions"`
	Before   int64  `json:"before_bytes"`
	AtOnce   int64  `json:"at_once_bytes"`
	Resident int64  `json:"resident_bytes"`
}

// measureMemory looks at what everybody being there takes.
func (m *measurement) measureMemory(ctx context.Context) error {
	atOnce, err := m.memory()
	if err != nil {
		return err
	}
	m.say("waiting %s for memory to be given back", m.o.settle)
	began, err := m.now(ctx)
	if err != nil {
		return err
	}
	if err := sleep(ctx, m.o.settle); err != nil {
		return err
	}
	end, err := m.now(ctx)
	if err != nil {
		return err
	}
	settled, err := m.memory()
	if err != nil {
		return err
	}
	before, r := m.result.before, m.crowd.report()
	result := memoryResult{NATS: settled.nats, Postgres: settled.postgres, Idle: began.until(end)}
	var sessions int
	var grownAtOnce, grown int64
	for _, n := range m.named(config.RoleNotification) {
		one := nodeMemory{
			Node: n.Name(), Sessions: r.Servers[n.Address(config.RoleNotification)],
			Before: before.nodes[n.Name()], AtOnce: atOnce.nodes[n.Name()], Resident: settled.nodes[n.Name()],
		}
		sessions += one.Sessions
		grownAtOnce += one.AtOnce - one.Before
		grown += one.Resident - one.Before
		result.Nodes = append(result.Nodes, one)
	}
	if sessions > 0 {
		result.PerSessionAtOnce = float64(grownAtOnce) / float64(sessions)
		result.PerSession = float64(grown) / float64(sessions)
		kernel := settled.system.Slab + settled.system.TCPBytes - before.system.Slab - before.system.TCPBytes
		result.Kernel = float64(kernel) / float64(sessions)
	}
	m.result.Memory = result
	m.say("%.1f KB a session in the nodes", result.PerSession/1000)
	return nil
}

// sleep waits.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
