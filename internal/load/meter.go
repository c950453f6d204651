package load

import (
	"maps"
	"sync"
	"sync/atomic"
	"time"
)

// count is something that is counted.
type count int

const (
	signIns       count = iota // first sign-ins that succeeded
	referrals                  // XFR NS, asked at a sign-in
	moves                      // XFR NS unasked, to clients that were signed in
	resets                     // soft resets
	lost                       // sessions that ended without our doing
	returned                   // sessions that are signed in again, lost ones or those who had left
	conversations              // opened
	messages                   // acknowledged
	deliveries                 // messages that reached somebody
	missing                    // messages and notices that did not come in time
	changes                    // of status
	notices                    // of them that reached a watcher
	calls                      // invitations that somebody came after
	pings
	failures // of any kind
	numCounts
)

var countNames = [numCounts]string{
	"sign_ins", "referrals", "moves", "resets", "lost", "returned", "conversations", "messages", "deliveries",
	"missing", "changes", "notices", "calls", "pings", "failures",
}

// latency is something that takes its time.
type latency int

const (
	tookSignIn      latency = iota // from when it was due until the first status is set
	tookReferral                   // from dialling the dispatch server until its referral has come
	tookReturn                     // from the loss of a session until it is signed in again
	tookMove                       // from an unasked referral until the client is signed in there
	tookAck                        // from a message until the switchboard has acknowledged it
	tookDelivery                   // from a message until it reaches a member
	tookTransfer                   // from XFR SB until the client is on the switchboard
	tookCall                       // from CAL until the other has joined
	tookCallSame                   // the same, both on one notification server
	tookCallOther                  // and on different ones
	tookRing                       // from CAL until the other's RNG
	tookRingSame                   // as with calls
	tookRingOther                  //
	tookChange                     // from CHG until its answer
	tookNotice                     // from CHG until a watcher has it
	tookNoticeSame                 // as with calls
	tookNoticeOther                //
	tookLastNotice                 // from CHG until the last watcher has it
	numLatencies
)

var latencyNames = [numLatencies]string{
	"sign_in", "referral", "return", "move", "ack", "delivery", "transfer", "call", "call_same_node",
	"call_other_node", "ring", "ring_same_node", "ring_other_node", "change", "notice", "notice_same_node",
	"notice_other_node", "last_notice",
}

// maxErrorKinds bounds the kinds of errors that are told apart.
const maxErrorKinds = 100

// meter counts what happens. Many may count at once.
type meter struct {
	counts [numCounts]atomic.Int64
	took   [numLatencies]histogram
	up     atomic.Int64 // sessions that are signed in
	peak   atomic.Int64

	mu     sync.Mutex
	errors map[string]int64
}

func (m *meter) count(c count) { m.counts[c].Add(1) }

func (m *meter) record(l latency, d time.Duration) { m.took[l].record(d) }

// recordBoth records something that both concerns all and those on one node, or
// on two.
func (m *meter) recordBoth(all latency, same bool, d time.Duration) {
	m.record(all, d)
	if same {
		m.record(all+1, d)
		return
	}
	m.record(all+2, d)
}

// fail counts an error by its kind.
func (m *meter) fail(what string, err error) {
	kind := what + ": " + kindOf(err)
	m.count(failures)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.errors == nil {
		m.errors = make(map[string]int64)
	}
	if _, known := m.errors[kind]; !known && len(m.errors) >= maxErrorKinds {
		kind = "others"
	}
	m.errors[kind]++
}

// signedIn adds to the sessions that are signed in.
func (m *meter) signedIn(n int64) {
	up := m.up.Add(n)
	for peak := m.peak.Load(); up > peak && !m.peak.CompareAndSwap(peak, up); peak = m.peak.Load() {
	}
}

// into writes down what was counted. Zeroes are left out.
func (m *meter) into(r *Report) {
	r.SignedIn, r.Peak = int(m.up.Load()), int(m.peak.Load())
	r.Counts, r.Latency = make(map[string]int64), make(map[string]Distribution)
	for i := range m.counts {
		if n := m.counts[i].Load(); n != 0 {
			r.Counts[countNames[i]] = n
		}
	}
	for i := range m.took {
		if d := m.took[i].distribution(); d.Count > 0 {
			r.Latency[latencyNames[i]] = d
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	r.Errors = maps.Clone(m.errors)
}
