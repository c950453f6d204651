package telemetry

import (
	"slices"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/papilio-im/papilio/msnp"
)

// ReferralReason is why a client was referred to a notification server.
type ReferralReason string

// The reasons of a referral.
const (
	ReferredByDispatch  ReferralReason = "dispatch"  // by the dispatch server
	ReferredShard       ReferralReason = "shard"     // another node owns the account
	ReferredByDrain     ReferralReason = "drain"     // this node is being emptied
	ReferredByRebalance ReferralReason = "rebalance" // a node has joined, and takes its share
	ReferredByOperator  ReferralReason = "operator"  // somebody asked for it at the control socket
	ReferredAsked       ReferralReason = "asked"     // the client itself asked
	ReferredReset       ReferralReason = "reset"     // a soft reset
)

// The words that are expected as labels, without blanks. A word that is missing
// here is counted as "other", so that no caller can make a series of its own.
var (
	referralReasons = []string{
		string(ReferredByDispatch), string(ReferredShard), string(ReferredByDrain),
		string(ReferredByRebalance), string(ReferredByOperator), string(ReferredAsked), string(ReferredReset),
	}
	transferMethods = []string{string(msnp.MethodCKI), string(msnp.MethodMD5), string(msnp.MethodCTP)}
	signInResults   = []string{"ok", "refused", "banned", "referred", "limited", "busy", "protocol", "timeout", "error"}
)

// perRole are the words that only some roles have.
type perRole struct {
	closes []string // beside those of every role
	limits []string
	relays bool // messages
}

var perRoles = map[msnp.Role]perRole{
	msnp.Dispatch: {closes: []string{"referred"}},
	msnp.Notification: {
		closes: []string{"referred", "challenge_unanswered", "silent", "replaced", "shutdown", "operator", "banned", "removed", "fenced"},
		limits: []string{
			"sign_ins_by_address", "sign_ins_by_account", "sign_ins_under_way", "transfers", "status_changes", "list_changes", "renames",
			"invitations", "pages",
		},
	},
	msnp.Switchboard: {
		closes: []string{"idle", "drain", "shutdown", "signed_out"},
		limits: []string{"calls", "members"},
		relays: true,
	},
}

// everyClose is what netio.Reason says, and what all fronts know better.
var everyClose = []string{
	"done", "peer", "closed", "overflow", "write_timeout", "gate", "input_too_long", "panic", "network", "error",
	"malformed", "unknown_command", "protocol", "sign_in_timeout",
}

// numCodes bounds the numbers of error lines, which have three digits.
const numCodes = 1000

// RoleMetrics are the numbers of one role. The fields are counted with as they
// are; what has more labels than the role has a method. All of it may be used
// by any goroutine.
type RoleMetrics struct {
	Connections  prometheus.Counter // accepted
	Open         prometheus.Gauge   // connections that are open now
	Refused      prometheus.Counter // connections, because there were too many
	AcceptErrors prometheus.Counter
	Overflows    prometheus.Counter // clients that did not read
	Panics       prometheus.Counter
	Messages     prometheus.Counter // taken for relay, by a switchboard

	signedIn, conversations        prometheus.Gauge
	underWay, waiting              prometheus.Gauge // sign-ins
	referrals, transfers, attempts versions
	codes                          row
	commands                       map[*msnp.Command]prometheus.Counter
	unknown                        prometheus.Counter
	closes, limits                 words
}

