package client

import (
	"cmp"

	"github.com/papilio-im/papilio/msnp"
)

// official is what the official client of a version says of itself.
type official struct {
	release      string // for CVR
	os, system   string // for CVR
	library      string // for CVR
	product      string // that it answers CHL as
	capabilities msnp.Capabilities
}

// release62 and so on are the releases among the capabilities.
const (
	release60 msnp.Capabilities = (1 + iota) << 28
	_
	release62
	release70
	release75
)

// product7 is what 7.0 and 7.5 answer challenges as.
const product7 = "PROD0101{0RM?UBW"

// officials are the releases that spoke each version. To MSNP7 they are of the time
// of Windows 98.
var officials = map[msnp.Version]official{
	msnp.Beta2: old("1.0.0452"),
	msnp.MSNP2: old("1.0.0863"),
	msnp.MSNP3: old("2.0.0085"),
	msnp.MSNP4: old("2.2.1053"),
	msnp.MSNP5: old("3.6.0026"),
	msnp.MSNP6: old("3.6.0039"),
	msnp.MSNP7: old("4.6.0083"),

	msnp.MSNP8:  later("5.0.0544", msnp.ProductOfficial, 0),
	msnp.MSNP9:  later("6.0.0602", msnp.ProductOfficial, release60|msnp.CapChunks),
	msnp.MSNP10: later("6.2.0208", msnp.ProductOfficial, release62|msnp.CapChunks),
	msnp.MSNP11: later("7.0.0816", product7, release70|msnp.CapChunks),
	msnp.MSNP12: later("7.5.0324", product7, release75|msnp.CapChunks),
}

func old(release string) official {
	return official{release: release, os: "win", system: "4.10", library: "MSMSGS", product: msnp.ProductOfficial}
}

func later(release, product string, c msnp.Capabilities) official {
	return official{
		release: release, os: "winnt", system: "5.1", library: "MSNMSGR", product: product, capabilities: c,
	}
}

// info is CVR.
func (c *Client) info(id msnp.TrID) msnp.ClientInfo {
	as := officials[c.o.Version]
	return msnp.ClientInfo{
		TrID: id, Locale: "0x0409", OS: as.os, OSVersion: as.system, Arch: "i386",
		Library: as.library, Release: as.release, Client: "MSMSGS", Handle: c.o.Handle,
	}
}

// capabilities are what the client says that it can do.
func (c *Client) capabilities() msnp.Capabilities {
	return cmp.Or(c.o.Capabilities, officials[c.o.Version].capabilities)
}
