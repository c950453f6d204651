package main

import (
	"strings"
	"unicode"
)

// words lists things as a sentence does: "a, b and c".
func words[T ~string](list []T) string {
	var b strings.Builder
	for i, w := range list {
		switch {
		case i == 0:
		case i == len(list)-1:
			b.WriteString(" and ")
		default:
			b.WriteString(", ")
		}
		b.WriteString(string(w))
	}
	return b.String()
}

// visible makes text that other people have chosen safe to show on a terminal:
// no control sequences, nothing that turns the direction of writing.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}
