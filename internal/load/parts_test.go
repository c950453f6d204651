package load

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/papilio-im/papilio/msnp"
)

// Every duration is in a bucket whose upper bound is above it by no more than a
// little.
func TestBuckets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64Range(0, int64(2*time.Hour)).Draw(t, "d"))
		upper := upperBound(bucketOf(d))
		if upper <= d || float64(upper) > math.Max(float64(d)*(1+1.0/steps)+1, 1<<(baseBits-stepBits)+float64(d)) {
			t.Errorf("%v is below %v", d, upper)
		}
	})
	if bucketOf(math.MaxInt64) != buckets-1 {
		t.Error("the longest of all is not in the last bucket")
	}
}

func TestDistribution(t *testing.T) {
	var all, odd, even histogram
	for i := 1; i <= 1000; i++ {
		d := time.Duration(i) * time.Millisecond
		all.record(d)
		if i%2 == 0 {
			even.record(d)
		} else {
			odd.record(d)
		}
	}
	whole, sum := all.distribution(), odd.distribution().plus(even.distribution())
	if diff := cmp.Diff(whole, sum, cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-9 })); diff != "" {
		t.Error(diff)
	}
	for got, want := range map[float64]float64{whole.P50: 500, whole.P90: 900, whole.P99: 990, whole.Max: 1000, whole.Mean: 500.5} {
		if got < want-1 || got > want*1.04 {
			t.Errorf("got %f, want %f", got, want)
		}
	}
	if empty := new(histogram).distribution(); empty.Count != 0 || empty.Max != 0 || empty.Buckets != nil {
		t.Errorf("of nothing: %+v", empty)
	}
}

func TestPace(t *testing.T) {
	start := time.Now()
	p := pace{start: start, rate: 100, ramp: 10 * time.Second}
	last := start
	for n, want := range map[int]time.Duration{0: 0, 125: 5 * time.Second, 500: 10 * time.Second, 600: 11 * time.Second} {
		if got := p.due(n).Sub(start).Round(time.Millisecond); got != want {
			t.Errorf("%d is due at %v, want %v", n, got, want)
		}
	}
	for n := range 1000 {
		if at := p.due(n); at.Before(last) {
			t.Fatalf("%d is due before the one before it", n)
		} else {
			last = at
		}
	}
	if (pace{start: start}).due(1000) != start {
		t.Error("without a rate not all is due at once")
	}
}

func TestBackoff(t *testing.T) {
	p := Plan{Backoff: time.Second, MaxBackoff: 10 * time.Second}
	for attempt, usual := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 10 * time.Second, 10 * time.Second} {
		for range 100 {
			if got := p.backoff(attempt); got < usual/2 || got > usual*3/2 {
				t.Errorf("attempt %d after %v", attempt, got)
			}
		}
	}
	if got := p.backoff(1e9); got > 15*time.Second {
		t.Errorf("at last after %v", got)
	}
}

func TestTestAccounts(t *testing.T) {
	for handle, want := range map[string]bool{
		"bench00000@bench.invalid": true, "bench99999@bench.invalid": true, "bench100000@bench.invalid": true,
		"bench1@bench.invalid": false, "bench@bench.invalid": false, "bench-0001@bench.invalid": false,
		"bench00001@bench.invalid.example": false, "anna@bench.invalid": false, "bench00001@example.com": false,
	} {
		if isTestAccount(handle) != want {
			t.Errorf("%s: %t", handle, !want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		handle := handleOf(rapid.IntRange(0, maxAccount).Draw(t, "n"))
		if parsed, err := msnp.ParseHandle(handle); err != nil || parsed != handle || !isTestAccount(handle) {
			t.Errorf("%s is no handle of ours", handle)
		}
	})
}

// Parts are whole groups, and all of them.
func TestSplit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		group := rapid.IntRange(1, 11).Draw(t, "group")
		a := Accounts{From: rapid.IntRange(0, 1000).Draw(t, "from"), Count: group + rapid.IntRange(0, 1000).Draw(t, "count")}
		parts := a.split(rapid.IntRange(1, 20).Draw(t, "parts"), group)
		at := a.From
		for _, p := range parts {
			if p.From != at || p.Count < group || p.Count%group != 0 {
				t.Fatalf("%v in groups of %d: %v", a, group, parts)
			}
			at += p.Count
		}
		if left := a.From + a.Count - at; left < 0 || left >= group {
			t.Errorf("%v in groups of %d: %v", a, group, parts)
		}
	})
}

