package msnp

// PolicyShields is the policy file that the official clients of MSNP11 and MSNP12
// fetch between SYN and CHG.
const PolicyShields = "Shields.xml"

// NoShields is a policy file that forbids nothing.
const NoShields = `<?xml version="1.0" encoding="utf-8" ?><config><shield><cli maj="7" min="0" minbld="0" maxbld="9999" deny=" " />` +
	`</shield><block></block></config>`

// PolicyRequest is GCF as a client sends it (MSNP11 and MSNP12): it asks for a
// policy file, which tells what it may not do.
//
//	C: GCF 26 Shields.xml
type PolicyRequest struct {
	TrID TrID
	File string // [PolicyShields]; there is no other
}

// Append appends the line.
func (m PolicyRequest) Append(dst []byte, _ Version) []byte {
	return appendEnd(appendWord(appendTrID(dst, "GCF", m.TrID), m.File))
}

// ParsePolicyRequest reads a client's GCF.
func ParsePolicyRequest(l *Line, _ Version) (PolicyRequest, error) {
	f := open(l, "GCF")
	return result(PolicyRequest{TrID: f.trid(), File: f.text()}, &f)
}

// Policy is GCF as a server sends it: to MSNP12 the answer to [PolicyRequest], and
// from MSNP13 on unasked, with transaction id 0.
//
//	S: GCF 26 Shields.xml 145
//	S: GCF 0 203
type Policy struct {
	TrID    TrID
	File    string // to MSNP12
	Payload []byte // XML, at most MaxNotification octets; parsed, it is part of the buffer
}

// Append appends the line and its payload.
func (m Policy) Append(dst []byte, v Version) []byte {
	dst = appendTrID(dst, "GCF", m.TrID)
	if v.Has(FeaturePolicyFiles) {
		dst = appendWord(dst, m.File)
	}
	return appendPayload(dst, m.Payload)
}

// ParsePolicy reads a server's GCF.
func ParsePolicy(l *Line, v Version) (Policy, error) {
	f := openStrict(l, "GCF")
	m := Policy{TrID: f.trid()}
	if v.Has(FeaturePolicyFiles) {
		m.File = f.text()
	}
	m.Payload = f.payload()
	return result(m, &f)
}
