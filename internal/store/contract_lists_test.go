package store

import (
	"context"
	"errors"
	"regexp"
	"testing"
)

func testContacts(t *testing.T, db *DB) {
	ids := insert(t, db, "ada@x.net", "bea@x.net")
	ada := ids[0]
	want := Contact{Handle: "bea@x.net", Lists: 1, Name: "Bea 蝶", GUID: NewGUID()}
	write(t, db, func(ctx context.Context, tx *Tx) error {
		if _, err := tx.Contact(ctx, ada, "bea@x.net"); !errors.Is(err, ErrNotFound) {
			t.Errorf("contact that is not there: %v", err)
		}
		if err := tx.PutContact(ctx, ada, want); err != nil {
			return err
		}
		got, err := tx.Contact(ctx, ada, "bea@x.net")
		diff(t, "inserted", got, want)
		if err != nil {
			return err
		}
		want.Lists, want.Name = 3|16, "B"
		if err := tx.PutContact(ctx, ada, want); err != nil {
			return err
		}
		got, err = tx.Contact(ctx, ada, "bea@x.net")
		diff(t, "replaced", got, want)
		return err
	})
	testByGUID(t, db, ada, want)
	read(t, db, func(ctx context.Context, tx *Tx) error {
		for mask, want := range map[uint8]int{1: 1, 2: 1, 4: 0, 8: 0, 16: 1} {
			n, err := tx.CountContacts(ctx, ada, mask)
			if err != nil {
				return err
			}
			if n != want {
				t.Errorf("on list %d: %d, want %d", mask, n, want)
			}
		}
		holders, err := tx.Holders(ctx, "bea@x.net")
		diff(t, "holders", holders, []Holder{{ID: ada, Handle: "ada@x.net", Lists: 19, GUID: want.GUID}})
		return err
	})
	write(t, db, func(ctx context.Context, tx *Tx) error {
		return tx.DeleteContact(ctx, ada, "bea@x.net")
	})
	read(t, db, func(ctx context.Context, tx *Tx) error {
		return tx.EachEntry(ctx, ada, func(handle string, lists uint8) {
			t.Errorf("%s is still on %d", handle, lists)
		})
	})
}

// testByGUID looks a contact of ada up, and another who is not there.
func testByGUID(t *testing.T, db *DB, ada int64, want Contact) {
	t.Helper()
	read(t, db, func(ctx context.Context, tx *Tx) error {
		got, err := tx.ContactByGUID(ctx, ada, want.GUID)
		diff(t, "by its GUID", got, want)
		if _, err := tx.ContactByGUID(ctx, ada+1, want.GUID); !errors.Is(err, ErrNotFound) {
			t.Errorf("on lists of another: %v", err)
		}
		return err
	})
	var got, none Contact
	look(t, db, func(l *Look) {
		l.ContactByGUID("ada@x.net", want.GUID, &got)
		l.ContactByGUID("bea@x.net", want.GUID, &none)
	})
	diff(t, "looked up by its GUID", []Contact{got, none}, []Contact{want, {}})
}

func testListed(t *testing.T, db *DB) {
	ids := insert(t, db, "ada@x.net", "bea@x.net", "carl@x.net", "dora@x.net")
	phones := Phones{Home: "1", Work: "2", Mobile: "3", Device: true, Pages: true}
	row := func(handle string, lists uint8) Contact {
		return Contact{Handle: handle, Lists: lists, Name: handle, GUID: "guid of " + handle}
	}
	bea, carl, dora, phone := row("bea@x.net", 1), row("carl@x.net", 1), row("dora@x.net", 8), row("tel:555", 1)
	write(t, db, func(ctx context.Context, tx *Tx) error {
		for _, c := range []Contact{bea, carl, dora, phone} {
			if err := tx.PutContact(ctx, ids[0], c); err != nil {
				return err
			}
		}
		return errors.Join(
			tx.SetPhones(ctx, ids[1], phones),
			tx.PutContact(ctx, ids[1], row("ada@x.net", 8|2)),
			tx.SetBlockUnlisted(ctx, ids[2], true),
			tx.SetPhones(ctx, ids[3], phones),
		)
	})
	want := []Listed{
		{Contact: bea, Account: true, Phones: phones, PeerLists: 10},
		{Contact: carl, Account: true, PeerBlocksUnlisted: true},
		{Contact: dora}, // not on a list of the mask
		{Contact: phone},
	}
	var got []Listed
	look(t, db, func(l *Look) {
		got = nil
		l.EachListed("ada@x.net", Known{}, 1, func(l Listed) { got = append(got, l) })
	})
	diff(t, "listed", got, want)
}

