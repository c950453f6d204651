package msnp

// Key names a setting. Two settings have commands of their own, which are named
// like the setting; the others are PRP.
type Key string

// The settings.
const (
	KeyPrompt      Key = "GTC" // A: ask the user when somebody adds them, N: don't
	KeyDefault     Key = "BLP" // AL: those on no list may see and call me, BL: they may not
	KeyHomePhone   Key = "PHH" // text; since MSNP5, as those below
	KeyWorkPhone   Key = "PHW"
	KeyMobilePhone Key = "PHM"
	KeyPaging      Key = "MOB" // Y: others may page my mobile phone
	KeyMobile      Key = "MBE" // Y: my mobile phone is set up
	KeyWatch       Key = "WWE" // 1: the user has a watch of MSN Direct; servers set it; since MSNP9
	KeyName        Key = "MFN" // the friendly name; since MSNP10
	KeySpace       Key = "HSB" // 1: the user has a space; servers set it; since MSNP11
)

// Values of settings.
const (
	PromptAsk  Encoded = "A"
	PromptNone Encoded = "N"
	DefaultAL  Encoded = "AL"
	DefaultBL  Encoded = "BL"
	ValueYes   Encoded = "Y"
	ValueNo    Encoded = "N"
	ValueOn    Encoded = "1" // of KeyWatch and KeySpace
	ValueOff   Encoded = "0"
)

// valueKind is what a setting can be set to.
type valueKind uint8

const (
	kindText   valueKind = iota // encoded text of at most MaxPhone octets, or none
	kindYesNo                   // Y or N, or none, which is N
	kindPrompt                  // A or N
	kindList                    // AL or BL
	kindName                    // an encoded friendly name of at most MaxName octets
	kindServer                  // what servers alone set
)

// setting is a row of the table of settings.
type setting struct {
	key   Key
	kind  valueKind
	since Version
	own   bool // has a command of its own
}

var settings = [...]setting{
	{KeyPrompt, kindPrompt, Beta2, true},
	{KeyDefault, kindList, Beta2, true},
	{KeyHomePhone, kindText, MSNP5, false},
	{KeyWorkPhone, kindText, MSNP5, false},
	{KeyMobilePhone, kindText, MSNP5, false},
	{KeyPaging, kindYesNo, MSNP5, false},
	{KeyMobile, kindYesNo, MSNP5, false},
	{KeyWatch, kindServer, MSNP9, false},
	{KeyName, kindName, MSNP10, false},
	{KeySpace, kindServer, MSNP11, false},
}

// findSetting looks a row up.
func findSetting[T ~string | ~[]byte](key T) *setting {
	for i := range settings {
		if string(key) == string(settings[i].key) {
			return &settings[i]
		}
	}
	return nil
}

// In reports whether version v has the setting, so that the answer to SYN may name
// it. CVR0 has none.
func (k Key) In(v Version) bool {
	s := findSetting(k)
	return s != nil && v != CVR0 && v.Valid() && v >= s.since
}

// allows reports whether a value is one that the setting can have.
func (k valueKind) allows(value []byte) bool {
	switch k {
	case kindYesNo:
		return string(value) == "Y" || string(value) == "N"
	case kindPrompt:
		return string(value) == "A" || string(value) == "N"
	case kindList:
		return string(value) == "AL" || string(value) == "BL"
	case kindName:
		return len(value) <= MaxName
	default:
		return len(value) <= MaxPhone
	}
}

var (
	errKeyLong      = &ParseError{Reason: "name of a setting too long"}
	errKey          = &ParseError{Code: CodeNotExpected, Reason: "no such setting"}
	errSettingValue = &ParseError{Reason: "a setting has no such value"}
	errNoName       = &ParseError{Code: CodeNameRefused, Reason: "no name"}
	errYesNo        = &ParseError{Code: CodeParameter, Reason: "neither Y nor N"}
)

// isOwnCommand reports whether a setting has a command of its own.
func isOwnCommand(key Key) bool { return key == KeyPrompt || key == KeyDefault }

// settingCommand is the name of the command that changes a setting.
func settingCommand(key Key) string {
	if isOwnCommand(key) {
		return string(key)
	}
	return "PRP"
}

// openSetting begins to read one of the three commands and finds its setting,
// nil for PRP, whose key comes later.
func openSetting(l *Line, strict bool) (fields, *setting) {
	var own *setting
	name := "PRP"
	if l.Command != nil && isOwnCommand(Key(l.Command.Name)) {
		name = l.Command.Name
		own = findSetting(name)
	}
	if strict {
		return openStrict(l, name), own
	}
	return open(l, name), own
}

// key reads the key of a PRP that version v has.
func (f *fields) key(v Version) *setting {
	w := f.word()
	if f.err != nil {
		return nil
	}
	s := findSetting(w)
	switch {
	case len(w) > maxKey:
		f.fail(errKeyLong)
	case s == nil || s.own || v < s.since || s.kind == kindServer:
		f.fail(errKey)
	default:
		return s
	}
	return nil
}

// ChangeSetting is GTC, BLP and PRP as a client sends them.
//
//	C: GTC 15 N
//	C: BLP 16 BL
//	C: PRP 17 PHH 1%20(555)%20010
//	C: PRP 18 PHW
//	C: PRP 19 MFN Ada%20L
type ChangeSetting struct {
	TrID  TrID
	Key   Key
	Value Encoded // "" unsets what PRP sets, but for the name, which nobody is without
}

// Append appends the line.
func (m ChangeSetting) Append(dst []byte, _ Version) []byte {
	dst = appendTrID(dst, settingCommand(m.Key), m.TrID)
	if !isOwnCommand(m.Key) {
		dst = appendWord(dst, m.Key)
	}
	return appendEnd(appendOptional(dst, m.Value))
}

