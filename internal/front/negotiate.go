package front

import (
	"bytes"
	"context"
	"log/slog"

	"github.com/papilio-im/papilio/msnp"
)

// Agree chooses what to answer to VER: the highest version that both sides
// speak, or CVR0 if the client offers that alone, or nothing. The client names
// its versions in its own order; the highest is what it likes best.
func Agree(hello msnp.Hello, speaks func(msnp.Version) bool) msnp.Agreed {
	agreed := msnp.Agreed{TrID: hello.TrID, CVR0: hello.Offers(msnp.CVR0)}
	for _, v := range hello.Versions {
		if v != msnp.CVR0 && v > agreed.Version && speaks(v) {
			agreed.Version = v
		}
	}
	if agreed.Version == 0 && agreed.CVR0 {
		agreed.Version, agreed.CVR0 = msnp.CVR0, false
	}
	return agreed
}

// maxOffer bounds what is logged of a client's versions, in octets.
const maxOffer = 100

// NoVersion logs the VER of a client that cannot sign in here: it offers no
// version that is spoken.
func (c *Conn) NoVersion(l *msnp.Line) {
	offered := bytes.Join(l.Args[1:], []byte(" "))
	if len(offered) > maxOffer {
		offered = append(offered[:maxOffer], "..."...)
	}
	c.opts.Log.LogAttrs(context.Background(), slog.LevelInfo, "no common version",
		slog.String("offered", string(offered)), slog.String("remote", c.RemoteAddr().String()))
}

// Advise answers CVR and CVQ: the release that the client has is the one that
// it should have. Clients leave, or nag, if they are told another.
func Advise(info msnp.ClientInfo, page string) msnp.Advice {
	return msnp.Advice{
		TrID:        info.TrID,
		Recommended: info.Release,
		Minimum:     info.Release,
		Download:    page,
		Info:        page,
	}
}
