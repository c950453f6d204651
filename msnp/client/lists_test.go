package client

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/papilio-im/papilio/msnp"
)

// Every edit of the lists, with what it changes.
func TestEdits(t *testing.T) {
	const fl, al, bl, rl = msnp.ForwardList, msnp.AllowList, msnp.BlockList, msnp.ReverseList
	add := func(list msnp.List, handle, name string, group int) func(context.Context, *Client) error {
		return func(ctx context.Context, c *Client) error { return c.Add(ctx, list, handle, name, group) }
	}
	remove := func(list msnp.List, handle string, group int) func(context.Context, *Client) error {
		return func(ctx context.Context, c *Client) error { return c.Remove(ctx, list, handle, group) }
	}
	dora := Contact{Handle: "dora@example.net", Name: "Dora", Lists: OnForward, Groups: []int{0}, Status: msnp.StatusOffline}
	for name, test := range map[string]struct {
		do     func(context.Context, *Client) error
		script string
		handle string
		want   func(*Contact) // what is changed of the contact in the lists
		event  ListChanged
		code   msnp.Code
	}{
		"add": {
			do: add(fl, "Dora@example.net", "Dora", msnp.NoGroup), handle: "dora@example.net",
			script: "C: ADD 11 FL dora@example.net Dora\nS: ADD 11 FL 42 dora@example.net Dora\nS: BPR 42 dora@example.net PHH\nS: ILN 11 BSY dora@example.net Dora%20Q",
			want:   func(p *Contact) { *p = dora; p.Status, p.DisplayName = msnp.StatusBusy, "Dora Q" },
			event:  ListChanged{List: fl, Handle: "dora@example.net", Name: "Dora", Group: msnp.NoGroup},
		},
		"add to a group": {
			do: add(fl, "dora@example.net", "", 3), handle: "dora@example.net",
			script: "C: ADD 11 FL dora@example.net dora@example.net 3\nS: ADD 11 FL 42 dora@example.net dora@example.net 3",
			want:   func(p *Contact) { *p = dora; p.Name, p.Groups = "dora@example.net", []int{3} },
			event:  ListChanged{List: fl, Handle: "dora@example.net", Name: "dora@example.net", Group: 3},
		},
		"block": {
			do: add(bl, "carl@example.net", "Carl", msnp.NoGroup), handle: "carl@example.net",
			script: "C: ADD 11 BL carl@example.net Carl\nS: ADD 11 BL 42 carl@example.net Carl",
			want:   func(p *Contact) { p.Lists |= OnBlock },
			event:  ListChanged{List: bl, Handle: "carl@example.net", Name: "Carl", Group: msnp.NoGroup},
		},
		"already there": {
			do: add(al, "bea@example.net", "Bea", msnp.NoGroup), handle: "bea@example.net", code: msnp.CodeAlreadyThere,
			script: "C: ADD 11 AL bea@example.net Bea\nS: 215 11",
		},
		"no such account": {
			do: add(fl, "nobody", "", msnp.NoGroup), handle: "nobody", code: msnp.CodeParameter,
			script: "C: ADD 11 FL nobody nobody\nS: 201 11",
		},
		"remove": {
			do: remove(fl, "bea@example.net", msnp.NoGroup), handle: "bea@example.net",
			script: "C: REM 11 FL bea@example.net\nS: REM 11 FL 42 bea@example.net",
			want: func(p *Contact) {
				p.Lists, p.Groups, p.Settings, p.Status, p.DisplayName = OnAllow|OnReverse, nil, nil, msnp.StatusOffline, ""
			},
			event: ListChanged{List: fl, Handle: "bea@example.net", Removed: true, Group: msnp.NoGroup},
		},
		"remove for good": {
			do: remove(fl, "carl@example.net", msnp.NoGroup), handle: "carl@example.net",
			script: "C: REM 11 FL carl@example.net\nS: REM 11 FL 42 carl@example.net",
			want:   func(p *Contact) { *p = Contact{} },
			event:  ListChanged{List: fl, Handle: "carl@example.net", Removed: true, Group: msnp.NoGroup},
		},
		"remove from a group": {
			do: remove(fl, "bea@example.net", 0), handle: "bea@example.net",
			script: "C: REM 11 FL bea@example.net 0\nS: REM 11 FL 42 bea@example.net 0",
			want:   func(p *Contact) { p.Groups = []int{3} },
			event:  ListChanged{List: fl, Handle: "bea@example.net", Removed: true},
		},
		"not there": {
			do: remove(bl, "bea@example.net", msnp.NoGroup), handle: "bea@example.net", code: msnp.CodeNotOnList,
			script: "C: REM 11 BL bea@example.net\nS: 216 11",
		},
		"rename": {
			do:     func(ctx context.Context, c *Client) error { return c.Rename(ctx, "bea@example.net", "B & A") },
			script: "C: REA 11 bea@example.net B%20%26%20A\nS: REA 11 42 bea@example.net B%20%26%20A",
			handle: "bea@example.net", want: func(p *Contact) { p.Name = "B & A" },
		},
		"somebody adds me": {
			do: (func(ctx context.Context, c *Client) error { return c.Ping(ctx) }), handle: "ada@example.net",
			script: "S: ADD 0 RL 42 ada@example.net Ada%20L\nC: PNG\nS: QNG",
			want: func(p *Contact) {
				*p = Contact{Handle: "ada@example.net", Name: "Ada L", Lists: OnReverse, Status: msnp.StatusOffline}
			},
			event: ListChanged{List: rl, Handle: "ada@example.net", Name: "Ada L", Group: msnp.NoGroup, Unasked: true},
		},
		"somebody on my list adds me": {
			do: (func(ctx context.Context, c *Client) error { return c.Ping(ctx) }), handle: "carl@example.net",
			script: "S: ADD 0 RL 42 carl@example.net Carl%20the%20Great\nC: PNG\nS: QNG",
			want:   func(p *Contact) { p.Lists |= OnReverse },
			event:  ListChanged{List: rl, Handle: "carl@example.net", Name: "Carl the Great", Group: msnp.NoGroup, Unasked: true},
		},
		"somebody removes me": {
			do: (func(ctx context.Context, c *Client) error { return c.Ping(ctx) }), handle: "bea@example.net",
			script: "S: REM 0 RL 42 bea@example.net\nC: PNG\nS: QNG",
			want:   func(p *Contact) { p.Lists = OnForward | OnAllow },
			event:  ListChanged{List: rl, Handle: "bea@example.net", Removed: true, Group: msnp.NoGroup, Unasked: true},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.play("ns.test:1864", renumber(session7, 3)+strings.ReplaceAll("\n"+test.script, " 11", " 8")+"\nC: PNG\nS: QNG\nC: OUT")
			r := newRecorder(t)
			o := w.options(msnp.MSNP7)
			o.Dispatch, o.Notification, o.Events = "", "ns.test:1864", r.events
			c := w.signIn(o)
			before, _ := c.Contact(test.handle)
			err := test.do(soon(t), c)
			if Code(err) != test.code || err != nil && test.code == 0 {
				t.Fatalf("got %v", err)
			}
			check(t, c.Ping(soon(t)))
			if test.want != nil {
				test.want(&before)
			}
			after, _ := c.Contact(strings.ToUpper(test.handle))
			if diff := cmp.Diff(before, after, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("contact (-want +got):\n%s", diff)
			}
			version := uint32(42)
			if test.code != 0 {
				version = 41
			}
			if got := c.Roster().Version; got != version {
				t.Errorf("list version %d, want %d", got, version)
			}
			if test.event.Handle != "" {
				if got := next[ListChanged](r); got != test.event {
					t.Errorf("got %+v, want %+v", got, test.event)
				}
			}
		})
	}
}