func TestPlans(t *testing.T) {
	good := Plan{Kind: Idle, Server: "127.0.0.1:1863", Accounts: Accounts{Count: 10}, Versions: Versions{msnp.Beta2, msnp.MSNP7}, Rate: 10}
	parts, err := good.Split(3)
	if err != nil || len(parts) != 3 || parts[0].Rate != 10.0/3 || parts[2].Parallel != DefaultParallel/3 {
		t.Errorf("%+v, %v", parts, err)
	}
	text, err := json.Marshal(good)
	if err != nil {
		t.Fatal(err)
	}
	var again Plan
	if err := json.Unmarshal(text, &again); err != nil || cmp.Diff(good, again) != "" {
		t.Errorf("%s: %v\n%s", text, err, cmp.Diff(good, again))
	}
	for says, spoil := range map[string]func(*Plan){
		"kind":      func(p *Plan) { p.Kind = "sleep" },
		"HOST:PORT": func(p *Plan) { p.Server = "localhost" },
		"negative":  func(p *Plan) { p.Rate = -1 },
		"source":    func(p *Plan) { p.Sources = 1000 },
		"watcher":   func(p *Plan) { p.Watchers = -1 },
		"accounts":  func(p *Plan) { p.Kind, p.Accounts.Count = Transfer, 1 },
	} {
		bad := good
		spoil(&bad)
		if _, err := Run(t.Context(), bad, Hooks{}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
	for name, want := range map[string]msnp.Version{"beta2": msnp.Beta2, "Beta 2": msnp.Beta2, "msnp5": msnp.MSNP5, "MSNP12": msnp.MSNP12, "MSNP13": 0, "CVR0": 0, "": 0} {
		if v, err := ParseVersion(name); v != want || (err == nil) != (want != 0) {
			t.Errorf("%q: %v, %v", name, v, err)
		}
	}
}

func TestStrangers(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1": true, "127.8.8.8": true, "10.1.2.3": true, "192.168.7.7": true, "172.20.0.1": true, "169.254.1.1": true,
		"::1": true, "fd00::1": true, "::ffff:10.0.0.1": true,
		"192.0.2.1": false, "8.8.8.8": false, "2001:db8::1": false, "0.0.0.0": false, "172.32.0.1": false,
	} {
		if near(netip.MustParseAddr(address)) != want {
			t.Errorf("%s: %t", address, !want)
		}
	}
	if err := CheckTarget(t.Context(), "192.0.2.1:1863"); !errors.Is(err, ErrStranger) {
		t.Errorf("a stranger: %v", err)
	}
	if err := CheckTarget(t.Context(), "localhost:1863"); err != nil {
		t.Errorf("this machine: %v", err)
	}
	if err := CheckTarget(t.Context(), "localhost"); err == nil {
		t.Error("no port, and no error")
	}
	// Wherever a service refers its clients to, the load does not follow it out.
	r, err := Run(t.Context(), Plan{Kind: Referral, Server: "192.0.2.1:1863", Duration: short / 10, Parallel: 1}, Hooks{})
	if err != nil || len(r.Errors) != 1 || r.Errors["referral: "+errStranger.Error()] == 0 {
		t.Errorf("%v: %v", err, r.Errors)
	}
}

func TestSummary(t *testing.T) {
	r := Report{
		Plan: Plan{Kind: Chat, Server: "127.0.0.1:1863", Accounts: Accounts{Count: 4}}, Phase: Done, Interrupted: true, Peak: 4,
		Seconds:   map[Phase]float64{SigningIn: 0.5, Running: 10},
		Counts:    map[string]int64{"sign_ins": 4, "messages": 5000, "failures": 3},
		Latency:   map[string]Distribution{"ack": {Count: 5000, P50: 0.25, P90: 1.5, P99: 12.34, P999: 123.4, Max: 1234}},
		Errors:    map[string]int64{"open: no answer in time": 1, "message: not delivered (NAK)": 2},
		Servers:   map[string]int{"127.0.0.1:1864": 4},
		Generator: Generator{Processes: 2, Resident: 40 << 20, PerSession: 10 << 10, CPU: 1.5},
	}
	r.rate()
	var got bytes.Buffer
	if err := r.Summary(&got); err != nil {
		t.Fatal(err)
	}
	const want = `chat against 127.0.0.1:1863, ended early
  sessions              4 of 4 at most, in 0.5 s
  then ran for          10.0 s
  the load itself took  1.5 s of processors, 40 MiB (10.0 KiB a session), 2 processes
  sign ins              4, 8.00 a second
  messages              5000, 500 a second
  failures              3

  milliseconds  median  90 %  99 %  99.9 %  most  of
  ack           0.25    1.50  12.3  123     1234  5000

  notification server  sessions
  127.0.0.1:1864       4

  errors  
  2       message: not delivered (NAK)
  1       open: no answer in time
`
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Error(diff)
	}
	before := r
	before.Counts, before.Seconds = map[string]int64{"sign_ins": 4, "messages": 4000}, map[Phase]float64{SigningIn: 0.5, Running: 8}
	r.Phase, r.SignedIn = Running, 4
	if r.hasRate("lost") || !r.hasRate("messages") || r.hasRate("referrals") {
		t.Error("rates of the wrong things")
	}
	if line := r.Line(&before); line != "running for 10 s, 4 signed in, messages 500/s, 3 errors" {
		t.Error(line)
	}
	if line := r.Line(nil); line != "running for 10 s, 4 signed in, 3 errors" {
		t.Error(line)
	}
}