func newRoleMetrics(v *vectors, r msnp.Role) *RoleMetrics {
	role, own := r.String(), perRoles[r]
	messages := prometheus.NewCounter(prometheus.CounterOpts{Name: "unused"})
	if own.relays {
		messages = v.messages.WithLabelValues(role)
	}
	return &RoleMetrics{
		Connections:  v.connections.WithLabelValues(role),
		Open:         v.open.WithLabelValues(role),
		Refused:      v.refused.WithLabelValues(role),
		AcceptErrors: v.accepts.WithLabelValues(role),
		Overflows:    v.overflows.WithLabelValues(role),
		Panics:       v.panics.WithLabelValues(role),
		Messages:     messages,

		signedIn:      v.signedIn,
		conversations: v.conversations,
		underWay:      v.underWay,
		waiting:       v.waiting,
		referrals:     newVersions(v.referrals, role, referralReasons),
		transfers:     newVersions(v.transfers, role, transferMethods),
		attempts:      newVersions(v.signIns, role, signInResults),
		codes: newRow(numCodes, func(i int) prometheus.Counter {
			return v.errors.WithLabelValues(role, strconv.Itoa(i))
		}),
		commands: commandCounters(v.commands, r),
		unknown:  v.commands.WithLabelValues(role, other),
		closes: newWords(slices.Concat(everyClose, own.closes), func(word string) prometheus.Counter {
			return v.closes.WithLabelValues(role, word)
		}),
		limits: newWords(own.limits, func(word string) prometheus.Counter {
			return v.limits.WithLabelValues(role, word)
		}),
	}
}

// commandCounters has a counter for each command that a client sends to r.
func commandCounters(vec *prometheus.CounterVec, r msnp.Role) map[*msnp.Command]prometheus.Counter {
	table := msnp.TableOf(r, msnp.FromClient)
	counters := make(map[*msnp.Command]prometheus.Counter)
	for _, c := range msnp.Commands() {
		if found := table.Find([]byte(c.Name)); found != nil {
			counters[found] = vec.WithLabelValues(r.String(), c.Name)
		}
	}
	return counters
}

// Referral counts a client that was referred to a notification server.
func (m *RoleMetrics) Referral(v msnp.Version, why ReferralReason) {
	m.referrals.inc(v, string(why))
}

// Transfer counts a client that was transferred to a switchboard.
func (m *RoleMetrics) Transfer(v msnp.Version, method msnp.Method) {
	m.transfers.inc(v, string(method))
}

// SignIn counts an attempt to sign in: "ok", "refused" (wrong credentials,
// cookie or ticket), "banned", "referred" (to the account's own node),
// "limited", "busy" (put off, because there are too many at once), "protocol",
// "timeout" or "error" (ours). The version is the zero one if none was agreed on.
func (m *RoleMetrics) SignIn(v msnp.Version, result string) { m.attempts.inc(v, result) }

// SignedIn adds to the sessions that are signed in.
func (m *RoleMetrics) SignedIn(n int) { m.signedIn.Add(float64(n)) }

// SignInsUnderWay adds to the sign-ins that are being dealt with, and
// SignInsWaiting to those that wait for that.
func (m *RoleMetrics) SignInsUnderWay(n int) { m.underWay.Add(float64(n)) }

// SignInsWaiting is explained at SignInsUnderWay.
func (m *RoleMetrics) SignInsWaiting(n int) { m.waiting.Add(float64(n)) }

// Conversations adds to the switchboard sessions that are open.
func (m *RoleMetrics) Conversations(n int) { m.conversations.Add(float64(n)) }

// Commands counts n commands of a kind that were received: a row of the role's
// table, or nil for a name that is in no row.
func (m *RoleMetrics) Commands(c *msnp.Command, n int) {
	if counter, ok := m.commands[c]; ok {
		counter.Add(float64(n))
		return
	}
	m.unknown.Add(float64(n))
}

// Error counts an error line that was sent.
func (m *RoleMetrics) Error(code msnp.Code) { m.codes.inc(int(code)) }

// Closed counts a connection that has ended: one of netio's reasons, or what
// the front knows better.
func (m *RoleMetrics) Closed(reason string) { m.closes.inc(reason) }

// Limited counts a request that a rate limit refused, by what the limit is on.
func (m *RoleMetrics) Limited(what string) { m.limits.inc(what) }
