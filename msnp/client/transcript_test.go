package client

import (
	"strings"

	"github.com/papilio-im/papilio/msnp"
)

// The salt and the hash of the password "s3cret!" that transcripts use.
const (
	salt = "982312055.48817"
	hash = "b113b7c25f4a696a0add686f5f42cc70"
)

// transcript is how a client of a version signs in, through a dispatch server.
type transcript struct {
	version  msnp.Version
	dispatch string
	session  string // from VER to the answers after which the client is online
}

// transcripts are whole sign-ins, one for each version.
var transcripts = []transcript{
	{msnp.Beta2, `
		C: XFR 1 NS
		S: XFR 1 NS ns.test:1864`, `
		C: VER 2 MSNP2
		S: VER 2 MSNP2
		C: INF 3
		S: INF 3 MD5
		C: USR 4 MD5 I
		S: USR 4 MD5 S 982312055.48817
		C: USR 5 MD5 S zed@example.net b113b7c25f4a696a0add686f5f42cc70
		S: USR 5 OK zed@example.net Zed%20Q
		S: MSG Hotmail Hotmail # | MIME-Version: 1.0\r\nContent-Type: text/x-msmsgsprofile; charset=UTF-8\r\nLoginTime: 1000000000\r\n\r\n
		C: SYN 6 0
		S: SYN 6 41
		S: GTC 6 41 A
		S: BLP 6 41 AL
		S: LST 6 FL 41 1 2 bea@example.net Bea
		S: LST 6 FL 41 2 2 carl@example.net Carl%20K
		S: LST 6 AL 41 1 1 bea@example.net Bea
		S: LST 6 BL 41 0 0
		S: LST 6 RL 41 1 1 bea@example.net Bea
		C: CHG 7 NLN
		C: CVR 8 0x0409 win 4.10 i386 MSMSGS 1.0.0452
		S: CHG 7 NLN
		S: ILN 7 AWY bea@example.net Bea%20B
		S: CVR 8 1.0.0452 1.0.0452 1.0.0452 http://example.net`},
	{msnp.MSNP2, `
		C: VER 1 MSNP2 CVR0
		S: VER 1 MSNP2 CVR0
		C: INF 2
		S: INF 2 MD5
		C: USR 3 MD5 I zed@example.net
		S: XFR 3 NS ns.test:1864`, `
		C: VER 4 MSNP2 CVR0
		S: VER 4 MSNP2 CVR0
		C: INF 5
		S: INF 5 MD5
		C: USR 6 MD5 I zed@example.net
		S: USR 6 MD5 S 982312055.48817
		C: USR 7 MD5 S b113b7c25f4a696a0add686f5f42cc70
		S: USR 7 OK zed@example.net Zed%20Q
		S: MSG Hotmail Hotmail # | MIME-Version: 1.0\r\nContent-Type: text/x-msmsgsprofile; charset=UTF-8\r\nLoginTime: 1000000000\r\n\r\n
		C: SYN 8 0
		S: SYN 8 41
		S: GTC 8 41 A
		S: BLP 8 41 AL
		S: LST 8 FL 41 1 2 bea@example.net Bea
		S: LST 8 FL 41 2 2 carl@example.net Carl%20K
		S: LST 8 AL 41 1 1 bea@example.net Bea
		S: LST 8 BL 41 0 0
		S: LST 8 RL 41 1 1 bea@example.net Bea
		C: CHG 9 NLN
		C: CVR 10 0x0409 win 4.10 i386 MSMSGS 1.0.0863
		S: CHG 9 NLN
		S: ILN 9 AWY bea@example.net Bea%20B
		S: CVR 10 1.0.0863 1.0.0863 1.0.0863 http://example.net http://example.net`},
	{msnp.MSNP3, `
		C: VER 1 MSNP3 MSNP2 CVR0
		S: VER 1 MSNP3 CVR0
		C: INF 2
		S: INF 2 MD5
		C: USR 3 MD5 I zed@example.net
		S: XFR 3 NS ns.test:1864 0`, sessionOf("MSNP3 MSNP2 CVR0", "MSNP3 CVR0", "", "2.0.0085", "", "")},
	{msnp.MSNP4, `
		C: VER 1 MSNP4 MSNP3 CVR0
		S: VER 1 MSNP4 CVR0
		C: INF 2
		S: INF 2 MD5
		C: USR 3 MD5 I zed@example.net
		S: XFR 3 NS ns.test:1864 0`, sessionOf("MSNP4 MSNP3 CVR0", "MSNP4 CVR0", "", "2.2.1053 MSMSGS", "", "")},
	{msnp.MSNP5, `
		C: VER 1 MSNP5 MSNP4 CVR0
		S: VER 1 MSNP5 CVR0
		C: INF 2
		S: INF 2 MD5
		C: USR 3 MD5 I zed@example.net
		S: XFR 3 NS ns.test:1864 0`, sessionOf("MSNP5 MSNP4 CVR0", "MSNP5 CVR0", "", "3.6.0026 MSMSGS", settings5, "")},
	{msnp.MSNP6, `
		C: VER 1 MSNP6 MSNP5 MSNP4 CVR0
		S: VER 1 MSNP6 CVR0
		C: INF 2
		S: INF 2 MD5
		C: USR 3 MD5 I zed@example.net
		S: XFR 3 NS ns.test:1864 0`, sessionOf("MSNP6 MSNP5 MSNP4 CVR0", "MSNP6 CVR0", " 1", "3.6.0039 MSMSGS", settings5, "")},
	{msnp.MSNP7, `
		C: VER 1 MSNP7 MSNP6 MSNP5 MSNP4 CVR0
		S: VER 1 MSNP7 CVR0
		C: INF 2
		S: INF 2 MD5
		C: USR 3 MD5 I zed@example.net
		S: XFR 3 NS ns.test:1864 0 ds.test:1863`, session7},
}

