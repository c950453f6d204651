package msnp

// Method is a way to prove an identity: to sign in, or to enter a conversation.
type Method string

// The methods.
const (
	MethodCTP Method = "CTP" // the password itself; Beta 2 and MSNP2
	MethodMD5 Method = "MD5" // a hash of salt and password; to MSNP7
	MethodTWN Method = "TWN" // a Passport ticket; MSNP8 to MSNP14
	MethodSSO Method = "SSO" // a ticket and a proof; since MSNP15
	MethodSHA Method = "SHA" // a ticket for circles, after the sign-in; since MSNP18
	MethodCKI Method = "CKI" // a cookie; switchboards, since MSNP2
)

// signInMethods tells which versions sign in by which method.
var signInMethods = map[Method]span{
	MethodCTP: {first: Beta2, last: MSNP2},
	MethodMD5: {first: Beta2, last: MSNP7},
	MethodTWN: {first: MSNP8, last: MSNP14},
	MethodSSO: {first: MSNP15, last: MSNP21},
}

// SignsInBy reports whether clients of version v sign in by a method.
func (v Version) SignsInBy(m Method) bool { return signInMethods[m].has(v) }

// parseMethod knows the methods by their names.
func parseMethod(word []byte) (Method, bool) {
	for _, m := range [...]Method{MethodCKI, MethodMD5, MethodCTP, MethodTWN, MethodSSO, MethodSHA} {
		if string(word) == string(m) {
			return m, true
		}
	}
	return "", false
}

// Stage is a step of a sign-in.
type Stage string

// The stages.
const (
	StageInitial    Stage = "I" // the client says who it is
	StageSubsequent Stage = "S" // the server challenges, the client answers
)

func parseStage(word []byte) (Stage, bool) {
	switch string(word) {
	case "I":
		return StageInitial, true
	case "S":
		return StageSubsequent, true
	}
	return "", false
}

// SignIn is USR as a client sends it to a dispatch or notification server.
//
//	C: USR 3 MD5 I zed@example.net
//	C: USR 4 MD5 S b113b7c25f4a696a0add686f5f42cc70
//
// Beta 2 names itself in the second step instead: see [SignIn.Beta2].
//
//	C: USR 4 MD5 I
//	C: USR 5 MD5 S zed@example.net b113b7c25f4a696a0add686f5f42cc70
//	C: USR 4 CTP I zed@example.net hunter2
//
// MSNP8 to MSNP14 prove themselves with a ticket, which the login server gives for
// the words of the [Challenge]:
//
//	C: USR 3 TWN I zed@example.net
//	C: USR 4 TWN S t=Q0ZZ*ab!c$&p=
type SignIn struct {
	TrID   TrID
	Method Method
	Stage  Stage
	Handle string // in lower case; "" where the form has none
	// Secret is the hash of MD5, in lower case, the password of CTP, or the ticket
	// of TWN, which is opaque and never percent-decoded; "" where the form has none.
	// It is never to be logged: see [Redact].
	Secret string
}

// Append appends the line.
func (m SignIn) Append(dst []byte, _ Version) []byte {
	dst = appendTrID(dst, "USR", m.TrID)
	dst = appendWord(dst, m.Method)
	dst = appendWord(dst, m.Stage)
	dst = appendOptional(dst, m.Handle)
	return appendEnd(appendOptional(dst, m.Secret))
}

// Beta2 reports whether the form is one that only 1.0 Beta 2 uses, which says
// MSNP2 in VER. The two-step form of CTP alone does not give it away.
func (m SignIn) Beta2() bool {
	switch {
	case m.Method == MethodMD5 && m.Stage == StageInitial:
		return m.Handle == ""
	case m.Method == MethodMD5:
		return m.Handle != ""
	case m.Method == MethodCTP && m.Stage == StageInitial:
		return m.Secret != ""
	}
	return false
}

var (
	errMethod = &ParseError{Reason: "sign-in method of another version"}
	errStage  = &ParseError{Reason: "no such step of the sign-in"}
	errSecret = &ParseError{Code: CodeAuthFailed, Close: true, Reason: "sign-in without a proof"}
)

// ParseSignIn reads a client's USR, all methods in their first step, and all but
// SSO in their second. A method that the version does not have and an unknown step
// end the connection, a handle that is none is answered as a wrong password is.
func ParseSignIn(l *Line, v Version) (SignIn, error) {
	f := open(l, "USR")
	m := SignIn{TrID: f.trid()}
	var ok bool
	if m.Method, ok = parseMethod(f.word()); !ok || !v.SignsInBy(m.Method) {
		f.fail(errMethod)
	}
	if m.Stage, ok = parseStage(f.word()); !ok {
		f.fail(errStage)
	}
	switch m.Stage {
	case StageInitial:
		m.parseInitial(&f, v)
	case StageSubsequent:
		m.parseSubsequent(&f, v)
	}
	return result(m, &f)
}

