package roster

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/papilio-im/papilio/internal/store"
	"github.com/papilio-im/papilio/msnp"
)

// touched are the versions that an edit gave to people's lists.
type touched map[string][]uint32

func (c touched) add(handle string, version uint32) {
	if version != 0 {
		c[handle] = append(c[handle], version)
	}
}

// deed is an edit that was acknowledged: what it answered, which versions it
// made, and how to do the same with a model.
type deed struct {
	what     string
	answer   any
	versions touched
	again    func(*model) (answer any, code msnp.Code)
}

// history is all deeds of a test, in no order.
type history struct {
	mu    sync.Mutex
	deeds []deed
}

func (h *history) add(d deed) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.deeds = append(h.deeds, d)
}

// replay finds an order in which the deeds can have been done one after the
// other, does them with a model in that order, and compares the answers. The
// versions give the order: an edit that made somebody's lists version 7 came
// after the one that made them version 6.
func (h *history) replay(t *testing.T, m *model) {
	t.Helper()
	left := h.deeds
	at := make(map[string]uint32)
	for who := range m.people {
		at[who] = 1
	}
	for len(left) > 0 {
		i := slices.IndexFunc(left, func(d deed) bool { return isNext(d, at) })
		if i < 0 {
			t.Fatalf("%d edits fit in no order after %v; the first of them is %s, which made %v", len(left), at, left[0].what, left[0].versions)
		}
		d := left[i]
		left = slices.Delete(left, i, i+1)
		for who, versions := range d.versions {
			at[who] = slices.Max(versions)
		}
		answer, code := d.again(m)
		if diff := cmp.Diff(answer, d.answer, unguided); code != 0 || diff != "" {
			t.Fatalf("%s, made %v: a model says %s (-model +answer):\n%s", d.what, d.versions, code, diff)
		}
	}
}

// isNext tells whether a deed made the next version of everybody it concerned.
func isNext(d deed, at map[string]uint32) bool {
	for who, versions := range d.versions {
		for i, v := range slices.Sorted(slices.Values(versions)) {
			if v != at[who]+uint32(i)+1 {
				return false
			}
		}
	}
	return true
}

// editor makes random edits.
type editor struct {
	s    *Service
	who  []string
	rand *rand.Rand
	id   int
	n    int
	h    *history
}

// edit makes one edit, and remembers it if it was acknowledged. Refusals are no
// errors: another editor was first.
func (e *editor) edit(ctx context.Context) error {
	e.n++
	owner := e.who[e.rand.IntN(len(e.who))]
	other := e.who[e.rand.IntN(len(e.who))]
	list := []Lists{Forward, Forward, Forward, Allow, Block}[e.rand.IntN(5)]
	pends := e.rand.IntN(2) == 0
	group := e.rand.IntN(5) - 1
	name := fmt.Sprintf("%d-%d", e.id, e.n) // never twice, so every change is one
	var err error
	switch e.rand.IntN(13) {
	case 0, 1, 2:
		err = e.add(ctx, owner, AddRequest{List: list, Handle: other, Name: name, Group: group, Grouped: list == Forward, Pends: pends})
	case 3, 4, 5:
		err = e.remove(ctx, owner, RemoveRequest{List: list, Handle: other, Group: group})
	case 6:
		err = e.addGroup(ctx, owner, name)
	case 7:
		err = e.removeGroup(ctx, owner, max(group, 1))
	case 8:
		err = e.phone(ctx, owner, name)
	case 9:
		err = e.rename(ctx, owner, other, name)
	case 10, 11:
		err = e.removeByGUID(ctx, owner, other)
	case 12:
		err = e.acknowledge(ctx, owner, other)
	}
	if errors.As(err, new(Refusal)) {
		return nil
	}
	return err
}

func (e *editor) add(ctx context.Context, owner string, r AddRequest) error {
	got, err := e.s.Add(ctx, owner, r)
	if err != nil {
		return err
	}
	versions := make(touched)
	versions.add(owner, got.Version)
	versions.add(r.Handle, got.Peer)
	versions.add(r.Handle, got.Revealed)
	e.h.add(deed{fmt.Sprintf("%s adds %+v", owner, r), got, versions, func(m *model) (any, msnp.Code) {
		return m.add(owner, r)
	}})
	return nil
}

func (e *editor) remove(ctx context.Context, owner string, r RemoveRequest) error {
	got, err := e.s.Remove(ctx, owner, r)
	if err != nil {
		return err
	}
	versions := make(touched)
	versions.add(owner, got.Version)
	versions.add(r.Handle, got.Peer)
	e.h.add(deed{fmt.Sprintf("%s removes %+v", owner, r), got, versions, func(m *model) (any, msnp.Code) {
		return m.remove(owner, r)
	}})
	return nil
}

