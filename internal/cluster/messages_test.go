package cluster

import (
	"context"
	"encoding/hex"
	"errors"
	"reflect"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/papilio-im/papilio/msnp"
)

func testGrant(session uint32) Grant {
	return Grant{
		Handle: "ana@example.test", Endpoint: "{1}", Version: msnp.Beta2, Purpose: ForRing, Session: session,
		Method: msnp.MethodMD5, Salt: "8127364550.1999", Key: []byte{1, 2}, Digest: []byte{3, 4},
		Expires: time.UnixMilli(1049900321123).UTC(),
	}
}

// examples has a message of each kind with every field set, and the octets
// that it has had since it was first sent. They must stay: nodes of different
// versions of the software talk to each other.
var examples = append(append(append(presenceExamples, ownershipExamples...), streamExamples...), []example{
	{
		"invitation",
		&Invitation{
			Session: 40211873, Switchboard: "10.0.0.5:1865", SwitchboardNode: "sb-1",
			Caller: "ana@example.test", CallerName: "Ana%20B", Callee: "bob@example.test", Hops: 1,
		},
		func() message { return new(Invitation) },
		"08a1ab9613120d31302e302e302e353a313836351a0473622d312210616e61406578616d706c652e746573742a07416e61253230423210626f62406578616d706c652e746573743801",
	},
	{
		"answer",
		&InvitationAnswer{Code: msnp.CodeNotOnline, Expires: time.UnixMilli(1049900321123).UTC()},
		func() message { return new(InvitationAnswer) },
		"08d90110c6a5fcae8e3d",
	},
	{
		"expectation",
		&Expectation{Grants: []Grant{testGrant(7), {}}},
		func() message { return new(Expectation) },
		"0a420a10616e61406578616d706c652e7465737412037b317d18012002280732034d44353a0f383132373336343535302e31393939420201024a02030450c6a5fcae8e3d0a00",
	},
	{
		"lookup",
		&Question{"ana@example.test", 1},
		func() message { return new(Question) },
		"0a10616e61406578616d706c652e746573741001",
	},
	{
		"profile",
		&Profile{Name: "Ana%20B", Capabilities: 2788999228, SignedIn: true, Since: time.UnixMilli(1049900321123).UTC(), Order: 300},
		func() message { return new(Profile) },
		"0a07416e612532304210bc80f3b10a180120c6a5fcae8e3d28ac02",
	},
	{
		"renamed",
		&Renamed{"ana@example.test", "Ana%20B", 300},
		func() message { return new(Renamed) },
		"0a10616e61406578616d706c652e746573741207416e612532304218ac02",
	},
	{
		"signed out",
		&SignedOut{"ana@example.test", true, time.UnixMilli(1049900321123).UTC()},
		func() message { return new(SignedOut) },
		"0a10616e61406578616d706c652e74657374100118c6a5fcae8e3d",
	},
	{
		"nexus visit",
		&NexusVisit{"192.0.2.7"},
		func() message { return new(NexusVisit) },
		"0a093139322e302e322e37",
	},
	{
		"carried",
		&Carried{
			Handle: "ana@example.test", Name: "Ana%20B", Status: msnp.StatusBusy, Looks: testLooks, Seq: 1049900321123000001,
			PersonalSeq: 1049900321123000007, Grace: 12500 * time.Millisecond, From: "ns-1", Since: time.UnixMilli(1049900321123).UTC(), Place: true,
			Attempt: 1049900321123000002, NoCalls: true, Unset: true,
		},
		func() message { return new(Carried) },
		"0a10616e61406578616d706c652e746573741207416e61253230421a0342535920c1bdebd0f8d8ffc80e28d46132046e732d3138c6a5fcae8e3d40014a0e676f6e65203c66697368696e673e521d5c304d757369635c30315c307b307d5c30426c756520547261696e5c305a0f2533436d736e6f626a25324625334560bc80f3b10a68c7bdebd0f8d8ffc80e8001c2bdebd0f8d8ffc80e880101900101",
	},
	{"settled", &settled{"ana@example.test"}, func() message { return new(settled) }, "0a10616e61406578616d706c652e74657374"},
	{
		"report",
		&Report{
			Owned: 342, SignedIn: 15000, Connections: 15420, Conversations: 211, Drained: true,
			Late: time.UnixMilli(1049900321123).UTC(),
		},
		func() message { return new(Report) },
		"08d60210987518bc7820d301280130c6a5fcae8e3d",
	},
	{"sessions", &SessionQuery{"ana@example.test"}, func() message { return new(SessionQuery) }, "0a10616e61406578616d706c652e74657374"},
	{
		"session",
		&sessionPage{[]Session{{"ana@example.test", "Ana B", "NLN", "MSNP7", "192.0.2.7:1025", time.UnixMilli(1049900321123).UTC()}}},
		func() message { return new(sessionPage) },
		"0a3c0a10616e61406578616d706c652e746573741205416e6120421a034e4c4e22054d534e50372a0e3139322e302e322e373a3130323530c6a5fcae8e3d",
	},
	{"drain", &DrainOrder{500, 10 * time.Minute}, func() message { return new(DrainOrder) }, "08f40310c0cf24"},
	{"operation", &Operation{"alert", "ana@example.test", "Good night."}, func() message { return new(Operation) }, "0a05616c6572741210616e61406578616d706c652e746573741a0b476f6f64206e696768742e"},
	{"outcome", &Outcome{"not-signed-in", "not signed in"}, func() message { return new(Outcome) }, "0a0d6e6f742d7369676e65642d696e120d6e6f74207369676e656420696e"},
	{
		"order",
		&Order{ActPage, "ana@example.test", "call me", "bob@example.test", 4294967299, 1},
		func() message { return new(Order) },
		"08071210616e61406578616d706c652e746573741a0763616c6c206d652210626f62406578616d706c652e746573742883808080103001",
	},
	{"ordered", &ordered{true}, func() message { return new(ordered) }, "0801"},
	{
		"whereabouts",
		&Whereabouts{
			Node: "ns-1", SignedIn: true, Moving: true, Since: time.UnixMilli(1049900321123).UTC(),
			Sessions: []Session{{"ana@example.test", "Ana B", "NLN", "MSNP7", "192.0.2.7:1025", time.UnixMilli(1049900321123).UTC()}},
		},
		func() message { return new(Whereabouts) },
		"0a046e732d311001180120c6a5fcae8e3d2a3c0a10616e61406578616d706c652e746573741205416e6120421a034e4c4e22054d534e50372a0e3139322e302e322e373a3130323530c6a5fcae8e3d",
	},
	{"nothing", &nothing{}, func() message { return new(nothing) }, ""},
}...)

