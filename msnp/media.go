package msnp

import (
	"strconv"
	"strings"
)

// Media is what plays, as [Personal] has it in one text. Servers pass that on
// without reading it.
//
//	\0Music\01\0{0} - {1}\0Blue Train\0J. Coltrane\0Blue Train\0\0
type Media struct {
	Application string // what plays it, "" if it does not say
	Kind        string // Music, Games, Office
	Playing     bool
	Format      string // how to show it: {0} stands for the first of Args
	Args        []string
}

// mediaSeparator stands between the fields, and at the end: a backslash and the
// digit.
const mediaSeparator = `\0`

// mediaArg is where the Args begin.
const mediaArg = 4

// String gives the text. Fields cannot hold the separator, a backslash and the
// digit 0: it is left out of them.
func (m Media) String() string {
	playing := "0"
	if m.Playing {
		playing = "1"
	}
	var b strings.Builder
	for _, field := range append([]string{m.Application, m.Kind, playing, m.Format}, m.Args...) {
		b.WriteString(withoutSeparator(field))
		b.WriteString(mediaSeparator)
	}
	return b.String()
}

// withoutSeparator takes the separator out of a field, until what is left on both
// sides makes no new one.
func withoutSeparator(field string) string {
	for strings.Contains(field, mediaSeparator) {
		field = strings.ReplaceAll(field, mediaSeparator, "")
	}
	return field
}

// ParseMedia reads the text. It reports false if a field is missing.
func ParseMedia(text string) (Media, bool) {
	fields := strings.Split(strings.TrimSuffix(text, mediaSeparator), mediaSeparator)
	if len(fields) < mediaArg {
		return Media{}, false
	}
	return Media{
		Application: fields[0], Kind: fields[1], Playing: fields[2] == "1", Format: fields[3], Args: fields[mediaArg:],
	}, true
}

// Text is what is shown of it: Format with the Args in their places.
func (m Media) Text() string {
	pairs := make([]string, 0, 2*len(m.Args))
	for i, arg := range m.Args {
		pairs = append(pairs, "{"+strconv.Itoa(i)+"}", arg)
	}
	return strings.NewReplacer(pairs...).Replace(m.Format)
}
