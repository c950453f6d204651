package notification

import (
	"crypto/rand"
	"math/big"
	mathrand "math/rand/v2"
	"strings"
	"time"

	"github.com/papilio-im/papilio/internal/front"
	"github.com/papilio-im/papilio/internal/netio"
	"github.com/papilio-im/papilio/msnp"
)

// When clients are challenged. The original intervals were irregular.
const (
	answerTime   = 60 * time.Second // for the answer to a challenge
	quizInterval = 20 * time.Minute // between two, at least
	quizSpread   = 20 * time.Minute // and at most that much more
)

// quiz is where a session stands with its challenges.
type quiz struct {
	asked    string // the challenge that waits for its answer, or empty
	previous string // the one before, which may still be answered
	proven   bool   // one was answered
}

// startChallenges sends the first challenge, to clients that know them.
func (s *session) startChallenges() {
	if s.quiz != nil || !s.version.Has(msnp.FeatureChallenge) {
		return
	}
	s.quiz = new(quiz)
	_ = s.challenge()
}

// challenge sends a challenge.
func (s *session) challenge() error {
	q := s.quiz
	q.previous, q.asked = q.asked, newChallenge()
	s.put(msnp.ClientChallenge{Text: q.asked})
	s.ring(alarmUnproven, answerTime)
	return nil
}

// chl is a client that asks for a challenge itself.
func (s *session) chl(l *msnp.Line) error {
	m, err := msnp.ParseClientChallenge(l, s.version)
	if err != nil {
		return err
	}
	if s.quiz == nil {
		s.quiz = new(quiz)
	}
	s.quiz.previous, s.quiz.asked = s.quiz.asked, newChallenge()
	s.put(msnp.ClientChallenge{TrID: m.TrID, Text: s.quiz.asked})
	s.ring(alarmUnproven, answerTime)
	return nil
}

// unproven is called when a challenge was not answered in time. A client that
// has answered before is gone wrong and is signed out; one that never did does
// not know challenges, and they never kept anybody out.
func (s *session) unproven() error {
	if s.quiz.proven {
		s.role().Closed("challenge unanswered")
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
	q := s.quiz
	if q == nil || q.asked == "" {
		return front.RefuseAndClose(msnp.CodeChallengeFailed)
	}
	if !s.answers(m, q.asked) && (q.previous == "" || !s.answers(m, q.previous)) {
		return front.RefuseAndClose(msnp.CodeChallengeFailed)
	}
	q.asked, q.previous, q.proven = "", "", true
	s.put(msnp.ChallengePassed{TrID: m.TrID})
	s.ring(alarmChallenge, quizInterval+mathrand.N(quizSpread))
	return nil
}

func (s *session) answers(m msnp.ChallengeAnswer, challenge string) bool {
	want, known := msnp.ChallengeResponse(s.version, challenge, m.Product)
	return !known || strings.EqualFold(m.Response, want)
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
