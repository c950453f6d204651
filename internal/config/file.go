package config

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
)

// file takes the values of a TOML file.
func (l *loader) file(path string) {
	content, err := os.ReadFile(path)
	if err != nil {
		l.wrong = append(l.wrong, fmt.Errorf("read the configuration: %w", err))
		return
	}
	l.toml(path, string(content))
}

// toml takes the values of a TOML text. It goes by the keys that the text has,
// not by the fields of a struct: so every mistake is found in one go, and a
// name that differs in case alone does not pass for the real one.
func (l *loader) toml(path, content string) {
	tree := make(map[string]any)
	meta, err := toml.Decode(content, &tree)
	var syntax toml.ParseError
	switch {
	case errors.As(err, &syntax):
		where, message := fmt.Sprintf("%s:%d", path, syntax.Position.Line), strings.ReplaceAll(syntax.Message, " instead", "")
		if k, ok := l.keys[syntax.LastKey]; ok && strings.HasPrefix(message, "expected value") {
			l.problem(where, "%s: %s: %w", k.name, message, wanted(k.of(&l.config)))
			return
		}
		l.problem(where, "%s", message)
		return
	case err != nil:
		l.problem(path, "%w", err)
		return
	}

	unknown, meant := "", "" // a section that is unknown is reported once
	for _, k := range meta.Keys() {
		name, where := k.String(), place(path, content, k)
		kind, given := meta.Type(k...), lookUp(tree, k)
		if unknown != "" && strings.HasPrefix(name, unknown+".") {
			if meant == "" {
				continue
			}
			name = meant + strings.TrimPrefix(name, unknown)
		}
		switch {
		case kind == "Hash" && l.isSection(name):
		case kind == "Hash" || kind == "ArrayHash":
			unknown, meant = name, l.unknownSection(where, name)
			if kind == "ArrayHash" {
				meant = ""
			}
		case !l.isKey(name):
			l.unknown(where, name)
		default:
			l.setTOML(where, name, kind, given)
		}
	}
}

func (l *loader) isKey(name string) bool { _, ok := l.keys[name]; return ok }

func (l *loader) isSection(name string) bool {
	for _, s := range sections() {
		if s.name == name {
			return true
		}
	}
	return false
}

// unknownSection reports a table where the configuration has none. It gives the
// section that was meant, if no more than half of its name is wrong.
func (l *loader) unknownSection(where, name string) (meant string) {
	switch {
	case l.isKey(name):
		l.problem(where, "%s is a table: %w", name, wanted(l.keys[name].of(&l.config)))
		return ""
	case l.isSection(name):
		l.problem(where, "%s is a list of tables: it must be one, with single brackets: [%s]", name, name)
		return ""
	}
	var names []string
	for _, s := range sections()[1:] {
		names = append(names, s.name)
	}
	near := nearest(name, names)
	l.problem(where, "there is no section %q; the nearest is %q", name, near)
	if distance(name, near) > len(near)/2 {
		return ""
	}
	return near
}

// setTOML gives a key a value that TOML has already given a type. A number in
// quotes is refused, so that a file means the same to every program.
func (l *loader) setTOML(where, name, kind string, given any) {
	v := l.keys[name].of(&l.config)
	plain, simple := plainText(given)
	if kind == v.kind() && simple {
		l.set(where, name, plain)
		return
	}
	l.problem(where, "%s is %s: %w", name, kindWords[kind], wanted(v))
}

// kindWords names TOML's types for people.
var kindWords = map[string]string{
	"String": "a text in quotes", "Integer": "a number without quotes", "Float": "a number with a fraction",
	"Bool": "true or false without quotes", "Datetime": "a date", "Array": "a list", "ArrayHash": "a list of tables",
}

// plainText is a value of a TOML file in the form that an environment variable
// would have.
func plainText(given any) (string, bool) {
	switch given := given.(type) {
	case string:
		return given, true
	case int64:
		return strconv.FormatInt(given, 10), true
	case bool:
		return strconv.FormatBool(given), true
	case []any:
		words := make([]string, len(given))
		for i, w := range given {
			word, ok := w.(string)
			if !ok {
				return "", false
			}
			words[i] = word
		}
		return strings.Join(words, ","), true
	}
	return "", false
}

// lookUp follows a key down the tree. It finds nothing inside a list of tables.
func lookUp(tree map[string]any, k toml.Key) any {
	for _, part := range k[:len(k)-1] {
		tree, _ = tree[part].(map[string]any)
	}
	return tree[k[len(k)-1]]
}

// header is the line that begins a table: [notification].
var header = regexp.MustCompile(`^\s*\[+\s*([^\[\]#"',]+?)\s*\]`)

// place names the file and the line where a key is written. It knows the usual
// ways to write one; for the rest the file alone has to do.
func place(path, content string, k toml.Key) string {
	name, table, number := k.String(), "", 0
	for line := range strings.Lines(content) {
		number++
		if m := header.FindStringSubmatch(line); m != nil {
			if table = m[1]; table == name {
				return fmt.Sprintf("%s:%d", path, number)
			}
			continue
		}
		left, _, found := strings.Cut(line, "=")
		written := strings.TrimSpace(left)
		if table != "" {
			written = table + "." + written
		}
		if found && written == name {
			return fmt.Sprintf("%s:%d", path, number)
		}
	}
	return path
}
