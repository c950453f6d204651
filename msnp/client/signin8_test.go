package client

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/papilio-im/papilio/msnp"
)

// withTicket are the options of most tests of MSNP8 and later.
func (w *world) withTicket(v msnp.Version) Options {
	o := w.options(v)
	o.Password, o.Passport.Ticket = "", testTicket
	return o
}

// roster8 is what the transcripts tell of the lists.
func roster8(v msnp.Version) Roster {
	want := Roster{
		Version: 41, Ask: true, AllowAll: true, Settings: map[msnp.Key]string{"PHH": "1 (555) 010"},
		Groups: []Group{{ID: 0, Name: "Other Contacts"}, {ID: 3, Name: "Work"}},
		Contacts: []Contact{
			{Handle: "ada@example.net", Name: "Ada L", Lists: OnReverse, Status: msnp.StatusOffline},
			{Handle: "bea@example.net", Name: "Bea", Lists: OnForward | OnAllow | OnReverse, Status: msnp.StatusAway, DisplayName: "Bea B",
				Groups: []int{0, 3}, Settings: map[msnp.Key]string{"PHH": "02 44"}, Capabilities: 1073741868},
			{Handle: "carl@example.net", Name: "Carl K", Lists: OnForward, Status: msnp.StatusOffline, Groups: []int{0}},
		},
	}
	if v.Has(msnp.FeatureObjects) {
		want.Contacts[1].Object = beaObject
	}
	if v.Has(msnp.FeatureGUIDs) {
		want.Version, want.Groups = 0, []Group{{ID: 1, Name: "Work", GUID: workID}}
		want.Contacts[0].Lists = OnPending
		want.Contacts[1].ID, want.Contacts[1].Groups = beaID, []int{1}
		want.Contacts[2].ID, want.Contacts[2].Groups = carlID, nil
	}
	if v.Has(msnp.FeaturePersonalMessages) {
		want.Contacts[1].Personal.Message = "gone fishing"
	}
	return want
}

func TestSignInByTicket(t *testing.T) {
	for _, s := range transcripts8 {
		t.Run(s.version.String(), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.play("ds.test:1863", s.dispatch)
			w.play("ns.test:1864", s.session+"\nC: OUT")
			r := newRecorder(t)
			o := w.withTicket(s.version)
			o.Events = r.events
			c := w.signIn(o)
			if diff := cmp.Diff(roster8(s.version), c.Roster()); diff != "" {
				t.Errorf("roster (-want +got):\n%s", diff)
			}
			if c.Version() != s.version || c.Name() != "Zed Q" || c.Status() != msnp.StatusOnline || c.Ticket() != testTicket {
				t.Errorf("client: %v %q %q %q", c.Version(), c.Name(), c.Status(), c.Ticket())
			}
			if got := next[Notice](r); got.ContentType != "text/x-msmsgsprofile" {
				t.Errorf("profile: %+v", got)
			}
			if s.version.Has(msnp.FeaturePendingList) {
				if got, want := next[Pending](r), (Pending{Handle: "ada@example.net", Name: "Ada L"}); got != want {
					t.Errorf("got %+v, want %+v", got, want)
				}
			}
			want := Presence{Handle: "bea@example.net", Status: msnp.StatusAway, Name: "Bea B", Initial: true, Capabilities: 1073741868}
			if s.version.Has(msnp.FeatureObjects) {
				want.Object = beaObject
			}
			if got := next[Presence](r); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
			if s.version.Has(msnp.FeaturePersonalMessages) {
				if got := next[PersonalChanged](r); got.Handle != "bea@example.net" || got.Message != "gone fishing" {
					t.Errorf("got %+v", got)
				}
			}
			next[SignedIn](r)
			if got, want := c.NextPing(), 50*time.Second; s.version.Has(msnp.FeaturePingSchedule) && got != want {
				t.Errorf("next ping after %v, want %v", got, want)
			}
		})
	}
}