type example struct {
	name    string
	message message
	empty   func() message
	octets  string
}

func TestMessages(t *testing.T) {
	for _, e := range examples {
		data := encode(e.message)
		if got := hex.EncodeToString(data); got != e.octets {
			t.Errorf("%s:\n got %s\nwant %s", e.name, got, e.octets)
		}
		got := e.empty()
		if err := decode(data, got); err != nil || !reflect.DeepEqual(got, e.message) {
			t.Errorf("%s: got %+v, %v, want %+v", e.name, got, err, e.message)
		}
		if got := encode(e.empty()); len(got) != 0 {
			t.Errorf("%s: an empty one takes %d octets", e.name, len(got))
		}
		if err := decode(nil, e.empty()); err != nil {
			t.Errorf("%s: an empty one: %v", e.name, err)
		}
	}
}

// Every field must be in the examples, or the test above proves nothing of it.
func TestExamplesAreFull(t *testing.T) {
	var full func(name string, v reflect.Value)
	full = func(name string, v reflect.Value) {
		for i := range v.NumField() {
			f, name := v.Field(i), name+"."+v.Type().Field(i).Name
			if f.IsZero() {
				t.Errorf("%s is not set", name)
			}
			if f.Kind() == reflect.Slice && f.Type().Elem().Kind() == reflect.Struct {
				full(name, f.Index(0))
			}
			if v.Type().Field(i).Anonymous {
				full(name, f)
			}
		}
	}
	for _, e := range examples {
		full(e.name, reflect.ValueOf(e.message).Elem())
	}
}

