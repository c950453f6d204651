package msnp

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// The random content of messages.

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

func genTrID(r *rand.Rand) TrID { return TrID(pick(r, 0, 1, r.Uint32(), 1<<32-1)) }

func genWord(r *rand.Rand) string {
	const letters = "abcXYZ019.-_:/!$%&*{}+=?"
	var b strings.Builder
	for range 1 + r.IntN(20) {
		b.WriteByte(letters[r.IntN(len(letters))])
	}
	return b.String()
}

func genHandle(r *rand.Rand) string {
	return "u" + strconv.Itoa(r.IntN(1000)) + pick(r, "@example.net", "@a.b", ".x@mail.example.org")
}

func genName(r *rand.Rand) Encoded {
	return pick[Encoded](r, "Ana", "Zed%20Q", "%E2%98%83", "a+b", Encode("Größe ☃ % \r\n"), Encoded(genHandle(r)), "raw-☃",
		Encoded(strings.Repeat("%20", MaxName/3)))
}

func genShortName(r *rand.Rand) Encoded {
	return pick[Encoded](r, "Work", "~", "Other%20Contacts", "%E2%98%83")
}

func genHost(r *rand.Rand) string {
	return pick(r, "10.0.0.5", "ns.example.net", "[2001:db8::1]") + ":" + strconv.Itoa(1+r.IntN(65535))
}

func genPayload(r *rand.Rand) []byte {
	p := make([]byte, pick(r, 0, 1, 2, 65, MaxMessage))
	for i := range p {
		p[i] = byte(r.Uint32())
	}
	return p
}

func genVersions(r *rand.Rand) []Version {
	var vs []Version
	for v := Last; v >= MSNP2; v-- {
		if r.IntN(3) == 0 {
			vs = append(vs, v)
		}
	}
	if len(vs) == 0 || r.IntN(2) == 0 {
		vs = append(vs, CVR0)
	}
	return vs
}

func genClientInfo(r *rand.Rand, v Version) ClientInfo {
	m := ClientInfo{
		TrID: genTrID(r), Locale: "0x0409", OS: "winnt", OSVersion: "5.1", Arch: "i386",
		Library: "MSMSGS", Release: genWord(r),
	}
	if v.Has(FeatureClientName) && r.IntN(4) > 0 {
		m.Client = genWord(r)
		if v.Has(FeatureClientHandle) && r.IntN(4) > 0 {
			m.Handle = genHandle(r)
			if v.Has(FeatureHop) {
				m.Hop = r.IntN(4)
			}
		}
	}
	return m
}

func genAdvice(r *rand.Rand, v Version) Advice {
	m := Advice{TrID: genTrID(r), Recommended: genWord(r), Minimum: genWord(r), Download: "http://example.net"}
	if v.Has(FeatureInfoURL) {
		m.Info = "http://example.net/info"
	}
	return m
}

// genSignIn makes one of the forms that the version has.
func genSignIn(r *rand.Rand, v Version) SignIn {
	m := SignIn{TrID: genTrID(r)}
	for _, method := range []Method{MethodCTP, MethodMD5, MethodTWN, MethodSSO} {
		if v.SignsInBy(method) && (m.Method == "" || r.IntN(2) == 0) {
			m.Method = method
		}
	}
	m.Stage = pick(r, StageInitial, StageSubsequent)
	if m.Method == MethodSSO {
		m.Stage = StageInitial
	}
	beta2 := v.Has(FeatureBeta2SignIn) && r.IntN(2) == 0
	switch {
	case m.Stage == StageInitial && m.Method == MethodMD5 && beta2:
	case m.Stage == StageInitial:
		m.Handle = genHandle(r)
		if m.Method == MethodCTP && beta2 {
			m.Secret = genWord(r)
		}
	case m.Method == MethodCTP:
		m.Secret = genWord(r)
	case m.Method == MethodTWN:
		m.Secret = "t=" + genWord(r) + "&p=" + pick(r, "", genWord(r))
	default:
		m.Secret = MD5Response(genWord(r), genWord(r))
		if beta2 {
			m.Handle = genHandle(r)
		}
	}
	return m
}

func genChallenge(r *rand.Rand, v Version) Challenge {
	if v.SignsInBy(MethodCTP) && r.IntN(2) == 0 {
		return Challenge{TrID: genTrID(r), Method: MethodCTP}
	}
	if v.SignsInBy(MethodTWN) {
		return Challenge{TrID: genTrID(r), Method: MethodTWN, Salt: PassportParams(time.Unix(r.Int64N(1<<32), 0), "43f8")}
	}
	return Challenge{TrID: genTrID(r), Method: MethodMD5, Salt: genWord(r)}
}

func genWelcome(r *rand.Rand, v Version) Welcome {
	m := Welcome{TrID: genTrID(r), Handle: genHandle(r)}
	if v.Has(FeatureWelcomeName) {
		m.Name = genName(r)
	}
	m.Verified = v.Has(FeatureVerified) && r.IntN(2) == 0
	m.Restricted = v.Has(FeatureRestricted) && r.IntN(2) == 0
	return m
}

