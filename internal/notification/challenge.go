package notification

import (
	"crypto/rand"
	"math/big"
	mathrand "math/rand/v2"
	"strings"

	"github.com/papilio-im/papilio/internal/front"
	"github.com/papilio-im/papilio/internal/netio"
	"github.com/papilio-im/papilio/msnp"
)

// quiz is where a session stands with its challenges.
type quiz struct {
	pending [2]string // those that wait for an answer, the latest first
	proven  bool      // one was answered
	started bool      // the server challenges the client from time to time
}

// ask makes a challenge. The one before may still be answered.
func (q *quiz) ask() string {
	q.pending = [2]string{newChallenge(), q.pending[0]}
	return q.pending[0]
}

// answer takes out the challenge that was answered, and reports whether there
// was one.
func (q *quiz) answer(right func(challenge string) bool) bool {
	switch latest, before := q.pending[0], q.pending[1]; {
	case latest != "" && right(latest):
		q.pending = [2]string{before}
	case before != "" && right(before):
		q.pending = [2]string{latest}
	default:
		return false
	}
	q.proven = true
	return true
}

// startChallenges sends the first challenge, to clients that know them.
func (s *session) startChallenges() {
	if s.quiz.started || !s.version.Has(msnp.FeatureChallenge) {
		return
	}
	s.quiz.started = true
	s.challenge()
}

// challenge sends a challenge.
func (s *session) challenge() {
	s.put(msnp.ClientChallenge{Text: s.quiz.ask()})
	s.ring(alarmUnproven, s.srv.opts.Times.Answer)
}

// chl is a client that asks for a challenge itself. It may do so at any time, and
// when the next one is due does not depend on it.
func (s *session) chl(l *msnp.Line) error {
	m, err := msnp.ParseChallengeRequest(l, s.version)
	if err != nil {
		return err
	}
	s.put(msnp.ClientChallenge{TrID: m.TrID, Text: s.quiz.ask()})
	return nil
}

// unproven is called when a challenge was not answered in time. A client that
// has answered before is gone wrong and is signed out; one that never did does
// not know challenges, and they never kept anybody out.
func (s *session) unproven() error {
	if s.quiz.proven {
		s.why = "challenge_unanswered"
		s.put(msnp.Out{})
		return netio.ErrClose
	}
	s.ring(alarmNone, 0)
	return nil
}

// qry is the answer to a challenge. It is checked for the products whose key
// is known; others are taken at their word.
func (s *session) qry(l *msnp.Line) error {
	m, err := msnp.ParseChallengeAnswer(l, s.version)
	if err != nil {
		return err
	}
	right := func(challenge string) bool {
		want, known := msnp.ChallengeResponse(s.version, challenge, m.Product)
		return !known || strings.EqualFold(m.Response, want)
	}
	if !s.quiz.answer(right) {
		return front.RefuseAndClose(msnp.CodeChallengeFailed)
	}
	s.put(msnp.ChallengePassed{TrID: m.TrID})
	if s.alarm == alarmUnproven {
		// The original intervals were irregular, too.
		interval := s.srv.opts.Times.Challenge
		s.ring(alarmChallenge, interval+mathrand.N(interval)) //nolint:gosec // it need not be a secret
	}
	return nil
}

// newChallenge makes 20 random digits.
func newChallenge() string {
	const low = "10000000000000000000"
	least, _ := new(big.Int).SetString(low, 10)
	n, err := rand.Int(rand.Reader, new(big.Int).Mul(least, big.NewInt(9)))
	if err != nil {
		panic(err) // the system has no randomness: nothing here is safe
	}
	return n.Add(n, least).String()
}