// A later version of the software may say more.
func TestUnknownFields(t *testing.T) {
	for _, e := range examples {
		data := encode(e.message)
		for number := protowire.Number(20); number < 100; number += 30 {
			data = protowire.AppendTag(data, number, protowire.VarintType)
			data = protowire.AppendVarint(data, 1<<60)
			data = protowire.AppendTag(data, number+1, protowire.BytesType)
			data = protowire.AppendString(data, "news")
			data = protowire.AppendTag(data, number+2, protowire.Fixed64Type)
			data = protowire.AppendFixed64(data, 1)
		}
		got := e.empty()
		if err := decode(data, got); err != nil || !reflect.DeepEqual(got, e.message) {
			t.Errorf("%s: got %+v, %v", e.name, got, err)
		}
	}
}

func TestMalformedMessages(t *testing.T) {
	tag := protowire.AppendTag
	many := make([]byte, 0, 3*maxElements)
	for range maxElements + 1 {
		many = protowire.AppendBytes(tag(many, 1, protowire.BytesType), nil)
	}
	for name, test := range map[string]struct {
		data []byte
		m    message
	}{
		"no tag":          {[]byte{0xff}, new(Invitation)},
		"field 0":         {[]byte{0, 1}, new(Invitation)},
		"cut number":      {tag(nil, 1, protowire.VarintType), new(Invitation)},
		"cut text":        {append(tag(nil, 2, protowire.BytesType), 9, 'a'), new(Invitation)},
		"huge text":       {append(tag(nil, 2, protowire.BytesType), 0xff, 0xff, 0xff, 0xff, 0x0f), new(Invitation)},
		"text as number":  {protowire.AppendString(tag(nil, 1, protowire.BytesType), "a"), new(Invitation)},
		"number as text":  {protowire.AppendVarint(tag(nil, 2, protowire.VarintType), 1), new(Invitation)},
		"large session":   {protowire.AppendVarint(tag(nil, 1, protowire.VarintType), 1<<32), new(Invitation)},
		"number as list":  {protowire.AppendVarint(tag(nil, 1, protowire.VarintType), 1), new(Expectation)},
		"bad in the list": {protowire.AppendBytes(tag(nil, 1, protowire.BytesType), []byte{0xff}), new(Expectation)},
		"long list":       {many, new(Expectation)},
	} {
		if err := decode(test.data, test.m); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, e := range examples {
		f.Add(encode(e.message))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, e := range examples {
			m, again := e.empty(), e.empty()
			if decode(data, m) != nil {
				continue
			}
			if err := decode(encode(m), again); err != nil || !reflect.DeepEqual(m, again) {
				t.Errorf("%s: %+v became %+v, %v", e.name, m, again, err)
			}
		}
	})
}