func genReferral(r *rand.Rand, v Version) Referral {
	m := Referral{TrID: genTrID(r)}
	if r.IntN(4) == 0 {
		return m
	}
	m.Host = genHost(r)
	switch referralTails[v] {
	case tailCurrent:
		m.Current = genHost(r)
	case tailHop:
		m.Gateway = r.IntN(2) == 0
		m.Hop = r.IntN(4)
	default:
	}
	return m
}

// genMethod chooses a way to a switchboard that the version has.
func genMethod(r *rand.Rand, v Version) (Method, string) {
	var methods []Method
	for _, m := range []Method{MethodCKI, MethodMD5, MethodCTP} {
		if v.TransfersBy(m) {
			methods = append(methods, m)
		}
	}
	m := pick(r, methods...)
	if m == MethodCTP {
		return m, ""
	}
	return m, genWord(r)
}

func genTransfer(r *rand.Rand, v Version) Transfer {
	m := Transfer{TrID: genTrID(r), Host: genHost(r)}
	m.Method, m.Param = genMethod(r, v)
	m.Direct = transferForms[v].tail == tailDirect && r.IntN(2) == 0
	return m
}

func genRing(r *rand.Rand, v Version) Ring {
	m := Ring{
		Session: uint32(r.IntN(MaxSession)), Host: genHost(r),
		Caller: genHandle(r), CallerName: genName(r),
	}
	m.Method, m.Param = genMethod(r, v)
	m.Direct = transferForms[v].tail == tailDirect && r.IntN(2) == 0
	return m
}

func genGroup(r *rand.Rand, v Version, list List) int {
	if list != ForwardList || !v.Has(FeatureGroups) {
		return NoGroup
	}
	return r.IntN(MaxGroups+1) - 1
}

// genEditable chooses a list that a client may change, which more is since MSNP10.
func genEditable(r *rand.Rand, v Version, more List) List {
	if v.Has(FeaturePendingList) && r.IntN(4) == 0 {
		return more
	}
	return pick(r, ForwardList, AllowList, BlockList)
}

func genList(r *rand.Rand, v Version) List {
	if v.Has(FeaturePendingList) && r.IntN(5) == 0 {
		return PendingList
	}
	return pick(r, ForwardList, AllowList, BlockList, ReverseList)
}

func genListItem(r *rand.Rand, v Version) ListItem {
	m := ListItem{TrID: genTrID(r), List: genList(r, v), Version: r.Uint32()}
	if r.IntN(4) == 0 {
		return m
	}
	m.Index, m.Total, m.Handle, m.Name = 1+r.IntN(600), 1+r.IntN(600), genHandle(r), genName(r)
	if m.List == ForwardList && v.Has(FeatureGroups) {
		for range 1 + r.IntN(5) {
			m.Groups = append(m.Groups, r.IntN(MaxGroups))
		}
	}
	return m
}

func genValue(r *rand.Rand, key Key) Encoded {
	switch findSetting(key).kind {
	case kindPrompt:
		return pick(r, PromptAsk, PromptNone)
	case kindList:
		return pick(r, DefaultAL, DefaultBL)
	case kindYesNo:
		return pick(r, ValueYes, ValueNo, "")
	case kindName:
		return genName(r)
	case kindServer:
		return pick(r, ValueOn, ValueOff)
	default:
	}
	return pick[Encoded](r, "", "1%20(555)%20010", "%2B44")
}

// genProperty chooses a setting that PRP changes.
func genProperty(r *rand.Rand, v Version) Key {
	if v >= MSNP10 && r.IntN(4) == 0 {
		return KeyName
	}
	return pick(r, KeyHomePhone, KeyWorkPhone, KeyMobilePhone, KeyPaging, KeyMobile)
}

// genServerProperty chooses a setting that a server tells of with PRP.
func genServerProperty(r *rand.Rand, v Version) Key {
	if v >= MSNP11 && r.IntN(4) == 0 {
		return pick(r, KeyWatch, KeySpace)
	}
	return genProperty(r, v)
}

// genOwn gives the key of a command of its own.
func genOwn(key Key) func(*rand.Rand, Version) Key {
	return func(*rand.Rand, Version) Key { return key }
}

func genChangeSetting(key func(*rand.Rand, Version) Key) func(*rand.Rand, Version) ChangeSetting {
	return func(r *rand.Rand, v Version) ChangeSetting {
		k := key(r, v)
		return ChangeSetting{TrID: genTrID(r), Key: k, Value: genValue(r, k)}
	}
}

