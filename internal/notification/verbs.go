package notification

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
	"PNG": (*session).png,

	"SYN": (*session).syn,
	"LST": (*session).lst,
	"LSG": (*session).lsg,
	"GTC": (*session).gtc,
	"BLP": (*session).blp,
	"PRP": (*session).prp,
	"ADD": (*session).add,
	"ADC": (*session).add,
	"REM": (*session).rem,
	"REA": (*session).rea,
	"SBP": (*session).sbp,
	"ADG": (*session).adg,
	"REG": (*session).reg,
	"RMG": (*session).rmg,

	"CHG": (*session).chg,
	"UUX": (*session).uux,
	"QRY": (*session).qry,
	"CHL": (*session).chl,

	"URL": (*session).url,
	"SND": (*session).snd,
	"SDC": (*session).sdc,
	"FND": (*session).fnd,
	"PAG": (*session).pag,
	"PGD": (*session).pag,
	"IMS": (*session).ims,
	"GCF": (*session).gcf,
	"GSB": (*session).gsb,
	"LKP": (*session).lkp,
}
