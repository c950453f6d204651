package dispatch

import "github.com/papilio-im/papilio/internal/front"

// verbs are the handlers of what clients send. Whether a version has a command,
// when it may be sent and with how many arguments, is in the command table.
var verbs = front.Verbs[*session]{
	"VER": (*session).ver,
	"INF": (*session).inf,
	"CVR": (*session).cvr,
	"CVQ": (*session).cvr,
	"USR": (*session).usr,
	"XFR": (*session).xfr,
	"OUT": (*session).out,
}