func genSetting(key func(*rand.Rand, Version) Key) func(*rand.Rand, Version) Setting {
	return func(r *rand.Rand, v Version) Setting {
		k := key(r, v)
		m := Setting{Key: k, Value: genValue(r, k)}
		if v.Has(FeatureSyncCounts) && m.Value != "" && r.IntN(2) == 0 {
			m.Sync = true
			return m
		}
		m.TrID, m.Version = genTrID(r), genListVersion(r, v)
		return m
	}
}

func genContactSetting(r *rand.Rand, v Version) ContactSetting {
	key := pick(r, KeyHomePhone, KeyWorkPhone, KeyMobilePhone, KeyPaging)
	m := ContactSetting{Key: key, Value: genValue(r, key)}
	if v.Has(FeatureGUIDs) && m.Value == "" {
		m.Value = ValueNo
	}
	if v.Has(FeatureSyncCounts) && m.Value != "" && r.IntN(2) == 0 {
		m.Sync = true
		return m
	}
	m.Version, m.Handle = genListVersion(r, v), genHandle(r)
	return m
}

func genOpenStatus(r *rand.Rand) Status { return pick(r, statuses[:7]...) }

func genChangeStatus(r *rand.Rand, v Version) ChangeStatus {
	m := ChangeStatus{TrID: genTrID(r), Status: genOpenStatus(r)}
	if v.Has(FeatureOfflineStatus) {
		m.Status = pick(r, statuses[:]...)
	}
	m.Capabilities = genCapabilities(r, v, FeatureCapabilities)
	if v.Has(FeatureObjects) && r.IntN(2) == 0 {
		m.Object = pick(r, "0", genObject)
	}
	switch {
	case !v.Has(FeatureCapabilities):
	case m.Capabilities == 0 && m.Object == "" && r.IntN(2) == 0:
		m.Written = "0"
	case m.Capabilities != 0 && r.IntN(3) == 0:
		m.Written = strconv.FormatUint(uint64(m.Capabilities), 10) + ":48"
	}
	return m
}

func genOnline(r *rand.Rand, v Version) Online {
	m := Online{Status: genOpenStatus(r), Handle: genHandle(r), Name: genName(r)}
	m.Capabilities = genCapabilities(r, v, FeatureCapabilities)
	if v.Has(FeatureObjects) && r.IntN(2) == 0 {
		m.Object = genObject
	}
	return m
}

func genInvite(r *rand.Rand, v Version) Invite {
	m := Invite{TrID: genTrID(r), To: pick(r, genHandle(r), "3")}
	if v.Has(FeatureInviteLocale) {
		m.Locale, m.Library = "0x0409", "MSMSGS"
	}
	if v.Has(FeatureInviteClient) {
		m.Client = "MSMSGS"
	}
	return m
}

func genInviteText(r *rand.Rand, _ Version) InviteText {
	m := InviteText{
		TrID: genTrID(r), To: genHandle(r), Locale: "0x0409", Library: "MSMSGS", Client: "MSMSGS",
		Name: genName(r),
	}
	if r.IntN(2) == 0 {
		m.Text = genPayload(r)
	}
	return m
}

func genPerson(r *rand.Rand) Person {
	return Person{First: genShortName(r), Last: genShortName(r), City: pick[Encoded](r, "", "*"), State: "*", Country: "GB"}
}

func genFound(r *rand.Rand, _ Version) Found {
	if r.IntN(2) == 0 {
		return Found{TrID: genTrID(r)}
	}
	return Found{TrID: genTrID(r), Index: 1, Total: 1 + r.IntN(50), Person: genPerson(r)}
}

func genPong(r *rand.Rand, v Version) Pong {
	if v.Has(FeaturePingSchedule) {
		return Pong{Seconds: r.IntN(60)}
	}
	return Pong{}
}

func genURLReply(r *rand.Rand, v Version) URLReply {
	m := URLReply{TrID: genTrID(r), Resource: "/cgi-bin/HoTMaiL", Login: "https://login.example.net/?lc=1033"}
	if v.Has(FeatureSiteID) {
		m.Site = pick(r, "2", "961")
	}
	return m
}

// genIdentity makes one of the forms in which a client enters a conversation.
func genIdentity(r *rand.Rand) Identity {
	m := Identity{Handle: genHandle(r), Secret: "40211873.947112233.550193274466120387"}
	m.Written = strings.ToUpper(m.Handle)
	switch r.IntN(5) {
	case 0:
		m.Endpoint = "{3d6f0b1a-9c55-4e0b-8a17-20c44c1f77aa}"
		m.Written += ";" + m.Endpoint
	case 1:
		m.Method, m.Stage, m.Secret = MethodMD5, StageSubsequent, MD5Response("1.1", "s3cret")
	case 2:
		m.Method, m.Stage, m.Secret = MethodCTP, StageInitial, "s3cret"
	case 3:
		m = Identity{Method: MethodMD5, Stage: StageInitial}
	case 4:
		m = Identity{Method: MethodMD5, Stage: StageSubsequent, Secret: MD5Response("1.1", "s3cret")}
	}
	return m
}
