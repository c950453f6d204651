package telemetry

import (
	"slices"
	"strings"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/papilio-im/papilio/msnp"
)

// A row holds counters by a small index. Each is looked up when it is first
// counted with, so that a page of metrics shows what has happened and not all
// that could, and costs one atomic addition from then on.
type row struct {
	resolve func(i int) prometheus.Counter
	cells   []atomic.Pointer[prometheus.Counter]
}

func newRow(n int, resolve func(i int) prometheus.Counter) row {
	return row{resolve: resolve, cells: make([]atomic.Pointer[prometheus.Counter], n)}
}

// inc counts one for index i; an index that does not exist is not counted.
func (r *row) inc(i int) {
	if i < 0 || i >= len(r.cells) {
		return
	}
	p := r.cells[i].Load()
	if p == nil {
		counter := r.resolve(i) // the same one for everybody who gets here
		p = &counter
		r.cells[i].Store(p)
	}
	(*p).Inc()
}

// other is the label of a word that is not in the list that was expected.
const other = "other"

// words are counters by a word out of a fixed list. All exist from the start,
// because alarms are set on them; only the one for other words does not.
type words struct {
	byWord map[string]prometheus.Counter
	other  row // of one
}

func newWords(list []string, resolve func(word string) prometheus.Counter) words {
	w := words{byWord: make(map[string]prometheus.Counter, len(list)), other: newRow(1, func(int) prometheus.Counter { return resolve(other) })}
	for _, word := range list {
		w.byWord[word] = resolve(word)
	}
	return w
}

func (w *words) inc(word string) {
	if c, ok := w.byWord[word]; ok {
		c.Inc()
		return
	}
	w.other.inc(0)
}

// versions are counters by version and a word out of a short list.
type versions struct {
	row  row
	list []string
}

func newVersions(vec *prometheus.CounterVec, role string, list []string) versions {
	list = append(slices.Clone(list), other)
	return versions{list: list, row: newRow(msnp.NumVersions*len(list), func(i int) prometheus.Counter {
		return vec.WithLabelValues(role, label(msnp.Version(i/len(list))), list[i%len(list)])
	})}
}

// label is a version's name without the blank of "Beta 2".
func label(v msnp.Version) string { return strings.ReplaceAll(v.String(), " ", "_") }

func (c *versions) inc(v msnp.Version, word string) {
	i := slices.Index(c.list, word)
	if i < 0 {
		i = len(c.list) - 1
	}
	c.row.inc(int(v)*len(c.list) + i)
}
