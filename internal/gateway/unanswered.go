package gateway

import (
	"bytes"

	"github.com/papilio-im/papilio/msnp"
)

// unanswered is what a client has said to a notification server, from the first
// command on that has no answer yet. Servers answer one command after another.
type unanswered []byte

// say takes note of what the client says.
func (u *unanswered) say(body []byte) {
	if len(*u)+len(body) > maxWaiting {
		*u = nil // who says so much does not wait for answers
	}
	*u = append(*u, body...)
}

// hear forgets what a command of the server answers.
func (u *unanswered) hear(answer *msnp.Line) {
	if trid, ok := answer.TrID(); len(*u) == 0 || answer.Name() != "QNG" && (!ok || trid == 0) {
		return
	}
	line := lines.Get().(*msnp.Line)
	defer lines.Put(line)
	for rest := *u; ; {
		n, err := line.Parse(rest, msnp.TableOf(msnp.Notification, msnp.FromClient), msnp.MaxLine)
		if err != nil {
			return // it answers something of before
		}
		if rest = rest[n:]; settles(answer, line) {
			*u = bytes.Clone(rest)
			return
		}
	}
}

// settles reports whether one command answers another.
func settles(answer, command *msnp.Line) bool {
	if answer.Name() == "QNG" {
		return command.Name() == "PNG"
	}
	to, ok := answer.TrID()
	of, asked := command.TrID()
	return ok && asked && to == of
}
