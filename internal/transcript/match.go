package transcript

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/papilio-im/papilio/msnp"
)

// variables are what the words in braces stand for.
type variables map[string]string

var braces = regexp.MustCompile(`\{[^{}]*\}`)

// fill puts values in the place of words in braces. A {guid} of the protocol,
// which has braces of its own, is left alone if no variable has its name.
func (v variables) fill(text, payload string) (string, error) {
	var missing error
	filled := braces.ReplaceAllStringFunc(text, func(word string) string {
		value, err := v.value(word[1:len(word)-1], payload)
		if err != nil {
			missing = err
		}
		return value
	})
	return filled, missing
}

func (v variables) value(name, payload string) (string, error) {
	words := strings.Fields(name)
	switch {
	case name == "":
		return "", nil
	case name == "len":
		return fmt.Sprint(len(payload)), nil
	case len(words) == 3 && words[0] == "md5":
		salt, ok := v[words[1]]
		if !ok {
			return "", fmt.Errorf("no salt is known as %s", words[1])
		}
		return msnp.MD5Response(salt, words[2]), nil
	case len(words) >= 2 && len(words) <= 4 && words[0] == "quiz":
		return v.quiz(words[1:])
	}
	value, ok := v[name]
	if !ok {
		return "", fmt.Errorf("nothing is known as {%s}", name)
	}
	return value, nil
}

// quiz is the answer to a challenge, by the official product or by another, and by
// the first algorithm or that of a version that is named first.
func (v variables) quiz(words []string) (string, error) {
	version := msnp.MSNP7
	if named, ok := msnp.ParseVersion(words[0]); ok && len(words) > 1 {
		version, words = named, words[1:]
	}
	product := msnp.ProductOfficial
	if len(words) > 1 {
		product = words[1]
	}
	challenge, known := v[words[0]]
	answer, ok := msnp.ChallengeResponse(version, challenge, product)
	if !known || !ok {
		return "", fmt.Errorf("no answer of %s is known to %s", product, words[0])
	}
	return answer, nil
}

// match compares what came with what was expected, and binds variables that
// are new.
func (v variables) match(want, got, payload string) error {
	var pattern strings.Builder
	var names []string
	rest := want
	for {
		at := braces.FindStringIndex(rest)
		if at == nil {
			break
		}
		pattern.WriteString(regexp.QuoteMeta(rest[:at[0]]))
		name := rest[at[0]+1 : at[1]-1]
		rest = rest[at[1]:]
		if value, err := v.value(name, payload); err == nil {
			pattern.WriteString(regexp.QuoteMeta(value))
			continue
		}
		pattern.WriteString(`(\S*?)`)
		names = append(names, name)
	}
	pattern.WriteString(regexp.QuoteMeta(rest))
	found := regexp.MustCompile(`^(?s:` + pattern.String() + `)$`).FindStringSubmatch(got)
	if found == nil {
		return fmt.Errorf("want %q\n got %q", want, got)
	}
	for i, name := range names {
		if name != "any" {
			v[name] = found[i+1]
		}
	}
	return nil
}
