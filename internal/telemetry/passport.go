package telemetry

import "github.com/prometheus/client_golang/prometheus"

// PassportMetrics are the numbers of the sign-in over the web. All of it may be
// used by any goroutine.
type PassportMetrics struct {
	ways   map[string]words
	limits words
}

var (
	passportWays    = []string{"login", "rst"}
	passportResults = []string{"ok", "refused", "banned", "limited", "busy", "malformed", "gone", "error"}
	passportLimits  = []string{"sign_ins_by_address", "sign_ins_by_account", "sign_ins_under_way"}
)

// Passport gives the metrics of the sign-in over the web. They exist from when
// they are asked for.
func (m *Metrics) Passport() *PassportMetrics {
	p := &PassportMetrics{ways: make(map[string]words)}
	for _, way := range passportWays {
		p.ways[way] = newWords(passportResults, func(word string) prometheus.Counter {
			return m.vectors.passports.WithLabelValues(way, word)
		})
	}
	p.limits = newWords(passportLimits, func(word string) prometheus.Counter {
		return m.vectors.limits.WithLabelValues(webRole, word)
	})
	return p
}

// SignIn counts an attempt to sign in: by "login" (Passport 1.4) or "rst". What
// came of it is "ok", "refused" (wrong credentials or ticket), "banned",
// "limited", "busy" (too many at once), "malformed", "gone" (the client, before
// the answer) or "error" (ours).
func (p *PassportMetrics) SignIn(way, result string) {
	if w, ok := p.ways[way]; ok {
		w.inc(result)
	}
}

// Limited counts a request that a rate limit refused, by what the limit is on.
func (p *PassportMetrics) Limited(what string) { p.limits.inc(what) }
