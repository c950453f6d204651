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

// ChangeStatus is CHG. The server repeats it, octet for octet; only then has the
// status changed. Capabilities came with MSNP8 and Object with MSNP9.
//
//	C: CHG 22 BSY
//	C: CHG 22 NLN 1342177316 %3Cmsnobj%20Creator%3D%22ada%40example.net%22%2F%3E
//	S: CHG 22 NLN 1342177316 %3Cmsnobj%20Creator%3D%22ada%40example.net%22%2F%3E
type ChangeStatus struct {
	TrID         TrID
	Status       Status
	Capabilities Capabilities
	// Written is the word for the capabilities, where a client has written it in
	// another way than Append does, for the answer to repeat: Append takes it
	// before Capabilities. To write a lone 0 it must be set: without it, and with
	// neither capabilities nor an object, no word is written, as some clients do.
	Written string
	// Object describes the display picture, percent-encoded, in at most
	// [MaxObject] octets: "" for none, and "0" where a client says none so.
	Object string
}

// Picture is the description of the display picture as it is passed on: "" where the
// client says that there is none.
func (m ChangeStatus) Picture() string {
	if m.Object == noObject {
		return ""
	}
	return m.Object
}

// HasCapabilities reports whether the line names any: a lone 0 does.
func (m ChangeStatus) HasCapabilities() bool {
	return m.Written != "" || m.Capabilities != 0 || m.Object != ""
}

// Append appends the line.
func (m ChangeStatus) Append(dst []byte, v Version) []byte {
	dst = appendWord(appendTrID(dst, "CHG", m.TrID), m.Status)
	if !v.Has(FeatureCapabilities) {
		return appendEnd(dst)
	}
	if !v.Has(FeatureObjects) {
		m.Object = ""
	}
	switch {
	case m.Written != "":
		dst = appendWord(dst, m.Written)
	case m.HasCapabilities():
		dst = appendUint(dst, m.Capabilities)
	}
	return appendEnd(appendOptional(dst, m.Object))
}

var errOffline = &ParseError{Code: CodeParameter, Reason: "CHG FLN"}

// ParseChangeStatus reads a CHG of either side. An unknown status ends the
// connection; FLN is refused with 201 by versions without [FeatureOfflineStatus],
// and so is an object of more than [MaxObject] octets. Capabilities that are
// missing, or that nobody can read, are 0.
func ParseChangeStatus(l *Line, v Version) (ChangeStatus, error) {
	f := open(l, "CHG")
	m := ChangeStatus{TrID: f.trid(), Status: f.status()}
	if m.Status == StatusOffline && !v.Has(FeatureOfflineStatus) {
		f.fail(errOffline)
	}
	if v.Has(FeatureCapabilities) && f.more() {
		m.parseCapabilities(&f, v)
	}
	if v.Has(FeatureObjects) && f.more() {
		m.Object = f.object()
	}
	return result(m, &f)
}

// maxWritten bounds how a client may write its capabilities: two numbers, with
// signs, and a colon.
const maxWritten = 24

var errCapabilities = &ParseError{Code: CodeParameter, Reason: "capabilities too long"}

func (m *ChangeStatus) parseCapabilities(f *fields, v Version) {
	w := f.word()
	if len(w) > maxWritten {
		f.fail(errCapabilities)
		return
	}
	m.Capabilities, _ = ParseCapabilities(w)
	lone := !f.more() || !v.Has(FeatureObjects)
	if !isDecimal(w, m.Capabilities) || lone && m.Capabilities == 0 {
		m.Written = string(w)
	}
}

// InitialStatus is ILN: a contact is there already when the client sets its first
// status, or when it adds the contact. The transaction id is that of the CHG, ADD
// or ADC. It is written in the form of the receiver's version, whatever the
// contact's own is.
//
//	S: ILN 22 AWY bea@example.net Bea
//	S: ILN 22 AWY bea@example.net Bea 1073741868 %3Cmsnobj%2F%3E
type InitialStatus struct {
	TrID         TrID
	Status       Status // an open one
	Handle       string
	Name         Encoded
	Capabilities Capabilities // since MSNP8; 0 if they are not known
	Object       string       // since MSNP9, as in ChangeStatus; "0" is written as none
}

// Append appends the line.
func (m InitialStatus) Append(dst []byte, v Version) []byte {
	return appendShown(appendTrID(dst, "ILN", m.TrID), v, m.online())
}

// online is what the line says of the contact.
func (m InitialStatus) online() Online {
	return Online{Status: m.Status, Handle: m.Handle, Name: m.Name, Capabilities: m.Capabilities, Object: m.Object}
}

// ParseInitialStatus reads a server's ILN.
func ParseInitialStatus(l *Line, v Version) (InitialStatus, error) {
	f := openStrict(l, "ILN")
	m := InitialStatus{TrID: f.trid()}
	o := f.shown(v)
	m.Status, m.Handle, m.Name, m.Capabilities, m.Object = o.Status, o.Handle, o.Name, o.Capabilities, o.Object
	return result(m, &f)
}

// Online is NLN: a contact has come, or has changed status, name or picture. It is
// written in the form of the receiver's version, whatever the contact's own is.
//
//	S: NLN BSY bea@example.net Bea
//	S: NLN BSY bea@example.net Bea 1073741868 %3Cmsnobj%2F%3E
type Online struct {
	Status       Status // an open one
	Handle       string
	Name         Encoded
	Capabilities Capabilities // since MSNP8; 0 if they are not known
	Object       string       // since MSNP9, as in ChangeStatus; "0" is written as none
}

// Append appends the line.
func (m Online) Append(dst []byte, v Version) []byte {
	return appendShown(append(dst, "NLN"...), v, m)
}

// ParseOnline reads a server's NLN.
func ParseOnline(l *Line, v Version) (Online, error) {
	f := openStrict(l, "NLN")
	return result(f.shown(v), &f)
}

// appendShown appends what ILN and NLN have in common, to MSNP13. Clients that
// have capabilities read them without looking whether they are there.
func appendShown(dst []byte, v Version, m Online) []byte {
	dst = appendWord(dst, m.Status)
	dst = appendWord(dst, m.Handle)
	dst = appendName(dst, m.Name, m.Handle)
	if v.Has(FeatureCapabilities) {
		dst = appendUint(dst, m.Capabilities)
	}
	return appendEnd(appendObject(dst, v, m.Object))
}

// shown reads what appendShown wrote.
func (f *fields) shown(v Version) Online {
	m := Online{Status: f.openStatus(), Handle: f.text(), Name: f.name()}
	m.Capabilities = f.optionalCapabilities(v, FeatureCapabilities)
	m.Object = f.optionalObject(v)
	return m
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