// The answer to SYN, cut in two at every place there is.
func TestSync8CutInTwo(t *testing.T) {
	for _, s := range []transcript{transcripts8[1], transcripts8[4]} {
		text := strings.ReplaceAll(serverLines(s.session, "SYN 8"), "\t", "")
		for at := 1; at < len(text); at++ {
			w := newWorld(t)
			w.pipe = true
			w.cut = func(s string) []string {
				if strings.HasPrefix(s, "SYN 8") {
					return []string{s[:at], s[at:]}
				}
				return []string{s}
			}
			w.play("ds.test:1863", s.dispatch)
			w.play("ns.test:1864", s.session+"\nC: OUT")
			c, err := SignIn(soon(t), w.withTicket(s.version))
			if err != nil {
				t.Fatalf("cut at %d: %v", at, err)
			}
			if diff := cmp.Diff(roster8(s.version), c.Roster()); diff != "" {
				t.Fatalf("cut at %d: roster (-want +got):\n%s", at, diff)
			}
			check(t, c.SignOut(soon(t)))
		}
	}
}

// session12 is a client of MSNP12 with lists, whose server goes on with a script. Its
// next transaction id is 10.
func session12(w *world, script string) (*Client, *recorder) {
	s := transcripts8[len(transcripts8)-1]
	w.play("ds.test:1863", s.dispatch)
	w.play("ns.test:1864", s.session+script)
	r := newRecorder(w.t)
	o := w.withTicket(s.version)
	o.Events = r.events
	return w.signIn(o), r
}

// A server refers the client, which signs in again with the same ticket and finds its
// lists current; contacts are as they were, and no event tells of them.
func TestMoveByTicket(t *testing.T) {
	w := newWorld(t)
	w.play("ns2.test:1864", `
		C: VER 10 MSNP12 MSNP11 MSNP10 CVR0
		S: VER 10 MSNP12
		C: CVR 11 0x0409 winnt 5.1 i386 MSNMSGR 7.5.0324 MSMSGS zed@example.net
		S: CVR 11 7.5 7.5 7.5 http://example.net http://example.net
		C: USR 12 TWN I zed@example.net
		S: USR 12 TWN S `+testParams+`
		C: USR 13 TWN S `+testTicket+`
		S: USR 13 OK zed@example.net 1 0
		S: SBS 0 null
		C: SYN 14 `+listStamp+` `+settingStamp+`
		S: SYN 14 `+listStamp+` `+settingStamp+`
		C: CHG 15 NLN 1342177312
		C: PNG
		S: CHG 15 NLN 1342177312
		S: ILN 15 AWY bea@example.net Bea%20B 1073741868 `+beaObject+`
		S: UBX bea@example.net # | <Data><PSM>gone fishing</PSM><CurrentMedia></CurrentMedia></Data>
		S: QNG 50
		C: OUT`)
	c, r := session12(w, "\nwait go\nS: XFR 0 NS ns2.test:1864 0 ns.test:1864")
	next[SignedIn](r)
	w.tell("go")
	if got := next[Referred](r); !got.Unasked {
		t.Errorf("got %+v", got)
	}
	if e, ok := (<-r.events).(SignedIn); !ok || !e.Moved || e.Name != "Zed Q" {
		t.Errorf("got %+v", e)
	}
	if diff := cmp.Diff(roster8(msnp.MSNP12), c.Roster()); diff != "" {
		t.Errorf("roster (-want +got):\n%s", diff)
	}
}

