package store

import (
	"context"
	"time"
)

// Profile is the part of an account that its contact lists hang on.
type Profile struct {
	ID            int64
	Handle        string
	Name          string
	Version       uint32 // of the lists; never 0
	ListStamp     time.Time
	SettingsStamp time.Time
	AskWhenAdded  bool // GTC: A if true, N if false
	BlockUnlisted bool // BLP: BL if true, AL if false
	Phones        Phones
}

// Phones are the settings that contacts may see; texts are plain, "" is unset.
type Phones struct {
	Home, Work, Mobile string
	Device             bool // MBE: has a mobile device
	Pages              bool // MOB: contacts may page it
}

// profileOf gives the profile of a handle.
const profileOf = `SELECT id, handle, name, version, list_stamp, settings_stamp,
		ask_when_added, block_unlisted,
		phone_home, phone_work, phone_mobile, mobile_device, mobile_pages
	FROM accounts WHERE handle = $1`

func (p *Profile) scan(r scanner) error {
	var list, settings int64
	err := r.Scan(&p.ID, &p.Handle, &p.Name, &p.Version, &list, &settings, &p.AskWhenAdded, &p.BlockUnlisted,
		&p.Phones.Home, &p.Phones.Work, &p.Phones.Mobile, &p.Phones.Device, &p.Phones.Pages)
	p.ListStamp, p.SettingsStamp = time.UnixMicro(list), time.UnixMicro(settings)
	return err
}

// Profile gives the profile of a handle, or ErrNotFound.
func (tx *Tx) Profile(ctx context.Context, handle string) (Profile, error) {
	var p Profile
	err := tx.one(ctx, profileOf, []any{handle}, p.scan)
	return p, err
}

// Profile is [Tx.Profile].
func (l *Look) Profile(handle string, p *Profile) {
	l.row(profileOf, []any{handle}, p.scan)
}

// Owner is the little of a profile that a list edit needs.
type Owner struct {
	ID            int64
	Version       uint32
	BlockUnlisted bool
	Name          string
}

const ownerOf = `SELECT id, version, block_unlisted, name FROM accounts WHERE handle = $1`

func (o *Owner) scan(r scanner) error {
	return r.Scan(&o.ID, &o.Version, &o.BlockUnlisted, &o.Name)
}

// Owner gives the owner of a handle's lists, or ErrNotFound.
func (tx *Tx) Owner(ctx context.Context, handle string) (Owner, error) {
	var o Owner
	err := tx.one(ctx, ownerOf, []any{handle}, o.scan)
	return o, err
}

// Owner is [Tx.Owner].
func (l *Look) Owner(handle string, o *Owner) {
	l.row(ownerOf, []any{handle}, o.scan)
}

// Standing is what a sign-in needs of an account besides the rows of its lists.
type Standing struct {
	Version       uint32 // of the lists
	BlockUnlisted bool
	Banned        bool
}

// Standing asks for an account's standing, and has fn called for each row of its
// lists, in the order of the handles.
func (l *Look) Standing(handle string, s *Standing, fn func(handle string, lists uint8)) {
	var entry string
	var lists uint8
	dest := []any{&s.Version, &s.BlockUnlisted, &s.Banned, &entry, &lists}
	l.row(`SELECT a.version, a.block_unlisted, a.banned, COALESCE(c.handle, ''), COALESCE(c.lists, 0)
		FROM accounts a LEFT JOIN contacts c ON c.owner = a.id WHERE a.handle = $1 ORDER BY c.handle`,
		[]any{handle}, func(r scanner) error {
			err := r.Scan(dest...)
			if err == nil && entry != "" { // it is empty where there are no rows
				fn(entry, lists)
			}
			return err
		})
}

// The list version is a 32-bit number that is never 0: after the highest
// comes 1. A stamp moves on with every change even if the clock does not.
const (
	nextVersion       = `version = CASE WHEN version >= 4294967295 THEN 1 ELSE version + 1 END`
	nextListStamp     = `list_stamp = CASE WHEN list_stamp < $2 THEN $2 ELSE list_stamp + 1 END`
	nextSettingsStamp = `settings_stamp = CASE WHEN settings_stamp < $2 THEN $2 ELSE settings_stamp + 1 END`
)

// TouchLists counts a change of an account's lists, and gives its new version.
func (tx *Tx) TouchLists(ctx context.Context, id int64, at time.Time) (version uint32, err error) {
	if err := tx.mustHold(id); err != nil {
		return 0, err
	}
	err = tx.row(ctx, `UPDATE accounts SET `+nextVersion+`, `+nextListStamp+`
		WHERE id = $1 RETURNING version`, []any{id, at.UnixMicro()}, &version)
	return version, err
}

// TouchSettings counts a change of an account's settings.
func (tx *Tx) TouchSettings(ctx context.Context, id int64, at time.Time) (version uint32, err error) {
	if err := tx.mustHold(id); err != nil {
		return 0, err
	}
	err = tx.row(ctx, `UPDATE accounts SET `+nextVersion+`, `+nextSettingsStamp+`
		WHERE id = $1 RETURNING version`, []any{id, at.UnixMicro()}, &version)
	return version, err
}

// SetVersion puts an account's list version where a client says it was.
func (tx *Tx) SetVersion(ctx context.Context, id int64, version uint32) error {
	return tx.change(ctx, `UPDATE accounts SET version = $2 WHERE id = $1`, id, int64(version))
}

// SetAskWhenAdded stores GTC.
func (tx *Tx) SetAskWhenAdded(ctx context.Context, id int64, ask bool) error {
	return tx.change(ctx, `UPDATE accounts SET ask_when_added = $2 WHERE id = $1`, id, ask)
}

// SetBlockUnlisted stores BLP.
func (tx *Tx) SetBlockUnlisted(ctx context.Context, id int64, block bool) error {
	return tx.change(ctx, `UPDATE accounts SET block_unlisted = $2 WHERE id = $1`, id, block)
}

// SetPhones stores the phone settings.
func (tx *Tx) SetPhones(ctx context.Context, id int64, p Phones) error {
	return tx.change(ctx, `UPDATE accounts SET phone_home = $2, phone_work = $3, phone_mobile = $4,
		mobile_device = $5, mobile_pages = $6 WHERE id = $1`,
		id, p.Home, p.Work, p.Mobile, p.Device, p.Pages)
}
