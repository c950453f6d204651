package config

import (
	"fmt"
	"io"
	"strings"
)

const wrapAt = 78

// WriteTOML writes c as a complete configuration file in which every key is
// explained. Credentials inside URLs are masked, so it may be shown to others;
// without any, the file reads back as c.
func (c *Config) WriteTOML(w io.Writer) error {
	var b strings.Builder
	comment(&b, "Configuration of Papilio. Every key may be left out; it then has its default. "+
		"An environment variable goes before the file, and a flag before both.")
	defaults := Default()
	for _, s := range sections() {
		if s.name != "" {
			b.WriteByte('\n')
			comment(&b, s.doc)
			fmt.Fprintf(&b, "[%s]\n", s.name)
		}
		for _, k := range s.keys {
			v := k.of(c)
			b.WriteByte('\n')
			comment(&b, k.doc)
			comment(&b, sentence(v.want())+" Default: "+k.of(&defaults).toml()+".")
			comment(&b, k.env())
			fmt.Fprintf(&b, "%s = %s\n", k.leaf(), v.toml())
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteReference writes the page of the manual that lists every key.
func WriteReference(w io.Writer) error {
	var b strings.Builder
	b.WriteString(referenceIntro)
	defaults := Default()
	for _, s := range sections() {
		if s.name == "" {
			b.WriteString("\n## General\n")
		} else {
			fmt.Fprintf(&b, "\n## [%s]\n\n%s\n", s.name, s.doc)
		}
		for _, k := range s.keys {
			v := k.of(&defaults)
			fmt.Fprintf(&b, "\n### `%s`\n\n%s\n\n", k.name, k.doc)
			fmt.Fprintf(&b, "- Default: `%s`\n- Allowed: %s\n- Environment: `%s`\n", v.toml(), v.want(), k.env())
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// referenceIntro is what a reader has to know before the list.
const referenceIntro = `<!-- Made from internal/config by: go generate ./internal/config -->

# Configuration

Papilio needs no configuration: ` + "`papilio serve`" + ` starts a complete service with the defaults below.

A value comes from the first of these that has it:

1. a flag of the command line, such as ` + "`--data DIR`" + `
2. an environment variable: ` + "`PAPILIO_`" + `, the section and the key, as in ` + "`PAPILIO_NOTIFICATION_PORT=2864`" + `;
   a list has commas between its words, and an empty variable counts as none
3. the TOML file named with ` + "`--config FILE`" + ` or in the variable ` + "`PAPILIO_CONFIG`" + `
4. the default

` + "`papilio config print`" + ` prints the whole configuration as a commented TOML file, which is a good file to start from, and
` + "`papilio config check`" + ` tells what is wrong with one without starting anything. A key or a variable that does not exist, or a
value that is not allowed, stops the service before it begins; the message names the line and the nearest key.

A port of 0 takes any free one, which is meant for tests.
`

// comment writes text as comment lines of a TOML file.
func comment(b *strings.Builder, text string) {
	line := "#"
	for word := range strings.FieldsSeq(text) {
		if len(line)+1+len(word) > wrapAt {
			b.WriteString(line + "\n")
			line = "#"
		}
		line += " " + word
	}
	b.WriteString(line + "\n")
}

// sentence gives s a capital and a full stop.
func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] + "." }