// A process that began later, or has ended, stands as it stood.
func TestTimelines(t *testing.T) {
	parts := []Report{
		{Timeline: []Point{{At: 1, SignedIn: 1}, {At: 2, SignedIn: 5}}},
		{Timeline: []Point{{At: 2, SignedIn: 10, Lost: 1}, {At: 4, SignedIn: 20, Lost: 2}}},
	}
	want := []Point{{At: 1, SignedIn: 1}, {At: 2, SignedIn: 15, Lost: 1}, {At: 4, SignedIn: 25, Lost: 2}}
	if diff := cmp.Diff(want, mergeTimelines(parts)); diff != "" {
		t.Error(diff)
	}
}

func TestAcross(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		byServer, where := make(map[string][]*session), make(map[*session]string)
		for _, server := range []string{"a", "b", "c"} {
			for range rapid.IntRange(0, 20).Draw(t, server) {
				s := new(session)
				byServer[server] = append(byServer[server], s)
				where[s] = server
			}
		}
		size := rapid.IntRange(2, 5).Draw(t, "size")
		seen := make(map[*session]bool)
		for _, group := range across(byServer, size) {
			if len(group) != size {
				t.Fatalf("a group of %d, want %d", len(group), size)
			}
			for i, s := range group {
				if seen[s] || i > 0 && where[s] == where[group[0]] {
					t.Fatal("somebody is in two groups, or on the server of the first")
				}
				seen[s] = true
			}
		}
		// One of one server and the rest of others are always enough.
		for _, some := range byServer {
			if enough := len(some) > 0 && len(where)-len(some) >= size-1; enough && len(seen) == 0 {
				t.Errorf("no groups of %d", size)
			}
		}
	})
}
