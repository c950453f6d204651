//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/papilio-im/papilio/internal/faults/check"
)

// result is what a run has found, as --json prints it.
type result struct {
	Seed       uint64            `json:"seed"`
	Short      bool              `json:"short"`
	People     int               `json:"people"`
	Took       time.Duration     `json:"took"`
	Broken     int               `json:"broken"`
	Unfinished string            `json:"unfinished,omitempty"` // why the run ended too soon
	Phases     []check.Phase     `json:"phases"`
	Violations []check.Violation `json:"violations"`
}

// report prints what was found.
func (r *run) report(out io.Writer, ended error) error {
	kept, total := r.ledger.Violations()
	res := result{
		Seed: r.o.seed, Short: r.o.short, People: r.scale.busy + r.scale.idle, Took: time.Since(r.began),
		Broken: total, Phases: r.ledger.Phases(), Violations: kept,
	}
	if ended != nil {
		res.Unfinished = ended.Error()
	}
	if r.o.json {
		enc := json.NewEncoder(out)
		enc.SetIndent("", "  ")
		return enc.Encode(res)
	}
	return res.print(out)
}

// print writes the table for people.
func (res result) print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "\nfault\t")
	for _, i := range check.Invariants() {
		fmt.Fprintf(w, "%s\t", i)
	}
	fmt.Fprint(w, "whole after\ttook\t\n")
	for _, p := range res.Phases {
		fmt.Fprintf(w, "%s\t", p.Fault)
		for _, i := range check.Invariants() {
			fmt.Fprintf(w, "%s\t", cell(p.Cells[i]))
		}
		whole := ""
		if s, ok := p.Figures[figureWhole]; ok {
			whole = fmt.Sprintf("%.1f s", s)
		}
		fmt.Fprintf(w, "%s\t%.0f s\t\n", whole, p.Took.Seconds())
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprint(out, "\nA number is how often a promise was looked at and found kept.\n")
	res.printFigures(out)
	if res.Unfinished != "" {
		fmt.Fprintf(out, "\nTHE RUN WAS NOT FINISHED, and proves nothing: %s\n", res.Unfinished)
	}
	if res.Broken == 0 && res.Unfinished != "" {
		return nil
	}
	if res.Broken == 0 {
		fmt.Fprintf(out, "\nno promise was broken (seed %d, %.0f s)\n", res.Seed, res.Took.Seconds())
		return nil
	}
	fmt.Fprintf(out, "\n%d broken promises (seed %d):\n", res.Broken, res.Seed)
	for _, v := range res.Violations {
		fmt.Fprintln(out, v)
	}
	return nil
}

// cell is what was checked, in a word.
func cell(c check.Cell) string {
	switch {
	case c.Violations > 0:
		return fmt.Sprintf("%d BROKEN", c.Violations)
	case c.Checked == 0:
		return "-"
	}
	return fmt.Sprint(c.Checked)
}

// printFigures prints what else there is to know, a line a fault.
func (res result) printFigures(out io.Writer) {
	for _, p := range res.Phases {
		var parts []string
		for _, name := range slices.Sorted(maps.Keys(p.Figures)) {
			if name != figureWhole {
				parts = append(parts, fmt.Sprintf("%s %.4g", name, p.Figures[name]))
			}
		}
		if len(parts) > 0 {
			fmt.Fprintf(out, "%s: %s\n", p.Fault, strings.Join(parts, ", "))
		}
	}
}
