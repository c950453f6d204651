package msnp

// Invite is SND: mail somebody an invitation to the service. The words after the
// address came with MSNP3 and MSNP4.
//
//	C: SND 24 x@example.net 0x0409 MSMSGS MSMSGS
type Invite struct {
	TrID    TrID
	To      string // a mail address, or the number of a line of the last FND
	Locale  string // 0x0409; since MSNP3
	Library string // since MSNP3
	Client  string // since MSNP4
}

// Append appends the line.
func (m Invite) Append(dst []byte, v Version) []byte {
	dst = appendWord(appendTrID(dst, "SND", m.TrID), m.To)
	if v.Has(FeatureInviteLocale) {
		dst = appendWord(dst, m.Locale)
		dst = appendWord(dst, m.Library)
	}
	if v.Has(FeatureInviteClient) {
		dst = appendWord(dst, m.Client)
	}
	return appendEnd(dst)
}

// errInvite answers a wrong number of arguments.
var errInvite = &ParseError{Code: CodeGeneralFailure, Close: true, Reason: "wrong number of arguments"}

// ParseInvite reads a client's SND. A wrong number of arguments is answered with
// 503 and ends the connection.
func ParseInvite(l *Line, v Version) (Invite, error) {
	f := open(l, "SND")
	f.short = errInvite
	m := Invite{TrID: f.trid(), To: f.text()}
	if v.Has(FeatureInviteLocale) {
		m.Locale = f.text()
		m.Library = f.text()
	}
	if v.Has(FeatureInviteClient) {
		m.Client = f.text()
	}
	if f.more() {
		f.fail(errInvite)
	}
	return result(m, &f)
}

// InviteText is SDC (since MSNP5): the same with a text of the user's own.
//
//	C: SDC 25 x@example.net 0x0409 MSMSGS MSMSGS X X Ada%20L 14
type InviteText struct {
	TrID    TrID
	To      string // a mail address, or the number of a line of the last FND
	Locale  string
	Library string
	Client  string
	Name    Encoded // who invites
	Text    []byte  // nil without a text; parsed, it is part of the buffer
}

// Append appends the line and the text.
func (m InviteText) Append(dst []byte, _ Version) []byte {
	dst = appendWord(appendTrID(dst, "SDC", m.TrID), m.To)
	dst = appendWord(dst, m.Locale)
	dst = appendWord(dst, m.Library)
	dst = appendWord(dst, m.Client)
	dst = append(dst, " X X"...)
	dst = appendWord(dst, m.Name)
	if m.Text == nil {
		return appendEnd(dst)
	}
	return appendPayload(dst, m.Text)
}

// ParseInviteText reads a client's SDC. A wrong number of arguments is answered
// with 503 and ends the connection; the length alone may be missing.
func ParseInviteText(l *Line, _ Version) (InviteText, error) {
	f := open(l, "SDC")
	f.short = errInvite
	m := InviteText{TrID: f.trid(), To: f.text(), Locale: f.text(), Library: f.text(), Client: f.text()}
	f.skip()
	f.skip()
	m.Name = f.name()
	if f.more() {
		m.Text = f.payload()
	}
	if f.more() {
		f.fail(errInvite)
	}
	return result(m, &f)
}

// Invited answers SND and SDC.
//
//	S: SND 24 OK
type Invited struct {
	TrID TrID
	Text bool // it answers SDC
}

// Append appends the line.
func (m Invited) Append(dst []byte, _ Version) []byte {
	name := "SND"
	if m.Text {
		name = "SDC"
	}
	return appendEnd(append(appendTrID(dst, name, m.TrID), " OK"...))
}

// ParseInvited reads a server's SND or SDC.
func ParseInvited(l *Line, _ Version) (Invited, error) {
	var m Invited
	name := "SND"
	if l.Command != nil && l.Command.Name == "SDC" {
		m.Text, name = true, "SDC"
	}
	f := openStrict(l, name)
	m.TrID = f.trid()
	f.literal("OK")
	return result(m, &f)
}

// Person is what the directory knows of somebody, each word encoded.
type Person struct {
	First, Last, City, State, Country Encoded
}

// personKeys are the names of the words, in the order in which they are sent.
var personKeys = [...]string{"fname=", "lname=", "city=", "state=", "country="}

func (p *Person) words() [len(personKeys)]*Encoded {
	return [...]*Encoded{&p.First, &p.Last, &p.City, &p.State, &p.Country}
}

func (p *Person) append(dst []byte) []byte {
	for i, word := range p.words() {
		dst = append(append(append(dst, ' '), personKeys[i]...), *word...)
	}
	return dst
}

// parse reads what is there of a person, in any order.
func (p *Person) parse(f *fields) {
	for f.more() {
		word := f.name()
		for i, target := range p.words() {
			if key := personKeys[i]; len(word) >= len(key) && string(word[:len(key)]) == key {
				*target = word[len(key):]
			}
		}
	}
}

// Find is FND as a client sends it (to MSNP7): search the directory.
//
//	C: FND 26 fname=Ada lname=L city=* state=* country=GB
type Find struct {
	TrID TrID
	Person
}

// Append appends the line.
func (m Find) Append(dst []byte, _ Version) []byte {
	return appendEnd(m.append(appendTrID(dst, "FND", m.TrID)))
}

var errWildcard = &ParseError{Code: CodeParameter, Reason: "search for any name"}

// ParseFind reads a client's FND. A search for any name is answered with 201.
func ParseFind(l *Line, _ Version) (Find, error) {
	f := open(l, "FND")
	m := Find{TrID: f.trid()}
	m.parse(&f)
	if m.First == "*" || m.Last == "*" {
		f.fail(errWildcard)
	}
	return result(m, &f)
}

// Found is FND as a server sends it: a person, or, with a Total of 0, that there
// is nobody. All lines of an answer go out in one write: clients read one packet.
//
//	S: FND 26 1 2 fname=Ada lname=L city=London state= country=GB
//	S: FND 26 0 0
type Found struct {
	TrID  TrID
	Index int // from 1
	Total int
	Person
}

// Append appends the line.
func (m Found) Append(dst []byte, _ Version) []byte {
	dst = appendTrID(dst, "FND", m.TrID)
	if m.Total == 0 {
		return appendEnd(append(dst, " 0 0"...))
	}
	dst = appendUint(dst, m.Index)
	dst = appendUint(dst, m.Total)
	return appendEnd(m.append(dst))
}

// ParseFound reads a server's FND.
func ParseFound(l *Line, _ Version) (Found, error) {
	f := openStrict(l, "FND")
	m := Found{TrID: f.trid(), Index: f.count(), Total: f.count()}
	if m.Total == 0 {
		m.Index = 0
		return result(m, &f)
	}
	m.parse(&f)
	return result(m, &f)
}
