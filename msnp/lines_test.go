package msnp

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestLines reads the lines of testdata/lines, which are those of the
// descriptions of the protocol, in every version that they are true for. Each
// must be read by one of the messages, and written by it octet for octet.
func TestLines(t *testing.T) {
	for _, name := range lineFiles(t) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			for _, known := range readLines(t, name) {
				for v := known.first; v <= known.last; v++ {
					if v != CVR0 || known.first == CVR0 {
						known.check(t, v)
					}
				}
			}
		})
	}
}

func lineFiles(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/lines/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no lines to read: ", err)
	}
	return files
}

// knownLine is a line of testdata.
type knownLine struct {
	first, last Version
	role        Role
	from        Direction
	wire        []byte // with its end and its payload
}

func readLines(t testing.TB, name string) (known []knownLine) {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var at knownLine
	unescape := strings.NewReplacer(`\r`, "\r", `\n`, "\n")
	for lines := bufio.NewScanner(file); lines.Scan(); {
		text := lines.Text()
		who, line, spoken := strings.Cut(text, ": ")
		switch {
		case text == "" || text[0] == '#':
		case text[0] == '>':
			last := &known[len(known)-1]
			last.wire = append(last.wire, unescape.Replace(text[2:])...)
		case spoken && (who[0] == 'C' || who[0] == 'S') && len(who) <= len("C@SB"):
			at.from, at.role = FromClient, Notification
			if who[0] == 'S' {
				at.from = FromServer
			}
			if strings.HasSuffix(who, "@SB") {
				at.role = Switchboard
			}
			at.wire = []byte(line + "\r\n")
			known = append(known, at)
		default:
			at.first, at.last = parseSpan(t, strings.Fields(text)[0])
		}
	}
	return known
}

// parseSpan reads MSNP3-MSNP7.
func parseSpan(t testing.TB, text string) (first, last Version) {
	t.Helper()
	from, to, several := strings.Cut(text, "-")
	if !several {
		to = from
	}
	parse := func(name string) Version {
		if name == "Beta2" {
			return Beta2
		}
		v, ok := ParseVersion(name)
		if !ok {
			t.Fatalf("%q is no version", name)
		}
		return v
	}
	return parse(from), parse(to)
}

// check finds the message that a line is.
func (k knownLine) check(t *testing.T, v Version) {
	t.Helper()
	l := parseOne(t, k.role, k.from, k.wire)
	var tried []string
	for _, f := range forms {
		named := l.Command == nil && f.command == "" || l.Command != nil && l.Command.Name == f.command
		sameRole := f.role&k.role != 0 || f.command == "INF" || f.command == "" || f.command == "OUT" || f.name == "Challenge"
		if !named || !sameRole || f.from != k.from || !f.has(v) {
			continue
		}
		m, err := f.parse(l, v)
		if err != nil {
			tried = append(tried, f.name+": "+err.Error())
			continue
		}
		wire, err := f.again(m, v)
		if err == nil && bytes.Equal(wire, k.wire) {
			return
		}
		tried = append(tried, f.name+": written as "+string(wire))
	}
	t.Errorf("%s: no message is %q: %s", v, k.wire, strings.Join(tried, "; "))
}
