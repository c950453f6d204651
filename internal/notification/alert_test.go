package notification

import (
	"strings"
	"testing"

	"github.com/papilio-im/papilio/msnp"
)

// The text as HTML is left out where clients would take it for too much.
func TestAlertIsNotTooLong(t *testing.T) {
	for length := range maxAlert + 1 {
		text := strings.Repeat("x", length)
		old, now := alertBody(text, msnp.MSNP8), alertBody(text, msnp.MSNP9)
		if len(now) > maxAlertBody || !strings.Contains(now, "<TEXT>"+text+"</TEXT>") || strings.Contains(old, "TEXTX") {
			t.Fatalf("%d octets: %s, %s", length, old, now)
		}
		if length == 400 && !strings.Contains(now, "<TEXTX>"+text+"</TEXTX></BODY>") {
			t.Error(now)
		}
	}
	if got := alertBody("a<b", msnp.MSNP12); got != `<BODY lang="1033" icon=""><TEXT>a&lt;b</TEXT><TEXTX>a&amp;lt;b</TEXTX></BODY>` {
		t.Error(got)
	}
}
