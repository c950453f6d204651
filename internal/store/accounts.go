package store

import (
	"context"
	"errors"
	"time"
)

// Account is who somebody is and how they sign in.
type Account struct {
	ID       int64
	Handle   string // in lower case
	Name     string // the friendly name, plain text
	Password string // a hash with its parameters
	Legacy   string // the sealed legacy password; "" for none
	Banned   bool
	Verified bool
	Created  time.Time
	Epoch    int64 // how often what it signs in with was revoked
}

const accountColumns = `id, handle, name, password, legacy, banned, verified, created, epoch`

// accountOf gives the account of a handle, and accountByID that of an id.
const (
	accountOf   = `SELECT ` + accountColumns + ` FROM accounts WHERE handle = $1`
	accountByID = `SELECT ` + accountColumns + ` FROM accounts WHERE id = $1`
)

func (a *Account) scan(r scanner) error {
	var created int64
	err := r.Scan(&a.ID, &a.Handle, &a.Name, &a.Password, &a.Legacy, &a.Banned, &a.Verified, &created, &a.Epoch)
	a.Created = time.UnixMicro(created)
	return err
}

// InsertAccount adds an account, with the settings of a new one and group 0.
// It reports false, and does nothing, if the handle is taken.
func (tx *Tx) InsertAccount(ctx context.Context, a Account) (id int64, inserted bool, err error) {
	at := a.Created.UnixMicro()
	err = tx.row(ctx, `INSERT INTO accounts
		(handle, name, password, legacy, banned, verified, created, list_stamp, settings_stamp)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $7)
		ON CONFLICT (handle) DO NOTHING RETURNING id`,
		[]any{a.Handle, a.Name, a.Password, a.Legacy, a.Banned, a.Verified, at}, &id)
	if errors.Is(err, ErrNotFound) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	tx.hold(id) // nobody else knows it yet
	return id, true, tx.InsertGroup(ctx, id, Group{Number: 0, GUID: NewGUID(), Name: FirstGroupName})
}

// Account gives the account of a handle, or ErrNotFound.
func (tx *Tx) Account(ctx context.Context, handle string) (Account, error) {
	var a Account
	err := tx.one(ctx, accountOf, []any{handle}, a.scan)
	return a, err
}

// Account is [Tx.Account].
func (l *Look) Account(handle string, a *Account) {
	l.row(accountOf, []any{handle}, a.scan)
}

// AccountByID gives the account of an id, or ErrNotFound.
func (l *Look) AccountByID(id int64, a *Account) {
	l.row(accountByID, []any{id}, a.scan)
}

// AccountsAfter gives up to limit accounts whose handles come after the given
// one, in the order of their handles.
func (tx *Tx) AccountsAfter(ctx context.Context, handle string, limit int) ([]Account, error) {
	var list []Account
	err := tx.rows(ctx, `SELECT `+accountColumns+` FROM accounts WHERE handle > $1 ORDER BY handle LIMIT $2`,
		[]any{handle, limit}, func(r scanner) error {
			var a Account
			err := a.scan(r)
			list = append(list, a)
			return err
		})
	return list, err
}

// HasLegacy reports whether any account has a legacy password.
func (tx *Tx) HasLegacy(ctx context.Context) (bool, error) {
	var has bool
	err := tx.row(ctx, `SELECT EXISTS (SELECT 1 FROM accounts WHERE legacy <> '')`, nil, &has)
	return has, err
}

// SetPassword stores another password hash, and begins another epoch.
func (tx *Tx) SetPassword(ctx context.Context, id int64, hash string) error {
	return tx.change(ctx, `UPDATE accounts SET password = $2, epoch = epoch + 1 WHERE id = $1`, id, hash)
}

// SetLegacy stores the sealed legacy password; "" takes it away.
func (tx *Tx) SetLegacy(ctx context.Context, id int64, sealed string) error {
	return tx.change(ctx, `UPDATE accounts SET legacy = $2 WHERE id = $1`, id, sealed)
}

// ForgetLegacy takes away every legacy password, and tells how many there were.
func (tx *Tx) ForgetLegacy(ctx context.Context) (int64, error) {
	var n int64
	if err := tx.row(ctx, `SELECT COUNT(*) FROM accounts WHERE legacy <> ''`, nil, &n); err != nil {
		return 0, err
	}
	return n, tx.exec(ctx, `UPDATE accounts SET legacy = '' WHERE legacy <> ''`)
}

// SetBanned bans an account or lifts the ban. Either begins another epoch.
func (tx *Tx) SetBanned(ctx context.Context, id int64, banned bool) error {
	return tx.change(ctx, `UPDATE accounts SET banned = $2, epoch = epoch + 1 WHERE id = $1`, id, banned)
}

// SetName stores another friendly name. The list version is the caller's care.
func (tx *Tx) SetName(ctx context.Context, id int64, name string) error {
	return tx.change(ctx, `UPDATE accounts SET name = $2 WHERE id = $1`, id, name)
}

// DeleteAccount deletes an account with its lists and groups. Its handle stays
// on the lists of others, see Holders and DeleteContact.
func (tx *Tx) DeleteAccount(ctx context.Context, id int64) error {
	return tx.change(ctx, `DELETE FROM accounts WHERE id = $1`, id)
}

// idFact is the fact that tells a database from every other.
const idFact = "database"

// ID tells the database from every other, wherever it is reached from.
func (db *DB) ID(ctx context.Context) (id string, err error) {
	err = db.Read(ctx, func(ctx context.Context, tx *Tx) (err error) {
		id, err = tx.Fact(ctx, idFact)
		return err
	})
	return id, err
}

// Fact gives a single fact about the database, or ErrNotFound.
func (tx *Tx) Fact(ctx context.Context, name string) (string, error) {
	var value string
	err := tx.row(ctx, `SELECT value FROM facts WHERE name = $1`, []any{name}, &value)
	return value, err
}

// KeepFact is Fact, and nobody else changes or deletes the fact before the end
// of the transaction.
func (tx *Tx) KeepFact(ctx context.Context, name string) (string, error) {
	var value string
	err := tx.row(ctx, `SELECT value FROM facts WHERE name = $1`+tx.s.engine.keep, []any{name}, &value)
	return value, err
}

// DeleteFact deletes a fact; it need not be there.
func (tx *Tx) DeleteFact(ctx context.Context, name string) error {
	return tx.exec(ctx, `DELETE FROM facts WHERE name = $1`, name)
}

// SetFact stores a fact about the database.
func (tx *Tx) SetFact(ctx context.Context, name, value string) error {
	return tx.exec(ctx, `INSERT INTO facts (name, value) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
}
