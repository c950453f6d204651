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
	of("USR", Notification, server, Beta2, MSNP14, genChallenge, ParseChallenge),
	of("USR", Notification, server, Beta2, MSNP21, genWelcome, ParseWelcome),

	of("XFR", Notification, client, Beta2, MSNP21, func(r *rand.Rand, _ Version) XFRRequest {
		return XFRRequest{genTrID(r), pick(r, ToSwitchboard, ToNotification)}
	}, ParseXFRRequest),
	of("XFR", Notification, server, Beta2, MSNP21, genReferral, ParseReferral),
	of("XFR", Notification, server, Beta2, MSNP20, genTransfer, ParseTransfer),
	of("RNG", ns, server, Beta2, MSNP20, genRing, ParseRing),

	of("SYN", ns, client, Beta2, MSNP12, genSync, ParseSync),
	of("SYN", ns, server, Beta2, MSNP12, genSyncReply, ParseSyncReply),
	of("LST", ns, client, Beta2, MSNP8, func(r *rand.Rand, v Version) ListRequest {
		return ListRequest{genTrID(r), genList(r, v)}
	}, ParseListRequest),
	of("LST", ns, server, Beta2, MSNP8, genListItem, ParseListItem),
	of("LST", ns, server, MSNP8, MSNP12, genContactItem, ParseContactItem),
	of("LSG", ns, client, MSNP7, MSNP8, func(r *rand.Rand, _ Version) GroupRequest {
		return GroupRequest{genTrID(r)}
	}, ParseGroupRequest),
	of("LSG", ns, server, MSNP7, MSNP12, genGroupItem, ParseGroupItem),

	of("ADD", ns, client, Beta2, MSNP9, genAdd, ParseAdd),
	of("ADD", ns, server, Beta2, MSNP9, genAdded, ParseAdded),
	of("ADC", ns, client, MSNP10, MSNP12, genAdd, ParseAdd),
	of("ADC", ns, server, MSNP10, MSNP12, genAdded, ParseAdded),
	of("REM", ns, client, Beta2, MSNP12, genRemove, ParseRemove),
	of("REM", ns, server, Beta2, MSNP12, genRemoved, ParseRemoved),
	of("REA", ns, client, Beta2, MSNP9, func(r *rand.Rand, _ Version) Rename {
		return Rename{genTrID(r), pick(r, genHandle(r), "nobody"), genName(r)}
	}, ParseRename),
	of("REA", ns, server, Beta2, MSNP9, func(r *rand.Rand, _ Version) Renamed {
		return Renamed{genTrID(r), r.Uint32(), genHandle(r), genName(r)}
	}, ParseRenamed),
	of("SBP", ns, client, MSNP10, MSNP12, genContactChange, ParseContactChange),
	of("SBP", ns, server, MSNP10, MSNP12, genContactChange, ParseContactChange),
	of("ADG", ns, client, MSNP7, MSNP12, func(r *rand.Rand, _ Version) AddGroup {
		return AddGroup{genTrID(r), genShortName(r)}
	}, ParseAddGroup),
	of("ADG", ns, server, MSNP7, MSNP12, func(r *rand.Rand, v Version) GroupAdded {
		m := GroupAdded{TrID: genTrID(r), Version: genListVersion(r, v), Name: genShortName(r)}
		m.ID, m.GUID = genGroupID(r, v)
		return m
	}, ParseGroupAdded),
	of("REG", ns, client, MSNP7, MSNP12, func(r *rand.Rand, v Version) RenameGroup {
		m := RenameGroup{TrID: genTrID(r), Name: genShortName(r)}
		m.ID, m.GUID = genGroupID(r, v)
		return m
	}, ParseRenameGroup),
	of("REG", ns, server, MSNP7, MSNP12, func(r *rand.Rand, v Version) GroupRenamed {
		m := GroupRenamed{TrID: genTrID(r), Version: genListVersion(r, v), Name: genShortName(r)}
		m.ID, m.GUID = genGroupID(r, v)
		return m
	}, ParseGroupRenamed),
	of("RMG", ns, client, MSNP7, MSNP12, func(r *rand.Rand, v Version) RemoveGroup {
		m := RemoveGroup{TrID: genTrID(r)}
		if m.ID, m.GUID = genGroupID(r, v); m.GUID != "" && r.IntN(3) == 0 {
			m.GUID, m.Name = "", "New%20Group"
		}
		return m
	}, ParseRemoveGroup),
	of("RMG", ns, server, MSNP7, MSNP12, func(r *rand.Rand, v Version) GroupRemoved {
		m := GroupRemoved{TrID: genTrID(r), Version: genListVersion(r, v)}
		m.ID, m.GUID = genGroupID(r, v)
		return m
	}, ParseGroupRemoved),

	of("GTC", ns, client, Beta2, MSNP12, genChangeSetting(genOwn(KeyPrompt)), ParseChangeSetting),
	of("GTC", ns, server, Beta2, MSNP12, genSetting(genOwn(KeyPrompt)), ParseSetting),
	of("BLP", ns, client, Beta2, MSNP21, genChangeSetting(genOwn(KeyDefault)), ParseChangeSetting),
	of("BLP", ns, server, Beta2, MSNP21, genSetting(genOwn(KeyDefault)), ParseSetting),
	of("PRP", ns, client, MSNP5, MSNP21, genChangeSetting(genProperty), ParseChangeSetting),
	of("PRP", ns, server, MSNP5, MSNP21, genSetting(genServerProperty), ParseSetting),
	of("BPR", ns, server, MSNP5, MSNP12, genContactSetting, ParseContactSetting),

	of("CHG", ns, client, Beta2, MSNP20, genChangeStatus, ParseChangeStatus),
	of("CHG", ns, server, Beta2, MSNP20, genChangeStatus, ParseChangeStatus),
	of("ILN", ns, server, Beta2, MSNP13, func(r *rand.Rand, v Version) InitialStatus {
		o := genOnline(r, v)
		return InitialStatus{genTrID(r), o.Status, o.Handle, o.Name, o.Capabilities, o.Object}
	}, ParseInitialStatus),
	of("NLN", ns, server, Beta2, MSNP13, genOnline, ParseOnline),
	of("FLN", ns, server, Beta2, MSNP13, func(r *rand.Rand, _ Version) Offline { return Offline{genHandle(r)} }, ParseOffline),

	of("UUX", ns, client, MSNP11, MSNP20, genChangePersonal, ParseChangePersonal),
	of("UUX", ns, server, MSNP11, MSNP20, func(r *rand.Rand, _ Version) PersonalChanged {
		return PersonalChanged{genTrID(r)}
	}, ParsePersonalChanged),
	of("UBX", ns, server, MSNP11, MSNP13, func(r *rand.Rand, _ Version) ContactPersonal {
		return ContactPersonal{genHandle(r), genPersonal(r)}
	}, ParseContactPersonal),

	of("MSG", ns, server, Beta2, MSNP21, func(r *rand.Rand, _ Version) Notice { return Notice{genPayload(r)} }, ParseNotice),
	of("NOT", ns, server, MSNP5, MSNP21, func(r *rand.Rand, _ Version) Alert { return Alert{genPayload(r)} }, ParseAlert),
	of("IPG", ns, server, MSNP6, MSNP21, func(r *rand.Rand, _ Version) MobileMessage {
		return MobileMessage{genPayload(r)}
	}, ParseMobileMessage),
	of("PAG", ns, client, MSNP5, MSNP8, genPage, ParsePage),
	of("PGD", ns, client, MSNP9, MSNP21, genPage, ParsePage),
	of("GCF", ns, client, MSNP11, MSNP12, func(r *rand.Rand, _ Version) PolicyRequest {
		return PolicyRequest{genTrID(r), PolicyShields}
	}, ParsePolicyRequest),
	of("GCF", ns, server, MSNP11, MSNP21, func(r *rand.Rand, v Version) Policy {
		m := Policy{TrID: genTrID(r), Payload: genPayload(r)}
		if v.Has(FeaturePolicyFiles) {
			m.File = PolicyShields
		}
		return m
	}, ParsePolicy),
	of("GSB", ns, client, MSNP11, MSNP20, func(r *rand.Rand, _ Version) SubscriptionRequest {
		return SubscriptionRequest{genTrID(r)}
	}, ParseSubscriptionRequest),
	of("SBS", ns, server, MSNP11, MSNP20, func(r *rand.Rand, _ Version) Subscription {
		return Subscription{genTrID(r), pick(r, "", "SC=0;SI=0;SS=2;PS=2")}
	}, ParseSubscription),
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
	of("FND", ns, client, Beta2, MSNP7, func(r *rand.Rand, _ Version) Find {
		return Find{genTrID(r), genPerson(r)}
	}, ParseFind),
	of("FND", ns, server, Beta2, MSNP7, genFound, ParseFound),
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
		m := Out{Reason: pick(r, ReasonNone, ReasonElse, ReasonShutdown, ReasonMigrated, ReasonTerms, ReasonLater)}
		if m.Reason == ReasonLater {
			m.Minutes = r.IntN(60)
		}
		return m
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
	of("IRO", sb, server, Beta2, MSNP15, func(r *rand.Rand, v Version) RosterEntry {
		return RosterEntry{genTrID(r), 1, 2, genHandle(r), genName(r), genCapabilities(r, v, FeatureMemberCapabilities)}
	}, ParseRosterEntry),
	of("JOI", sb, server, Beta2, MSNP15, func(r *rand.Rand, v Version) Joined {
		return Joined{genHandle(r), genName(r), genCapabilities(r, v, FeatureMemberCapabilities)}
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