const settings5 = `
		S: PRP 8 41 PHH 1%20(555)%20010
		S: PRP 8 41 PHW
		S: PRP 8 41 PHM
		S: PRP 8 41 MOB N
		S: PRP 8 41 MBE N`

var session7 = sessionOf("MSNP7 MSNP6 MSNP5 MSNP4 CVR0", "MSNP7 CVR0", " 1", "4.6.0083 MSMSGS", settings5+`
		S: LSG 8 41 1 2 0 Other%20Contacts 0
		S: LSG 8 41 2 2 3 Work 0`, " 0,3")

// sessionOf is the part on the notification server, which differs in so much.
func sessionOf(offer, agreed, verified, release, settings, groups string) string {
	script := `
		C: VER 4 {offer}
		S: VER 4 {agreed}
		C: INF 5
		S: INF 5 MD5
		C: USR 6 MD5 I zed@example.net
		S: USR 6 MD5 S 982312055.48817
		C: USR 7 MD5 S b113b7c25f4a696a0add686f5f42cc70
		S: USR 7 OK zed@example.net Zed%20Q{verified}
		S: MSG Hotmail Hotmail # | MIME-Version: 1.0\r\nContent-Type: text/x-msmsgsprofile; charset=UTF-8\r\nLoginTime: 1000000000\r\n\r\n
		C: SYN 8 0
		S: SYN 8 41
		S: GTC 8 41 A
		S: BLP 8 41 AL{settings}
		S: LST 8 FL 41 1 2 bea@example.net Bea{groups}{phones}
		S: LST 8 FL 41 2 2 carl@example.net Carl%20K{groups}
		S: LST 8 AL 41 1 1 bea@example.net Bea
		S: LST 8 BL 41 0 0
		S: LST 8 RL 41 1 1 bea@example.net Bea
		C: CHG 9 NLN
		C: CVR 10 0x0409 win 4.10 i386 MSMSGS {release}
		S: CHG 9 NLN
		S: ILN 9 AWY bea@example.net Bea%20B
		S: CVR 10 1.0 1.0 1.0 http://example.net http://example.net`
	phones := ""
	if settings != "" {
		phones = `
		S: BPR 41 bea@example.net PHH 02%2044
		S: BPR 41 bea@example.net PHW
		S: BPR 41 bea@example.net PHM
		S: BPR 41 bea@example.net MOB N`
	}
	return strings.NewReplacer("{offer}", offer, "{agreed}", agreed, "{verified}", verified,
		"{release}", release, "{settings}", settings, "{groups}", groups, "{phones}", phones).Replace(script)
}
