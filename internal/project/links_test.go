package project

import (
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var (
	link     = regexp.MustCompile(`\]\(([^()\s]+)(?:\s+"[^"]*")?\)`)
	codeSpan = regexp.MustCompile("`[^`]*`")
	heading  = regexp.MustCompile(`^#{1,6}\s+(.*?)\s*#*$`)
	mark     = regexp.MustCompile(`[^\p{L}\p{N}\-_ ]`)
)

// prose gives the lines of a page, without those of its code blocks.
func prose(t *testing.T, page string) []string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root(), page))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	fenced := false
	for line := range strings.SplitSeq(string(content), "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			fenced = !fenced
			line = ""
		}
		if fenced {
			line = ""
		}
		lines = append(lines, line)
	}
	return lines
}

// anchors are the names that the headings of a page can be linked by, made as
// the forges make them.
func anchors(t *testing.T, page string) map[string]bool {
	t.Helper()
	found := make(map[string]bool)
	for _, line := range prose(t, page) {
		m := heading.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		slug := strings.ReplaceAll(mark.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-")
		name := slug
		for n := 1; found[name]; n++ {
			name = slug + "-" + strconv.Itoa(n)
		}
		found[name] = true
	}
	return found
}

func TestLinksLeadSomewhere(t *testing.T) {
	pages := files(t, ".md")
	if len(pages) == 0 {
		t.Fatal("no pages: the test looks in the wrong folder")
	}
	for _, page := range pages {
		for i, line := range prose(t, page) {
			for _, m := range link.FindAllStringSubmatch(codeSpan.ReplaceAllString(line, ""), -1) {
				if problem := follow(t, page, m[1]); problem != "" {
					t.Errorf("%s:%d: the link %s %s", page, i+1, m[1], problem)
				}
			}
		}
	}
}

// follow tells what is wrong with a link of a page, if it is a link to
// something of this repository.
func follow(t *testing.T, page, to string) string {
	t.Helper()
	u, err := url.Parse(to)
	switch {
	case err != nil:
		return "is not a link"
	case u.Scheme != "" || u.Host != "":
		return "" // the outside world changes without our doing
	case strings.HasPrefix(u.Path, "/"):
		return "begins at the top of somebody's disk"
	}
	target := page
	if u.Path != "" {
		target = path.Join(path.Dir(page), u.Path)
		if _, err := os.Stat(filepath.Join(root(), target)); err != nil || strings.HasPrefix(target, "..") {
			return "leads nowhere"
		}
	}
	if u.Fragment != "" && path.Ext(target) == ".md" && !anchors(t, target)[u.Fragment] {
		return "names a heading that is not there"
	}
	return ""
}
