package msnp

// Status is what a person shows of their presence.
type Status string

// The statuses.
const (
	StatusOnline  Status = "NLN"
	StatusBusy    Status = "BSY"
	StatusIdle    Status = "IDL"
	StatusBack    Status = "BRB" // be right back
	StatusAway    Status = "AWY"
	StatusPhone   Status = "PHN" // on the phone
	StatusLunch   Status = "LUN"
	StatusHidden  Status = "HDN" // signed in, but shown as offline
	StatusOffline Status = "FLN" // the same, where FeatureOfflineStatus is
	StatusNone    Status = ""    // no status set yet: shown as offline
)

var statuses = [...]Status{
	StatusOnline, StatusBusy, StatusIdle, StatusBack, StatusAway, StatusPhone, StatusLunch,
	StatusHidden, StatusOffline,
}

func parseStatus(word []byte) (Status, bool) {
	for _, s := range statuses {
		if string(word) == string(s) {
			return s, true
		}
	}
	return StatusNone, false
}

// Open reports whether others can see the status and call its owner.
func (s Status) Open() bool {
	return s != StatusNone && s != StatusHidden && s != StatusOffline
}

// status reads a status.
func (f *fields) status() Status {
	s, ok := parseStatus(f.word())
	if !ok {
		f.fail(errStatus)
	}
	return s
}

// openStatus reads a status that others can see.
func (f *fields) openStatus() Status {
	s := f.status()
	if !s.Open() {
		f.fail(errStatus)
	}
	return s
}

// ChangeStatus is CHG (to MSNP7 in this form). The server repeats it; only then
// has the status changed.
//
//	C: CHG 22 BSY
//	S: CHG 22 BSY
type ChangeStatus struct {
	TrID   TrID
	Status Status
}

// Append appends the line.
func (m ChangeStatus) Append(dst []byte, _ Version) []byte {
	return appendEnd(appendWord(appendTrID(dst, "CHG", m.TrID), m.Status))
}

var errOffline = &ParseError{Code: CodeParameter, Reason: "CHG FLN"}

// ParseChangeStatus reads a CHG of either side. An unknown status ends the
// connection; FLN is refused with 201 by versions without [FeatureOfflineStatus].
func ParseChangeStatus(l *Line, v Version) (ChangeStatus, error) {
	f := open(l, "CHG")
	m := ChangeStatus{TrID: f.trid(), Status: f.status()}
	if m.Status == StatusOffline && !v.Has(FeatureOfflineStatus) {
		f.fail(errOffline)
	}
	return result(m, &f)
}

// InitialStatus is ILN (to MSNP7 in this form): a contact is there already when
// the client sets its first status, or when it adds the contact. The transaction
// id is that of the CHG or ADD.
//
//	S: ILN 22 AWY bea@example.net Bea
type InitialStatus struct {
	TrID   TrID
	Status Status // an open one
	Handle string
	Name   Encoded
}

// Append appends the line.
func (m InitialStatus) Append(dst []byte, _ Version) []byte {
	dst = appendTrID(dst, "ILN", m.TrID)
	dst = appendWord(dst, m.Status)
	dst = appendWord(dst, m.Handle)
	return appendEnd(appendName(dst, m.Name, m.Handle))
}

// ParseInitialStatus reads a server's ILN.
func ParseInitialStatus(l *Line, _ Version) (InitialStatus, error) {
	f := openStrict(l, "ILN")
	return result(InitialStatus{TrID: f.trid(), Status: f.openStatus(), Handle: f.text(), Name: f.name()}, &f)
}

// Online is NLN (to MSNP7 in this form): a contact has come, or has changed
// status or name.
//
//	S: NLN BSY bea@example.net Bea
type Online struct {
	Status Status // an open one
	Handle string
	Name   Encoded
}

// Append appends the line.
func (m Online) Append(dst []byte, _ Version) []byte {
	dst = append(dst, "NLN"...)
	dst = appendWord(dst, m.Status)
	dst = appendWord(dst, m.Handle)
	return appendEnd(appendName(dst, m.Name, m.Handle))
}

// ParseOnline reads a server's NLN.
func ParseOnline(l *Line, _ Version) (Online, error) {
	f := openStrict(l, "NLN")
	return result(Online{Status: f.openStatus(), Handle: f.text(), Name: f.name()}, &f)
}

// Offline is FLN (to MSNP13 in this form): a contact has left, hides, or has
// blocked the client's user.
//
//	S: FLN bea@example.net
type Offline struct{ Handle string }

// Append appends the line.
func (m Offline) Append(dst []byte, _ Version) []byte {
	return appendEnd(appendWord(append(dst, "FLN"...), m.Handle))
}

// ParseOffline reads a server's FLN.
func ParseOffline(l *Line, _ Version) (Offline, error) {
	f := openStrict(l, "FLN")
	return result(Offline{Handle: f.text()}, &f)
}
