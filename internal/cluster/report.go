package cluster

import "time"

// tally counts what happened to shards, so that much of it makes one line in
// the log.
type tally struct {
	first, received, lost, away int
	failures                    int
	to                          string // of the last failure
	err                         error  // as well
	began, last                 time.Duration
}

func (t *tally) note(now time.Duration) {
	if t.began == 0 {
		t.began = now
	}
	t.last = now
}

func (t *tally) took(how How, now time.Duration) {
	t.note(now)
	switch how {
	case HowFirst:
		t.first++
	case HowHanded:
		t.received++
	case HowLost:
		t.lost++
	}
}

func (t *tally) handed(now time.Duration) {
	t.note(now)
	t.away++
}

func (t *tally) failed(to string, err error, now time.Duration) {
	t.note(now)
	t.failures++
	t.to, t.err = to, err
}

// report logs what happened once it has been quiet for a moment, or a while has
// passed.
func (k *keeper) report(now time.Duration) {
	t := k.tally
	if t.began == 0 || now-t.last < 300*time.Millisecond && now-t.began < 10*time.Second {
		return
	}
	k.tally = tally{}
	owned := k.counts.owned.Load()
	if t.first+t.received+t.lost > 0 {
		k.log.Info("took shards", "free", t.first, "handed over", t.received, "of dead nodes", t.lost, "owned now", owned)
	}
	if t.away > 0 {
		k.log.Info("handed shards over", "shards", t.away, "owned now", owned)
	}
	if t.failures > 0 {
		k.log.Info("could not hand shards over, trying again", "attempts", t.failures, "the last one to", t.to, "err", t.err)
	}
}
