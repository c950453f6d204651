package front

import "github.com/papilio-im/papilio/msnp"

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
