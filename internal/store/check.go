package store

import (
	"context"
	"fmt"
	"slices"
)

// Problem is something that is wrong with the data.
type Problem struct {
	Wrong    string   // in words, for the person who runs the service
	Count    int      // how often
	Examples []string // a few of them, with whom it is about
}

// mostExamples is enough to see what kind of accident it was.
const mostExamples = 5

// rule is something that holds for all data that our own code has written. The
// query gives a text for each place where it does not.
type rule struct{ wrong, query string }

// rules are what Check looks at. The bits of lists are explained in the schema.
var rules = []rule{
	{"an account's handle is not in lower case", `SELECT handle FROM accounts WHERE handle <> LOWER(handle)`},
	{"the version of an account's lists is not one", `SELECT handle FROM accounts WHERE version < 1 OR version > 4294967295`},
	{"an account was changed before it was made", `SELECT handle FROM accounts WHERE list_stamp < created OR settings_stamp < created`},
	{"an account has no group 0", `SELECT handle FROM accounts WHERE NOT EXISTS
		(SELECT 1 FROM contact_groups g WHERE g.owner = accounts.id AND g.number = 0)`},
	{"a group has a number that clients do not know", `SELECT a.handle || ': ' || g.name FROM contact_groups g
		JOIN accounts a ON a.id = g.owner WHERE g.number < 0 OR g.number > 29`},
	{"a contact is on no list, or on one that does not exist", contactWhere(`c.lists < 1 OR c.lists > 31`)},
	{"a contact is on AL and BL", contactWhere(`(c.lists & 6) = 6`)},
	{"a contact is on PL and not on RL", contactWhere(`(c.lists & 16) <> 0 AND (c.lists & 8) = 0`)},
	{"a contact is on FL, and does not have the owner on RL", bothSides + `
		WHERE (c.lists & 1) <> 0 AND p.id IS NOT NULL AND (COALESCE(back.lists, 0) & 8) = 0`},
	{"a contact is on RL, and does not have the owner on FL", bothSides + `
		WHERE (c.lists & 8) <> 0 AND (COALESCE(back.lists, 0) & 1) = 0`},
	{"a GUID is that of two contacts, or of two groups", `SELECT a.handle || ': ' || twice.guid FROM accounts a JOIN (
		SELECT owner, guid FROM contacts GROUP BY owner, guid HAVING COUNT(*) > 1
		UNION SELECT owner, guid FROM contact_groups GROUP BY owner, guid HAVING COUNT(*) > 1
		) twice ON twice.owner = a.id`},
	{"a contact has no account", bothSides + `
		WHERE p.id IS NULL AND c.handle LIKE '%@%' AND (c.lists & 8) = 0`},
	{"a contact is in a group and not on FL", `SELECT o.handle || ' has ' || m.handle FROM group_members m
		JOIN accounts o ON o.id = m.owner JOIN contacts c ON c.owner = m.owner AND c.handle = m.handle
		WHERE (c.lists & 1) = 0`},
	{"a contact belongs to no account", `SELECT handle FROM contacts
		WHERE NOT EXISTS (SELECT 1 FROM accounts a WHERE a.id = contacts.owner)`},
	{"a group belongs to no account", `SELECT name FROM contact_groups
		WHERE NOT EXISTS (SELECT 1 FROM accounts a WHERE a.id = contact_groups.owner)`},
	{"a group has a member that is no contact", `SELECT handle FROM group_members m
		WHERE NOT EXISTS (SELECT 1 FROM contacts c WHERE c.owner = m.owner AND c.handle = m.handle)`},
	{"a contact is in a group that does not exist", `SELECT handle FROM group_members m
		WHERE NOT EXISTS (SELECT 1 FROM contact_groups g WHERE g.owner = m.owner AND g.number = m.number)`},
}

// bothSides is a contact with the account of its owner, its own, and the row
// that it has for the owner.
const bothSides = `SELECT o.handle || ' has ' || c.handle FROM contacts c
	JOIN accounts o ON o.id = c.owner
	LEFT JOIN accounts p ON p.handle = c.handle
	LEFT JOIN contacts back ON back.owner = p.id AND back.handle = o.handle`

func contactWhere(condition string) string {
	return `SELECT o.handle || ' has ' || c.handle FROM contacts c JOIN accounts o ON o.id = c.owner WHERE ` + condition
}

// idsRule is that no id is given to two accounts, one after the other.
func idsRule(lastID string) rule {
	return rule{"an account's id would be given to another", `SELECT handle FROM accounts WHERE id > (` + lastID + `)`}
}

// Check looks for everything that our own code would never have written, in a
// snapshot of the data: a service may be running on it. An error says that it
// did not come to the end; what it had found by then is given too. progress, if
// not nil, is told how many kinds of mistakes were looked for, of how many.
func (db *DB) Check(ctx context.Context, progress func(done, total int)) ([]Problem, error) {
	var found []Problem
	err := db.bulk(ctx, db.engine.beginRead, func(ctx context.Context, tx *Tx) error {
		all := slices.Concat(db.engine.rules, rules)
		for i, r := range all {
			if progress != nil {
				progress(i, len(all))
			}
			p, err := r.look(ctx, tx)
			if err != nil && db.engine.damaged != nil && db.engine.damaged(err) {
				// There is no saying what else would be found.
				found = append(found, Problem{Wrong: sqliteDamage.wrong, Count: 1, Examples: []string{err.Error()}})
				return nil
			}
			if err != nil {
				return fmt.Errorf("look whether %s: %w", r.wrong, err)
			}
			if p.Count > 0 {
				found = append(found, p)
			}
		}
		return nil
	})
	return found, err
}

func (r rule) look(ctx context.Context, tx *Tx) (Problem, error) {
	p := Problem{Wrong: r.wrong}
	err := tx.rows(ctx, r.query, nil, func(r scanner) error {
		var example string
		if err := r.Scan(&example); err != nil {
			return err
		}
		if p.Count++; p.Count <= mostExamples {
			p.Examples = append(p.Examples, example)
		}
		return nil
	})
	return p, err
}
