package client

import (
	"strings"

	"github.com/papilio-im/papilio/msnp"
)

// The ticket that transcripts sign in with, and what its challenge is.
const (
	testTicket = "t=Q0ZZ*ab!c$&p=9Lk"
	testParams = "lc=1033,id=507,tw=40,fs=1,ru=http%3A%2F%2Fmessenger%2Emsn%2Ecom,ct=1000000000,kpp=1,kv=5,ver=2.1.0173.1,tpf=43f8a4c8ed940c04e3740be46c4d1619"

	beaID  = "0d9c1c52-77aa-4b62-8d7f-3a1e5c9b0f21"
	carlID = "6fbb40e6-51f5-4f25-a1a7-6d0cf2f3a8d4"
	workID = "5e1f2c0a-8b1d-4f7e-9a34-0c5d7f1a2b3c"

	listStamp    = "2026-02-01T10:11:12.5000000-07:00"
	settingStamp = "2026-01-31T08:00:00.0000000-07:00"

	beaObject = "%3Cmsnobj%20Creator%3D%22bea%40example.net%22%2F%3E"
)

// transcripts8 are whole sign-ins by ticket, one for each version.
var transcripts8 = []transcript{
	{msnp.MSNP8, dispatch8("MSNP8 CVR0", "MSNP8 CVR0", "5.0.0544"), session8("MSNP8 CVR0", "MSNP8 CVR0", "5.0.0544", "0", listed8, "1073741868")},
	{msnp.MSNP9, dispatch8("MSNP9 MSNP8 CVR0", "MSNP9 CVR0", "6.0.0602"), session8("MSNP9 MSNP8 CVR0", "MSNP9 CVR0", "6.0.0602", "268435488", listed8, "1073741868 "+beaObject)},
	{msnp.MSNP10, dispatch8("MSNP10 MSNP9 CVR0", "MSNP10", "6.2.0208"), session10("MSNP10 MSNP9 CVR0", "MSNP10", "6.2.0208", "805306400", listed10)},
	{msnp.MSNP11, dispatch8("MSNP11 MSNP10 CVR0", "MSNP11", "7.0.0816"), session11("MSNP11 MSNP10 CVR0", "MSNP11", "7.0.0816", "1073741856", listed10)},
	{msnp.MSNP12, dispatch8("MSNP12 MSNP11 MSNP10 CVR0", "MSNP12 CVR0", "7.5.0324"), session11("MSNP12 MSNP11 MSNP10 CVR0", "MSNP12 CVR0", "7.5.0324", "1342177312",
		strings.NewReplacer(" 11 "+workID, " 11 1 "+workID, carlID+" 1", carlID+" 1 1", "Ada%20L 16", "Ada%20L 16 1").Replace(listed10))},
}

// dispatch8 is the part on the dispatch server.
func dispatch8(offer, agreed, release string) string {
	return strings.NewReplacer("{offer}", offer, "{agreed}", agreed, "{release}", release).Replace(`
		C: VER 1 {offer}
		S: VER 1 {agreed}
		C: CVR 2 0x0409 winnt 5.1 i386 MSNMSGR {release} MSMSGS zed@example.net
		S: CVR 2 {release} {release} {release} http://example.net http://example.net
		C: USR 3 TWN I zed@example.net
		S: XFR 3 NS ns.test:1864 0 ds.test:1863`)
}

const (
	entry8 = `
		C: VER 4 {offer}
		S: VER 4 {agreed}
		C: CVR 5 0x0409 winnt 5.1 i386 MSNMSGR {release} MSMSGS zed@example.net
		S: CVR 5 {release} {release} {release} http://example.net http://example.net
		C: USR 6 TWN I zed@example.net
		S: USR 6 TWN S ` + testParams + `
		C: USR 7 TWN S ` + testTicket
	profile8 = `
		S: MSG Hotmail Hotmail # | MIME-Version: 1.0\r\nContent-Type: text/x-msmsgsprofile; charset=UTF-8\r\nLoginTime: 1000000000\r\n\r\n`
	listed8 = `
		C: SYN 8 0
		S: SYN 8 41 3 2
		S: GTC A
		S: BLP AL
		S: PRP PHH 1%20(555)%20010
		S: LSG 0 Other%20Contacts 0
		S: LSG 3 Work 0
		S: LST bea@example.net Bea 11 0,3
		S: BPR PHH 02%2044
		S: LST carl@example.net Carl%20K 1 0
		S: LST ada@example.net Ada%20L 8`
	listed10 = `
		C: SYN 8 0 0
		S: SYN 8 ` + listStamp + " " + settingStamp + ` 3 1
		S: GTC A
		S: BLP AL
		S: PRP MFN Zed%20Q
		S: PRP PHH 1%20(555)%20010
		S: LSG Work ` + workID + `
		S: LST N=bea@example.net F=Bea C=` + beaID + ` 11 ` + workID + `
		S: BPR PHH 02%2044
		S: LST N=carl@example.net F=Carl%20K C=` + carlID + ` 1
		S: LST N=ada@example.net F=Ada%20L 16`
)

// session8 is the part on the notification server to MSNP9. The settings of the last
// contact come when all that is counted is there.
func session8(offer, agreed, release, can, lists, shown string) string {
	return strings.NewReplacer("{offer}", offer, "{agreed}", agreed, "{release}", release, "{can}", can, "{shown}", shown).Replace(
		entry8 + `
		S: USR 7 OK zed@example.net Zed%20Q 1 0` + profile8 + lists + `
		C: CHG 9 NLN {can}
		C: PNG
		S: CHG 9 NLN {can}
		S: ILN 9 AWY bea@example.net Bea%20B {shown}
		S: QNG 50`)
}

// session10 is the same for MSNP10.
func session10(offer, agreed, release, can, lists string) string {
	s := session8(offer, agreed, release, can, lists, "1073741868 "+beaObject)
	return strings.Replace(s, "zed@example.net Zed%20Q 1 0", "zed@example.net 1 0", 1)
}

// session11 is the same for MSNP11 and MSNP12, with a personal message.
func session11(offer, agreed, release, can, lists string) string {
	s := session10(offer, agreed, release, can, lists)
	s = strings.Replace(s, "S: MSG Hotmail", "S: SBS 0 null\n\t\tS: MSG Hotmail", 1)
	return strings.Replace(s, "\n\t\tS: QNG", "\n\t\tS: UBX bea@example.net # | <Data><PSM>gone fishing</PSM><CurrentMedia></CurrentMedia></Data>\n\t\tS: QNG", 1)
}
