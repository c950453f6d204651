package msnp

import (
	"errors"
	"strings"
	"testing"
)

// closed stands for a line that has no answer but the end of the connection.
const closed = Code(0)

// TestRefusals: what a server answers to lines that do not have the form of
// their version.
func TestRefusals(t *testing.T) {
	long := strings.Repeat("a", MaxName+1)
	for _, tt := range []struct {
		v     Version
		role  Role
		line  string
		code  Code
		close bool
	}{
		// Transaction ids.
		{MSNP7, Notification, "SYN x 0", closed, false},
		{MSNP7, Notification, "SYN 4294967296 0", closed, false},
		{MSNP7, Notification, "SYN -1 0", closed, false},
		{MSNP7, Notification, "VER x MSNP7", closed, false},
		{MSNP7, Notification, "XFR x SB", closed, false},

		// Sign-in.
		{MSNP7, Notification, "VER 1", CodeParameter, false},
		{MSNP7, Notification, "CVR 1 0x0409 winnt 5.1 i386", CodeParameter, false},
		{MSNP7, Notification, "USR 1 MD5", CodeParameter, false},
		{MSNP7, Notification, "USR 1 XYZ I a@b.c", closed, false},
		{MSNP7, Notification, "USR 1 CKI I a@b.c", closed, false},
		{MSNP7, Notification, "USR 1 TWN I a@b.c", closed, false},
		{MSNP3, Notification, "USR 1 CTP I a@b.c pw", closed, false},
		{MSNP8, Notification, "USR 1 MD5 I a@b.c", closed, false},
		{MSNP15, Notification, "USR 1 TWN I a@b.c", closed, false},
		{MSNP14, Notification, "USR 1 SSO I a@b.c", closed, false},
		{MSNP15, Notification, "USR 1 SSO S t=1&p= x", closed, false},
		{MSNP7, Notification, "USR 1 MD5 X a@b.c", closed, false},
		{MSNP7, Notification, "USR 1 md5 I a@b.c", closed, false},
		{MSNP7, Notification, "USR 1 MD5 I zed", CodeAuthFailed, true},
		{MSNP7, Notification, "USR 1 MD5 I zed@host", CodeAuthFailed, true},
		{MSNP3, Notification, "USR 1 MD5 I", CodeAuthFailed, true},
		{MSNP2, Notification, "USR 1 CTP I", CodeAuthFailed, true},
		{MSNP8, Notification, "USR 1 TWN I", CodeAuthFailed, true},
		{MSNP2, Notification, "USR 1 MD5 S", CodeAuthFailed, true},
		{MSNP2, Notification, "USR 1 MD5 S zed b113b7c25f4a696a0add686f5f42cc70", CodeAuthFailed, true},
		{MSNP2, Notification, "USR 1 CTP S", CodeAuthFailed, true},
		{MSNP7, Notification, "XFR 1 XX", CodeParameter, false},
		{MSNP7, Notification, "XFR 1 sb", CodeParameter, false},
		{MSNP7, Notification, "XFR 1", CodeParameter, false},

		// Lists, in the order in which the service looked.
		{MSNP7, Notification, "LST 1 XX", closed, false},
		{MSNP7, Notification, "LST 1 fl", closed, false},
		{MSNP7, Notification, "ADD 1 RL a@b.c A", closed, false},
		{MSNP7, Notification, "ADD 1 XX a@b.c A", closed, false},
		{MSNP7, Notification, "ADD 1 FL a@b " + long, closed, false},
		{MSNP7, Notification, "ADD 1 FL a@b A", CodeParameter, false},
		{MSNP7, Notification, "ADD 1 FL hello A 99", CodeParameter, false},
		{MSNP7, Notification, "ADD 1 FL a@b.c %zz", CodeParameter, false},
		{MSNP7, Notification, "ADD 1 FL a@b.c A x", closed, false},
		{MSNP7, Notification, "ADD 1 FL a@b.c", CodeParameter, false},
		{MSNP7, Notification, "REM 1 RL a@b.c", closed, false},
		{MSNP7, Notification, "REM 1 FL a@b.c x", closed, false},
		{MSNP7, Notification, "REA 1 a@b.c " + long, closed, false},
		{MSNP7, Notification, "REA 1 a@b.c %ff", CodeParameter, false},
		{MSNP7, Notification, "ADG 1 " + long[:MaxGroupName+1] + " 0", CodeGroupNameLong, false},
		{MSNP7, Notification, "ADG 1 " + long, closed, false},
		{MSNP7, Notification, "REG 1 3 " + long[:MaxRenamedGroup+1] + " 0", closed, false},
		{MSNP7, Notification, "REG 1 30 A 0", closed, false},
		{MSNP7, Notification, "RMG 1 30", closed, false},
		{MSNP7, Notification, "RMG 1 x", closed, false},

		// Settings.
		{MSNP7, Notification, "GTC 1 X", closed, false},
		{MSNP7, Notification, "GTC 1 a", closed, false},
		{MSNP7, Notification, "GTC 1", CodeParameter, false},
		{MSNP7, Notification, "BLP 1 FL", closed, false},
		{MSNP7, Notification, "PRP 1 phh 1", CodeNotExpected, false},
		{MSNP7, Notification, "PRP 1 MFN Ada", CodeNotExpected, false},
		{MSNP7, Notification, "PRP 1 GTC A", CodeNotExpected, false},
		{MSNP4, Notification, "PRP 1 PHH 1", CodeNotExpected, false},
		{MSNP7, Notification, "PRP 1 PHONE 1", closed, false},
		{MSNP7, Notification, "PRP 1 PHH " + long[:MaxPhone+1], closed, false},
		{MSNP7, Notification, "PRP 1 PHH %", CodeParameter, false},
		{MSNP7, Notification, "PRP 1 MOB X", CodeParameter, false},

		// Presence and the rest.
		{MSNP7, Notification, "CHG 1 nln", closed, false},
		{MSNP7, Notification, "CHG 1 XXX", closed, false},
		{MSNP8, Notification, "CHG 1 FLN", CodeParameter, false},
		{MSNP2, Notification, "SND 1", CodeGeneralFailure, true},
		{MSNP2, Notification, "SND 1 x@b.c 0x0409", CodeGeneralFailure, true},
		{MSNP4, Notification, "SND 1 x@b.c 0x0409 MSMSGS", CodeGeneralFailure, true},
		{MSNP5, Notification, "SDC 1 x@b.c 0x0409 MSMSGS MSMSGS X X", CodeGeneralFailure, true},
		{MSNP5, Notification, "SDC 1 x@b.c 0x0409 MSMSGS MSMSGS X X A 1 0", CodeGeneralFailure, true},
		{MSNP5, Notification, "FND 1 fname=* lname=L", CodeParameter, false},
		{MSNP5, Notification, "FND 1 fname=A lname=*", CodeParameter, false},
		{MSNP5, Notification, "IMS 1 off", closed, false},

		// From MSNP8 on.
		{MSNP8, Notification, "USR 1 TWN S", CodeAuthFailed, true},
		{MSNP8, Notification, "USR 1 TWN X t=1", closed, false},
		{MSNP8, Notification, "USR 1 TWN I zed", CodeAuthFailed, true},
		{MSNP9, Notification, "SYN 1 2026-02-01T10:11:12.5000000-07:00 0", closed, false},
		{MSNP10, Notification, "SYN 1 " + long[:MaxStamp+1] + " 0", closed, false},
		{MSNP10, Notification, "SYN 1 0 " + long[:MaxStamp+1], closed, false},
		{MSNP9, Notification, "REM 1 PL a@b.c", closed, false},
		{MSNP9, Notification, "PRP 1 MFN Ada", CodeNotExpected, false},
		{MSNP9, Notification, "PRP 1 WWE 1", CodeNotExpected, false},
		{MSNP11, Notification, "PRP 1 HSB 1", CodeNotExpected, false},
		{MSNP10, Notification, "PRP 1 MFN", CodeNameRefused, false},
		{MSNP10, Notification, "PRP 1 MFN " + long, closed, false},
		{MSNP10, Notification, "PRP 1 MFN %zz", CodeParameter, false},
		{MSNP10, Notification, "ADC 1 PL N=a@b.c", closed, false},
		{MSNP10, Notification, "ADC 1 XX N=a@b.c", closed, false},
		{MSNP10, Notification, "ADC 1 FL", CodeParameter, false},
		{MSNP10, Notification, "ADC 1 FL a@b.c A", CodeParameter, false},
		{MSNP10, Notification, "ADC 1 FL F=A", CodeParameter, false},
		{MSNP10, Notification, "ADC 1 FL N= F=A", CodeParameter, false},
		{MSNP10, Notification, "ADC 1 FL N=a@b F=A", CodeParameter, false},
		{MSNP11, Notification, "ADC 1 FL N=tel:15550100 F=A", CodeParameter, false},
		{MSNP10, Notification, "ADC 1 FL N=a@b.c F=%zz", CodeParameter, false},
		{MSNP10, Notification, "ADC 1 FL N=a@b.c F=" + long, closed, false},
		{MSNP10, Notification, "ADC 1 FL C=0 5e1f2c0a-8b1d-4f7e-9a34-0c5d7f1a2b3c", CodeBookUnavailable, false},
		{MSNP10, Notification, "ADC 1 FL C=0d9c1c52-77aa-4b62-8d7f-3a1e5c9b0f21", CodeParameter, false},
		{MSNP10, Notification, "ADC 1 FL C=0d9c1c52-77aa-4b62-8d7f-3a1e5c9b0f21 3", closed, false},
		{MSNP10, Notification, "ADC 1 AL C=0d9c1c52-77aa-4b62-8d7f-3a1e5c9b0f21", CodeParameter, false},
		{MSNP10, Notification, "REM 1 RL a@b.c", closed, false},
		{MSNP10, Notification, "REM 1 FL a@b.c", CodeBookUnavailable, false},
		{MSNP10, Notification, "REM 1 FL {0d9c1c52-77aa-4b62-8d7f-3a1e5c9b0f21}", CodeBookUnavailable, false},
		{MSNP10, Notification, "REM 1 FL 0d9c1c52-77aa-4b62-8d7f-3a1e5c9b0f21 0", closed, false},
		{MSNP10, Notification, "REG 1 3 A", closed, false},
		{MSNP10, Notification, "REG 1 5e1f2c0a-8b1d-4f7e-9a34-0c5d7f1a2b3c " + long[:MaxRenamedGroup+1], closed, false},
		{MSNP10, Notification, "RMG 1 3", closed, false},
		{MSNP10, Notification, "RMG 1 New%20Group", closed, false},
		{MSNP10, Notification, "RMG 1 %", closed, false},
		{MSNP10, Notification, "RMG 1 %25zz", closed, false},
		{MSNP10, Notification, "RMG 1 " + long, closed, false},
		{MSNP10, Notification, "RMG 1 %2520" + long[:MaxRenamedGroup], closed, false},
		{MSNP10, Notification, "SBP 1 0 MFN Bea", CodeBadHandle, false},
		{MSNP10, Notification, "SBP 1 MFN Bea", CodeBadHandle, false},
		{MSNP10, Notification, "SBP 1 0d9c1c52-77aa-4b62-8d7f-3a1e5c9b0f21", CodeParameter, false},
		{MSNP10, Notification, "SBP 1 0d9c1c52-77aa-4b62-8d7f-3a1e5c9b0f21 NAME Bea", closed, false},
		{MSNP10, Notification, "SBP 1 0d9c1c52-77aa-4b62-8d7f-3a1e5c9b0f21 MFN " + long, closed, false},
		{MSNP10, Notification, "SBP 1 0d9c1c52-77aa-4b62-8d7f-3a1e5c9b0f21 MFN A " + long, closed, false},
		{MSNP9, Notification, "CHG 1 NLN 1 " + strings.Repeat("a", MaxObject+1), CodeParameter, false},
		{MSNP9, Notification, "CHG 1 NLN 1 a\rNLN", CodeParameter, false},
		{MSNP8, Notification, "CHG 1 NLN " + long, CodeParameter, false},
		{MSNP8, Notification, "CHG 1 FLN 0", CodeParameter, false},
		{MSNP9, Notification, "PGD 1 a@b.c 0 0", CodeParameter, false},
		{MSNP9, Notification, "PGD 1 a@b.c 3 0", CodeParameter, false},
		{MSNP9, Notification, "PGD 1 a@b.c x 0", closed, false},
		{MSNP11, Notification, "UUX 1", CodeParameter, false},
		{MSNP11, Notification, "GCF 1", CodeParameter, false},

		// Switchboards do not answer what they cannot read.
		{MSNP7, Switchboard, "USR x a@b.c 1.2.3", closed, false},
		{MSNP7, Switchboard, "USR 1 a@b.c", closed, false},
		{MSNP7, Switchboard, "USR 1 a 1.2.3", CodeAuthFailed, true},
		{MSNP7, Switchboard, "ANS 1 a@b.c 5", closed, false},
		{MSNP7, Switchboard, "ANS 1 a@b.c 1.2.3 x", closed, false},
		{MSNP7, Switchboard, "ANS 1 a@b.c 1.2.3 2147483648", closed, false},
		{MSNP7, Switchboard, "ANS 1 a 1.2.3 5", CodeAuthFailed, true},
		{MSNP7, Switchboard, "CAL 1", closed, false},
		{MSNP7, Switchboard, "CAL 1 @@a", CodeBadHandle, false},
		{MSNP7, Switchboard, "CAL 1 hello", CodeBadHandle, false},
		{MSNP7, Switchboard, "MSG 1 X 0", closed, false},
		{MSNP7, Switchboard, "MSG 1 u 0", closed, false},
		{MSNP7, Switchboard, "MSG 1 UU 0", closed, false},
		{MSNP7, Switchboard, "MSG x U 0", closed, false},
		{MSNP7, Switchboard, "MSG 1 U OK", closed, false},
		{MSNP7, Switchboard, "MSG 1 0", closed, false},
	} {
		l := parseOne(t, tt.role, FromClient, []byte(tt.line+"\r\n"))
		for _, f := range forms {
			if f.command != l.Command.Name || f.role&tt.role == 0 || f.from != FromClient {
				continue
			}
			m, err := f.parse(l, tt.v)
			var refused *ParseError
			switch {
			case !errors.As(err, &refused):
				t.Errorf("%s: %q is %+v, %v", tt.v, tt.line, m, err)
			case refused.Code != tt.code || refused.Close != tt.close:
				t.Errorf("%s: %q: %+v, want %d, %t", tt.v, tt.line, refused, tt.code, tt.close)
			case refused.Error() == "":
				t.Errorf("%s: %q: no reason", tt.v, tt.line)
			}
		}
	}
}

