package load

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// A histogram's buckets: below the base each is a base/steps wide, and above it
// every doubling is divided into so many steps. A value is known to 3 %.
const (
	steps     = 32
	baseBits  = 10 // 2^10 ns, about a microsecond
	stepBits  = 5
	doublings = 33 // up to two hours
	buckets   = (doublings + 1) * steps
)

// histogram counts durations. Many may count at once.
type histogram struct {
	counts [buckets]atomic.Int64
	sum    atomic.Int64
}

func (h *histogram) record(d time.Duration) {
	d = max(d, 0)
	h.counts[bucketOf(d)].Add(1)
	h.sum.Add(int64(d))
}

// bucketOf gives the bucket of a duration.
func bucketOf(d time.Duration) int {
	n := uint64(d)
	if n < 1<<baseBits {
		return int(n >> (baseBits - stepBits))
	}
	doubling := bits.Len64(n) - 1 - baseBits
	step := n >> (doubling + baseBits - stepBits) & (steps - 1)
	return min((doubling+1)*steps+int(step), buckets-1)
}

// upperBound is the duration above all of a bucket's.
func upperBound(bucket int) time.Duration {
	if bucket < steps {
		return time.Duration(bucket+1) << (baseBits - stepBits)
	}
	doubling, step := bucket/steps-1, bucket%steps
	return time.Duration(steps+step+1) << (doubling + baseBits - stepBits)
}

// Distribution is how long things took, in milliseconds.
type Distribution struct {
	Count int64   `json:"count"`
	Mean  float64 `json:"mean_ms"`
	P50   float64 `json:"p50_ms"`
	P90   float64 `json:"p90_ms"`
	P99   float64 `json:"p99_ms"`
	P999  float64 `json:"p99_9_ms"`
	Max   float64 `json:"max_ms"`
	// Buckets are upper bounds, in nanoseconds, and how many were below one and
	// not below that before it. With them distributions can be added.
	Buckets [][2]int64 `json:"buckets"`
}

// distribution says what has been counted.
func (h *histogram) distribution() Distribution {
	var d Distribution
	for i := range h.counts {
		if n := h.counts[i].Load(); n > 0 {
			d.Buckets = append(d.Buckets, [2]int64{int64(upperBound(i)), n})
			d.Count += n
		}
	}
	if d.Count > 0 {
		d.Mean = float64(h.sum.Load()) / float64(d.Count) / 1e6
	}
	d.summarise()
	return d
}

// summarise finds the percentiles.
func (d *Distribution) summarise() {
	for _, p := range []struct {
		share float64
		into  *float64
	}{{0.5, &d.P50}, {0.9, &d.P90}, {0.99, &d.P99}, {0.999, &d.P999}, {1, &d.Max}} {
		*p.into = float64(d.percentile(p.share)) / 1e6
	}
}

// percentile gives the upper bound of the bucket that the share ends in.
func (d *Distribution) percentile(share float64) int64 {
	rest := int64(share*float64(d.Count) + 0.5)
	for _, b := range d.Buckets {
		if rest -= b[1]; rest <= 0 {
			return b[0]
		}
	}
	return 0
}

// plus adds two distributions.
func (d Distribution) plus(other Distribution) Distribution {
	sum := Distribution{Count: d.Count + other.Count}
	if sum.Count > 0 {
		sum.Mean = (d.Mean*float64(d.Count) + other.Mean*float64(other.Count)) / float64(sum.Count)
	}
	a, b := d.Buckets, other.Buckets
	for len(a) > 0 || len(b) > 0 {
		switch {
		case len(b) == 0 || len(a) > 0 && a[0][0] < b[0][0]:
			sum.Buckets, a = append(sum.Buckets, a[0]), a[1:]
		case len(a) == 0 || b[0][0] < a[0][0]:
			sum.Buckets, b = append(sum.Buckets, b[0]), b[1:]
		default:
			sum.Buckets = append(sum.Buckets, [2]int64{a[0][0], a[0][1] + b[0][1]})
			a, b = a[1:], b[1:]
		}
	}
	sum.summarise()
	return sum
}
