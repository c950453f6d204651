package msnp

// Feature is something that some versions have and others have not. Encoders,
// and the servers above them, ask for features and never compare versions.
type Feature uint8

// The features. The span of each is in one table, below.
const (
	// FeatureBeta2SignIn: USR MD5 may name the account in its second step, as
	// Beta 2 does, which calls itself MSNP2.
	FeatureBeta2SignIn Feature = iota
	// FeatureWelcomeName: USR OK carries the friendly name (to MSNP9).
	FeatureWelcomeName
	// FeatureVerified: USR OK tells whether the address is verified (since MSNP6).
	FeatureVerified
	// FeatureRestricted: USR OK tells whether the account is restricted (since MSNP8).
	FeatureRestricted
	// FeatureClientName: CVR names the client program (since MSNP4).
	FeatureClientName
	// FeatureClientHandle: CVR names the account (since MSNP8).
	FeatureClientHandle
	// FeatureHop: CVR and referrals count the referrals (MSNP21).
	FeatureHop
	// FeatureInfoURL: the answer to CVR has an address to read more at (not Beta 2).
	FeatureInfoURL
	// FeatureGroups: contacts are in groups with numbers (MSNP7 to MSNP9).
	FeatureGroups
	// FeatureProperties: PRP and BPR, the phone numbers (since MSNP5).
	FeatureProperties
	// FeatureOfflineStatus: CHG FLN is taken as CHG HDN (to MSNP7), not refused.
	FeatureOfflineStatus
	// FeaturePingSchedule: QNG tells when to ping next (since MSNP9).
	FeaturePingSchedule
	// FeatureWideChallenge: the second algorithm for CHL (since MSNP11).
	FeatureWideChallenge
	// FeatureSiteID: the answer to URL has a site id (since MSNP3).
	FeatureSiteID
	// FeatureInviteLocale: SND carries a locale and a library (since MSNP3).
	FeatureInviteLocale
	// FeatureInviteClient: SND names the client program (since MSNP4).
	FeatureInviteClient
	// FeatureTextNotices: mail notices are of the type text/x-... (since MSNP3),
	// not application/x-...
	FeatureTextNotices
	// FeatureFullProfile: the profile message has more than the time of sign-in
	// (since MSNP3).
	FeatureFullProfile
	// FeatureChallenge: the server challenges the client with CHL (since MSNP6).
	FeatureChallenge
	// FeatureMobileMessages: IPG shows a message from a mobile phone (since MSNP6).
	FeatureMobileMessages
	// FeatureAlerts: NOT shows an alert (since MSNP5).
	FeatureAlerts
	// FeatureAlertMarkup: an alert may have its text as HTML, too (since MSNP9).
	FeatureAlertMarkup
	// FeatureHiddenCalls: a client that is hidden may open conversations, if the
	// server lets it (since MSNP13).
	FeatureHiddenCalls
	// FeatureListVersion: a number counts the changes of the lists, and every
	// answer that changes them carries it (to MSNP9).
	FeatureListVersion
	// FeatureStamps: SYN compares two timestamps instead of that number (MSNP10 to
	// MSNP12).
	FeatureStamps
	// FeatureSyncCounts: the answer to SYN says how many contacts and groups are to
	// come, each contact is one line, and no line of it repeats the transaction id
	// (MSNP8 to MSNP12).
	FeatureSyncCounts
	// FeatureGUIDs: contacts on the forward list and groups are named by GUIDs, and
	// a contact need not be in a group (MSNP10 to MSNP12).
	FeatureGUIDs
	// FeaturePendingList: there is a list of those who have added the user and have
	// not been answered yet (since MSNP10). Before, they are on the reverse list.
	FeaturePendingList
	// FeatureListNetwork: LST tells on which network a contact is (MSNP12).
	FeatureListNetwork
	// FeatureCapabilities: CHG, ILN and NLN tell what the client can do (since
	// MSNP8).
	FeatureCapabilities
	// FeatureObjects: they tell of the display picture, too (since MSNP9).
	FeatureObjects
	// FeatureMemberCapabilities: IRO and JOI tell what the client of a member of the
	// conversation can do (since MSNP12).
	FeatureMemberCapabilities
	// FeaturePersonalMessages: UUX and UBX, the line of text below the name and what
	// music plays (since MSNP11).
	FeaturePersonalMessages
	// FeatureSubscription: SBS comes behind USR OK (since MSNP11).
	FeatureSubscription
	// FeaturePolicyFiles: the client asks for a policy file by its name, with GCF
	// (MSNP11 and MSNP12).
	FeaturePolicyFiles
	// FeaturePageDevice: a page names the device that it is for, in PGD instead of
	// PAG (since MSNP9).
	FeaturePageDevice
	// FeatureClientAddress: the profile message has ClientIP and ClientPort (since
	// MSNP8).
	FeatureClientAddress
	// FeatureMigrated: the profile message has ABCHMigrated, of which this package
	// knows the forms for 1 alone (since MSNP10).
	FeatureMigrated
	// FeatureMailData: the notice of what waits in the mailbox is the XML of
	// Mail-Data, which holds offline messages, too (since MSNP11).
	FeatureMailData
	// FeatureUnknownHandles: an account that does not exist is refused like a handle
	// that can be none (since MSNP10): see [Version.NoSuchAccount].
	FeatureUnknownHandles

	// FeatureNewSettings: a contact that is new on the forward list is shown with
	// settings of which none is set, by BPR (MSNP5 to MSNP9).
	FeatureNewSettings
	// FeatureMobileInSync: the answer to SYN has MBE even if it is N, unlike the other
	// settings that are not set (MSNP10 to MSNP12).
	FeatureMobileInSync

	numFeatures
)

