package client

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/papilio-im/papilio/msnp"
)

// wantRoster is what the transcripts tell of the lists.
func wantRoster(v msnp.Version) Roster {
	want := Roster{
		Version: 41, Ask: true, AllowAll: true,
		Contacts: []Contact{
			{Handle: "bea@example.net", Name: "Bea", Lists: OnForward | OnAllow | OnReverse, Status: msnp.StatusAway, DisplayName: "Bea B"},
			{Handle: "carl@example.net", Name: "Carl K", Lists: OnForward, Status: msnp.StatusOffline},
		},
	}
	if v.Has(msnp.FeatureProperties) {
		want.Settings = map[msnp.Key]string{"PHH": "1 (555) 010", "PHW": "", "PHM": "", "MOB": "N", "MBE": "N"}
		want.Contacts[0].Settings = map[msnp.Key]string{"PHH": "02 44"}
	}
	if v.Has(msnp.FeatureGroups) {
		want.Groups = []Group{{ID: 0, Name: "Other Contacts"}, {ID: 3, Name: "Work"}}
		want.Contacts[0].Groups, want.Contacts[1].Groups = []int{0, 3}, []int{0, 3}
	}
	return want
}

func TestSignIn(t *testing.T) {
	for _, s := range transcripts {
		t.Run(s.version.String(), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.play("ds.test:1863", s.dispatch)
			w.play("ns.test:1864", s.session+"\nC: OUT")
			r := newRecorder(t)
			o := w.options(s.version)
			o.Events = r.events
			c := w.signIn(o)
			if diff := cmp.Diff(wantRoster(s.version), c.Roster()); diff != "" {
				t.Errorf("roster (-want +got):\n%s", diff)
			}
			if c.Version() != s.version || c.Name() != "Zed Q" || c.Status() != msnp.StatusOnline || c.Server() != "ns.test:1864" {
				t.Errorf("client: %v %q %q %q", c.Version(), c.Name(), c.Status(), c.Server())
			}
			if got, want := next[Referred](r), (Referred{From: "ds.test:1863", To: "ns.test:1864"}); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
			if got := next[Notice](r); got.ContentType != "text/x-msmsgsprofile" || got.Header("logintime") != "1000000000" {
				t.Errorf("profile: %+v", got)
			}
			if got, want := next[Presence](r), (Presence{Handle: "bea@example.net", Status: msnp.StatusAway, Name: "Bea B", Initial: true}); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
			if got, want := next[SignedIn](r), (SignedIn{Server: "ns.test:1864", Version: s.version, Name: "Zed Q"}); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
			check(t, c.SignOut(soon(t)))
			if got := next[SignedOut](r); got != (SignedOut{}) || c.Err() != nil {
				t.Errorf("at the end: %+v, %v", got, c.Err())
			}
			if err := c.SetStatus(soon(t), msnp.StatusBusy); !errors.Is(err, ErrSignedOut) {
				t.Errorf("a call after the end: %v", err)
			}
		})
	}
}

