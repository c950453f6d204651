package load

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
)

// Summary writes a report for people.
func (r *Report) Summary(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "%s against %s", r.Plan.Kind, r.Plan.Server)
	if r.Interrupted {
		fmt.Fprint(t, ", ended early")
	}
	fmt.Fprintln(t)
	r.people(t)
	r.countsTable(t)
	r.latencies(t)
	r.places(t)
	r.failuresTable(t)
	return t.Flush()
}

// people is how many were signed in, and what that cost here.
func (r *Report) people(t io.Writer) {
	if r.Plan.Kind != Referral {
		fmt.Fprintf(t, "  sessions\t%d of %d at most", r.Peak, r.Plan.Accounts.Count)
		if s := r.Seconds[SigningIn]; s > 0 {
			fmt.Fprintf(t, ", in %.1f s", s)
		}
		fmt.Fprintln(t)
	}
	switch r.Plan.Tickets {
	case EachTime:
		fmt.Fprintf(t, "  tickets\tfrom %s, at each sign-in\n", r.Plan.Web)
	case InHand:
		fmt.Fprintf(t, "  tickets\tfrom %s, before in %.1f s\n", r.Plan.Web, r.Seconds[Fetching])
	}
	if s := r.Seconds[Running]; s >= shortest {
		fmt.Fprintf(t, "  then ran for\t%.1f s\n", s)
	}
	g := r.Generator
	fmt.Fprintf(t, "  the load itself took\t%.1f s of processors", g.CPU)
	if g.Resident > 0 {
		fmt.Fprintf(t, ", %d MiB", g.Resident>>20)
	}
	if g.PerSession > 0 {
		fmt.Fprintf(t, " (%.1f KiB a session)", float64(g.PerSession)/1024)
	}
	if g.Processes > 1 {
		fmt.Fprintf(t, ", %d processes", g.Processes)
	}
	fmt.Fprintln(t)
}

func (r *Report) countsTable(t io.Writer) {
	for _, name := range countNames {
		n := r.Counts[name]
		if n == 0 {
			continue
		}
		fmt.Fprintf(t, "  %s\t%d", words(name), n)
		if rate := r.Rates[name]; rate > 0 {
			fmt.Fprintf(t, ", %s a second", number(rate))
		}
		fmt.Fprintln(t)
	}
}

func (r *Report) latencies(t io.Writer) {
	if len(r.Latency) == 0 {
		return
	}
	fmt.Fprintf(t, "\n  milliseconds\tmedian\t90 %%\t99 %%\t99.9 %%\tmost\tof\n")
	for _, name := range latencyNames {
		if d, ok := r.Latency[name]; ok {
			fmt.Fprintf(t, "  %s\t%s\t%s\t%s\t%s\t%s\t%d\n", words(name), number(d.P50), number(d.P90), number(d.P99),
				number(d.P999), number(d.Max), d.Count)
		}
	}
}

func (r *Report) places(t io.Writer) {
	if len(r.Servers) == 0 {
		return
	}
	fmt.Fprintf(t, "\n  notification server\tsessions\n")
	for _, server := range slices.Sorted(maps.Keys(r.Servers)) {
		fmt.Fprintf(t, "  %s\t%d\n", server, r.Servers[server])
	}
}

func (r *Report) failuresTable(t io.Writer) {
	if len(r.Errors) == 0 {
		fmt.Fprintln(t, "\n  no errors")
		return
	}
	fmt.Fprintf(t, "\n  errors\t\n")
	for _, kind := range byCount(r.Errors) {
		fmt.Fprintf(t, "  %d\t%s\n", r.Errors[kind], kind)
	}
}

// Line is the report in one line, for who watches it grow. since is the report of
// some time before, for the rates in between.
func (r *Report) Line(since *Report) string {
	var parts []string
	switch r.Phase {
	case Fetching:
		parts = append(parts, "fetching tickets")
	case SigningIn:
		parts = append(parts, fmt.Sprintf("signing in: %d of %d", r.SignedIn, r.Plan.Accounts.Count))
	case Running:
		parts = append(parts, fmt.Sprintf("running for %.0f s", r.Seconds[Running]))
		if r.Plan.Kind != Referral {
			parts = append(parts, fmt.Sprintf("%d signed in", r.SignedIn))
		}
	case SigningOut:
		parts = append(parts, fmt.Sprintf("signing out: %d left", r.SignedIn))
	case Done:
		parts = append(parts, "done")
	}
	for _, name := range countNames {
		if n, rate := r.Counts[name], r.rateSince(since, name); rate > 0 && n > 0 {
			parts = append(parts, fmt.Sprintf("%s %s/s", words(name), number(rate)))
		}
	}
	if n := r.Counts[countNames[failures]]; n > 0 {
		parts = append(parts, fmt.Sprintf("%d errors", n))
	}
	return strings.Join(parts, ", ")
}

// rateSince is how many there were in a second since then.
func (r *Report) rateSince(before *Report, name string) float64 {
	if before == nil || slices.Contains(noRates, name) {
		return 0
	}
	var seconds float64
	for phase, s := range r.Seconds {
		seconds += s - before.Seconds[phase]
	}
	if seconds <= 0 {
		return 0
	}
	return float64(r.Counts[name]-before.Counts[name]) / seconds
}

// words makes a name of JSON readable.
func words(name string) string { return strings.ReplaceAll(name, "_", " ") }

// number writes three digits or more, and no more than that after the point.
func number(f float64) string {
	switch {
	case f >= 100:
		return fmt.Sprintf("%.0f", f)
	case f >= 10:
		return fmt.Sprintf("%.1f", f)
	default:
		return fmt.Sprintf("%.2f", f)
	}
}
