package transcript

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/papilio-im/papilio/msnp"
)

var signsIn = regexp.MustCompile(`^signs in with (.+) as (\S+)$`)

// signIn adds the steps of a sign-in, by MD5 or with a ticket.
func (t *Transcript) signIn(s Step, text string) error {
	words := signsIn.FindStringSubmatch(text)
	if words == nil {
		return fmt.Errorf("a sign-in is written: signs in with VERSION as HANDLE, not %q", text)
	}
	version, ok := msnp.ParseVersion(words[1])
	if words[1] == msnp.Beta2.String() {
		version, ok = msnp.Beta2, true
	}
	if !ok || !version.SignsInBy(msnp.MethodMD5) && !version.SignsInBy(msnp.MethodTWN) {
		return fmt.Errorf("no version to sign in with: %q", words[1])
	}
	for _, a := range t.Accounts {
		if a.Handle == words[2] {
			t.signInSteps(s, version, a)
			return nil
		}
	}
	return fmt.Errorf("no account %s", words[2])
}

func (t *Transcript) signInSteps(s Step, v msnp.Version, a Account) {
	add := func(verb Verb, format string, args ...any) {
		s.Verb, s.Text = verb, fmt.Sprintf(format, args...)
		t.Steps = append(t.Steps, s)
	}
	add(Dials, "NS")
	add(Sends, "VER 1 %s CVR0", v.VER())
	add(Gets, "VER 1 %s CVR0", v.VER())
	if v.SignsInBy(msnp.MethodMD5) {
		salt := s.Who + ".salt" + fmt.Sprint(s.Line)
		initial, subsequent := " "+a.Handle, ""
		if v == msnp.Beta2 {
			initial, subsequent = "", a.Handle+" "
		}
		add(Sends, "USR 2 MD5 I%s", initial)
		add(Gets, "USR 2 MD5 S {%s}", salt)
		add(Sends, "USR 3 MD5 S %s{md5 %s %s}", subsequent, salt, a.Password)
	} else {
		add(Sends, "USR 2 TWN I %s", a.Handle)
		add(Gets, "USR 2 TWN S {any}")
		add(Sends, "USR 3 TWN S {ticket %s}", a.Handle)
	}
	add(Gets, "%s", line(msnp.Welcome{TrID: 3, Handle: a.Handle, Name: msnp.Encode(a.Name), Verified: true}, v))
	if v.Has(msnp.FeatureSubscription) {
		add(Gets, "%s", line(msnp.Subscription{}, v))
	}
	add(Gets, "MSG Hotmail Hotmail {any}")
}

// line is a message as it is written in a transcript.
func line(m interface {
	Append([]byte, msnp.Version) []byte
}, v msnp.Version) string {
	return strings.TrimSuffix(string(m.Append(nil, v)), "\r\n")
}
