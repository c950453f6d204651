//go:build unix

package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/papilio-im/papilio/internal/load"
)

// result is everything that was measured. Its JSON is what docs/scale.md is
// written from.
type result struct {
	Started     time.Time    `json:"started"`
	Setup       setup        `json:"setup"`
	Referrals   costResult   `json:"referrals"`
	SignIn      signInResult `json:"sign_in"`
	Memory      memoryResult `json:"memory"`
	Presence    pairedResult `json:"presence"`
	Invitations pairedResult `json:"invitations"`
	Loss        lossResult   `json:"loss"`
	Join        moveResult   `json:"join"`
	Drain       moveResult   `json:"drain"`
	Load        load.Report  `json:"load"` // of the clients that stay, from begin to end

	before memoryNow // anybody had signed in
}

// setup is what was measured, and on what.
type setup struct {
	Processors   int     `json:"processors"`
	Go           string  `json:"go"`
	System       string  `json:"system"`
	Sessions     int     `json:"sessions"`
	Contacts     int     `json:"contacts"`
	Notification int     `json:"notification_servers"`
	Dispatch     int     `json:"dispatch_servers"`
	Switchboards int     `json:"switchboards"`
	NATS         int     `json:"nats_servers"`
	Prepare      float64 `json:"prepare_seconds"` // to make the accounts
}

// signInResult is how everybody came.
type signInResult struct {
	Sessions  int                          `json:"sessions"`
	Rate      float64                      `json:"per_second"`
	Latency   map[string]load.Distribution `json:"latency"`
	Errors    map[string]int64             `json:"errors,omitempty"`
	Spent     spent                        `json:"spent"`
	CPUEach   map[string]float64           `json:"cpu_us_each"`
	Generator load.Generator               `json:"generator"`
}

// write tells it to people.
func (r *result) write(w io.Writer) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	s := r.Setup
	fmt.Fprintf(t, "%d sessions with %d contacts each; %d NS, %d DS, %d SB, %d NATS, PostgreSQL; %d processors for all\n\n",
		s.Sessions, s.Contacts, s.Notification, s.Dispatch, s.Switchboards, s.NATS, s.Processors)
	fmt.Fprintf(t, "sign-ins\t%.0f a second; processor µs each: %s\n", r.SignIn.Rate, table(r.SignIn.CPUEach))
	fmt.Fprintf(t, "sign-in takes\t%s\n", times(r.SignIn.Latency["sign_in"]))
	for _, n := range r.Memory.Nodes {
		fmt.Fprintf(t, "memory of %s\t%d MiB with %d sessions, %d MiB without\n", n.Node, n.Resident>>20, n.Sessions, n.Before>>20)
	}
	fmt.Fprintf(t, "memory a session\t%.1f KB; right after the sign-ins %.1f KB; kernel, both ends %.1f KB; client %.1f KB\n",
		r.Memory.PerSession/1000, r.Memory.PerSessionAtOnce/1000, r.Memory.Kernel/1000, float64(r.SignIn.Generator.PerSession)/1000)
	r.Referrals.write(t, "referrals")
	r.Presence.write(t, "presence")
	r.Invitations.write(t, "invitations")
	if r.Loss.Node != "" {
		r.Loss.write(t)
	}
	r.Join.write(t, "joins again")
	r.Drain.write(t, "is drained")
	_ = t.Flush() // the terminal is gone: there is nobody left to tell
}

func (p *pairedResult) write(w io.Writer, what string) {
	p.Same.write(w, what+", one node")
	p.Other.write(w, what+", others")
	p.SameUnhurried.latencies(w, what+", one node, unhurried")
	p.OtherUnhurried.latencies(w, what+", others, unhurried")
}

func (c *costResult) write(w io.Writer, what string) {
	if c.Unit == "" {
		return
	}
	fmt.Fprintf(w, "%s\t%.0f %s a second; processor µs each: %s; bus: %.1f messages, %.0f octets each\n", what, c.Rate, c.Unit,
		table(c.CPUEach), c.BusEach, c.BytesEach)
	c.each(w)
}

// latencies is write without what it costs, which means little where there is
// little to do.
func (c *costResult) latencies(w io.Writer, what string) {
	if c.Unit == "" {
		return
	}
	fmt.Fprintf(w, "%s\t%.0f %s a second\n", what, c.Rate, c.Unit)
	c.each(w)
}

func (c *costResult) each(w io.Writer) {
	for _, name := range slices.Sorted(maps.Keys(c.Latency)) {
		if name != "sign_in" && !(name == "referral" && c.Unit != "referrals") {
			fmt.Fprintf(w, "  %s\t%s\n", name, times(c.Latency[name]))
		}
	}
	for kind, n := range c.Errors {
		fmt.Fprintf(w, "  error\t%d %s\n", n, kind)
	}
}

func (l *lossResult) write(w io.Writer) {
	fmt.Fprintf(w, "%s is killed\t%d sessions lost; all shards served after %.1f s; back: 50 %% after %.1f s, 90 %% %.1f s, 99 %% %.1f s, all %.1f s\n",
		l.Node, l.Lost, l.AllServed, l.Back["50 %"], l.Back["90 %"], l.Back["99 %"], l.Back["100 %"])
	fmt.Fprintf(w, "  one return\t%s\n", times(l.Latency["return"]))
	for kind, n := range l.Errors {
		fmt.Fprintf(w, "  error\t%d %s\n", n, kind)
	}
}

func (m *moveResult) write(w io.Writer, what string) {
	if m.Node == "" {
		return
	}
	fmt.Fprintf(w, "%s %s\t%d moved in %.1f s, %.0f a second; %d were lost; processor µs each: %s\n", m.Node, what, m.Moves, m.Seconds,
		m.Rate, m.Lost, table(m.CPUEach))
	fmt.Fprintf(w, "  one move\t%s\n", times(m.Latency["move"]))
	for kind, n := range m.Errors {
		fmt.Fprintf(w, "  error\t%d %s\n", n, kind)
	}
}

// times is a distribution in one line.
func times(d load.Distribution) string {
	return fmt.Sprintf("%.2f ms median, %.1f 90 %%, %.1f 99 %%, %.0f most", d.P50, d.P90, d.P99, d.Max)
}

// table is numbers by name in one line.
func table(all map[string]float64) string {
	var words []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if all[name] >= 0.5 {
			words = append(words, fmt.Sprintf("%s %.0f", name, all[name]))
		}
	}
	return strings.Join(words, ", ")
}
