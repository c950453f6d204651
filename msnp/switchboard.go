package msnp

// Identity is what [Enter] and [Answer] say of who is coming, in any of these
// forms:
//
//	handle cookie
//	handle;{endpoint} cookie
//	MD5 S handle hash
//	CTP I handle password
//	MD5 I
//	MD5 S hash
//
// The forms with a method are those of Beta 2, as far as they are known. They are
// read liberally: the method and the step are passed over, the word that looks
// like a handle is the handle, and the one behind it the secret.
type Identity struct {
	Method   Method // MD5 or CTP if the line names it, else ""
	Stage    Stage  // the step, if the line names it
	Handle   string // in lower case, without the endpoint; "" where the form has none
	Endpoint string // {guid}, since MSNP16; "" if there is none
	// Written is the handle with the endpoint as the client wrote them, for the
	// answer to repeat. Append takes it before Handle and Endpoint.
	Written string
	// Secret is a cookie, a hash or a password: which of them is for the server
	// to know, which asked for it. "" where the form has none. It is never to be
	// logged: see [Redact].
	Secret string
}

func (m *Identity) append(dst []byte) []byte {
	dst = appendOptional(dst, m.Method)
	dst = appendOptional(dst, m.Stage)
	switch {
	case m.Written != "":
		dst = appendWord(dst, m.Written)
	case m.Handle != "":
		dst = appendWord(dst, m.Handle)
		if m.Endpoint != "" {
			dst = append(append(dst, ';'), m.Endpoint...)
		}
	}
	return appendOptional(dst, m.Secret)
}

// parse reads the words of a line but for the last so many.
func (m *Identity) parse(f *fields, last int) {
	if method, ok := parseMethod(f.peek()); ok && (method == MethodMD5 || method == MethodCTP) {
		m.Method = method
		f.skip()
		if stage, ok := parseStage(f.peek()); ok {
			m.Stage = stage
			f.skip()
		}
	}
	if n := f.left() - last; n > 0 {
		words := f.line.Args[f.next : f.next+n]
		f.next += n
		m.who(f, words)
	}
	if m.Method == "" && m.Secret == "" {
		f.fail(f.short)
	}
}

// who finds handle and secret among words, of which there is at least one.
func (m *Identity) who(f *fields, words [][]byte) {
	if len(words) == 1 && m.Stage == StageSubsequent {
		m.Secret = string(words[0])
		return
	}
	for i, word := range words {
		handle, endpoint := cut(word, ';')
		h, err := ParseHandle(handle)
		if err != nil {
			continue
		}
		m.Handle, m.Endpoint, m.Written = h, string(endpoint), string(word)
		if i+1 < len(words) {
			m.Secret = string(words[i+1])
		} else if i > 0 {
			m.Secret = string(words[i-1])
		}
		return
	}
	f.fail(errNoHandle)
}

// Enter is USR at a switchboard: a client opens the conversation that it was
// transferred for.
//
//	C: USR 1 ana@example.test 40211873.947112233.550193274466120387
type Enter struct {
	TrID TrID
	Identity
}

// Append appends the line.
func (m Enter) Append(dst []byte, _ Version) []byte {
	return appendEnd(m.append(appendTrID(dst, "USR", m.TrID)))
}

// ParseEnter reads a client's USR at a switchboard. A handle that cannot be one
// is answered with 911 and ends the connection, too few arguments end it.
func ParseEnter(l *Line, _ Version) (Enter, error) {
	f := openStrict(l, "USR")
	m := Enter{TrID: f.trid()}
	m.parse(&f, 0)
	return result(m, &f)
}

// Entered answers [Enter].
//
//	S: USR 1 OK ana@example.test Ana%20B
type Entered struct {
	TrID   TrID
	Handle string // as the client wrote it, with the endpoint
	Name   Encoded
}

// Append appends the line.
func (m Entered) Append(dst []byte, _ Version) []byte {
	dst = append(appendTrID(dst, "USR", m.TrID), " OK"...)
	dst = appendWord(dst, m.Handle)
	return appendEnd(appendName(dst, m.Name, m.Handle))
}

// ParseEntered reads a switchboard's USR OK: see [IsWelcome].
func ParseEntered(l *Line, _ Version) (Entered, error) {
	f := openStrict(l, "USR")
	m := Entered{TrID: f.trid()}
	f.literal("OK")
	m.Handle = f.text()
	m.Name = f.name()
	return result(m, &f)
}

// Answer is ANS as a client sends it: it joins the conversation that it was
// invited to with [Ring].
//
//	C: ANS 1 bob@example.test 947112251.7710283345 40211873
type Answer struct {
	TrID TrID
	Identity
	Session uint32
}

// Append appends the line.
func (m Answer) Append(dst []byte, _ Version) []byte {
	return appendEnd(appendUint(m.append(appendTrID(dst, "ANS", m.TrID)), m.Session))
}

// ParseAnswer reads a client's ANS. A handle that cannot be one is answered with
// 911 and ends the connection; too few arguments and a session that is no number
// end it.
func ParseAnswer(l *Line, _ Version) (Answer, error) {
	f := openStrict(l, "ANS")
	m := Answer{TrID: f.trid()}
	m.parse(&f, 1)
	m.Session = f.session()
	return result(m, &f)
}

// Answered answers [Answer], after a [RosterEntry] for everybody who is there.
//
//	S: ANS 1 OK
type Answered struct{ TrID TrID }