func TestBlockAndUnblock(t *testing.T) {
	w := newWorld(t)
	c, _ := w.online(msnp.MSNP2, `
		C: REM 7 AL bea@example.net
		S: 216 7
		C: ADD 8 BL bea@example.net bea@example.net
		S: ADD 8 BL 2 bea@example.net bea@example.net
		C: REM 9 BL bea@example.net
		S: REM 9 BL 3 bea@example.net
		C: ADD 10 AL bea@example.net bea@example.net
		S: 603 10
		C: OUT`)
	check(t, c.Block(soon(t), "bea@example.net"))
	if p, _ := c.Contact("bea@example.net"); p.Lists != OnBlock {
		t.Errorf("lists: %v", p.Lists)
	}
	if err := c.Unblock(soon(t), "bea@example.net"); Code(err) != msnp.CodeDatabase {
		t.Errorf("got %v", err)
	}
	if _, ok := c.Contact("bea@example.net"); ok {
		t.Error("still on a list")
	}
}

func TestRenameSelf(t *testing.T) {
	w := newWorld(t)
	c, _ := w.online(msnp.Beta2, `
		C: REA 7 zed@example.net Z%C3%A9d
		S: REA 7 2 zed@example.net Z%C3%A9d
		C: REA 8 zed@example.net bad
		S: 209 8
		C: OUT`)
	check(t, c.RenameSelf(soon(t), "Zéd"))
	if err := c.RenameSelf(soon(t), "bad"); Code(err) != msnp.CodeNameRefused || c.Name() != "Zéd" {
		t.Errorf("got %v, %q", err, c.Name())
	}
}

