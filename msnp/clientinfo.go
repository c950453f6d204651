package msnp

// ClientInfo is CVR: a client tells what it is and asks which release it
// should be. A client that was given CVR0 asks the same with CVQ, which is what
// CVR0 as the version of Append and ParseClientInfo stands for.
//
//	C: CVR 2 0x0409 winnt 5.1 i386 MSNMSGR 6.0.0602 MSMSGS zed@example.net
type ClientInfo struct {
	TrID      TrID
	Locale    string // 0x0409: a Windows locale id of 16 bits
	OS        string // win, winnt
	OSVersion string // 4.10
	Arch      string // i386
	Library   string // MSMSGS, MSNMSGR, ...
	Release   string // 5.0.0544
	Client    string // the name of the program, "" if missing; since MSNP4
	Handle    string // the account, "" if missing; since MSNP8, only with Client
	Hop       int    // referrals so far, 0 for none; MSNP21, only with Handle
}

// Append appends the line. What the version does not have is left out.
func (m ClientInfo) Append(dst []byte, v Version) []byte {
	dst = appendTrID(dst, infoCommand(v), m.TrID)
	for _, word := range [...]string{m.Locale, m.OS, m.OSVersion, m.Arch, m.Library, m.Release} {
		dst = appendWord(dst, word)
	}
	return appendEnd(m.appendAccount(dst, v))
}

// appendAccount appends the words that came later. Without one of them those
// behind it would be taken for it, so they are left out, too.
func (m ClientInfo) appendAccount(dst []byte, v Version) []byte {
	if m.Client == "" || !v.Has(FeatureClientName) {
		return dst
	}
	dst = appendWord(dst, m.Client)
	if m.Handle == "" || !v.Has(FeatureClientHandle) {
		return dst
	}
	dst = appendWord(dst, m.Handle)
	if m.Hop < 1 || !v.Has(FeatureHop) {
		return dst
	}
	return appendHop(append(dst, ' '), m.Hop)
}

// ParseClientInfo reads a client's CVR, or CVQ. An unreadable handle or hop is
// taken as none: nothing depends on them before the sign-in.
func ParseClientInfo(l *Line, v Version) (ClientInfo, error) {
	f := open(l, infoCommand(v))
	m := ClientInfo{
		TrID: f.trid(), Locale: f.text(), OS: f.text(), OSVersion: f.text(),
		Arch: f.text(), Library: f.text(), Release: f.text(),
	}
	if v.Has(FeatureClientName) {
		m.Client = f.optional()
	}
	if v.Has(FeatureClientHandle) && f.more() {
		m.Handle, _ = ParseHandle(f.word())
	}
	if v.Has(FeatureHop) && m.Handle != "" && f.more() {
		m.Hop, _ = ParseHop(f.word())
	}
	return result(m, &f)
}

// infoCommand is the name of the command in a version.
func infoCommand(v Version) string {
	if v == CVR0 {
		return "CVQ"
	}
	return "CVR"
}

// Advice answers CVR and, with CVR0 as the version, CVQ. A client whose release
// is below Minimum refuses to go on, one below Recommended offers an update; so
// both are the client's own release unless an update is at hand.
//
//	S: CVR 2 6.2.0208 6.2.0208 6.2.0208 http://example.net http://example.net
type Advice struct {
	TrID        TrID
	Recommended string // written twice, as the service did
	Minimum     string
	Download    string // where to get the update, without blanks
	Info        string // where to read more; only with Download, not in Beta 2
}

// Append appends the line.
func (m Advice) Append(dst []byte, v Version) []byte {
	dst = appendTrID(dst, infoCommand(v), m.TrID)
	dst = appendWord(dst, m.Recommended)
	dst = appendWord(dst, m.Recommended)
	dst = appendWord(dst, m.Minimum)
	dst = appendOptional(dst, m.Download)
	if m.Download != "" && v.Has(FeatureInfoURL) {
		dst = appendOptional(dst, m.Info)
	}
	return appendEnd(dst)
}

// ParseAdvice reads a server's CVR, or CVQ. Servers of other projects leave the
// addresses out.
func ParseAdvice(l *Line, v Version) (Advice, error) {
	f := openStrict(l, infoCommand(v))
	m := Advice{TrID: f.trid(), Recommended: f.text()}
	f.skip()
	m.Minimum = f.text()
	m.Download = f.optional()
	if v.Has(FeatureInfoURL) {
		m.Info = f.optional()
	}
	return result(m, &f)
}