// ParseChangeSetting reads a client's GTC, BLP or PRP. A key that the version
// does not have, or that only servers set, is answered with 715, and an empty name
// with 209; a longer key than there are, a phone number of more than [MaxPhone]
// octets, a name of more than [MaxName], and a value that GTC or BLP cannot have end
// the connection.
func ParseChangeSetting(l *Line, v Version) (ChangeSetting, error) {
	f, row := openSetting(l, false)
	m := ChangeSetting{TrID: f.trid()}
	if row == nil {
		row = f.key(v)
	}
	if row != nil {
		m.Key = row.key
		m.Value = f.value(row)
	}
	return result(m, &f)
}

// value reads a value that a setting can have. A setting of PRP without one is
// unset.
func (f *fields) value(row *setting) Encoded {
	w := f.peek()
	switch {
	case w == nil && row.kind == kindName:
		f.fail(errNoName)
		return ""
	case w == nil && !row.own:
		return ""
	case w == nil:
		f.fail(f.short)
		return ""
	case row.kind.allows(w):
		return f.encoded(len(w), errNameLong)
	case row.kind == kindYesNo:
		f.fail(errYesNo)
	}
	f.fail(errSettingValue)
	return ""
}

// Setting is GTC, BLP and PRP as a server sends them: the answer to
// [ChangeSetting], or a part of the answer to SYN.
//
//	S: GTC 15 42 N
//	S: GTC 15 N
//	S: GTC N
//	S: PRP 17 44 PHH 1%20(555)%20010
//	S: PRP 18 45 PHW
//	S: PRP MFN Ada%20L
type Setting struct {
	TrID    TrID
	Version uint32 // the list version after the change; to MSNP9
	// Sync says that the setting is a part of the answer to SYN, where MSNP8 and
	// later have neither of the words above, and no line for what is not set:
	// Append then appends nothing. It makes no difference before.
	Sync  bool
	Key   Key
	Value Encoded // "" for a phone number that is not set
}

// Append appends the line.
func (m Setting) Append(dst []byte, v Version) []byte {
	switch {
	case !m.Sync || !v.Has(FeatureSyncCounts):
		dst = appendTrID(dst, settingCommand(m.Key), m.TrID)
		dst = appendListVersion(dst, v, m.Version)
	case m.Value == "":
		return dst
	default:
		dst = append(dst, settingCommand(m.Key)...)
	}
	if !isOwnCommand(m.Key) {
		dst = appendWord(dst, m.Key)
	}
	return appendEnd(appendOptional(dst, m.Value))
}

// ParseSetting reads a server's GTC, BLP or PRP. Keys that are not known are
// given as they are.
func ParseSetting(l *Line, v Version) (Setting, error) {
	f, row := openSetting(l, true)
	m := Setting{Sync: v.Has(FeatureSyncCounts) && f.more() && !isDigits(f.peek())}
	if !m.Sync {
		m.TrID, m.Version = f.trid(), f.listVersion(v)
	}
	if row != nil {
		m.Key = row.key
		m.Value = f.value(row)
		return result(m, &f)
	}
	m.Key = f.anyKey()
	if f.more() {
		m.Value = f.name()
	}
	return result(m, &f)
}

// anyKey reads the key of a PRP or BPR that a server sent.
func (f *fields) anyKey() Key {
	w := f.word()
	if isOwnCommand(Key(w)) {
		f.fail(errKey)
	}
	return Key(w)
}

// ContactSetting is BPR (MSNP5 to MSNP12): a setting of a contact. It has no
// transaction id. Inside SYN it follows the LST line of the contact on the forward
// list, and nothing may come between.
//
//	S: BPR 41 bea@example.net PHH 02%2044
//	S: BPR 41 bea@example.net PHW
//	S: BPR bea@example.net PHH 02%2044
//	S: BPR PHH 02%2044
type ContactSetting struct {
	Version uint32 // the receiver's list version; to MSNP9
	Handle  string
	// Sync says that the setting is a part of the answer to SYN, where MSNP8 and
	// later have neither of the words above. It makes no difference before.
	Sync bool
	Key  Key // PHH, PHW, PHM, MOB, WWE or HSB
	// Value is "" for a phone number that is not set. For that MSNP8 and MSNP9 have
	// no line inside SYN, and later versions none at all, since clients tell the two
	// forms apart by the number of their words: Append then appends nothing.
	Value Encoded
}

// Append appends the line.
func (m ContactSetting) Append(dst []byte, v Version) []byte {
	sync := m.Sync && v.Has(FeatureSyncCounts)
	if m.Value == "" && (sync || v.Has(FeatureGUIDs)) {
		return dst
	}
	dst = append(dst, "BPR"...)
	if !sync {
		dst = appendListVersion(dst, v, m.Version)
		dst = appendWord(dst, m.Handle)
	}
	dst = appendWord(dst, m.Key)
	return appendEnd(appendOptional(dst, m.Value))
}

// ParseContactSetting reads a server's BPR. With the list version, or a handle, in
// front it stands for itself; with a key, which is of three letters, it belongs to
// the LST before it.
func ParseContactSetting(l *Line, v Version) (ContactSetting, error) {
	f := openStrict(l, "BPR")
	m := ContactSetting{Sync: v.Has(FeatureSyncCounts) && f.more() && isKey(f.peek())}
	if !m.Sync {
		m.Version, m.Handle = f.listVersion(v), f.text()
	}
	m.Key = f.anyKey()
	if f.more() {
		m.Value = f.name()
	}
	return result(m, &f)
}

// isKey reports whether a word is as long as a key, and no number.
func isKey(word []byte) bool { return len(word) == maxKey && !isDigits(word) }

// maxKey is the length of the names of settings.
const maxKey = len(KeyName)
