package check

import (
	"testing"
	"time"
)

func TestAnswers(t *testing.T) {
	at := func(s float64) time.Time { return time.Unix(1000, 0).Add(time.Duration(s * float64(time.Second))) }
	for name, test := range map[string]struct {
		play func(*Answers)
		want []string
	}{
		"one after the other": {play: func(a *Answers) {
			a.SignedIn("p", 1, "A", at(0))
			a.Answered("p", 1, at(1))
			a.SignedIn("p", 2, "B", at(2))
			a.Answered("p", 2, at(3))
		}},
		"an answer on the way": {play: func(a *Answers) {
			a.SignedIn("p", 1, "A", at(0))
			a.SignedIn("p", 2, "B", at(2))
			a.Answered("p", 2, at(3))
			a.Answered("p", 1, at(1.9))
		}},
		"the first one welcomed is the one that stays": {play: func(a *Answers) {
			a.SignedIn("p", 1, "A", at(0))
			a.SignedIn("p", 2, "B", at(0.1))
			a.Answered("p", 2, at(0.1))
			a.Answered("p", 1, at(3))
		}},
		"two at a time": {play: func(a *Answers) {
			a.SignedIn("p", 1, "A", at(0))
			a.SignedIn("p", 2, "B", at(2))
			a.Answered("p", 2, at(3))
			a.Answered("p", 1, at(2.1))
			a.Answered("p", 1, at(4))
		}, want: []string{"p is served by connection 2 to B and by connection 1 to A at the same time"}},
		"two at a time on one node": {play: func(a *Answers) {
			a.SignedIn("p", 1, "A", at(0))
			a.SignedIn("p", 2, "A", at(2))
			a.Answered("p", 1, at(3))
			a.Answered("p", 2, at(5))
		}, want: []string{"by connection 1 to A and by connection 2 to A"}},
		"another account": {play: func(a *Answers) {
			a.SignedIn("p", 1, "A", at(0))
			a.SignedIn("q", 2, "B", at(2))
			a.Answered("p", 1, at(3))
			a.Answered("q", 2, at(3))
		}},
		"never welcomed": {play: func(a *Answers) { a.Answered("p", 1, at(3)) }},
		"silent, asked before": {play: func(a *Answers) {
			a.SignedIn("p", 1, "A", at(0))
			a.Silent("A", "frozen", at(5))
			a.Answered("p", 1, at(4.9))
			a.Speaks("A", at(9))
			a.Answered("p", 1, at(9))
		}},
		"silent, asked while it is": {play: func(a *Answers) {
			a.SignedIn("p", 1, "A", at(0))
			a.Silent("A", "frozen", at(5))
			a.Speaks("A", at(9))
			a.Answered("p", 1, at(6))
		}, want: []string{"A answered p on connection 1 what it was asked 1.000 s after it had to be silent: frozen"}},
		"silent without an end": {play: func(a *Answers) {
			a.SignedIn("p", 1, "A", at(0))
			a.Silent("A", "cut off", at(5))
			a.SignedIn("p", 2, "A", at(6))
			a.Answered("p", 2, at(7))
		}, want: []string{"connection 2"}},
		"another node is silent": {play: func(a *Answers) {
			a.SignedIn("p", 1, "A", at(0))
			a.Silent("B", "frozen", at(5))
			a.Answered("p", 1, at(6))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			l := NewLedger("test", nil)
			test.play(NewAnswers(l))
			want(t, l, test.want...)
		})
	}
}

// It can be seen whether a silence was asked into at all.
func TestAskedInSilence(t *testing.T) {
	l := NewLedger("test", nil)
	a := NewAnswers(l)
	a.Silent("A", "frozen", time.Unix(5, 0))
	a.Speaks("A", time.Unix(9, 0))
	for _, second := range []int64{4, 5, 8, 9} {
		a.Asked("A", time.Unix(second, 0))
		a.Asked("B", time.Unix(second, 0))
	}
	if n := l.Phases()[0].Figures["questions to who had to be silent"]; n != 2 {
		t.Errorf("%v were counted", n)
	}
}

func TestAnswersRememberNotAll(t *testing.T) {
	a := NewAnswers(NewLedger("test", nil))
	for i := range 3 * maxEndpoints {
		a.SignedIn("p", i, "A", time.Unix(int64(i), 0))
	}
	if n := len(a.accounts["p"]); n != maxEndpoints {
		t.Errorf("%d are remembered", n)
	}
}