// removeByGUID removes a contact that may have left, or come again, since its GUID
// was read.
func (e *editor) removeByGUID(ctx context.Context, owner, other string) error {
	full, err := e.s.Load(ctx, owner, Known{})
	if err != nil {
		return err
	}
	at := slices.IndexFunc(full.Contacts, func(c Contact) bool { return c.Handle == other })
	if at < 0 {
		return nil
	}
	got, err := e.s.Remove(ctx, owner, RemoveRequest{List: Forward, Contact: msnp.GUID(full.Contacts[at].GUID), Group: NoGroup})
	if err != nil {
		return err
	}
	versions := make(touched)
	versions.add(owner, got.Version)
	versions.add(other, got.Peer)
	e.h.add(deed{owner + " removes the GUID of " + other, got, versions, func(m *model) (any, msnp.Code) {
		return m.remove(owner, RemoveRequest{List: Forward, Handle: other, Group: NoGroup})
	}})
	return nil
}

func (e *editor) acknowledge(ctx context.Context, owner, other string) error {
	got, err := e.s.Acknowledge(ctx, owner, other)
	if err != nil {
		return err
	}
	e.h.add(deed{owner + " acknowledges " + other, got, touched{owner: {got.Version}}, func(m *model) (any, msnp.Code) {
		return m.acknowledge(owner, other)
	}})
	return nil
}

func (e *editor) addGroup(ctx context.Context, owner, name string) error {
	got, version, err := e.s.AddGroup(ctx, owner, name)
	if err != nil {
		return err
	}
	e.h.add(deed{owner + " adds group " + name, got.Number, touched{owner: {version}}, func(m *model) (any, msnp.Code) {
		number, code := m.addGroup(owner, name)
		return number, code
	}})
	return nil
}

func (e *editor) removeGroup(ctx context.Context, owner string, number int) error {
	got, err := e.s.RemoveGroup(ctx, owner, GroupKey{Number: number})
	if err != nil {
		return err
	}
	versions := touched{owner: {got.Version}}
	for _, c := range got.Gone {
		versions.add(c.Handle, c.Peer)
	}
	e.h.add(deed{fmt.Sprintf("%s removes group %d", owner, number), got.Gone, versions, func(m *model) (any, msnp.Code) {
		want, code := m.removeGroup(owner, number)
		return want, code
	}})
	return nil
}

func (e *editor) phone(ctx context.Context, owner, value string) error {
	got, err := e.s.SetProperty(ctx, owner, "PHH", value)
	if err != nil {
		return err
	}
	versions := touched{owner: {got.Version}}
	for who, v := range got.Watchers {
		versions.add(who, v)
	}
	e.h.add(deed{owner + " sets a phone", got.Watchers, versions, func(m *model) (any, msnp.Code) {
		return m.setPhone(owner, value), 0
	}})
	return nil
}

func (e *editor) rename(ctx context.Context, owner, other, name string) error {
	version, err := e.s.RenameContact(ctx, owner, other, name)
	if err != nil {
		return err
	}
	e.h.add(deed{owner + " renames " + other, version, touched{owner: {version}}, func(m *model) (any, msnp.Code) {
		k := m.people[owner].contacts[other]
		if k == nil {
			return uint32(0), msnp.CodeNotOnList
		}
		k.name = name
		return m.people[owner].touch(), 0
	}})
	return nil
}

// Whatever several nodes do to the same few lists at once, there is an order in
// which it could have been done one after the other, with the same answers and
// the same lists in the end.
func TestEditsHaveAnOrder(t *testing.T) {
	for engine, url := range keptEngines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			seed := rand.Uint64()
			t.Logf("seed %d", seed)
			editInDisorder(t, url(t), seed)
		})
	}
}

func editInDisorder(t *testing.T, url string, seed uint64) {
	t.Helper()
	const nodes, editors, edits = 3, 9, 60
	limits := Limits{Forward: 3, Allow: 2, Block: 2, Groups: 4}
	who := []string{ada, bea, carl, dora}
	var services []*Service
	for range nodes {
		services = append(services, limited(t, openURL(t, url), limits))
	}
	people(t, services[0].db, who...)
	var h history
	var work sync.WaitGroup
	for i := range editors {
		e := &editor{s: services[i%nodes], who: who, rand: rand.New(rand.NewPCG(seed, uint64(i))), id: i, h: &h}
		work.Go(func() {
			for range edits {
				if err := e.edit(t.Context()); err != nil {
					t.Errorf("editor %d: %v", e.id, err)
				}
			}
		})
	}
	work.Wait()
	t.Logf("%d of %d edits were not refused", len(h.deeds), editors*edits)
	m := newModel(limits, who...)
	h.replay(t, m)
	for _, owner := range slices.Sorted(maps.Keys(m.people)) {
		full := mustLoad(t, services[0], owner)
		for i := range full.Contacts {
			full.Contacts[i].Groups = full.Contacts[i].Numbers()
		}
		if d := cmp.Diff(m.full(owner), full, loosely); d != "" {
			t.Errorf("lists of %s (-model +stored):\n%s", owner, d)
		}
	}
	wantSound(t, services[0].db)
}

func limited(t testing.TB, db *store.DB, l Limits) *Service {
	t.Helper()
	s, err := New(Options{DB: db, Limits: l})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// wantSound checks that nothing is wrong with what is stored.
func wantSound(t testing.TB, db *store.DB) {
	t.Helper()
	problems, err := db.Check(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %d, such as %q", p.Wrong, p.Count, p.Examples)
	}
}
