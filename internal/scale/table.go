package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// table is one of the report, in the form of Markdown. Its name is how
// docs/scale.md finds its place for it.
type table struct {
	name string
	head []string
	rows [][]string
}

func newTable(name string, head ...string) *table { return &table{name: name, head: head} }

func (t *table) row(cells ...string) { t.rows = append(t.rows, cells) }

// opening is the line before a table of a name, and closing the one after it.
func opening(name string) string { return "<!-- simulated: " + name + " -->\n" }

const closing = "<!-- as far as here -->\n"

// String is the table between the lines that mark it.
func (t *table) String() string {
	var b strings.Builder
	b.WriteString(opening(t.name))
	line(&b, t.head)
	b.WriteString(strings.Repeat("|---", len(t.head)) + "|\n")
	for _, cells := range t.rows {
		line(&b, cells)
	}
	b.WriteString(closing)
	return b.String()
}

func line(b *strings.Builder, cells []string) {
	b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
}

// count writes a number with commas: three digits of it, for more would say
// that they are known.
func count(x float64) string {
	rounded := strconv.FormatFloat(x, 'g', 3, 64)
	x, _ = strconv.ParseFloat(rounded, 64) // it has just been written
	if x != 0 && x < 10 {
		return strconv.FormatFloat(x, 'f', -1, 64)
	}
	return commas(int(math.Round(x)))
}

// commas writes a whole number exactly.
func commas(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// factor is how many times something is something else.
func factor(x float64) string { return strconv.FormatFloat(x, 'f', 2, 64) }

func percent(x float64) string { return whole(100*x) + " %" }

// size is a number of octets.
func size(octets float64) string {
	for _, unit := range []string{"octets", "KB", "MB", "GB"} {
		if octets < 1000 || unit == "GB" {
			return strconv.FormatFloat(octets, 'f', decimals(octets), 64) + " " + unit
		}
		octets /= 1000
	}
	return ""
}

// span is a time, as one would say it.
func span(d time.Duration) string {
	switch s := d.Seconds(); {
	case s < 10:
		return whole(s) + " s"
	case s < 120:
		return fmt.Sprintf("%.0f s", s)
	case s < 7200:
		return fmt.Sprintf("%.0f min", s/60)
	default:
		return whole(s/3600) + " h"
	}
}

// whole has one decimal, unless it is none.
func whole(x float64) string { return strings.TrimSuffix(strconv.FormatFloat(x, 'f', 1, 64), ".0") }

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// decimals is how many of them a short number is worth.
func decimals(x float64) int {
	if x < 10 {
		return 1
	}
	return 0
}
