package cluster

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/papilio-im/papilio/msnp"
)

var testLooks = Looks{msnp.Personal{Message: "gone <fishing>", Media: `\0Music\01\0{0}\0Blue Train\0`}, "%3Cmsnobj%2F%3E", 2788999228}

var testShown = Shown{"ana@example.test", msnp.StatusBusy, "Ana%20B", testLooks, 1049900321123000001, 1049900321123000007}

var presenceExamples = []example{
	{
		"notices",
		&notices{[]Notice{{testShown, AboutAll, 1, []string{"bob@example.test", "cy@example.test"}}, {}}},
		func() message { return new(notices) },
		"0aa3010a10616e61406578616d706c652e7465737412034253591a07416e612532304220c1bdebd0f8d8ffc80e2a0e676f6e65203c66697368696e673e321d5c304d757369635c30315c307b307d5c30426c756520547261696e5c303a0f2533436d736e6f626a25324625334540bc80f3b10a60c7bdebd0f8d8ffc80e500168025a230a10626f62406578616d706c652e746573740a0f6379406578616d706c652e746573740a00",
	},
	{
		"query",
		&Query{"ana@example.test", []string{"bob@example.test", "cy@example.test"}, 1049900321123000006},
		func() message { return new(Query) },
		"0a10616e61406578616d706c652e746573741210626f62406578616d706c652e74657374120f6379406578616d706c652e7465737418c6bdebd0f8d8ffc80e",
	},
	{
		"states",
		&Answer{1049900321123000002, []Shown{testShown, {Handle: "bob@example.test"}}, []Elsewhere{{"ns-2", []string{"cy@example.test"}}}},
		func() message { return new(Answer) },
		"08c2bdebd0f8d8ffc80e127a0a10616e61406578616d706c652e7465737412034253591a07416e612532304220c1bdebd0f8d8ffc80e2a0e676f6e65203c66697368696e673e321d5c304d757369635c30315c307b307d5c30426c756520547261696e5c303a0f2533436d736e6f626a25324625334540bc80f3b10a60c7bdebd0f8d8ffc80e12120a10626f62406578616d706c652e746573741a170a046e732d32120f6379406578616d706c652e74657374",
	},
	{
		"edits",
		&Edits{"ns-1", 496, []Edit{
			{1049900321123000003, EditAdded, "ana@example.test", "bob@example.test", 8, msnp.ReverseList, 27, "Bob", msnp.KeyHomePhone, "555%200100", "0d9c1c52-77aa-4b62-8d7f-3a1e5c9b0f21"},
			{Number: 1049900321123000004, Kind: EditAsked, Handle: "ana@example.test", Contact: "bob@example.test"},
		}},
		func() message { return new(Edits) },
		"0a046e732d3110f0031a7408c3bdebd0f8d8ffc80e10041a10616e61406578616d706c652e746573742210626f62406578616d706c652e7465737428083202524c381b4203426f624a03504848520a353535253230303130305a2430643963316335322d373761612d346236322d386437662d3361316535633962306632311a3008c4bdebd0f8d8ffc80e10071a10616e61406578616d706c652e746573742210626f62406578616d706c652e74657374",
	},
	{
		"edits done",
		&EditsAnswer{1049900321123000003, "ns-2", []Shown{testShown}},
		func() message { return new(EditsAnswer) },
		"08c3bdebd0f8d8ffc80e12046e732d321a7a0a10616e61406578616d706c652e7465737412034253591a07416e612532304220c1bdebd0f8d8ffc80e2a0e676f6e65203c66697368696e673e321d5c304d757369635c30315c307b307d5c30426c756520547261696e5c303a0f2533436d736e6f626a25324625334540bc80f3b10a60c7bdebd0f8d8ffc80e",
	},
	{"repeat", &Repeat{"ns-1", 12500 * time.Millisecond}, func() message { return new(Repeat) }, "0a046e732d3110d461"},
	{"recall", &Recall{"ana@example.test", 1049900321123000005}, func() message { return new(Recall) }, "0a10616e61406578616d706c652e7465737410c5bdebd0f8d8ffc80e"},
}

// A notice that is packed and given its watchers one by one is as one that has
// them from the start.
func TestPackedNotice(t *testing.T) {
	whole := notices{[]Notice{
		{testShown, AboutPersonal, 1, []string{"bob@example.test", "cy@example.test"}},
		{testShown, AboutPersonal, 1, slices.Repeat([]string{"somebody@example.test"}, MaxWatchers)},
	}}
	var packed []Packed
	head := (&Notice{Shown: testShown, About: AboutPersonal, Hops: 1}).Pack()
	for _, n := range whole.Notices {
		p := head
		for _, watcher := range n.Watchers {
			if !p.Add(watcher) {
				t.Errorf("%s is too many", watcher)
			}
		}
		packed = append(packed, p)
	}
	if packed[1].Add("x") {
		t.Error("there is no end of watchers")
	}
	data := packNotices(packed)
	if !bytes.Equal(data, encode(&whole)) {
		t.Errorf("got %x, want %x", data, encode(&whole))
	}
	if reckoned := packed[0].Size() + packed[1].Size(); reckoned < len(data) {
		t.Errorf("%d octets were reckoned, not %d", reckoned, len(data))
	}
}

// What nodes of earlier releases say of somebody, and understand: who shows nothing
// that has come since is told of as ever.
func TestEarlierShown(t *testing.T) {
	const octets = "0a510a10616e61406578616d706c652e7465737412034253591a07416e612532304220c1bdebd0f8d8ffc80e50015a230a10626f62406578616d706c652e746573740a0f6379406578616d706c652e74657374"
	m := &notices{[]Notice{{
		Shown: Shown{Handle: "ana@example.test", Status: msnp.StatusBusy, Name: "Ana%20B", Seq: 1049900321123000001},
		Hops:  1, Watchers: []string{"bob@example.test", "cy@example.test"},
	}}}
	if got := hex.EncodeToString(encode(m)); got != octets {
		t.Errorf("got %s, want %s", got, octets)
	}
}