func (m *SignIn) parseInitial(f *fields, v Version) {
	if !f.more() {
		if m.Method != MethodMD5 || !v.Has(FeatureBeta2SignIn) {
			f.fail(errNoHandle)
		}
		return
	}
	m.Handle = f.handle(errNoHandle)
	if m.Method == MethodCTP {
		m.Secret = f.optional()
	}
}

func (m *SignIn) parseSubsequent(f *fields, v Version) {
	switch {
	case !m.Method.known():
		f.fail(errMethod)
	case f.left() == 0:
		f.fail(errSecret)
	case m.Method == MethodMD5 && v.Has(FeatureBeta2SignIn) && f.left() > 1:
		m.Handle = f.handle(errNoHandle)
	}
	m.Secret = f.text()
	if m.Method == MethodMD5 {
		m.Secret = foldCase(m.Secret)
	}
}

// known reports whether both steps of a sign-in by m are known.
func (m Method) known() bool { return m == MethodMD5 || m == MethodCTP || m == MethodTWN }

// Challenge is USR as a server sends it in the middle of a sign-in.
//
//	S: USR 3 MD5 S 982312055.48817
//	S: USR 3 CTP S
//	S: USR 3 TWN S lc=1033,id=507,tw=40,fs=1,ru=http%3A%2F%2Fmessenger%2Emsn%2Ecom,ct=1000000000,kpp=1,kv=5,ver=2.1.0173.1,tpf=43f8a4c8ed940c04e3740be46c4d1619
type Challenge struct {
	TrID   TrID
	Method Method
	// Salt is what is put before the password to hash, or for TWN what the client
	// hands to the login server as it is: see [PassportParams]. It has no blanks,
	// and is "" for CTP.
	Salt string
}

// Append appends the line.
func (m Challenge) Append(dst []byte, _ Version) []byte {
	dst = appendTrID(dst, "USR", m.TrID)
	dst = appendWord(dst, m.Method)
	dst = appendWord(dst, StageSubsequent)
	return appendEnd(appendOptional(dst, m.Salt))
}

// ParseChallenge reads a server's USR that is not OK: see [IsWelcome]. A method that
// the version does not have is refused: the answer to it could be worth more than
// what the client was ready to show.
func ParseChallenge(l *Line, v Version) (Challenge, error) {
	f := openStrict(l, "USR")
	m := Challenge{TrID: f.trid()}
	var ok bool
	if m.Method, ok = parseMethod(f.word()); !ok || !m.Method.known() || !v.SignsInBy(m.Method) {
		f.fail(errMethod)
	}
	if s, ok := parseStage(f.word()); !ok || s != StageSubsequent {
		f.fail(errStage)
	}
	if m.Method != MethodCTP {
		m.Salt = f.text()
	}
	return result(m, &f)
}

// Welcome is USR as a server sends it at the end of a sign-in.
//
//	S: USR 4 OK zed@example.net Zed%20Q 1
//	S: USR 4 OK zed@example.net Zed%20Q 1 0
//	S: USR 4 OK zed@example.net 1 0
type Welcome struct {
	TrID     TrID
	Handle   string
	Name     Encoded // to MSNP9
	Verified bool    // the mail address is the person's own; since MSNP6
	// Restricted tells the client to leave and use MSN Explorer; since MSNP8.
	Restricted bool
}

// Append appends the line.
func (m Welcome) Append(dst []byte, v Version) []byte {
	dst = appendTrID(dst, "USR", m.TrID)
	dst = append(dst, " OK"...)
	dst = appendWord(dst, m.Handle)
	if v.Has(FeatureWelcomeName) {
		dst = appendName(dst, m.Name, m.Handle)
	}
	if v.Has(FeatureVerified) {
		dst = appendFlag(dst, m.Verified)
	}
	if v.Has(FeatureRestricted) {
		dst = appendFlag(dst, m.Restricted)
	}
	return appendEnd(dst)
}

// IsWelcome tells, of a USR or ANS that a server sent, whether it is an OK.
func IsWelcome(l *Line) bool { return string(l.Arg(1)) == "OK" }

// ParseWelcome reads a notification server's USR OK.
func ParseWelcome(l *Line, v Version) (Welcome, error) {
	f := openStrict(l, "USR")
	m := Welcome{TrID: f.trid()}
	f.literal("OK")
	m.Handle = f.text()
	if v.Has(FeatureWelcomeName) {
		m.Name = f.name()
	}
	if v.Has(FeatureVerified) {
		m.Verified = f.flag()
	}
	if v.Has(FeatureRestricted) {
		m.Restricted = f.flag()
	}
	return result(m, &f)
}
