package check

import "testing"

// say lets somebody say messages and have them acknowledged.
func say(t *Talks, from string, first, last int) {
	for n := first; n <= last; n++ {
		t.Said("x", from, n)
		t.Acknowledged("x", from, n)
	}
}

func hear(t *Talks, to, from string, numbers ...int) {
	for _, n := range numbers {
		t.Heard("x", to, from, n, "x")
	}
}

// end lets everybody leave; those who are named were there to the end.
func end(t *Talks, alive ...string) {
	for _, m := range []string{"ada", "ben", "cleo"} {
		all := false
		for _, a := range alive {
			all = all || a == m
		}
		t.Ended("x", m, all)
	}
}

func TestTalks(t *testing.T) {
	for name, test := range map[string]struct {
		play func(*Talks)
		want []string
	}{
		"all heard": {play: func(v *Talks) {
			say(v, "ada", 1, 3)
			hear(v, "ben", "ada", 1, 2, 3)
			hear(v, "cleo", "ada", 1, 2, 3)
			end(v, "ben", "cleo")
		}},
		"cut off, and the last one missing": {play: func(v *Talks) {
			say(v, "ada", 1, 3)
			hear(v, "ben", "ada", 1, 2)
			hear(v, "cleo", "ada", 1, 2, 3)
			end(v, "cleo")
		}},
		"said and not acknowledged": {play: func(v *Talks) {
			say(v, "ada", 1, 1)
			v.Said("x", "ada", 2)
			hear(v, "ben", "ada", 1)
			hear(v, "cleo", "ada", 1, 2)
			end(v, "ben", "cleo")
		}},
		"the last one missing at somebody who was there": {play: func(v *Talks) {
			say(v, "ada", 1, 3)
			hear(v, "ben", "ada", 1, 2)
			hear(v, "cleo", "ada", 1, 2, 3)
			end(v, "ben", "cleo")
		}, want: []string{"ben was there to the end and did not hear number 3 of ada"}},
		"all missing": {play: func(v *Talks) {
			say(v, "ada", 1, 2)
			hear(v, "cleo", "ada", 1, 2)
			end(v, "ben", "cleo")
		}, want: []string{"number 1 of ada", "number 2 of ada"}},
		"a gap, though cut off": {play: func(v *Talks) {
			say(v, "ada", 1, 3)
			hear(v, "ben", "ada", 1, 3)
			hear(v, "cleo", "ada", 1, 2, 3)
			end(v)
		}, want: []string{"ben did not hear number 2 of ada, which was acknowledged, but number 3"}},
		"twice": {play: func(v *Talks) {
			say(v, "ada", 1, 2)
			hear(v, "ben", "ada", 1, 2, 2)
			hear(v, "cleo", "ada", 1, 2, 1)
			end(v)
		}, want: []string{"ben heard number 2 of ada twice", "cleo heard number 1 of ada twice"}},
		"out of order": {play: func(v *Talks) {
			say(v, "ada", 1, 3)
			hear(v, "ben", "ada", 1, 3, 2)
			hear(v, "cleo", "ada", 1, 2, 3)
			end(v)
		}, want: []string{"ben heard number 2 of ada after number 3"}},
		"out of nowhere": {play: func(v *Talks) {
			say(v, "ada", 1, 1)
			hear(v, "ben", "ada", 1, 2)
			hear(v, "ben", "cleo", 1)
			hear(v, "cleo", "ada", 1)
			end(v)
		}, want: []string{"ben heard number 2 of ada, who said only 1", "ben heard number 1 of cleo, who said only 0"}},
		"of another conversation": {play: func(v *Talks) {
			say(v, "ada", 1, 1)
			v.Heard("x", "ben", "ada", 1, "y")
			hear(v, "cleo", "ada", 1)
			end(v)
		}, want: []string{"ben heard in x what ada had said in y"}},
	} {
		t.Run(name, func(t *testing.T) {
			l := NewLedger("test", nil)
			v := NewTalks(l)
			v.Begin("x", "ada", "ben", "cleo")
			test.play(v)
			want(t, l, test.want...)
			if n := v.Close(); n != 0 {
				t.Errorf("%d conversations still open", n)
			}
			if name == "all heard" && found(l, Messages).Checked != 6 {
				t.Errorf("checked %d", found(l, Messages).Checked)
			}
		})
	}
}

// Somebody can be lost before it is known who is there.
func TestTalkBeginsLate(t *testing.T) {
	l := NewLedger("test", nil)
	v := NewTalks(l)
	v.Ended("x", "ben", false)
	v.Begin("x", "ada", "ben")
	say(v, "ada", 1, 1)
	v.Ended("x", "ada", true)
	want(t, l)
	if n := v.Close(); n != 0 {
		t.Errorf("%d open", n)
	}
}

// What goes on at the end of a run is judged by what can be said.
func TestTalksClose(t *testing.T) {
	l := NewLedger("test", nil)
	v := NewTalks(l)
	v.Begin("x", "ada", "ben")
	say(v, "ada", 1, 3)
	hear(v, "ben", "ada", 1, 3)
	v.Ended("y", "cleo", false) // nobody ever said who was in it
	if n := v.Close(); n != 1 {
		t.Errorf("%d open, want 1", n)
	}
	want(t, l, "ben did not hear number 2")
}