func TestGroups(t *testing.T) {
	w := newWorld(t)
	w.play("ns.test:1864", renumber(session7, 3)+`
		C: ADG 8 Close%20friends 0
		S: ADG 8 42 Close%20friends 1 0
		C: REG 9 3 Office 0
		S: REG 9 43 3 Office 0
		C: REM 10 FL bea@example.net 0
		S: REM 10 FL 44 bea@example.net 0
		C: RMG 11 3
		S: RMG 11 45 3
		C: RMG 12 0
		S: 230 12
		C: OUT`)
	o := w.options(msnp.MSNP7)
	o.Dispatch, o.Notification = "", "ns.test:1864"
	c := w.signIn(o)
	id, err := c.AddGroup(soon(t), "Close friends")
	check(t, err)
	if id != 1 {
		t.Errorf("group %d", id)
	}
	check(t, c.RenameGroup(soon(t), 3, "Office"))
	want := []Group{{ID: 0, Name: "Other Contacts"}, {ID: 1, Name: "Close friends"}, {ID: 3, Name: "Office"}}
	if diff := cmp.Diff(want, c.Roster().Groups); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
	check(t, c.Remove(soon(t), msnp.ForwardList, "bea@example.net", 0))
	check(t, c.RemoveGroup(soon(t), 3))
	if diff := cmp.Diff(want[:2], c.Roster().Groups); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
	if p, _ := c.Contact("bea@example.net"); p.Lists != OnAllow|OnReverse || p.Groups != nil {
		t.Errorf("bea was in no other group, but: %+v", p)
	}
	if p, _ := c.Contact("carl@example.net"); !cmp.Equal(p.Groups, []int{0}) {
		t.Errorf("carl: %+v", p)
	}
	if err := c.RemoveGroup(soon(t), 0); Code(err) != msnp.CodeGroupZero {
		t.Errorf("got %v", err)
	}
}

func TestNoGroupsBeforeMSNP7(t *testing.T) {
	w := newWorld(t)
	c, _ := w.online(msnp.MSNP6, "\nC: OUT")
	_, err := c.AddGroup(soon(t), "Work")
	for _, err := range []error{err, c.RenameGroup(soon(t), 1, "Work"), c.RemoveGroup(soon(t), 1)} {
		if !errors.As(err, new(*msnp.UnsupportedError)) {
			t.Errorf("got %v", err)
		}
	}
}

func TestSettings(t *testing.T) {
	w := newWorld(t)
	c, _ := w.online(msnp.MSNP5, `
		C: GTC 7 N
		S: GTC 7 42 N
		C: BLP 8 BL
		S: BLP 8 43 BL
		C: PRP 9 PHH 1%20(555)%20010
		S: PRP 9 44 PHH 1%20(555)%20010
		C: PRP 10 PHW
		S: PRP 10 45 PHW
		C: PRP 11 MOB Y
		S: PRP 11 45 MOB N
		C: GTC 12 N
		S: 218 12
		C: OUT`)
	check(t, c.Set(soon(t), msnp.KeyPrompt, "N"))
	check(t, c.Set(soon(t), msnp.KeyDefault, "BL"))
	check(t, c.Set(soon(t), msnp.KeyHomePhone, "1 (555) 010"))
	check(t, c.Set(soon(t), msnp.KeyWorkPhone, ""))
	check(t, c.Set(soon(t), msnp.KeyPaging, "Y"))
	if err := c.Set(soon(t), msnp.KeyPrompt, "N"); Code(err) != msnp.CodeSameMode {
		t.Errorf("got %v", err)
	}
	want := Roster{Version: 45, Settings: map[msnp.Key]string{"PHH": "1 (555) 010", "PHW": "", "MOB": "N"}, Contacts: []Contact{}}
	if diff := cmp.Diff(want, c.Roster()); diff != "" {
		t.Errorf("roster (-want +got):\n%s", diff)
	}
}