// The reckoned size is no less than what it takes.
func TestShownSize(t *testing.T) {
	for _, s := range []Shown{{}, testShown, {
		Handle: strings.Repeat("h", 129), Status: msnp.StatusBusy, Name: msnp.Encoded(strings.Repeat("n", 387)), Seq: 1 << 63, PersonalSeq: 1 << 63,
		Looks: Looks{
			msnp.Personal{Message: strings.Repeat("m", msnp.MaxPersonalText), Media: strings.Repeat("m", msnp.MaxPersonalText)},
			strings.Repeat("o", msnp.MaxObject), 1 << 31,
		},
	}} {
		if n := len(encode(&Answer{Shown: []Shown{s}})); n > s.Size() {
			t.Errorf("%d octets were reckoned, not %d", s.Size(), n)
		}
	}
}

func TestTooManyTexts(t *testing.T) {
	var data []byte
	for range maxElements {
		data = appendText(data, 2, "x")
	}
	if err := decode(data, new(Query)); err != nil {
		t.Error(err)
	}
	if err := decode(appendText(data, 2, "x"), new(Query)); !errors.Is(err, ErrMalformed) {
		t.Errorf("one too many: %v", err)
	}
	if err := decode(protowire.AppendVarint(protowire.AppendTag(nil, 2, protowire.VarintType), 1), new(Query)); !errors.Is(err, ErrMalformed) {
		t.Errorf("a number for a text: %v", err)
	}
}

// What notification servers say to each other about presence, over the bus.
func TestPresenceMessages(t *testing.T) {
	bus := startNATS(t, -1).ClientURL()
	one := start(t, Options{Node: "one", NATSURL: bus, Roles: []Role{RoleNotification}})
	two := start(t, Options{Node: "two", NATSURL: bus, Roles: []Role{RoleNotification}})
	ctx := t.Context()

	const many = 300
	heard := make(chan Notice, 3*many)
	queries, edits := make(chan Query, 1), make(chan Edits, 1)
	repeats, recalls := make(chan Repeat, 1), make(chan Recall, 1)
	answer := Answer{AsOf: 7, Shown: []Shown{testShown}}
	done := EditsAnswer{Done: 8, Shown: []Shown{{}}}
	for _, err := range []error{
		two.ServeNotices(func(_ context.Context, n Notice) { heard <- n }),
		two.ServeStates(func(_ context.Context, q Query) Answer { queries <- q; return answer }),
		two.ServeEdits(func(_ context.Context, e Edits) EditsAnswer { edits <- e; return done }),
		two.ServeRepeats(func(_ context.Context, r Repeat) { repeats <- r }),
		two.ServeRecalls(func(_ context.Context, r Recall) { recalls <- r }),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}

	if err := one.Publish("two", verbNotices, []byte{0xff}); err != nil { // is passed over
		t.Error(err)
	}
	var packed []Packed
	for i := range many {
		n := Notice{Shown: Shown{Handle: "ana@example.test", Seq: uint64(i)}}
		p := n.Pack()
		p.Add("bob@example.test")
		packed = append(packed, p)
	}
	if err := errors.Join(one.Notify("two", packed[:many-1]...), one.Notify("two", packed[many-1])); err != nil {
		t.Fatal(err)
	}
	for i := range many {
		if n := receive(t, heard); n.Seq != uint64(i) || len(n.Watchers) != 1 {
			t.Fatalf("heard %+v, want %d", n, i)
		}
	}
	q := Query{Watcher: "ana@example.test", Subjects: []string{"bob@example.test"}}
	if got, err := one.States(ctx, "two", q); err != nil || !reflect.DeepEqual(got, answer) || !reflect.DeepEqual(receive(t, queries), q) {
		t.Errorf("the states are %+v, %v", got, err)
	}
	e := Edits{From: "one", Shard: 3, Edits: []Edit{{Number: 8, Kind: EditReversed, Handle: "ana@example.test"}}}
	if got, err := one.Edit(ctx, "two", e); err != nil || !reflect.DeepEqual(got, done) || !reflect.DeepEqual(receive(t, edits), e) {
		t.Errorf("the edits: %+v, %v", got, err)
	}
	if err := one.Repeat(ctx, "two", Repeat{"one", time.Second}); err != nil || receive(t, repeats) != (Repeat{"one", time.Second}) {
		t.Errorf("repeating: %v", err)
	}
	if err := one.Recall(ctx, "two", Recall{"ana@example.test", 5}); err != nil || receive(t, recalls) != (Recall{"ana@example.test", 5}) {
		t.Errorf("recalling: %v", err)
	}
	if err := one.Recall(ctx, "one", Recall{}); !errors.Is(err, ErrUnreachable) {
		t.Errorf("a node that serves nothing: %v", err)
	}
}

// BenchmarkNotice is what a node does to tell another of a change that so many
// people there have to hear of, without the bus.
func BenchmarkNotice(b *testing.B) {
	for _, watchers := range []int{1, 100} {
		b.Run(fmt.Sprint(watchers), func(b *testing.B) {
			n := Notice{Shown: testShown}
			b.ReportAllocs()
			for b.Loop() {
				p := n.Pack()
				for range watchers {
					p.Add("somebody@example.test")
				}
				if err := decode(packNotices([]Packed{p}), new(notices)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