// TestAccepted: what looks wrong and is not.
func TestAccepted(t *testing.T) {
	for _, tt := range []struct {
		v    Version
		role Role
		line string
		want any
	}{
		{MSNP7, Notification, "VER 1 msnp7 MSNP99 xyz cvr0", Hello{1, []Version{MSNP7, CVR0}}},
		{MSNP7, Notification, "VER 1 XYZ", Hello{1, nil}},
		{MSNP7, Notification, "USR 1 MD5 I Zed@Example.NET more", SignIn{1, MethodMD5, StageInitial, "zed@example.net", ""}},
		{MSNP7, Notification, "USR 1 MD5 S B113B7C25F4A696A0ADD686F5F42CC70",
			SignIn{1, MethodMD5, StageSubsequent, "", "b113b7c25f4a696a0add686f5f42cc70"}},
		{MSNP2, Notification, "USR 1 CTP S p@ss", SignIn{1, MethodCTP, StageSubsequent, "", "p@ss"}},
		{MSNP7, Notification, "SYN 0 41 more", Sync{Version: 41}},
		{MSNP6, Notification, "ADD 1 FL A@b.C A 3", Add{TrID: 1, List: ForwardList, Handle: "A@b.C", Name: "A", Group: NoGroup}},
		{MSNP7, Notification, "ADD 1 AL A@b.C A 3", Add{TrID: 1, List: AllowList, Handle: "A@b.C", Name: "A", Group: NoGroup}},
		{MSNP7, Notification, "ADD 1 FL A@b.C A 99", Add{TrID: 1, List: ForwardList, Handle: "A@b.C", Name: "A", Group: 99}},
		{MSNP7, Notification, "REM 1 FL Hello", Remove{TrID: 1, List: ForwardList, Handle: "Hello", Group: NoGroup}},
		{MSNP7, Notification, "REA 1 Hello +%2B%20", Rename{1, "Hello", "+%2B%20"}},
		{MSNP7, Notification, "ADG 1 " + strings.Repeat("a", MaxGroupName), AddGroup{1, Encoded(strings.Repeat("a", MaxGroupName))}},
		{MSNP9, Notification, "ADG 1 A", AddGroup{1, "A"}},
		{MSNP7, Notification, "REG 1 29 " + strings.Repeat("a", MaxRenamedGroup), RenameGroup{TrID: 1, ID: 29, Name: Encoded(strings.Repeat("a", MaxRenamedGroup))}},
		{MSNP7, Notification, "PRP 1 PHH ", ChangeSetting{1, KeyHomePhone, ""}},
		{MSNP7, Notification, "PRP 1 MOB", ChangeSetting{1, KeyPaging, ""}},
		{MSNP7, Notification, "CHG 1 NLN 1073741824", ChangeStatus{TrID: 1, Status: StatusOnline}},
		{MSNP7, Notification, "CHG 1 FLN", ChangeStatus{TrID: 1, Status: StatusOffline}},
		{MSNP7, Notification, "FND 1 country=GB lname=L fname=A x", Find{1, Person{First: "A", Last: "L", Country: "GB"}}},
		{MSNP7, Notification, "URL 1 PROFILE 0x0409", URLRequest{1, "PROFILE", "0x0409"}},

		{MSNP8, Notification, "USR 1 TWN S t=Q0ZZ*ab!c$&p= more", SignIn{1, MethodTWN, StageSubsequent, "", "t=Q0ZZ*ab!c$&p="}},
		{MSNP8, Notification, "USR 1 TWN S T=%41&amp;p=", SignIn{1, MethodTWN, StageSubsequent, "", "T=%41&amp;p="}},
		{MSNP8, Notification, "USR 1 TWN I Zed@Example.NET", SignIn{1, MethodTWN, StageInitial, "zed@example.net", ""}},
		{MSNP10, Notification, "SYN 1 0", Sync{TrID: 1}},
		{MSNP10, Notification, "SYN 1 41 0 more", Sync{TrID: 1, Lists: "41"}},
		{MSNP9, Notification, "PRP 1 MOB", ChangeSetting{1, KeyPaging, ""}},
		{MSNP10, Notification, "ADC 1 FL F=Dora N=Dora@b.c", Add{TrID: 1, List: ForwardList, Handle: "Dora@b.c", Name: "Dora", Group: NoGroup}},
		{MSNP10, Notification, "ADC 1 FL N=a@b.c F=A C=0d9c1c52-77aa-4b62-8d7f-3a1e5c9b0f21",
			Add{TrID: 1, List: ForwardList, Handle: "a@b.c", Name: "A", Group: NoGroup}},
		{MSNP10, Notification, "ADC 1 RL N=A@b.c", Add{TrID: 1, List: ReverseList, Handle: "A@b.c", Group: NoGroup}},
		{MSNP10, Notification, "ADC 1 AL X=1 N=a@b.c F=A 3", Add{TrID: 1, List: AllowList, Handle: "a@b.c", Name: "A", Group: NoGroup}},
		{MSNP12, Notification, "REM 1 PL A@b.c", Remove{TrID: 1, List: PendingList, Handle: "A@b.c", Group: NoGroup}},
		{MSNP12, Notification, "REM 1 FL 0D9C1C52-77aa-4b62-8d7f-3a1e5c9b0f21",
			Remove{TrID: 1, List: ForwardList, Contact: "0D9C1C52-77aa-4b62-8d7f-3a1e5c9b0f21", Group: NoGroup}},
		{MSNP10, Notification, "ADG 1 A 0", AddGroup{1, "A"}},
		{MSNP12, Notification, "REG 1 5e1f2c0a-8b1d-4f7e-9a34-0c5d7f1a2b3c A 0",
			RenameGroup{TrID: 1, GUID: "5e1f2c0a-8b1d-4f7e-9a34-0c5d7f1a2b3c", Name: "A"}},
		{MSNP11, Notification, "RMG 1 Neue%2520Gruppe", RemoveGroup{TrID: 1, Name: "Neue%20Gruppe"}},
		{MSNP11, Notification, "SBP 1 0d9c1c52-77aa-4b62-8d7f-3a1e5c9b0f21 PHM",
			ContactChange{TrID: 1, Contact: "0d9c1c52-77aa-4b62-8d7f-3a1e5c9b0f21", Key: KeyMobilePhone}},
		{MSNP8, Notification, "CHG 1 NLN", ChangeStatus{TrID: 1, Status: StatusOnline}},
		{MSNP8, Notification, "CHG 1 NLN 0", ChangeStatus{TrID: 1, Status: StatusOnline, Written: "0"}},
		{MSNP8, Notification, "CHG 1 NLN 007 more", ChangeStatus{TrID: 1, Status: StatusOnline, Capabilities: 7, Written: "007"}},
		{MSNP12, Notification, "CHG 1 NLN 7:48 0", ChangeStatus{TrID: 1, Status: StatusOnline, Capabilities: 7, Written: "7:48", Object: "0"}},
		{MSNP12, Notification, "CHG 1 NLN -1 x more", ChangeStatus{TrID: 1, Status: StatusOnline, Capabilities: 1<<32 - 1, Written: "-1", Object: "x"}},
		{MSNP12, Notification, "CHG 1 NLN abc", ChangeStatus{TrID: 1, Status: StatusOnline, Written: "abc"}},

		{MSNP7, Switchboard, "USR 0 Ana@Example.Test 1.2.3 more",
			Enter{0, Identity{Handle: "ana@example.test", Written: "Ana@Example.Test", Secret: "1.2.3"}}},
		{MSNP16, Switchboard, "USR 1 Ana@b.c;{3D6F} 1.2.3",
			Enter{1, Identity{Handle: "ana@b.c", Endpoint: "{3D6F}", Written: "Ana@b.c;{3D6F}", Secret: "1.2.3"}}},
		{Beta2, Switchboard, "USR 1 hash ana@b.c", Enter{1, Identity{Handle: "ana@b.c", Written: "ana@b.c", Secret: "hash"}}},
		{Beta2, Switchboard, "USR 1 CTP S p@ss.word",
			Enter{1, Identity{Method: MethodCTP, Stage: StageSubsequent, Secret: "p@ss.word"}}},
		{Beta2, Switchboard, "USR 1 CTP ana@b.c S",
			Enter{1, Identity{Method: MethodCTP, Handle: "ana@b.c", Written: "ana@b.c", Secret: "S"}}},
		{Beta2, Switchboard, "ANS 1 MD5 S bob@b.c hash 5",
			Answer{1, Identity{Method: MethodMD5, Stage: StageSubsequent, Handle: "bob@b.c", Written: "bob@b.c", Secret: "hash"}, 5}},
		{MSNP7, Switchboard, "CAL 1 Bob@Host", Call{1, "bob@host"}},
		{MSNP16, Switchboard, "CAL 1 Bob@b.c;{3d6f}", Call{1, "bob@b.c"}},
		{MSNP2, Switchboard, "MSG 1 D 0", Send{1, AckData, nil}},
	} {
		l := parseOne(t, tt.role, FromClient, []byte(tt.line+"\r\n"))
		for _, f := range forms {
			if f.command != l.Command.Name || f.role&tt.role == 0 || f.from != FromClient {
				continue
			}
			got, err := f.parse(l, tt.v)
			if err != nil {
				t.Errorf("%s: %q: %v", tt.v, tt.line, err)
				continue
			}
			equal(t, tt.want, got)
		}
	}
}