// What would break a line, or make the server close, is refused here.
func TestBadWords(t *testing.T) {
	w := newWorld(t)
	c, _ := w.online(msnp.MSNP7, "\nC: OUT")
	ctx := soon(t)
	long := strings.Repeat("x", 400)
	_, errGroup := c.AddGroup(ctx, long)
	_, errEmpty := c.AddGroup(ctx, "")
	for name, err := range map[string]error{
		"handle with a blank":  c.Add(ctx, msnp.ForwardList, "a b", "", msnp.NoGroup),
		"handle with an end":   c.Rename(ctx, "a\r\nOUT", "x"),
		"no handle":            c.Remove(ctx, msnp.ForwardList, "", msnp.NoGroup),
		"long handle":          c.Add(ctx, msnp.ForwardList, long, "", msnp.NoGroup),
		"long name":            c.RenameSelf(ctx, long),
		"long name of another": c.Add(ctx, msnp.ForwardList, "bea@example.net", long, msnp.NoGroup),
		"reverse list":         c.Add(ctx, msnp.ReverseList, "bea@example.net", "", msnp.NoGroup),
		"no list":              c.Remove(ctx, "XL", "bea@example.net", msnp.NoGroup),
		"long phone":           c.Set(ctx, msnp.KeyHomePhone, long),
		"no key":               c.Set(ctx, "", "x"),
		"long group":           errGroup,
		"no group":             errEmpty,
		"long group again":     c.RenameGroup(ctx, 1, long),
		"no status":            c.SetStatus(ctx, ""),
		"a bad status":         c.SetStatus(ctx, "N\nN"),
	} {
		if err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestListsString(t *testing.T) {
	if got := (OnForward | OnAllow | OnReverse).String(); got != "FL,AL,RL" {
		t.Errorf("got %q", got)
	}
	if OnForward.Has(OnForward|OnAllow) || !(OnForward | OnAllow).Has(OnAllow) {
		t.Error("Has does not mean all of them")
	}
}

func TestRosterFind(t *testing.T) {
	r := wantRoster(msnp.MSNP7)
	if p, ok := r.Find("CARL@example.net"); !ok || p.Name != "Carl K" {
		t.Errorf("got %+v, %v", p, ok)
	}
	if _, ok := r.Find("dora@example.net"); ok {
		t.Error("found")
	}
}

// What a server says of people and groups that it has never named, and lists that nobody
// has asked for, change nothing.
func TestUnknownNames(t *testing.T) {
	w := newWorld(t)
	const nobody = "99999999-2222-3333-4444-555555555555"
	c, r := session12(w, `
		wait go
		S: REM 0 FL `+beaID+` `+nobody+`
		S: REM 0 FL `+nobody+`
		S: ADC 0 FL C=`+nobody+` `+nobody+`
		S: RMG 0 `+nobody+`
		S: LST N=xena@example.net F=Xena C=`+nobody+` 1 1
		S: REM 0 RL ada@example.net
		C: OUT`)
	before := c.Roster()
	w.tell("go")
	if got := next[ListChanged](r); got.Handle != "ada@example.net" || got.List != msnp.ReverseList {
		t.Errorf("got %+v", got)
	}
	after := c.Roster()
	if diff := cmp.Diff(before.Groups, after.Groups); diff != "" || len(after.Contacts) > len(before.Contacts) {
		t.Errorf("%d contacts, groups (-before +after):\n%s", len(after.Contacts), diff)
	}
	if got := ordered([]int{3, 1, 3, 0}); !cmp.Equal(got, []int{0, 1, 3}) {
		t.Errorf("got %v", got)
	}
}