// What the notification server and the switchboard say to each other, over
// the bus.
func TestConversation(t *testing.T) {
	bus := startNATS(t, -1).ClientURL()
	ns := start(t, Options{Node: "ns", NATSURL: bus, Roles: []Role{RoleNotification}})
	sb := start(t, Options{Node: "sb", NATSURL: bus, Roles: []Role{RoleSwitchboard}})
	ctx := t.Context()

	invitations := make(chan Invitation, 1)
	expected := make(chan Expectation, 2)
	renamed, signedOut := make(chan Renamed, 1), make(chan SignedOut, 1)
	answer := InvitationAnswer{Expires: time.UnixMilli(1049900321123).UTC()}
	granted := Expectation{Grants: []Grant{testGrant(3)}}
	refuse := errors.New("not here")
	for _, err := range []error{
		ns.ServeInvitations(func(ctx context.Context, i Invitation) (InvitationAnswer, error) {
			// The switchboard is told before the callee rings.
			if err := ns.Expect(ctx, i.SwitchboardNode, granted); err != nil {
				t.Error(err)
			}
			invitations <- i
			return answer, nil
		}),
		ns.ServeLookups(func(_ context.Context, q Question) (Profile, error) {
			if q.Handle != "ana@example.test" {
				return Profile{}, refuse
			}
			return Profile{Name: "Ana", SignedIn: true}, nil
		}),
		sb.ServeExpectations(func(_ context.Context, e Expectation) error {
			expected <- e
			if len(e.Grants) == 0 {
				return refuse
			}
			return nil
		}),
		sb.ListenRenames(func(_ context.Context, r Renamed) { renamed <- r }),
		sb.ListenSignOuts(func(_ context.Context, s SignedOut) { signedOut <- s }),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}

	invitation := Invitation{Session: 3, SwitchboardNode: "sb", Caller: "ana@example.test", Callee: "bob@example.test"}
	got, err := sb.Invite(ctx, "ns", invitation)
	if err != nil || !reflect.DeepEqual(got, answer) {
		t.Errorf("the answer is %+v, %v", got, err)
	}
	if i := receive(t, invitations); i != invitation {
		t.Errorf("the invitation was %+v", i)
	}
	if e := receive(t, expected); !reflect.DeepEqual(e, granted) {
		t.Errorf("expected was %+v", e)
	}
	var failed *HandlerError
	if err := ns.Expect(ctx, "sb", Expectation{}); !errors.As(err, &failed) || failed.Text != refuse.Error() {
		t.Errorf("an expectation that was refused: %v", err)
	}
	if p, err := sb.Lookup(ctx, "ns", Question{Handle: "ana@example.test"}); err != nil || p.Name != "Ana" || !p.SignedIn {
		t.Errorf("the profile is %+v, %v", p, err)
	}
	if _, err := sb.Lookup(ctx, "ns", Question{Handle: "bob@example.test"}); !errors.As(err, &failed) {
		t.Errorf("a look-up that failed: %v", err)
	}
	if _, err := sb.Lookup(ctx, "sb", Question{Handle: "ana@example.test"}); !errors.Is(err, ErrUnreachable) {
		t.Errorf("a look-up where there is no notification server: %v", err)
	}
	if err := ns.Broadcast(verbRename, []byte{0xff}); err != nil { // is passed over
		t.Error(err)
	}
	r := Renamed{Handle: "ana@example.test", Name: "Ana%20B"}
	if err := ns.AnnounceRename(r); err != nil || receive(t, renamed) != r {
		t.Errorf("renaming: %v", err)
	}
	v := NexusVisit{Address: "192.0.2.7"}
	visits := make(chan NexusVisit, 1)
	if err := ns.ListenNexus(func(_ context.Context, v NexusVisit) { visits <- v }); err != nil {
		t.Fatal(err)
	}
	if err := sb.AnnounceNexus(v); err != nil || receive(t, visits) != v {
		t.Errorf("visiting the nexus: %v", err)
	}
	s := SignedOut{Handle: "ana@example.test", Forced: true}
	if err := ns.AnnounceSignOut(s); err != nil || receive(t, signedOut) != s {
		t.Errorf("signing out: %v", err)
	}
}

func BenchmarkInvite(b *testing.B) {
	n := start(b, Options{Node: "one"})
	err := n.ServeInvitations(func(context.Context, Invitation) (InvitationAnswer, error) { return InvitationAnswer{}, nil })
	if err != nil {
		b.Fatal(err)
	}
	i := *examples[0].message.(*Invitation)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := n.Invite(b.Context(), "one", i); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	m := examples[0].message
	b.ReportAllocs()
	for b.Loop() {
		_ = encode(m)
	}
}

func BenchmarkDecode(b *testing.B) {
	data := encode(examples[0].message)
	b.ReportAllocs()
	for b.Loop() {
		if err := decode(data, new(Invitation)); err != nil {
			b.Fatal(err)
		}
	}
}
