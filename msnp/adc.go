package msnp

// appendADC appends the form of MSNP10.
func (m Add) appendADC(dst []byte) []byte {
	dst = appendTrID(dst, "ADC", m.TrID)
	dst = appendWord(dst, m.List)
	if m.Contact != "" {
		return appendEnd(appendOptional(appendKeyGUID(dst, m.Contact), m.GroupID))
	}
	dst = append(append(dst, " N="...), m.Handle...)
	if m.Name != "" {
		dst = appendKeyName(dst, m.Name, m.Handle)
	}
	return appendEnd(dst)
}

var errNobody = &ParseError{Code: CodeParameter, Reason: "nobody is named"}

// parseADC reads the form of MSNP10.
func parseADC(l *Line, v Version) (Add, error) {
	f := open(l, "ADC")
	m := Add{TrID: f.trid(), List: f.editable(v, ReverseList), Group: NoGroup}
	if f.left() == 0 {
		f.fail(f.short)
	}
	c := f.keyed()
	switch {
	case m.List == ForwardList && c.id != "" && (f.more() || c.handle == ""):
		m.parseGroup(&f, c.id)
	case c.handle == "":
		f.fail(errNobody)
	default:
		m.parseHandle(&f, c)
	}
	return result(m, &f)
}

// parseGroup is for a contact that is put into a group.
func (m *Add) parseGroup(f *fields, contact GUID) {
	var ok bool
	if m.Contact, ok = ParseGUID(contact); !ok {
		f.fail(errContactGUID)
	}
	m.GroupID = f.guid(errGroupGUID)
}

// parseHandle is for somebody who is put on a list.
func (m *Add) parseHandle(f *fields, c keyed) {
	m.Name = c.name
	if m.Handle = c.handle; !isHandle(m.Handle, 2) {
		f.fail(errHandleForm)
	}
}

// appendADC appends the form of MSNP10.
func (m Added) appendADC(dst []byte) []byte {
	dst = appendTrID(dst, "ADC", m.TrID)
	dst = appendWord(dst, m.List)
	if m.Handle == "" {
		return appendEnd(appendOptional(appendKeyGUID(dst, m.Contact), m.GroupID))
	}
	dst = append(append(dst, " N="...), m.Handle...)
	if m.Name != "" || m.List == ForwardList {
		dst = appendKeyName(dst, m.Name, m.Handle)
	}
	if m.List == ForwardList {
		dst = appendOptional(appendKeyGUID(dst, m.Contact), m.GroupID)
	}
	return appendEnd(dst)
}

// parseAddedADC reads the form of MSNP10.
func parseAddedADC(l *Line, v Version) (Added, error) {
	f := openStrict(l, "ADC")
	m := Added{TrID: f.trid(), List: f.list(v), Group: NoGroup}
	c := f.keyed()
	m.Handle = c.handle
	switch {
	case m.List == ForwardList:
		m.Contact = c.id
		m.GroupID = GUID(f.optional())
		if m.Handle != "" {
			m.Name = c.nameOrHandle()
		}
	case m.Handle != "":
		m.Name = c.name
	}
	if m.Handle == "" && m.Contact == "" {
		f.fail(f.short)
	}
	return result(m, &f)
}
