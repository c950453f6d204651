package main

import "testing"

func TestWords(t *testing.T) {
	for want, list := range map[string][]string{
		"": nil, "a": {"a"}, "a and b": {"a", "b"}, "a, b and c": {"a", "b", "c"},
	} {
		if got := words(list); got != want {
			t.Errorf("%q: %q, want %q", list, got, want)
		}
	}
}

func TestVisible(t *testing.T) {
	for in, want := range map[string]string{
		"Anna B": "Anna B", "Zoë ☺ 猫": "Zoë ☺ 猫", "\x1b[2J": "\ufffd[2J", "a\nb": "a\ufffdb", "\u202eabc": "\ufffdabc",
	} {
		if got := visible(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
