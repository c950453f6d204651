package msnp

import (
	"errors"
	"testing"
)

// TestServerLinesRefused: lines of a server that a client cannot make sense of
// have no answer.
func TestServerLinesRefused(t *testing.T) {
	for _, tt := range []struct {
		v    Version
		role Role
		line string
	}{
		{MSNP7, Notification, "VER 1 XYZ"},
		{MSNP7, Notification, "VER 1"},
		{MSNP7, Notification, "USR 1 MD5 I 1.2"},
		{MSNP7, Notification, "USR 1 MD5 S"},
		{MSNP7, Notification, "USR 1 OK a@b.c A 2"},
		{MSNP7, Notification, "USR 1 OK a@b.c A x"},
		{MSNP7, Notification, "LST 9 FL 41 1 1 bea@b.c Bea 0,x"},
		{MSNP7, Notification, "LST 9 FL 41 1 4294967295 bea@b.c Bea"},
		{MSNP7, Notification, "LST 9 FL 41 1 1 bea@b.c Bea 4294967295"},
		{MSNP7, Notification, "NLN HDN bea@b.c Bea"},
		{MSNP7, Notification, "ILN 9 FLN bea@b.c Bea"},
		{MSNP7, Notification, "NLN NLN bea@b.c %"},
		{MSNP7, Notification, "BPR 9 bea@b.c GTC A"},
		{MSNP7, Notification, "GTC 9 41 X"},
		{MSNP7, Notification, "SND 9 NO"},
		{MSNP7, Notification, "IMS 9 0 XX"},
		{MSNP7, Notification, "913 x"},
		{MSNP7, Switchboard, "CAL 9 BUSY 5"},
		{MSNP7, Switchboard, "CAL 9 RINGING 4294967295"},
		{MSNP7, Switchboard, "ANS 9 NO"},
		{MSNP7, Switchboard, "USR 9 NO a@b.c A"},
	} {
		l := parseOne(t, tt.role, FromServer, []byte(tt.line+"\r\n"))
		for _, f := range forms {
			if f.from != FromServer || f.role&tt.role == 0 || !f.has(tt.v) || f.command != "" && f.command != l.Name() || l.Code != 0 != (f.command == "") {
				continue
			}
			m, err := f.parse(l, tt.v)
			refused, ok := errors.AsType[*ParseError](err)
			if !ok || refused.Close {
				t.Errorf("%s: %q is %s %+v, %v", tt.v, tt.line, f.name, m, err)
			}
		}
	}
}

func TestIsWelcome(t *testing.T) {
	for line, want := range map[string]bool{
		"USR 4 OK zed@example.net Zed": true,
		"ANS 1 OK":                     true,
		"USR 3 MD5 S 982312055.48817":  false,
	} {
		role := Switchboard
		if got := IsWelcome(parseOne(t, role, FromServer, []byte(line+"\r\n"))); got != want {
			t.Errorf("IsWelcome(%q) = %t", line, got)
		}
	}
}

func TestOffers(t *testing.T) {
	m := Hello{Versions: []Version{MSNP7, MSNP6, CVR0}}
	if !m.Offers(CVR0) || !m.Offers(MSNP6) || m.Offers(MSNP5) {
		t.Errorf("%+v", m)
	}
}

// TestIdentityAppend: a client fills in handle and endpoint, a server repeats
// what was written.
func TestIdentityAppend(t *testing.T) {
	for _, tt := range []struct {
		m    Enter
		want string
	}{
		{Enter{1, Identity{Handle: "a@b.c", Secret: "1.2"}}, "USR 1 a@b.c 1.2\r\n"},
		{Enter{1, Identity{Handle: "a@b.c", Endpoint: "{3d6f}", Secret: "1.2"}}, "USR 1 a@b.c;{3d6f} 1.2\r\n"},
		{Enter{1, Identity{Handle: "a@b.c", Written: "A@b.c", Secret: "1.2"}}, "USR 1 A@b.c 1.2\r\n"},
	} {
		if got := string(tt.m.Append(nil, MSNP16)); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}

// TestNames are for logs, metrics and people.
func TestNames(t *testing.T) {
	for want, got := range map[string]string{
		"dispatch": Dispatch.String(), "notification": Notification.String(), "switchboard": Switchboard.String(),
		"several roles":                       (Dispatch | Switchboard).String(),
		"A":                                   AckAll.String(),
		"911":                                 CodeAuthFailed.String(),
		`msnp: unknown command "GET"`:         (&UnknownCommandError{"GET"}).Error(),
		"msnp: line too long":                 errLineLong.Error(),
		"MSNP12 has no transfer by MD5":       (&UnsupportedError{MSNP12, "transfer by MD5"}).Error(),
		"msnp: not a handle (201)":            errHandleForm.Error(),
		"msnp: transaction id is no number":   errTrID.Error(),
		"LST 9 FL 41 1 1 a@b.c A 0\r\n":       string(ListItem{9, ForwardList, 41, 1, 1, "a@b.c", "A", nil}.Append(nil, MSNP7)),
		"LST 9 FL 41 1 1 a@b.c A 10,0,29\r\n": string(ListItem{9, ForwardList, 41, 1, 1, "a@b.c", "A", []int{10, 0, 29}}.Append(nil, MSNP7)),
		"CVR 1 0x0409 a b c d 1.0 MSMSGS\r\n": string(ClientInfo{1, "0x0409", "a", "b", "c", "d", "1.0", "MSMSGS", "", 3}.Append(nil, MSNP21)),
		"CVR 1 0x0409 a b c d 1.0\r\n":        string(ClientInfo{1, "0x0409", "a", "b", "c", "d", "1.0", "", "a@b.c", 3}.Append(nil, MSNP21)),
		"090 1\r\n":                           string(Error{90, 1}.Append(nil, MSNP7)),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
