package referral

import "time"

// expiring remembers what ends when, to the second. Its owner guards it.
type expiring[K any] struct {
	ends  map[int64][]K
	swept int64
}

func (e *expiring[K]) add(k K, at time.Time) {
	if e.ends == nil {
		e.ends = make(map[int64][]K)
	}
	second := at.Unix() + 1 // never before its time
	e.ends[second] = append(e.ends[second], k)
}

// sweep hands over, once, what has ended. It looks once a second at most.
func (e *expiring[K]) sweep(now time.Time, ended func(K)) {
	second := now.Unix()
	if second == e.swept {
		return
	}
	e.swept = second
	for at, keys := range e.ends {
		if at > second {
			continue
		}
		for _, k := range keys {
			ended(k)
		}
		delete(e.ends, at)
	}
}
