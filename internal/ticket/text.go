package ticket

import (
	"log/slog"
	"strings"
)

const redacted = "[redacted]"

// Text is a ticket as it is written, or its proof key: whoever has it is taken
// for its owner. Every way of printing it gives "[redacted]"; Reveal gives the
// text, for the one place that must have it.
type Text string

// Reveal gives the text itself.
func (t Text) Reveal() string { return string(t) }

// String hides the ticket from fmt.
func (t Text) String() string { return redacted }

// GoString hides the ticket from the %#v of fmt.
func (t Text) GoString() string { return redacted }

// LogValue hides the ticket from slog.
func (t Text) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText hides the ticket from encoders.
func (t Text) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Pair is the form in which clients are given a ticket, and show it: some split
// it at the & and want both halves. The second, once a profile, is empty.
func (t Text) Pair() Text { return "t=" + t + "&p=" }

// FirstHalf gives the first half of a ticket as it was shown: what the notification
// server names to the client that has signed in with it.
func FirstHalf(shown string) Text { return Text(plain(shown)) }

// plain takes a ticket out of the forms in which it is shown: the pair, with or
// without its second half, or the first half alone, as in a cookie.
func plain(shown string) string {
	shown = strings.TrimPrefix(shown, "t=")
	first, _, _ := strings.Cut(shown, "&")
	return first
}
