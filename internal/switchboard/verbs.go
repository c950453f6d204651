package switchboard

import "github.com/papilio-im/papilio/internal/front"

// verbs are the handlers of what clients send. When it may be sent and with how
// many arguments is in the command table.
var verbs = front.Verbs[*member]{
	"INF": (*member).inf,
	"USR": (*member).usr,
	"ANS": (*member).ans,
	"CAL": (*member).cal,
	"MSG": (*member).msg,
	"OUT": (*member).bye,
}
