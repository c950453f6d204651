package telemetry

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// children are the counters of one vector for one role, by a small index. Each
// is looked up when it is first counted with, so that a page of metrics shows
// what has happened and not all that could, and is found at once from then on.
type children struct {
	resolve func(i int) prometheus.Counter
	cells   []atomic.Pointer[prometheus.Counter]
}

func newChildren(n int, resolve func(i int) prometheus.Counter) children {
	return children{resolve: resolve, cells: make([]atomic.Pointer[prometheus.Counter], n)}
}

// inc counts one for index i; an index that does not exist is not counted.
func (c *children) inc(i int) {
	if i < 0 || i >= len(c.cells) {
		return
	}
	p := c.cells[i].Load()
	if p == nil {
		counter := c.resolve(i) // the same one for everybody who gets here
		p = &counter
		c.cells[i].Store(p)
	}
	(*p).Inc()
}

// words are counters by a word out of a fixed list. All exist from the start,
// because alarms are set on them. A word that is not listed counts as "other".
type words struct {
	byWord map[string]prometheus.Counter
	other  prometheus.Counter
}

func newWords(list []string, resolve func(word string) prometheus.Counter) words {
	w := words{byWord: make(map[string]prometheus.Counter, len(list)), other: resolve("other")}
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
	w.other.Inc()
}
