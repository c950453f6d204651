package client

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/papilio-im/papilio/msnp"
)

var transactionID = regexp.MustCompile(`(?m)^(\s*[CS]: [A-Z]{3}) (\d+)`)

// renumber takes so much off every transaction id in a transcript. Commands without
// one that begin with a number are left as they are.
func renumber(script string, less int) string {
	return transactionID.ReplaceAllStringFunc(script, func(match string) string {
		parts := transactionID.FindStringSubmatch(match)
		if strings.HasSuffix(parts[1], "BPR") || strings.HasSuffix(parts[1], "RNG") {
			return match
		}
		n, _ := strconv.Atoi(parts[2])
		return parts[1] + " " + strconv.Itoa(n-less)
	})
}

// serverLines are the lines that a server sends in one go, from the one that
// begins with first.
func serverLines(script, first string) string {
	var text strings.Builder
	for step := range strings.Lines(script) {
		line, ok := strings.CutPrefix(strings.TrimSpace(step), "S: ")
		switch {
		case ok && (text.Len() > 0 || strings.HasPrefix(line, first)):
			text.WriteString(unescape(line))
		case !ok && text.Len() > 0:
			return text.String()
		}
	}
	return text.String()
}

// numbered puts transaction ids, from first on, in place of {1}, {2} and so on.
func numbered(script string, first int) string {
	for i := range 9 {
		script = strings.ReplaceAll(script, "{"+strconv.Itoa(i+1)+"}", strconv.Itoa(first+i))
	}
	return script
}

// again is a sign-in after a move whose first transaction id is first.
func again(first int) string { return numbered(session7Again, first) }

// plainFor is a sign-in of any version without lists and without a status.
func plainFor(v msnp.Version) string {
	var offer []string
	for _, o := range offers[v] {
		offer = append(offer, o.VER())
	}
	script := strings.ReplaceAll(numbered(plain, 1), "MSNP7 MSNP6 MSNP5 MSNP4 CVR0", strings.Join(offer, " "))
	script = strings.ReplaceAll(script, "S: VER 1 MSNP7 CVR0", "S: VER 1 "+v.VER())
	if !v.Has(msnp.FeatureVerified) {
		script = strings.ReplaceAll(script, "Zed%20Q 1", "Zed%20Q")
	}
	if !v.Has(msnp.FeatureClientName) {
		script = strings.ReplaceAll(script, "4.6.0083 MSMSGS", "4.6.0083")
	}
	if v == msnp.Beta2 {
		script = strings.ReplaceAll(script, "MD5 I zed@example.net", "MD5 I")
		script = strings.ReplaceAll(script, "MD5 S "+hash, "MD5 S zed@example.net "+hash)
	}
	return strings.ReplaceAll(script, "4.6.0083", officials[v].release)
}
