package msnp

// ChallengeRequest is CHL as a client sends it: it asks for a challenge.
//
//	C: CHL 17
type ChallengeRequest struct{ TrID TrID }

// Append appends the line.
func (m ChallengeRequest) Append(dst []byte, _ Version) []byte {
	return appendEnd(appendTrID(dst, "CHL", m.TrID))
}

// ParseChallengeRequest reads a client's CHL.
func ParseChallengeRequest(l *Line, _ Version) (ChallengeRequest, error) {
	f := open(l, "CHL")
	return result(ChallengeRequest{TrID: f.trid()}, &f)
}

// ClientChallenge is CHL (since MSNP6): the client shall prove which client it is.
//
//	S: CHL 0 27182818284590452353
type ClientChallenge struct {
	TrID TrID   // 0 unless the client asked for it
	Text string // 20 digits
}

// Append appends the line.
func (m ClientChallenge) Append(dst []byte, _ Version) []byte {
	return appendEnd(appendWord(appendTrID(dst, "CHL", m.TrID), m.Text))
}

// ParseClientChallenge reads a server's CHL.
func ParseClientChallenge(l *Line, _ Version) (ClientChallenge, error) {
	f := openStrict(l, "CHL")
	return result(ClientChallenge{TrID: f.trid(), Text: f.text()}, &f)
}

// ChallengeAnswer is QRY as a client sends it: its answer to CHL.
//
//	C: QRY 18 PROD0101{0RM?UBW 32
type ChallengeAnswer struct {
	TrID     TrID
	Product  string // which client it is; never percent-encoded
	Response string // see ChallengeResponse
}

// Append appends the line and its payload.
func (m ChallengeAnswer) Append(dst []byte, _ Version) []byte {
	dst = appendWord(appendTrID(dst, "QRY", m.TrID), m.Product)
	dst = appendEnd(appendUint(dst, len(m.Response)))
	return append(dst, m.Response...)
}

// ParseChallengeAnswer reads a client's QRY.
func ParseChallengeAnswer(l *Line, _ Version) (ChallengeAnswer, error) {
	f := open(l, "QRY")
	m := ChallengeAnswer{TrID: f.trid(), Product: f.text()}
	m.Response = string(f.payload())
	return result(m, &f)
}

// ChallengePassed is QRY as a server sends it: the answer to CHL was right.
//
//	S: QRY 18
type ChallengePassed struct{ TrID TrID }

// Append appends the line.
func (m ChallengePassed) Append(dst []byte, _ Version) []byte {
	return appendEnd(appendTrID(dst, "QRY", m.TrID))
}

// ParseChallengePassed reads a server's QRY.
func ParseChallengePassed(l *Line, _ Version) (ChallengePassed, error) {
	f := openStrict(l, "QRY")
	return result(ChallengePassed{TrID: f.trid()}, &f)
}
