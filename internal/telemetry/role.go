package telemetry

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/papilio-im/papilio/msnp"
)

// Reason is why a client was referred to a notification server.
type Reason uint8

// The reasons of a referral.
const (
	ReasonDispatch Reason = iota // by the dispatch server
	ReasonShard                  // another node owns the account
	ReasonDrain                  // this node is being emptied
	ReasonOperator               // somebody asked for it at the control socket
	ReasonAsked                  // the client itself asked
	ReasonReset                  // a soft reset
	numReasons
)

var reasonNames = [numReasons]string{"dispatch", "shard", "drain", "operator", "asked", "reset"}

// Method is how a transferred client authenticates to the switchboard.
type Method uint8

// The methods of a transfer.
const (
	MethodCKI Method = iota
	MethodMD5
	MethodCTP
	numMethods
)

var methodNames = [numMethods]string{"cki", "md5", "ctp"}

// Result is how an attempt to sign in has ended.
type Result uint8

// The results of an attempt to sign in.
const (
	ResultOK       Result = iota
	ResultRefused         // wrong credentials, cookie or ticket
	ResultBanned          // right credentials of an account that is banned
	ResultReferred        // this is not the account's node
	ResultLimited         // too many attempts
	ResultProtocol        // not in the form that was expected
	ResultTimeout         // not finished in time
	ResultError           // our own failure
	numResults
)

var resultNames = [numResults]string{"ok", "refused", "banned", "referred", "limited", "protocol", "timeout", "error"}

// numCodes bounds the numbers of error lines, which have three digits.
const numCodes = 1000

// closeReasons are the words of netio.Reason and what the fronts add to them.
var closeReasons = []string{
	"done", "peer", "closed", "overflow", "write_timeout", "input", "panic", "network", "error",
	"protocol", "idle", "timeout", "replaced", "shutdown", "operator", "moved", "banned",
}

// limitNames are what the rate limits protect.
var limitNames = []string{"sign_in_address", "sign_in_account", "calls", "messages", "commands", "transfers", "list_changes", "searches", "pages"}

// RoleMetrics are the numbers of one role. The fields are counted with as they
// are; what has labels beyond the role has a method. All of it may be used by
// any goroutine.
type RoleMetrics struct {
	Connections  prometheus.Counter // accepted
	Open         prometheus.Gauge   // connections that are open now
	Refused      prometheus.Counter // connections, because there were too many
	AcceptErrors prometheus.Counter
	Overflows    prometheus.Counter // clients that did not read
	Panics       prometheus.Counter
	Messages     prometheus.Counter // taken for relay
	Sessions     prometheus.Gauge   // signed in; on a switchboard: conversations

	referrals, transfers, signIns children // by version and a second label
	errors                        children // by code
	commands                      map[*msnp.Command]prometheus.Counter
	unknown                       prometheus.Counter
	closes, limits                words
}

func newRoleMetrics(v *vectors, r msnp.Role) *RoleMetrics {
	role := r.String()
	m := &RoleMetrics{
		Connections:  v.connections.WithLabelValues(role),
		Open:         v.open.WithLabelValues(role),
		Refused:      v.refused.WithLabelValues(role),
		AcceptErrors: v.accepts.WithLabelValues(role),
		Overflows:    v.overflows.WithLabelValues(role),
		Panics:       v.panics.WithLabelValues(role),
		Messages:     v.messages.WithLabelValues(role),
		Sessions:     v.sessions.WithLabelValues(role),

		referrals: byVersion(v.referrals, role, reasonNames[:]),
		transfers: byVersion(v.transfers, role, methodNames[:]),
		signIns:   byVersion(v.signIns, role, resultNames[:]),
		errors: newChildren(numCodes, func(i int) prometheus.Counter {
			return v.errors.WithLabelValues(role, strconv.Itoa(i))
		}),
		unknown: v.commands.WithLabelValues(role, "unknown"),
		closes: newWords(closeReasons, func(word string) prometheus.Counter {
			return v.closes.WithLabelValues(role, word)
		}),
		limits: newWords(limitNames, func(word string) prometheus.Counter {
			return v.limits.WithLabelValues(role, word)
		}),
	}
	m.commands = commandCounters(v.commands, r)
	return m
}

// byVersion makes counters by version and one more label.
func byVersion(vec *prometheus.CounterVec, role string, names []string) children {
	return newChildren(msnp.NumVersions*len(names), func(i int) prometheus.Counter {
		return vec.WithLabelValues(role, msnp.Version(i/len(names)).String(), names[i%len(names)])
	})
}

// commandCounters has a counter for each command that a client sends to r.
func commandCounters(vec *prometheus.CounterVec, r msnp.Role) map[*msnp.Command]prometheus.Counter {
	table := msnp.TableOf(r, msnp.FromClient)
	counters := make(map[*msnp.Command]prometheus.Counter)
	for _, c := range msnp.Commands() {
		if row := table.Find([]byte(c.Name)); row != nil {
			counters[row] = vec.WithLabelValues(r.String(), c.Name)
		}
	}
	return counters
}

// Referral counts a client that was referred to a notification server.
func (m *RoleMetrics) Referral(v msnp.Version, r Reason) {
	m.referrals.inc(index(v, int(r), int(numReasons)))
}

// Transfer counts a client that was transferred to a switchboard.
func (m *RoleMetrics) Transfer(v msnp.Version, method Method) {
	m.transfers.inc(index(v, int(method), int(numMethods)))
}

// SignIn counts an attempt to sign in. The version is the zero one if none was
// agreed on.
func (m *RoleMetrics) SignIn(v msnp.Version, r Result) {
	m.signIns.inc(index(v, int(r), int(numResults)))
}

// index is where byVersion keeps a counter, -1 for labels that do not exist.
func index(v msnp.Version, i, n int) int {
	if i >= n {
		return -1
	}
	return int(v)*n + i
}

// Command counts a command that was received: a row of the role's table, or nil
// for a name that is in no row.
func (m *RoleMetrics) Command(c *msnp.Command) {
	if counter, ok := m.commands[c]; ok {
		counter.Inc()
		return
	}
	m.unknown.Inc()
}

// Error counts an error line that was sent.
func (m *RoleMetrics) Error(code msnp.Code) { m.errors.inc(int(code)) }

// Closed counts a connection that has ended: one of netio's reasons, or what
// the front knows better. A word that is not known counts as "other".
func (m *RoleMetrics) Closed(reason string) { m.closes.inc(reason) }

// Limited counts a request that a rate limit refused, by what the limit is on.
func (m *RoleMetrics) Limited(what string) { m.limits.inc(what) }
