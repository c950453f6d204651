package front

import (
	"bytes"
	"context"
	"log/slog"

	"github.com/papilio-im/papilio/internal/netio"
	"github.com/papilio-im/papilio/msnp"
)

// Negotiate answers VER and gives the version to speak: the highest that both
// sides know, or CVR0 if the client offers that alone. The client names its
// versions in its own order; the highest is what it likes best. With nothing in
// common the error is [netio.ErrClose].
func (c *Conn) Negotiate(l *msnp.Line, speaks func(msnp.Version) bool) (msnp.Version, error) {
	hello, err := msnp.ParseHello(l, 0)
	if err != nil {
		return 0, err
	}
	agreed := agree(hello, speaks)
	c.Put(0, agreed)
	if agreed.Version == 0 || agreed.Version == msnp.CVR0 {
		c.noVersion(l)
	}
	if agreed.Version == 0 {
		return 0, netio.ErrClose
	}
	return agreed.Version, nil
}

func agree(hello msnp.Hello, speaks func(msnp.Version) bool) msnp.Agreed {
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

// noVersion logs the VER of a client that cannot sign in here: it offers no
// version that is spoken.
func (c *Conn) noVersion(l *msnp.Line) {
	offered := bytes.Join(l.Args[1:], []byte(" "))
	if len(offered) > maxOffer {
		offered = append(offered[:maxOffer], "..."...)
	}
	c.opts.Log.LogAttrs(context.Background(), slog.LevelInfo, "no common version",
		slog.String("offered", string(offered)), slog.String("remote", c.RemoteAddr().String()))
}

// Methods answers INF: it names the one way to sign in that every client which
// asks knows.
func (c *Conn) Methods(l *msnp.Line, v msnp.Version) error {
	inf, err := msnp.ParseInf(l, v)
	if err != nil {
		return err
	}
	c.Put(v, msnp.Methods{TrID: inf.TrID, Methods: []msnp.Method{msnp.MethodMD5}})
	return nil
}

// Advise answers CVR and CVQ, and gives what the client has told of itself: the
// release that it has is the one that it should have. Clients leave, or nag, if
// they are told another. Where nothing but CVR0 was agreed on there is nothing
// more to say, and the error is [netio.ErrClose]; it is Beta 2 that asks with CVR
// then, and all others with CVQ.
func (c *Conn) Advise(l *msnp.Line, v msnp.Version, page string) (msnp.ClientInfo, error) {
	last := v == msnp.CVR0
	if last && l.Name() == "CVR" {
		v = msnp.Beta2
	}
	info, err := msnp.ParseClientInfo(l, v)
	if err != nil {
		return msnp.ClientInfo{}, err
	}
	c.Put(v, msnp.Advice{
		TrID:        info.TrID,
		Recommended: info.Release,
		Minimum:     info.Release,
		Download:    page,
		Info:        page,
	})
	if last {
		return info, netio.ErrClose
	}
	return info, nil
}