// span is the versions from first to last. CVR0, which is no version of its
// own, is in a span only if cvr0 says so.
type span struct {
	first, last Version
	cvr0        bool
}

func (s span) has(v Version) bool {
	if v == CVR0 {
		return s.cvr0
	}
	return v >= s.first && v <= s.last
}

// features is the table of what came when and went when.
var features = [numFeatures]span{
	FeatureBeta2SignIn:        {first: Beta2, last: MSNP2},
	FeatureWelcomeName:        {first: Beta2, last: MSNP9},
	FeatureVerified:           {first: MSNP6, last: MSNP21},
	FeatureRestricted:         {first: MSNP8, last: MSNP21},
	FeatureClientName:         {first: MSNP4, last: MSNP21, cvr0: true},
	FeatureClientHandle:       {first: MSNP8, last: MSNP21, cvr0: true},
	FeatureHop:                {first: MSNP21, last: MSNP21},
	FeatureInfoURL:            {first: MSNP2, last: MSNP21, cvr0: true},
	FeatureGroups:             {first: MSNP7, last: MSNP9},
	FeatureProperties:         {first: MSNP5, last: MSNP21},
	FeatureOfflineStatus:      {first: Beta2, last: MSNP7},
	FeaturePingSchedule:       {first: MSNP9, last: MSNP21},
	FeatureWideChallenge:      {first: MSNP11, last: MSNP21},
	FeatureSiteID:             {first: MSNP3, last: MSNP21},
	FeatureInviteLocale:       {first: MSNP3, last: MSNP21},
	FeatureInviteClient:       {first: MSNP4, last: MSNP21},
	FeatureTextNotices:        {first: MSNP3, last: MSNP21},
	FeatureFullProfile:        {first: MSNP3, last: MSNP21},
	FeatureChallenge:          {first: MSNP6, last: MSNP21},
	FeatureMobileMessages:     {first: MSNP6, last: MSNP21},
	FeatureAlerts:             {first: MSNP5, last: MSNP21},
	FeatureAlertMarkup:        {first: MSNP9, last: MSNP21},
	FeatureHiddenCalls:        {first: MSNP13, last: MSNP21},
	FeatureListVersion:        {first: Beta2, last: MSNP9},
	FeatureStamps:             {first: MSNP10, last: MSNP12},
	FeatureSyncCounts:         {first: MSNP8, last: MSNP12},
	FeatureGUIDs:              {first: MSNP10, last: MSNP12},
	FeaturePendingList:        {first: MSNP10, last: MSNP21},
	FeatureListNetwork:        {first: MSNP12, last: MSNP12},
	FeatureCapabilities:       {first: MSNP8, last: MSNP20},
	FeatureObjects:            {first: MSNP9, last: MSNP20},
	FeatureMemberCapabilities: {first: MSNP12, last: MSNP20},
	FeaturePersonalMessages:   {first: MSNP11, last: MSNP20},
	FeatureSubscription:       {first: MSNP11, last: MSNP20},
	FeaturePolicyFiles:        {first: MSNP11, last: MSNP12},
	FeaturePageDevice:         {first: MSNP9, last: MSNP21},
	FeatureClientAddress:      {first: MSNP8, last: MSNP21},
	FeatureMigrated:           {first: MSNP10, last: MSNP21},
	FeatureMailData:           {first: MSNP11, last: MSNP21},
	FeatureUnknownHandles:     {first: MSNP10, last: MSNP21},
	FeatureNewSettings:        {first: MSNP5, last: MSNP9},
	FeatureMobileInSync:       {first: MSNP10, last: MSNP12},
}

// Has reports whether v has a feature.
func (v Version) Has(f Feature) bool { return f < numFeatures && features[f].has(v) }
