package load

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Report is what has come out of a plan, so far or in the end. Its JSON is for
// programs; [Report.Summary] is for people.
type Report struct {
	Plan        Plan      `json:"plan"`
	Started     time.Time `json:"started"`
	Phase       Phase     `json:"phase"`
	Interrupted bool      `json:"interrupted,omitempty"` // ended before its time
	// Seconds is how long each phase has lasted.
	Seconds map[Phase]float64 `json:"seconds"`

	SignedIn int `json:"signed_in"` // sessions now
	Peak     int `json:"peak"`      // the most at a time
	// Counts are what has happened, Rates what of it in a second of the phase that
	// it belongs to.
	Counts  map[string]int64        `json:"counts"`
	Rates   map[string]float64      `json:"rates"`
	Latency map[string]Distribution `json:"latency"`
	// Errors are counted by kind.
	Errors map[string]int64 `json:"errors"`
	// Servers tells how many sessions were on each notification server, when all
	// had signed in.
	Servers map[string]int `json:"servers,omitempty"`
	// Timeline has a point a second, for the first two hours.
	Timeline  []Point   `json:"timeline,omitempty"`
	Generator Generator `json:"generator"`
}

// Phase is a part of a run.
type Phase string

// The phases, in their order.
const (
	Fetching   Phase = "fetching_tickets"
	SigningIn  Phase = "signing_in"
	Running    Phase = "running"
	SigningOut Phase = "signing_out"
	Done       Phase = "done"
)

var phases = []Phase{Fetching, SigningIn, Running, SigningOut, Done}

// Point is how things stood in one second.
type Point struct {
	At       int64 `json:"at"` // seconds since 1970
	SignedIn int   `json:"signed_in"`
	// All of these count from the beginning.
	SignIns  int64 `json:"sign_ins"`
	Lost     int64 `json:"lost"`
	Moves    int64 `json:"moves"`
	Failures int64 `json:"failures"`
}

// maxPoints bounds a timeline.
const maxPoints = 7200

// Generator is what the load cost on this side.
type Generator struct {
	Processes int `json:"processes"`
	// Resident is the memory of the processes in octets, when all had signed in;
	// 0 where the system does not tell. PerSession is what it has grown by since
	// the start.
	Resident   int64 `json:"resident_bytes,omitempty"`
	PerSession int64 `json:"bytes_per_session,omitempty"`
	// CPU is the time of processors, in seconds.
	CPU float64 `json:"cpu_seconds,omitempty"`
}

// rate computes the rates. The first sign-ins belong to the phase of them, if
// there is one, all else to the time of running.
func (r *Report) rate() {
	r.Rates = make(map[string]float64)
	for name, n := range r.Counts {
		seconds := r.Seconds[Running]
		if name == countNames[signIns] && r.Seconds[SigningIn] > 0 {
			seconds = r.Seconds[SigningIn]
		}
		if seconds >= shortest && r.hasRate(name) {
			r.Rates[name] = float64(n) / seconds
		}
	}
}

// shortest is the time, in seconds, below which a rate says nothing.
const shortest = 0.05

// hasRate reports whether a rate of something says anything: it does not of what
// comes in bursts, nor of what happens in several phases.
func (r *Report) hasRate(name string) bool {
	if name == countNames[referrals] {
		return r.Seconds[SigningIn] == 0
	}
	return !slices.Contains(noRates, name)
}

var noRates = []string{countNames[lost], countNames[missing], countNames[failures], countNames[resets]}

// Failed is how often something was not as it should be: errors of any kind, and
// what did not come in time.
func (r *Report) Failed() int64 {
	return r.Counts[countNames[failures]] + r.Counts[countNames[missing]]
}

// Merge makes one report of those of several processes that did parts of a plan.
func Merge(plan Plan, parts []Report) Report {
	sum := Report{
		Plan: plan, Phase: Done, Seconds: make(map[Phase]float64), Counts: make(map[string]int64),
		Latency: make(map[string]Distribution), Errors: make(map[string]int64), Servers: make(map[string]int),
	}
	for i, p := range parts {
		if i == 0 || p.Started.Before(sum.Started) {
			sum.Started = p.Started
		}
		if slices.Index(phases, p.Phase) < slices.Index(phases, sum.Phase) {
			sum.Phase = p.Phase
		}
		sum.Interrupted = sum.Interrupted || p.Interrupted
		sum.SignedIn += p.SignedIn
		sum.Peak += p.Peak
		for phase, seconds := range p.Seconds {
			sum.Seconds[phase] = max(sum.Seconds[phase], seconds)
		}
		add(sum.Counts, p.Counts)
		add(sum.Errors, p.Errors)
		add(sum.Servers, p.Servers)
		for name, d := range p.Latency {
			sum.Latency[name] = sum.Latency[name].plus(d)
		}
		sum.Generator.add(p.Generator)
	}
	sum.Timeline = mergeTimelines(parts)
	sum.rate()
	return sum
}

func add[N int | int64](to, from map[string]N) {
	for name, n := range from {
		to[name] += n
	}
}

func (g *Generator) add(other Generator) {
	g.Processes += other.Processes
	g.Resident += other.Resident
	g.PerSession = max(g.PerSession, other.PerSession)
	g.CPU += other.CPU
}

// mergeTimelines adds points of the same second. A process that has no point for
// one, since it began later or has ended, stands as in the second before.
func mergeTimelines(parts []Report) []Point {
	seconds := make(map[int64]bool)
	for _, p := range parts {
		for _, at := range p.Timeline {
			seconds[at.At] = true
		}
	}
	merged := make([]Point, 0, len(seconds))
	next := make([]int, len(parts))
	for _, second := range slices.Sorted(maps.Keys(seconds)) {
		sum := Point{At: second}
		for i, p := range parts {
			for next[i] < len(p.Timeline) && p.Timeline[next[i]].At <= second {
				next[i]++
			}
			if next[i] == 0 {
				continue
			}
			last := p.Timeline[next[i]-1]
			sum.SignedIn += last.SignedIn
			sum.SignIns += last.SignIns
			sum.Lost += last.Lost
			sum.Moves += last.Moves
			sum.Failures += last.Failures
		}
		merged = append(merged, sum)
	}
	return merged
}

// byCount gives the names of a table, the most frequent first.
func byCount[N int | int64](table map[string]N) []string {
	return slices.SortedFunc(maps.Keys(table), func(a, b string) int {
		return cmp.Or(cmp.Compare(table[b], table[a]), cmp.Compare(a, b))
	})
}
