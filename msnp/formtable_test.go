package msnp

import "math/rand/v2"

const (
	client = FromClient
	server = FromServer
)

// forms is every message, with the span of versions that has it in this form.
var forms = []form{
	of("VER", Notification, client, Beta2, MSNP21, func(r *rand.Rand, _ Version) Hello {
		return Hello{genTrID(r), genVersions(r)}
	}, ParseHello),
	of("VER", Notification, server, Beta2, MSNP21, func(r *rand.Rand, _ Version) Agreed {
		m := Agreed{TrID: genTrID(r), Version: pick(r, append(Versions(MSNP2, MSNP21), 0, CVR0)...)}
		m.CVR0 = m.Version >= MSNP2 && r.IntN(2) == 0
		return m
	}, ParseAgreed),
	of("INF", Notification, client, Beta2, MSNP7, func(r *rand.Rand, _ Version) Inf { return Inf{genTrID(r)} }, ParseInf),
	of("INF", Notification, server, Beta2, MSNP7, func(r *rand.Rand, _ Version) Methods {
		return Methods{genTrID(r), pick(r, []Method{MethodMD5}, []Method{MethodCTP, MethodMD5}, nil)}
	}, ParseMethods),
	of("CVR", Notification, client, Beta2, MSNP21, genClientInfo, ParseClientInfo),
	of("CVR", Notification, server, Beta2, MSNP21, genAdvice, ParseAdvice),
	of("CVQ", Notification, client, CVR0, CVR0, genClientInfo, ParseClientInfo),
	of("CVQ", Notification, server, CVR0, CVR0, genAdvice, ParseAdvice),
	of("USR", Notification, client, Beta2, MSNP21, genSignIn, ParseSignIn),
	of("USR", Notification, server, Beta2, MSNP7, genChallenge, ParseChallenge),
	of("USR", Notification, server, Beta2, MSNP21, genWelcome, ParseWelcome),

	of("XFR", Notification, client, Beta2, MSNP21, func(r *rand.Rand, _ Version) XFRRequest {
		return XFRRequest{genTrID(r), pick(r, ToSwitchboard, ToNotification)}
	}, ParseXFRRequest),
	of("XFR", Notification, server, Beta2, MSNP21, genReferral, ParseReferral),
	of("XFR", Notification, server, Beta2, MSNP20, genTransfer, ParseTransfer),
	of("RNG", ns, server, Beta2, MSNP20, genRing, ParseRing),

	of("SYN", ns, client, Beta2, MSNP9, func(r *rand.Rand, _ Version) Sync { return Sync{genTrID(r), r.Uint32()} }, ParseSync),
	of("SYN", ns, server, Beta2, MSNP9, func(r *rand.Rand, _ Version) SyncReply {
		return SyncReply{genTrID(r), r.Uint32()}
	}, ParseSyncReply),
	of("LST", ns, client, Beta2, MSNP8, func(r *rand.Rand, _ Version) ListRequest {
		return ListRequest{genTrID(r), genList(r)}
	}, ParseListRequest),
	of("LST", ns, server, Beta2, MSNP7, genListItem, ParseListItem),
	of("LSG", ns, client, MSNP7, MSNP8, func(r *rand.Rand, _ Version) GroupRequest {
		return GroupRequest{genTrID(r)}
	}, ParseGroupRequest),
	of("LSG", ns, server, MSNP7, MSNP7, func(r *rand.Rand, _ Version) GroupItem {
		return GroupItem{genTrID(r), r.Uint32(), 1, 2, r.IntN(MaxGroups), genShortName(r)}
	}, ParseGroupItem),

	of("ADD", ns, client, Beta2, MSNP9, genAdd, ParseAdd),
	of("ADD", ns, server, Beta2, MSNP9, genAdded, ParseAdded),
	of("REM", ns, client, Beta2, MSNP9, genRemove, ParseRemove),
	of("REM", ns, server, Beta2, MSNP9, genRemoved, ParseRemoved),
	of("REA", ns, client, Beta2, MSNP9, func(r *rand.Rand, _ Version) Rename {
		return Rename{genTrID(r), pick(r, genHandle(r), "nobody"), genName(r)}
	}, ParseRename),
	of("REA", ns, server, Beta2, MSNP9, func(r *rand.Rand, _ Version) Renamed {
		return Renamed{genTrID(r), r.Uint32(), genHandle(r), genName(r)}
	}, ParseRenamed),
	of("ADG", ns, client, MSNP7, MSNP9, func(r *rand.Rand, _ Version) AddGroup {
		return AddGroup{genTrID(r), genShortName(r)}
	}, ParseAddGroup),
	of("ADG", ns, server, MSNP7, MSNP9, func(r *rand.Rand, _ Version) GroupAdded {
		return GroupAdded{genTrID(r), r.Uint32(), genShortName(r), r.IntN(MaxGroups)}
	}, ParseGroupAdded),
	of("REG", ns, client, MSNP7, MSNP9, func(r *rand.Rand, _ Version) RenameGroup {
		return RenameGroup{genTrID(r), r.IntN(MaxGroups), genShortName(r)}
	}, ParseRenameGroup),
	of("REG", ns, server, MSNP7, MSNP9, func(r *rand.Rand, _ Version) GroupRenamed {
		return GroupRenamed{genTrID(r), r.Uint32(), r.IntN(MaxGroups), genShortName(r)}
	}, ParseGroupRenamed),
	of("RMG", ns, client, MSNP7, MSNP9, func(r *rand.Rand, _ Version) RemoveGroup {
		return RemoveGroup{genTrID(r), r.IntN(MaxGroups)}
	}, ParseRemoveGroup),
	of("RMG", ns, server, MSNP7, MSNP9, func(r *rand.Rand, _ Version) GroupRemoved {
		return GroupRemoved{genTrID(r), r.Uint32(), r.IntN(MaxGroups)}
	}, ParseGroupRemoved),

	of("GTC", ns, client, Beta2, MSNP12, genChangeSetting(genOwn(KeyPrompt)), ParseChangeSetting),
	of("GTC", ns, server, Beta2, MSNP9, genSetting(genOwn(KeyPrompt)), ParseSetting),
	of("BLP", ns, client, Beta2, MSNP21, genChangeSetting(genOwn(KeyDefault)), ParseChangeSetting),
	of("BLP", ns, server, Beta2, MSNP9, genSetting(genOwn(KeyDefault)), ParseSetting),
	of("PRP", ns, client, MSNP5, MSNP21, genChangeSetting(genProperty), ParseChangeSetting),
	of("PRP", ns, server, MSNP5, MSNP9, genSetting(genProperty), ParseSetting),
	of("BPR", ns, server, MSNP5, MSNP9, genContactSetting, ParseContactSetting),

	of("CHG", ns, client, Beta2, MSNP8, genChangeStatus, ParseChangeStatus),
	of("CHG", ns, server, Beta2, MSNP8, genChangeStatus, ParseChangeStatus),
	of("ILN", ns, server, Beta2, MSNP7, func(r *rand.Rand, _ Version) InitialStatus {
		return InitialStatus{genTrID(r), genOpenStatus(r), genHandle(r), genName(r)}
	}, ParseInitialStatus),
	of("NLN", ns, server, Beta2, MSNP7, func(r *rand.Rand, _ Version) Online {
		return Online{genOpenStatus(r), genHandle(r), genName(r)}
	}, ParseOnline),
	of("FLN", ns, server, Beta2, MSNP12, func(r *rand.Rand, _ Version) Offline { return Offline{genHandle(r)} }, ParseOffline),

	of("MSG", ns, server, Beta2, MSNP21, func(r *rand.Rand, _ Version) Notice { return Notice{genPayload(r)} }, ParseNotice),
	of("NOT", ns, server, MSNP5, MSNP21, func(r *rand.Rand, _ Version) Alert { return Alert{genPayload(r)} }, ParseAlert),
	of("IPG", ns, server, MSNP6, MSNP21, func(r *rand.Rand, _ Version) MobileMessage {
		return MobileMessage{genPayload(r)}
	}, ParseMobileMessage),
	of("PAG", ns, client, MSNP5, MSNP8, func(r *rand.Rand, _ Version) Page {
		return Page{genTrID(r), genHandle(r), genPayload(r)}
	}, ParsePage),
	of("CHL", ns, client, MSNP6, MSNP21, func(r *rand.Rand, _ Version) ChallengeRequest {
		return ChallengeRequest{genTrID(r)}
	}, ParseChallengeRequest),
	of("CHL", ns, server, MSNP6, MSNP21, func(r *rand.Rand, _ Version) ClientChallenge {
		return ClientChallenge{genTrID(r), "27182818284590452353"}
	}, ParseClientChallenge),
	of("QRY", ns, client, MSNP6, MSNP21, func(r *rand.Rand, _ Version) ChallengeAnswer {
		return ChallengeAnswer{genTrID(r), pick(r, ProductOfficial, "PROD00504RLUG%WL"), MD5Response("a", "b")}
	}, ParseChallengeAnswer),
	of("QRY", ns, server, MSNP6, MSNP21, func(r *rand.Rand, _ Version) ChallengePassed {
		return ChallengePassed{genTrID(r)}
	}, ParseChallengePassed),
	of("URL", ns, client, Beta2, MSNP21, func(r *rand.Rand, _ Version) URLRequest {
		return URLRequest{genTrID(r), "COMPOSE", pick(r, "", genHandle(r))}
	}, ParseURLRequest),
	of("URL", ns, server, Beta2, MSNP21, genURLReply, ParseURLReply),
	of("SND", ns, client, Beta2, MSNP12, genInvite, ParseInvite),
	of("SND", ns, server, Beta2, MSNP12, func(r *rand.Rand, _ Version) Invited {
		return Invited{TrID: genTrID(r)}
	}, ParseInvited),
	of("SDC", ns, client, MSNP5, MSNP12, genInviteText, ParseInviteText),
	of("SDC", ns, server, MSNP5, MSNP12, func(r *rand.Rand, _ Version) Invited {
		return Invited{genTrID(r), true}
	}, ParseInvited),
	of("FND", ns, client, Beta2, MSNP12, func(r *rand.Rand, _ Version) Find {
		return Find{genTrID(r), genPerson(r)}
	}, ParseFind),
	of("FND", ns, server, Beta2, MSNP12, genFound, ParseFound),
	of("IMS", ns, client, MSNP3, MSNP12, func(r *rand.Rand, _ Version) SetMessaging {
		return SetMessaging{genTrID(r), r.IntN(2) == 0}
	}, ParseSetMessaging),
	of("IMS", ns, server, MSNP3, MSNP12, func(r *rand.Rand, _ Version) MessagingSet {
		return MessagingSet{genTrID(r), r.IntN(2) == 0}
	}, ParseMessagingSet),
	of("PNG", ns, client, Beta2, MSNP21, func(*rand.Rand, Version) Ping { return Ping{} }, ParsePing),
	of("QNG", ns, server, Beta2, MSNP21, genPong, ParsePong),
	of("OUT", ns, client, Beta2, MSNP21, func(*rand.Rand, Version) Out { return Out{} }, ParseOut),
	of("OUT", ns, server, Beta2, MSNP21, func(r *rand.Rand, _ Version) Out {
		return Out{pick(r, ReasonNone, ReasonElse, ReasonShutdown)}
	}, ParseOut),
	of("", ns, server, Beta2, MSNP21, func(r *rand.Rand, _ Version) Error {
		return Error{Code(1 + r.IntN(999)), genTrID(r)}
	}, ParseErrorLine),

	of("USR", sb, client, Beta2, MSNP20, func(r *rand.Rand, _ Version) Enter {
		return Enter{genTrID(r), genIdentity(r)}
	}, ParseEnter),
	of("USR", sb, server, Beta2, MSNP20, func(r *rand.Rand, _ Version) Entered {
		return Entered{genTrID(r), genHandle(r), genName(r)}
	}, ParseEntered),
	of("ANS", sb, client, Beta2, MSNP20, func(r *rand.Rand, _ Version) Answer {
		return Answer{genTrID(r), genIdentity(r), uint32(r.IntN(MaxSession))}
	}, ParseAnswer),
	of("ANS", sb, server, Beta2, MSNP20, func(r *rand.Rand, _ Version) Answered { return Answered{genTrID(r)} }, ParseAnswered),
	of("CAL", sb, client, Beta2, MSNP20, func(r *rand.Rand, _ Version) Call {
		return Call{genTrID(r), pick(r, genHandle(r), "bob@host")}
	}, ParseCall),
	of("CAL", sb, server, Beta2, MSNP20, func(r *rand.Rand, _ Version) Ringing {
		return Ringing{genTrID(r), uint32(r.IntN(MaxSession))}
	}, ParseRinging),
	of("IRO", sb, server, Beta2, MSNP11, func(r *rand.Rand, _ Version) RosterEntry {
		return RosterEntry{genTrID(r), 1, 2, genHandle(r), genName(r)}
	}, ParseRosterEntry),
	of("JOI", sb, server, Beta2, MSNP11, func(r *rand.Rand, _ Version) Joined {
		return Joined{genHandle(r), genName(r)}
	}, ParseJoined),
	of("MSG", sb, client, Beta2, MSNP20, func(r *rand.Rand, _ Version) Send {
		return Send{genTrID(r), pick(r, AckNone, AckFailure, AckAll, AckData, AckInvite), genPayload(r)}
	}, ParseSend),
	of("MSG", sb, server, Beta2, MSNP20, func(r *rand.Rand, _ Version) Message {
		return Message{genHandle(r), genName(r), genPayload(r)}
	}, ParseMessage),
	of("ACK", sb, server, Beta2, MSNP20, func(r *rand.Rand, _ Version) Delivered {
		return Delivered{genTrID(r), true}
	}, ParseDelivered),
	of("NAK", sb, server, Beta2, MSNP20, func(r *rand.Rand, _ Version) Delivered {
		return Delivered{TrID: genTrID(r)}
	}, ParseDelivered),
	of("BYE", sb, server, Beta2, MSNP20, func(r *rand.Rand, _ Version) Left {
		return Left{genHandle(r), r.IntN(2) == 0}
	}, ParseLeft),
}