// Every edit of the lists by GUID, with what it changes.
func TestEditsByGUID(t *testing.T) {
	w := newWorld(t)
	const doraID = "11111111-2222-3333-4444-555555555555"
	const friendsID = "AAAAAAAA-2222-3333-4444-555555555555"
	c, r := session12(w, `
		C: ADC 10 FL N=dora@example.net F=dora@example.net
		S: ADC 10 FL N=dora@example.net F=dora@example.net C=`+doraID+`
		S: ILN 10 BSY dora@example.net Dora 0
		C: ADG 11 Close%20friends
		S: ADG 11 Close%20friends `+friendsID+`
		C: ADC 12 FL C=`+doraID+` aaaaaaaa-2222-3333-4444-555555555555
		S: ADC 12 FL C=`+doraID+` `+friendsID+`
		C: ADC 13 AL N=dora@example.net
		S: ADC 13 AL N=dora@example.net
		C: SBP 14 `+doraID+` MFN Dora%20Q
		S: SBP 14 `+doraID+` MFN Dora%20Q
		C: REG 15 aaaaaaaa-2222-3333-4444-555555555555 Friends
		S: REG 15 `+friendsID+` Friends
		C: PRP 16 MFN Z%C3%A9d
		S: PRP 16 MFN Z%C3%A9d
		signal checked
		C: REM 17 FL `+doraID+` aaaaaaaa-2222-3333-4444-555555555555
		S: REM 17 FL `+doraID+` `+friendsID+`
		C: REM 18 FL `+doraID+`
		S: REM 18 FL `+doraID+`
		C: REM 19 AL dora@example.net
		S: REM 19 AL dora@example.net
		C: ADC 20 BL N=dora@example.net
		S: ADC 20 BL N=dora@example.net
		C: RMG 21 `+workID+`
		S: RMG 21 `+workID+`
		C: OUT`)
	ctx := soon(t)
	check(t, c.Add(ctx, msnp.ForwardList, "Dora@example.net", "", msnp.NoGroup))
	group, err := c.AddGroup(ctx, "Close friends")
	check(t, err)
	check(t, c.Add(ctx, msnp.ForwardList, "dora@example.net", "", group))
	check(t, c.Add(ctx, msnp.AllowList, "dora@example.net", "Dora", msnp.NoGroup))
	check(t, c.Rename(ctx, "Dora@example.net", "Dora Q"))
	check(t, c.RenameGroup(ctx, group, "Friends"))
	check(t, c.RenameSelf(ctx, "Zéd"))
	w.await("checked")
	want := Contact{
		Handle: "dora@example.net", Name: "Dora Q", Lists: OnForward | OnAllow, Groups: []int{2}, ID: doraID,
		Status: msnp.StatusBusy, DisplayName: "Dora",
	}
	got, _ := c.Contact("dora@example.net")
	if diff := cmp.Diff(want, got); diff != "" || c.Name() != "Zéd" {
		t.Errorf("name %q, contact (-want +got):\n%s", c.Name(), diff)
	}
	for _, want := range []ListChanged{
		{List: msnp.ForwardList, Handle: "dora@example.net", Name: "dora@example.net", Group: msnp.NoGroup},
		{List: msnp.ForwardList, Handle: "dora@example.net", Name: "dora@example.net", Group: 2},
		{List: msnp.AllowList, Handle: "dora@example.net", Group: msnp.NoGroup},
	} {
		if got := next[ListChanged](r); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	check(t, c.Remove(ctx, msnp.ForwardList, "dora@example.net", group))
	if got, _ := c.Contact("dora@example.net"); !got.Lists.Has(OnForward) || len(got.Groups) != 0 {
		t.Errorf("out of her only group dora is %+v", got)
	}
	check(t, c.Remove(ctx, msnp.ForwardList, "dora@example.net", msnp.NoGroup))
	check(t, c.Block(ctx, "dora@example.net"))
	check(t, c.RemoveGroup(ctx, 1))
	want = Contact{Handle: "dora@example.net", Name: "dora@example.net", Lists: OnBlock, Status: msnp.StatusOffline}
	if got, _ := c.Contact("dora@example.net"); !cmp.Equal(want, got, cmpopts.EquateEmpty()) {
		t.Errorf("dora is %+v", got)
	}
	if diff := cmp.Diff([]Group{{ID: 2, Name: "Friends", GUID: "aaaaaaaa-2222-3333-4444-555555555555"}}, c.Roster().Groups); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
	if bea, _ := c.Contact("bea@example.net"); !bea.Lists.Has(OnForward) || len(bea.Groups) != 0 {
		t.Errorf("bea was in no other group, and is %+v", bea)
	}
}

// Into a group at once: two commands.
func TestAddToGroupByGUID(t *testing.T) {
	w := newWorld(t)
	const doraID = "11111111-2222-3333-4444-555555555555"
	c, _ := session12(w, `
		C: ADC 10 FL N=dora@example.net F=Dora
		S: ADC 10 FL N=dora@example.net F=Dora C=`+doraID+`
		C: ADC 11 FL C=`+doraID+` `+workID+`
		S: ADC 11 FL C=`+doraID+` `+workID+`
		C: OUT`)
	check(t, c.Add(soon(t), msnp.ForwardList, "dora@example.net", "Dora", 1))
	if p, _ := c.Contact("dora@example.net"); !cmp.Equal(p.Groups, []int{1}) {
		t.Errorf("got %+v", p)
	}
	for name, test := range map[string]struct {
		err  error
		code msnp.Code
	}{
		"a group that is none":      {c.Add(soon(t), msnp.ForwardList, "bea@example.net", "", 7), msnp.CodeNoSuchGroup},
		"out of one":                {c.Remove(soon(t), msnp.ForwardList, "bea@example.net", 7), msnp.CodeNoSuchGroup},
		"somebody on no list":       {c.Remove(soon(t), msnp.ForwardList, "nobody@example.net", msnp.NoGroup), msnp.CodeNotOnList},
		"a name for nobody":         {c.Rename(soon(t), "nobody@example.net", "x"), msnp.CodeNotOnList},
		"another name for no group": {c.RenameGroup(soon(t), 0, "x"), msnp.CodeNoSuchGroup},
		"no group at all":           {c.RemoveGroup(soon(t), 0), msnp.CodeNoSuchGroup},
	} {
		if Code(test.err) != test.code {
			t.Errorf("%s: got %v", name, test.err)
		}
	}
}

// Somebody who has added the user is pending until the user answers.
func TestPending(t *testing.T) {
	w := newWorld(t)
	c, r := session12(w, `
		S: ADC 0 RL N=dora@example.net F=Dora
		S: ADC 0 RL N=carl@example.net F=Carl
		C: ADC 10 AL N=ada@example.net
		S: ADC 10 AL N=ada@example.net
		C: REM 11 PL ada@example.net
		S: REM 11 PL ada@example.net
		C: ADC 12 RL N=dora@example.net
		S: ADC 12 RL N=dora@example.net
		S: REM 0 RL dora@example.net
		S: ADC 0 RL N=ada@example.net F=Ada
		C: PNG
		S: QNG 50
		C: OUT`)
	for _, want := range []string{"ada@example.net", "dora@example.net", "carl@example.net"} {
		if got := next[Pending](r); got.Handle != want {
			t.Errorf("got %+v, want %s", got, want)
		}
	}
	check(t, c.Add(soon(t), msnp.AllowList, "ada@example.net", "", msnp.NoGroup))
	check(t, c.Acknowledge(soon(t), "ada@example.net"))
	if p, _ := c.Contact("ada@example.net"); p.Lists != OnAllow|OnReverse {
		t.Errorf("ada is on %v", p.Lists)
	}
	check(t, c.Add(soon(t), msnp.ReverseList, "dora@example.net", "", msnp.NoGroup))
	check(t, c.Ping(soon(t)))
	if _, ok := c.Contact("dora@example.net"); ok {
		t.Error("dora is still there")
	}
	if p, _ := c.Contact("ada@example.net"); p.Lists != OnAllow|OnReverse {
		t.Errorf("ada is on %v", p.Lists)
	}
	if p, _ := c.Contact("carl@example.net"); p.Lists != OnForward|OnPending {
		t.Errorf("carl is on %v", p.Lists)
	}
}

func TestPersonal(t *testing.T) {
	w := newWorld(t)
	c, r := session12(w, `
		C: UUX 10 # | <Data><PSM>a &amp; b</PSM><CurrentMedia></CurrentMedia></Data>
		S: UUX 10 0
		S: UBX bea@example.net 0
		C: GCF 11 Shields.xml
		S: GCF 11 Shields.xml # | <config/>
		C: GSB 12
		S: CHL 0 27182818284590452353
		S: SBS 12 null
		C: QRY 13 PROD0101{0RM?UBW # | f1367057f85578a1c8e53806b5ee2d89
		S: QRY 13
		C: CHG 14 BSY 1342177312
		S: CHG 14 BSY 1342177312
		C: OUT`)
	check(t, c.SetPersonal(soon(t), msnp.Personal{Message: "a & b"}))
	next[PersonalChanged](r)
	if got := next[PersonalChanged](r); got.Handle != "bea@example.net" || got.Personal != (msnp.Personal{}) {
		t.Errorf("got %+v", got)
	}
	text, err := c.Policy(soon(t), msnp.PolicyShields)
	check(t, err)
	if string(text) != "<config/>" {
		t.Errorf("got %q", text)
	}
	paid, err := c.Subscription(soon(t))
	check(t, err)
	if paid != "" {
		t.Errorf("got %q", paid)
	}
	check(t, c.SetStatus(soon(t), msnp.StatusBusy))
	check(t, c.SignOut(soon(t)))
	for e := range r.events {
		if e, ok := e.(StatusChanged); ok {
			t.Errorf("the status is as it was asked for, but: %+v", e)
		}
		if _, ok := e.(SignedOut); ok {
			break
		}
	}
	if err := c.SetPersonal(soon(t), msnp.Personal{Message: strings.Repeat("x", 2000)}); err == nil {
		t.Error("accepted")
	}
}

// All that need not wait for an answer goes at once, by ticket, too.
func TestSignInByTicketAtOnce(t *testing.T) {
	w := newWorld(t)
	w.play("ns.test:1864", `
		C: VER 1 MSNP12 MSNP11 MSNP10 CVR0
		C: CVR 2 0x0409 winnt 5.1 i386 MSNMSGR 7.5.0324 MSMSGS zed@example.net
		C: USR 3 TWN I zed@example.net
		S: VER 1 MSNP11 CVR0
		S: CVR 2 7.0 7.0 7.0 http://example.net http://example.net
		S: USR 3 TWN S `+testParams+`
		C: USR 4 TWN S `+testTicket+`
		S: USR 4 OK zed@example.net 1 0
		S: SBS 0 null
		C: SYN 5 0 0
		C: CHG 6 NLN 1342177312
		C: PNG
		S: SYN 5 `+listStamp+` `+settingStamp+` 0 0
		S: GTC A
		S: BLP AL
		S: PRP MFN Zed
		S: CHG 6 NLN 1342177312
		S: QNG 50
		C: OUT`)
	o := w.withTicket(msnp.MSNP12)
	o.Dispatch, o.Notification, o.Pipeline = "", "ns.test:1864", true
	c := w.signIn(o)
	want := Roster{Ask: true, AllowAll: true, Contacts: []Contact{}}
	if diff := cmp.Diff(want, c.Roster(), cmpopts.EquateEmpty()); diff != "" || c.Name() != "Zed" || c.Version() != msnp.MSNP11 {
		t.Errorf("%q, roster (-want +got):\n%s", c.Name(), diff)
	}
}

// Counts that no server could mean, and lines that are not of the version, end the
// sign-in.
func TestSyncRefused(t *testing.T) {
	s := transcripts8[4].session
	for name, script := range map[string]string{
		"contacts":     strings.Replace(s, settingStamp+" 3 1", settingStamp+" 2000000000 1", 1),
		"groups":       strings.Replace(s, settingStamp+" 3 1", settingStamp+" 3 2000000", 1),
		"another form": strings.Replace(s, "S: LST N=ada", "S: LST ada", 1),
		"ADD":          strings.Replace(s, "S: LST N=ada", "S: ADD 0 RL 1 ada@example.net Ada\n\t\tS: LST N=ada", 1),
	} {
		w := newWorld(t)
		script, _, _ = strings.Cut(script, "C: CHG")
		w.play("ds.test:1863", transcripts8[4].dispatch)
		w.play("ns.test:1864", script)
		if _, err := SignIn(soon(t), w.withTicket(msnp.MSNP12)); !isProtocol(err) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