func testGroups(t *testing.T, db *DB) {
	id := insert(t, db, "ada@x.net", "bea@x.net")[0]
	read(t, db, func(ctx context.Context, tx *Tx) error {
		groups, err := tx.Groups(ctx, id)
		if err != nil || len(groups) != 1 {
			t.Fatalf("groups of a new account: %v %v", groups, err)
		}
		guid := groups[0].GUID
		diff(t, "first group", groups[0], Group{Number: 0, Name: FirstGroupName, GUID: guid})
		if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(guid) {
			t.Errorf("GUID %s", guid)
		}
		return nil
	})
	write(t, db, func(ctx context.Context, tx *Tx) error {
		return errors.Join(
			tx.InsertGroup(ctx, id, Group{Number: 3, GUID: "g3", Name: "Work"}),
			tx.InsertGroup(ctx, id, Group{Number: 1, GUID: "g1", Name: "Home"}),
			tx.RenameGroup(ctx, id, 3, "Office"),
			tx.PutContact(ctx, id, Contact{Handle: "bea@x.net", Lists: 1, Name: "b", GUID: "b"}),
			tx.AddMember(ctx, id, "bea@x.net", 3),
			tx.AddMember(ctx, id, "bea@x.net", 1),
			tx.AddMember(ctx, id, "bea@x.net", 3), // twice is once
		)
	})
	members := func(what string, want ...int) {
		t.Helper()
		read(t, db, func(ctx context.Context, tx *Tx) error {
			got, err := tx.GroupsOf(ctx, id, "bea@x.net")
			diff(t, what, got, want)
			var each []int
			err = errors.Join(err, tx.EachMember(ctx, id, func(_ string, n int) { each = append(each, n) }))
			diff(t, what+", each", each, want)
			return err
		})
	}
	members("in two groups", 1, 3)
	write(t, db, func(ctx context.Context, tx *Tx) error { return tx.RemoveMember(ctx, id, "bea@x.net", 1) })
	members("in one group", 3)
	write(t, db, func(ctx context.Context, tx *Tx) error {
		for number, want := range map[int]bool{0: true, 1: true, 2: false, 3: true} {
			has, err := tx.HasGroup(ctx, id, number)
			if err != nil || has != want {
				t.Errorf("group %d: %v %v", number, has, err)
			}
		}
		return tx.DeleteGroup(ctx, id, 3)
	})
	members("group gone", []int(nil)...)
	write(t, db, func(ctx context.Context, tx *Tx) error {
		return errors.Join(tx.AddMember(ctx, id, "bea@x.net", 1), tx.DeleteContact(ctx, id, "bea@x.net"))
	})
	members("contact gone", []int(nil)...)
	err := db.Write(t.Context(), func(ctx context.Context, tx *Tx) error {
		if err := lockAll(ctx, tx); err != nil {
			return err
		}
		return tx.InsertGroup(ctx, id, Group{Number: 5, GUID: "g5", Name: "Home"})
	})
	if err == nil {
		t.Error("two groups of one name")
	}
}

func testDelete(t *testing.T, db *DB) {
	ids := insert(t, db, "ada@x.net", "bea@x.net")
	write(t, db, func(ctx context.Context, tx *Tx) error {
		return errors.Join(
			tx.PutContact(ctx, ids[0], Contact{Handle: "bea@x.net", Lists: 1, Name: "b", GUID: "b"}),
			tx.AddMember(ctx, ids[0], "bea@x.net", 0),
			tx.PutContact(ctx, ids[1], Contact{Handle: "ada@x.net", Lists: 8, Name: "a", GUID: "a"}),
			tx.DeleteAccount(ctx, ids[0]),
		)
	})
	read(t, db, func(ctx context.Context, tx *Tx) error {
		holders, err := tx.Holders(ctx, "bea@x.net")
		diff(t, "lists of the deleted", len(holders), 0)
		groups, err2 := tx.Groups(ctx, ids[0])
		diff(t, "groups of the deleted", len(groups), 0)
		members, err3 := tx.GroupsOf(ctx, ids[0], "bea@x.net")
		diff(t, "members of the deleted", len(members), 0)
		return errors.Join(err, err2, err3)
	})
	again := insert(t, db, "ada@x.net")[0]
	if again == ids[0] {
		t.Error("the id of a deleted account was given away again")
	}
}

func testFacts(t *testing.T, db *DB) {
	write(t, db, func(ctx context.Context, tx *Tx) error {
		if _, err := tx.Fact(ctx, "x"); !errors.Is(err, ErrNotFound) {
			t.Errorf("fact that is not there: %v", err)
		}
		if err := errors.Join(tx.SetFact(ctx, "x", "1"), tx.SetFact(ctx, "x", "2")); err != nil {
			return err
		}
		got, err := tx.Fact(ctx, "x")
		diff(t, "fact", got, "2")
		return err
	})
}