// TestAcceptedFromServers: what servers of other projects and of the time send.
func TestAcceptedFromServers(t *testing.T) {
	for _, tt := range []struct {
		v    Version
		role Role
		line string
		form string
		want any
	}{
		{MSNP8, Notification, "VER 5 MSNP8 MSNP7 CVR0", "Agreed", Agreed{5, MSNP8, true}},
		{MSNP2, Notification, "INF 1 MD5,CTP,XYZ", "Methods", Methods{1, []Method{MethodMD5, MethodCTP}}},
		{MSNP8, Notification, "CVR 2 1.0.0000 1.0.0000 5.0", "Advice", Advice{TrID: 2, Recommended: "1.0.0000", Minimum: "5.0"}},
		{MSNP7, Notification, "LST 9 FL 41 1 1 bea@b.c Bea", "ListItem", ListItem{9, ForwardList, 41, 1, 1, "bea@b.c", "Bea", []int{0}}},
		{MSNP5, Notification, "PRP 9 41 WWE 0", "Setting", Setting{TrID: 9, Version: 41, Key: "WWE", Value: "0"}},
		{MSNP8, Notification, "LST bea@b.c Bea 1", "ContactItem", ContactItem{Handle: "bea@b.c", Name: "Bea", Lists: MaskForward, Groups: []int{0}}},
		{MSNP9, Notification, "LST bea@b.c Bea 24", "ContactItem", ContactItem{Handle: "bea@b.c", Name: "Bea", Lists: MaskReverse}},
		{MSNP10, Notification, "LST N=bea@b.c 24", "ContactItem", ContactItem{Handle: "bea@b.c", Name: "bea%40b.c", Lists: MaskPending}},
		{MSNP10, Notification, "LST N=bea@b.c F=Bea C=1 2", "ContactItem", ContactItem{Handle: "bea@b.c", Name: "Bea", Lists: MaskAllow}},
		{MSNP12, Notification, "LST N=bea@b.c F=Bea C=1 3 0 2,,3", "ContactItem",
			ContactItem{Handle: "bea@b.c", Name: "Bea", ID: "1", Lists: MaskForward | MaskAllow, Network: NetworkMessenger, GroupIDs: []GUID{"2", "3"}}},
		{MSNP10, Notification, "ADC 1 FL N=bea@b.c C=1", "Added",
			Added{TrID: 1, List: ForwardList, Handle: "bea@b.c", Name: "bea%40b.c", Contact: "1", Group: NoGroup}},
		{MSNP9, Notification, "PRP PHH", "Setting", Setting{Sync: true, Key: KeyHomePhone}},
		{MSNP9, Notification, "PRP XYZ 1", "Setting", Setting{Sync: true, Key: "XYZ", Value: "1"}},
		{MSNP12, Notification, "BPR bea@b.c PHH", "ContactSetting", ContactSetting{Handle: "bea@b.c", Key: KeyHomePhone}},
		{MSNP12, Notification, "BPR PHH", "ContactSetting", ContactSetting{Sync: true, Key: KeyHomePhone}},
		{MSNP9, Notification, "NLN NLN bea@b.c Bea", "Online", Online{Status: StatusOnline, Handle: "bea@b.c", Name: "Bea"}},
		{MSNP9, Notification, "NLN NLN bea@b.c Bea 7:5 0", "Online", Online{Status: StatusOnline, Handle: "bea@b.c", Name: "Bea", Capabilities: 7}},
		{MSNP12, Switchboard, "JOI bob@b.c Bob", "Joined", Joined{Handle: "bob@b.c", Name: "Bob"}},
		{MSNP11, Notification, "OUT RCT", "Out", Out{Reason: ReasonLater}},

		{MSNP7, Notification, "600", "Error", Error{CodeBusy, 0}},
		{MSNP7, Notification, "OUT MIG", "Out", Out{Reason: ReasonMigrated}},
		{MSNP9, Notification, "QNG", "Pong", Pong{0}},
	} {
		l := parseOne(t, tt.role, FromServer, []byte(tt.line+"\r\n"))
		for _, f := range forms {
			if f.name != tt.form || f.from != FromServer || f.command != "" && f.command != l.Name() {
				continue
			}
			got, err := f.parse(l, tt.v)
			if err != nil {
				t.Errorf("%s: %q: %v", tt.v, tt.line, err)
				continue
			}
			equal(t, tt.want, got)
		}
	}
}