// Append appends the line.
func (m Answered) Append(dst []byte, _ Version) []byte {
	return appendEnd(append(appendTrID(dst, "ANS", m.TrID), " OK"...))
}

// ParseAnswered reads a switchboard's ANS.
func ParseAnswered(l *Line, _ Version) (Answered, error) {
	f := openStrict(l, "ANS")
	m := Answered{TrID: f.trid()}
	f.literal("OK")
	return result(m, &f)
}

// Call is CAL as a client sends it: invite somebody.
//
//	C: CAL 2 bob@example.test
type Call struct {
	TrID   TrID
	Handle string // in lower case; its host may lack a domain, then it is nobody's
}

// Append appends the line.
func (m Call) Append(dst []byte, _ Version) []byte {
	return appendEnd(appendWord(appendTrID(dst, "CAL", m.TrID), m.Handle))
}

var errCallee = &ParseError{Code: CodeBadHandle, Reason: "call to what is no handle"}

// ParseCall reads a client's CAL. What cannot be a handle is answered with 208;
// user@host without a domain is let through, since its answer is 217. An endpoint
// is dropped.
func ParseCall(l *Line, _ Version) (Call, error) {
	f := openStrict(l, "CAL")
	m := Call{TrID: f.trid()}
	handle, _ := cut(f.word(), ';')
	if f.err != nil {
		return result(m, &f)
	}
	if !isHandle(handle, 1) {
		f.fail(errCallee)
	}
	m.Handle = foldCase(handle)
	return result(m, &f)
}

// Ringing answers [Call]: the invitation is on its way.
//
//	S: CAL 2 RINGING 40211873
type Ringing struct {
	TrID    TrID
	Session uint32 // 1 to MaxSession
}

// Append appends the line.
func (m Ringing) Append(dst []byte, _ Version) []byte {
	dst = append(appendTrID(dst, "CAL", m.TrID), " RINGING"...)
	return appendEnd(appendUint(dst, m.Session))
}

// ParseRinging reads a switchboard's CAL.
func ParseRinging(l *Line, _ Version) (Ringing, error) {
	f := openStrict(l, "CAL")
	m := Ringing{TrID: f.trid()}
	f.literal("RINGING")
	m.Session = f.session()
	return result(m, &f)
}

// RosterEntry is IRO (to MSNP15 in this form): somebody who is in the
// conversation already. The transaction id is that of ANS.
//
//	S: IRO 1 1 2 ana@example.test Ana%20B
//	S: IRO 1 1 2 ana@example.test Ana%20B 1610612804
type RosterEntry struct {
	TrID         TrID
	Index        int // from 1
	Total        int
	Handle       string
	Name         Encoded
	Capabilities Capabilities // of the last CHG, 0 if not known; since MSNP12
}

// Append appends the line.
func (m RosterEntry) Append(dst []byte, v Version) []byte {
	dst = appendTrID(dst, "IRO", m.TrID)
	dst = appendUint(dst, m.Index)
	dst = appendUint(dst, m.Total)
	return appendEnd(appendMember(dst, v, m.Handle, m.Name, m.Capabilities))
}

// appendMember appends what IRO and JOI have in common, to MSNP15. Clients that
// have the capabilities read them without looking whether they are there.
func appendMember(dst []byte, v Version, handle string, name Encoded, c Capabilities) []byte {
	dst = appendName(appendWord(dst, handle), name, handle)
	if v.Has(FeatureMemberCapabilities) {
		dst = appendUint(dst, c)
	}
	return dst
}

// ParseRosterEntry reads a switchboard's IRO.
func ParseRosterEntry(l *Line, v Version) (RosterEntry, error) {
	f := openStrict(l, "IRO")
	m := RosterEntry{TrID: f.trid(), Index: f.count(), Total: f.count(), Handle: f.text(), Name: f.name()}
	m.Capabilities = f.optionalCapabilities(v, FeatureMemberCapabilities)
	return result(m, &f)
}

// Joined is JOI (to MSNP15 in this form): somebody has joined.
//
//	S: JOI bob@example.test Bob
//	S: JOI bob@example.test Bob 1610612804
type Joined struct {
	Handle       string
	Name         Encoded
	Capabilities Capabilities // of the last CHG, 0 if not known; since MSNP12
}

// Append appends the line.
func (m Joined) Append(dst []byte, v Version) []byte {
	return appendEnd(appendMember(append(dst, "JOI"...), v, m.Handle, m.Name, m.Capabilities))
}

// ParseJoined reads a switchboard's JOI.
func ParseJoined(l *Line, v Version) (Joined, error) {
	f := openStrict(l, "JOI")
	m := Joined{Handle: f.text(), Name: f.name()}
	m.Capabilities = f.optionalCapabilities(v, FeatureMemberCapabilities)
	return result(m, &f)
}

// Left is BYE: somebody has left.
//
//	S: BYE bob@example.test
//	S: BYE bob@example.test 1
type Left struct {
	Handle string
	Idle   bool // the switchboard has ended the conversation since nobody spoke
}

// Append appends the line.
func (m Left) Append(dst []byte, _ Version) []byte {
	dst = appendWord(append(dst, "BYE"...), m.Handle)
	if m.Idle {
		dst = append(dst, " 1"...)
	}
	return appendEnd(dst)
}

// ParseLeft reads a switchboard's BYE.
func ParseLeft(l *Line, _ Version) (Left, error) {
	f := openStrict(l, "BYE")
	m := Left{Handle: f.text()}
	m.Idle = f.optional() == "1"
	return result(m, &f)
}
