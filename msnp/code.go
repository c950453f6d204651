package msnp

import "strconv"

// Code is the number of an error line: three digits where a reply would have
// its name.
type Code uint16

// The error codes that a server of this project sends: see [Code.Meaning]. Some
// depend on the version: see [Version.NoSuchAccount].
const (
	CodeSyntax            Code = 200
	CodeParameter         Code = 201
	CodeNoSuchAccount     Code = 205
	CodeIncompleteHandle  Code = 206
	CodeAlreadySignedIn   Code = 207
	CodeBadHandle         Code = 208
	CodeNameRefused       Code = 209
	CodeListFull          Code = 210
	CodeAlreadyThere      Code = 215
	CodeNotOnList         Code = 216
	CodeNotOnline         Code = 217
	CodeSameMode          Code = 218
	CodeOppositeList      Code = 219
	CodePageRefused       Code = 220
	CodeTooManyGroups     Code = 223
	CodeNoSuchGroup       Code = 224
	CodeNotInGroup        Code = 225
	CodeGroupExists       Code = 228
	CodeGroupNameLong     Code = 229
	CodeGroupZero         Code = 230
	CodeSwitchboardFailed Code = 280
	CodeTransferFailed    Code = 281
	CodeBadMessage        Code = 282
	CodeTooManyMatches    Code = 301
	CodeBookUnavailable   Code = 403
	CodeInternal          Code = 500
	CodeDisabled          Code = 502
	CodeGeneralFailure    Code = 503
	CodeChallengeFailed   Code = 540
	CodeBusy              Code = 600
	CodeUnavailable       Code = 601
	CodeDatabase          Code = 603
	CodeTooActive         Code = 713
	CodeNotExpected       Code = 715
	CodeTooRapid          Code = 800
	CodeTooBusy           Code = 910
	CodeAuthFailed        Code = 911
	CodeNotAllowedHidden  Code = 913
)

// NoSuchAccount is the code for adding an account that does not exist: 205 to
// MSNP9, 208 from MSNP10 on.
func (v Version) NoSuchAccount() Code {
	if v.Has(FeatureUnknownHandles) {
		return CodeBadHandle
	}
	return CodeNoSuchAccount
}

// parseCode reads the three digits of an error line.
func parseCode(name []byte) (Code, bool) {
	if n, ok := ParseUint(name); ok && len(name) == 3 {
		return Code(n), true
	}
	return 0, false
}

// String gives the three digits.
func (c Code) String() string { return strconv.Itoa(int(c)) }