func TestBeta2(t *testing.T) {
	for line, want := range map[string]bool{
		"USR 4 MD5 I":                    true,
		"USR 4 MD5 I zed@example.net":    false,
		"USR 5 MD5 S zed@b.c b113b7c25f": true,
		"USR 5 MD5 S b113b7c25f":         false,
		"USR 4 CTP I zed@b.c hunter2":    true,
		"USR 4 CTP I zed@b.c":            false,
		"USR 4 CTP S hunter2":            false,
	} {
		m, err := ParseSignIn(parseOne(t, Notification, FromClient, []byte(line+"\r\n")), MSNP2)
		if err != nil || m.Beta2() != want {
			t.Errorf("%q: Beta2() = %t, %v", line, m.Beta2(), err)
		}
	}
}

// TestEmptyNames: somebody without a name is shown by the handle, so that no line
// lacks a word.
func TestEmptyNames(t *testing.T) {
	for _, tt := range []struct {
		m    appender
		want string
	}{
		{Online{Status: StatusBusy, Handle: "bea@b.c"}, "NLN BSY bea@b.c bea@b.c\r\n"},
		{Joined{Handle: "bea@b.c"}, "JOI bea@b.c bea@b.c\r\n"},
		{Welcome{TrID: 4, Handle: "bea@b.c"}, "USR 4 OK bea@b.c bea@b.c\r\n"},
		{Message{"bea@b.c", "", []byte("x")}, "MSG bea@b.c bea@b.c 1\r\nx"},
	} {
		if got := string(tt.m.Append(nil, MSNP2)); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}
