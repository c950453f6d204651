package main

import (
	"container/heap"
	"math/rand/v2"
	"slices"
	"time"
)

// blow is what hits the service, as the clients of some accounts feel it.
type blow struct {
	name string
	// notices is how long it takes a client to see that it is cut off, at most.
	notices time.Duration
	// served is when their shards are served again.
	served time.Duration
}

// storm is the return of the clients that one node had, to the nodes that have
// their shards now, each of which signs in so many a second.
type storm struct {
	client client
	rate   float64
	chance *rand.Rand
}

// returns is when each client was signed in again, in order.
type returns []time.Duration

// run lets the clients of a node come back. Clients is how many go to each of
// the nodes that take them in.
func (s storm) run(b blow, clients []int) (all returns, peak float64) {
	for _, n := range clients {
		back := s.arrive(b, n)
		peak = max(peak, busiest(back))
		all = append(all, back...)
	}
	slices.Sort(all)
	return all, peak
}

// arrive is the queue before one node. A client that has waited too long goes
// away and comes again after a longer pause.
func (s storm) arrive(b blow, clients int) returns {
	q := make(queue, clients)
	for i := range q {
		seen := time.Duration(s.chance.Float64() * float64(b.notices))
		q[i] = attempt{at: seen + s.about(s.client.first), pause: s.client.first}
	}
	heap.Init(&q)
	each := seconds(1 / s.rate)
	free := b.served
	back := make(returns, 0, clients)
	for len(q) > 0 {
		next := &q[0]
		switch {
		case next.at < b.served: // refused at once
			s.again(next, next.at)
		case free-next.at > s.client.patience:
			s.again(next, next.at+s.client.patience)
		default:
			free = max(free, next.at) + each
			back = append(back, free)
			heap.Pop(&q)
			continue
		}
		heap.Fix(&q, 0)
	}
	return back
}

// again has a client try once more, after twice the pause.
func (s storm) again(a *attempt, gaveUp time.Duration) {
	a.pause = min(2*a.pause, s.client.longest)
	a.at = gaveUp + s.about(a.pause)
}

// about is a time, a little more or less.
func (s storm) about(d time.Duration) time.Duration {
	return d + time.Duration(float64(d)*s.client.spread*(2*s.chance.Float64()-1))
}

// attempt is the next one of a client.
type attempt struct {
	at, pause time.Duration
}

// queue has the next attempt of all in front.
type queue []attempt

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].at < q[j].at }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)        { *q = append(*q, x.(attempt)) }
func (q *queue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

// busiest is the most sign-ins that there were in one second.
func busiest(sorted returns) float64 {
	most, first := 0, 0
	for i, at := range sorted {
		for at-sorted[first] > time.Second {
			first++
		}
		most = max(most, i-first+1)
	}
	return float64(most)
}

// by is the part that is back at some time.
func (r returns) by(at time.Duration) float64 {
	n, _ := slices.BinarySearch(r, at+1)
	return float64(n) / float64(len(r))
}

// part is when so much of all is back.
func (r returns) part(p float64) time.Duration {
	return r[min(int(p*float64(len(r))), len(r)-1)]
}