// Every server may cut its lines anywhere.
func TestSignInCutAnywhere(t *testing.T) {
	cuts := map[string]func(string) []string{
		"every octet": func(text string) []string { return strings.Split(text, "") },
		"every line":  func(text string) []string { return strings.SplitAfter(text, "\n") },
		"in the end":  func(text string) []string { return strings.SplitAfter(text, "\r") },
	}
	for name, cut := range cuts {
		for _, s := range transcripts {
			t.Run(name+"/"+s.version.String(), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.pipe, w.cut = true, cut
				w.play("ds.test:1863", s.dispatch)
				w.play("ns.test:1864", s.session+"\nC: OUT")
				c := w.signIn(w.options(s.version))
				if diff := cmp.Diff(wantRoster(s.version), c.Roster()); diff != "" {
					t.Errorf("roster (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// The answer to SYN, cut in two at every place there is.
func TestSyncCutInTwo(t *testing.T) {
	text := strings.ReplaceAll(serverLines(session7, "SYN 8"), "\t", "")
	for at := 1; at < len(text); at++ {
		w := newWorld(t)
		w.pipe = true
		w.cut = func(s string) []string {
			if strings.HasPrefix(s, "SYN 8") {
				return []string{s[:at], s[at:]}
			}
			return []string{s}
		}
		w.play("ns.test:1864", renumber(session7, 3)+"\nC: OUT")
		o := w.options(msnp.MSNP7)
		o.Dispatch, o.Notification = "", "ns.test:1864"
		c, err := SignIn(soon(t), o)
		if err != nil {
			t.Fatalf("cut at %d: %v", at, err)
		}
		if diff := cmp.Diff(wantRoster(msnp.MSNP7), c.Roster()); diff != "" {
			t.Fatalf("cut at %d: roster (-want +got):\n%s", at, diff)
		}
		check(t, c.SignOut(soon(t)))
	}
}

func TestSignInErrors(t *testing.T) {
	const begin = `
		C: VER 1 MSNP7 MSNP6 MSNP5 MSNP4 CVR0
		S: VER 1 MSNP7 CVR0
		C: INF 2
		S: INF 2 MD5
		C: USR 3 MD5 I zed@example.net
`
	const end = `
		S: USR 3 MD5 S 982312055.48817
		C: USR 4 MD5 S b113b7c25f4a696a0add686f5f42cc70
`
	unsupported := func(err error) bool { return errors.As(err, new(*msnp.UnsupportedError)) }
	refused := func(err error) bool { return errors.As(err, new(*RefusedError)) }
	ended := func(err error) bool { return errors.As(err, new(*EndedError)) }
	protocol := func(err error) bool { return errors.As(err, new(*ProtocolError)) }
	for name, test := range map[string]struct {
		script string
		is     error
		as     func(error) bool
	}{
		"nothing in common":    {"C: VER 1 MSNP7 MSNP6 MSNP5 MSNP4 CVR0\nS: VER 1 0", nil, unsupported},
		"CVR0 only":            {"C: VER 1 MSNP7 MSNP6 MSNP5 MSNP4 CVR0\nS: VER 1 CVR0", nil, unsupported},
		"a later version":      {"C: VER 1 MSNP7 MSNP6 MSNP5 MSNP4 CVR0\nS: VER 1 MSNP9", nil, unsupported},
		"wrong password":       {begin + end + "S: 911 4\nclose", msnp.Error{Code: 911, TrID: 4}, refused},
		"error without a TrID": {begin + "S: 600", nil, refused},
		"close":                {begin + "close", ErrConnectionLost, nil},
		"close in a line":      {begin + end + "S: USR 4 O | \nclose", nil, nil},
		"OUT":                  {begin + end + "S: OUT SSD\nclose", nil, ended},
		"garbage":              {begin + end + "S: !", nil, protocol},
		"unknown command":      {begin + end + "S: ZZZ 1", nil, protocol},
		"too few words":        {begin + "S: USR 3 MD5 S", nil, protocol},
		"another method":       {begin + "S: USR 3 TWN S abc", nil, protocol},
		"no such method":       {begin + "S: XFR 3 NS a:b:c 0 d:1", nil, protocol},
		"SYN refused":          {begin + end + "S: USR 4 OK zed@example.net Zed 1\nC: SYN 5 0\nS: 603 5", msnp.Error{Code: 603, TrID: 5}, refused},
		"closed in the lists":  {begin + end + "S: USR 4 OK zed@example.net Zed 1\nC: SYN 5 0\nS: SYN 5 3\nS: LST 5 FL 3 1 1 bea@example.net Bea 0\nclose", ErrConnectionLost, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.play("ds.test:1863", test.script)
			c, err := SignIn(soon(t), w.options(msnp.MSNP7))
			if err == nil {
				_ = c.SignOut(soon(t))
				t.Fatal("signed in")
			}
			if test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("got %v, want %v", err, test.is)
			}
			if test.as != nil && !test.as(err) {
				t.Errorf("got %T: %v", err, err)
			}
			if strings.Contains(err.Error(), hash) || strings.Contains(err.Error(), "s3cret!") {
				t.Errorf("a secret in %q", err)
			}
		})
	}
}

func TestSignInContext(t *testing.T) {
	for name, script := range map[string]string{
		"at VER": "C: VER 1 MSNP7 MSNP6 MSNP5 MSNP4 CVR0\nsignal stuck",
		"in SYN": strings.Replace(renumber(session7, 3), "S: BLP", "signal stuck\nwait forever\nS: BLP", 1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.play("ds.test:1863", strings.Split(script, "wait forever")[0])
			ctx, cancel := context.WithCancelCause(soon(t))
			because := errors.New("enough")
			go func() {
				w.await("stuck")
				cancel(because)
			}()
			if _, err := SignIn(ctx, w.options(msnp.MSNP7)); !errors.Is(err, because) {
				t.Errorf("got %v, want %v", err, because)
			}
		})
	}
}

func TestSignInAtOnce(t *testing.T) {
	w := newWorld(t)
	w.play("ds.test:1863", `
		C: VER 1 MSNP7 MSNP6 MSNP5 MSNP4 CVR0
		C: INF 2
		C: USR 3 MD5 I zed@example.net
		S: VER 1 MSNP7
		S: INF 2 MD5
		S: XFR 3 NS ns.test:1864 0 ds.test:1863`)
	w.play("ns.test:1864", `
		C: VER 4 MSNP7 MSNP6 MSNP5 MSNP4 CVR0
		C: INF 5
		C: USR 6 MD5 I zed@example.net
		S: VER 4 MSNP7
		S: INF 5 MD5
		S: USR 6 MD5 S 982312055.48817
		C: USR 7 MD5 S b113b7c25f4a696a0add686f5f42cc70
		S: USR 7 OK zed@example.net Zed%20Q 1
		C: SYN 8 0
		C: CHG 9 HDN
		C: CVR 10 0x0409 win 4.10 i386 MSMSGS 4.6.0083 MSMSGS
		S: SYN 8 1
		S: GTC 8 1 N
		S: BLP 8 1 BL
		S: LSG 8 1 1 1 0 ~ 0
		S: LST 8 FL 1 0 0
		S: LST 8 AL 1 0 0
		S: LST 8 BL 1 0 0
		S: LST 8 RL 1 0 0
		S: CHG 9 HDN
		S: CVR 10 4.6 4.6 4.6 http://example.net http://example.net
		C: OUT`)
	o := w.options(msnp.MSNP7)
	o.Pipeline, o.Status = true, msnp.StatusHidden
	c := w.signIn(o)
	want := Roster{Version: 1, Groups: []Group{{ID: 0, Name: "~"}}, Contacts: []Contact{}}
	if diff := cmp.Diff(want, c.Roster()); diff != "" {
		t.Errorf("roster (-want +got):\n%s", diff)
	}
}

// A server without a dispatch server answers there itself, and with an older
// version if it has no newer.
func TestSignInWithoutReferral(t *testing.T) {
	w := newWorld(t)
	w.play("ds.test:1863", `
		C: VER 1 MSNP7 MSNP6 MSNP5 MSNP4 CVR0
		S: VER 1 MSNP5 CVR0
		C: INF 2
		S: INF 2 MD5
		C: USR 3 MD5 I zed@example.net
		S: USR 3 MD5 S 982312055.48817
		C: USR 4 MD5 S b113b7c25f4a696a0add686f5f42cc70
		S: USR 4 OK zed@example.net zed@example.net
		C: CVR 6 0x0409 win 4.10 i386 MSMSGS 4.6.0083 MSMSGS
		S: CVR 6 4.6 4.6 4.6 http://example.net http://example.net
		C: OUT`)
	o := w.options(msnp.MSNP7)
	o.NoSync, o.Status = true, msnp.StatusNone
	c := w.signIn(o)
	if c.Version() != msnp.MSNP5 || c.Server() != "ds.test:1863" || c.Status() != msnp.StatusNone {
		t.Errorf("client: %v %q %q", c.Version(), c.Server(), c.Status())
	}
}

func TestSignInByCTP(t *testing.T) {
	for _, v := range []msnp.Version{msnp.Beta2, msnp.MSNP2} {
		t.Run(v.String(), func(t *testing.T) {
			offer := "MSNP2"
			if v == msnp.MSNP2 {
				offer = "MSNP2 CVR0"
			}
			w := newWorld(t)
			w.play("ns.test:1864", `
				C: VER 1 `+offer+`
				S: VER 1 MSNP2
				C: INF 2
				S: INF 2 MD5 CTP
				C: USR 3 CTP I zed@example.net s3cret!
				S: USR 3 OK zed@example.net zed%40example.net
				C: CVR 5 0x0409 win 4.10 i386 MSMSGS `+officials[v].release+`
				S: CVR 5 1 1 1 http://example.net
				C: OUT`)
			o := w.options(v)
			o.Dispatch, o.Notification, o.Method = "", "ns.test:1864", msnp.MethodCTP
			o.NoSync, o.Status = true, msnp.StatusNone
			if c := w.signIn(o); c.Name() != "zed@example.net" {
				t.Errorf("name: %q", c.Name())
			}
		})
	}
}

// A server cannot turn a sign-in that hides the password into one that does not.
func TestSignInIsNotMadePlain(t *testing.T) {
	w := newWorld(t)
	w.play("ds.test:1863", `
		C: VER 1 MSNP2 CVR0
		S: VER 1 MSNP2
		C: INF 2
		S: INF 2 MD5
		C: USR 3 MD5 I zed@example.net
		S: USR 3 CTP S`)
	if _, err := SignIn(soon(t), w.options(msnp.MSNP2)); !errors.Is(err, ErrPlain) {
		t.Errorf("got %v", err)
	}
}

func TestOptions(t *testing.T) {
	good := Options{Dispatch: "ds.test:1863", Handle: "Zed@Example.NET", Password: "s3cret!"}
	for name, change := range map[string]func(*Options){
		"no server":        func(o *Options) { o.Dispatch = "" },
		"two servers":      func(o *Options) { o.Notification = "ns.test:1864" },
		"no handle":        func(o *Options) { o.Handle = "zed" },
		"no password":      func(o *Options) { o.Password = "" },
		"MSNP8":            func(o *Options) { o.Version = msnp.MSNP8 },
		"CVR0":             func(o *Options) { o.Version = msnp.CVR0 },
		"CTP":              func(o *Options) { o.Method = msnp.MethodCTP },
		"TWN":              func(o *Options) { o.Method = msnp.MethodTWN },
		"no such status":   func(o *Options) { o.Status = "N LN" },
		"two ways":         func(o *Options) { o.Events, o.OnEvent = make(chan Event), func(*Client, Event) {} },
		"negative":         func(o *Options) { o.EventQueue = -1 },
		"blank in a plain": func(o *Options) { o.Version, o.Method, o.Password = msnp.MSNP2, msnp.MethodCTP, "a b" },
	} {
		o := good
		change(&o)
		if _, err := SignIn(t.Context(), o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if err := good.normalise(); err != nil || good.Handle != "zed@example.net" || good.Version != msnp.MSNP7 {
		t.Errorf("good options: %v, %+v", err, good)
	}
}
