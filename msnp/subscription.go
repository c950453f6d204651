package msnp

// SubscriptionRequest is GSB (since MSNP11): it asks for the subscription again.
//
//	C: GSB 27
type SubscriptionRequest struct{ TrID TrID }

// Append appends the line.
func (m SubscriptionRequest) Append(dst []byte, _ Version) []byte {
	return appendEnd(appendTrID(dst, "GSB", m.TrID))
}

// ParseSubscriptionRequest reads a client's GSB.
func ParseSubscriptionRequest(l *Line, _ Version) (SubscriptionRequest, error) {
	f := open(l, "GSB")
	return result(SubscriptionRequest{TrID: f.trid()}, &f)
}

// Subscription is SBS (since MSNP11), what the user pays for. It comes unasked
// between USR OK and the profile, and in answer to [SubscriptionRequest].
//
//	S: SBS 0 null
type Subscription struct {
	TrID TrID   // 0 if unasked
	Paid string // "" for nothing, which is all that this project has
}

// nothingPaid stands for no subscription.
const nothingPaid = "null"

// Append appends the line.
func (m Subscription) Append(dst []byte, _ Version) []byte {
	dst = appendTrID(dst, "SBS", m.TrID)
	if m.Paid == "" {
		return appendEnd(appendWord(dst, nothingPaid))
	}
	return appendEnd(appendWord(dst, m.Paid))
}

// ParseSubscription reads a server's SBS.
func ParseSubscription(l *Line, _ Version) (Subscription, error) {
	f := openStrict(l, "SBS")
	m := Subscription{TrID: f.trid(), Paid: f.text()}
	if m.Paid == nothingPaid {
		m.Paid = ""
	}
	return result(m, &f)
}
