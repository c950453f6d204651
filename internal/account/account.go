package account

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/papilio-im/papilio/internal/store"
	"github.com/papilio-im/papilio/msnp"
)

// Errors that callers tell apart.
var (
	// ErrNotFound says that there is no such account. The checks of passwords
	// never give it.
	ErrNotFound = errors.New("no such account")
	// ErrExists says that the handle has an account already.
	ErrExists = errors.New("the account exists already")
	// ErrPassword says that a password cannot be used.
	ErrPassword = errors.New("password not usable")
	// ErrName says that a friendly name cannot be used.
	ErrName = errors.New("name not usable")
)

// Options are what a Service needs.
type Options struct {
	DB *store.DB
	// KeyFile holds the key of the legacy passwords. It is created, readable
	// by its owner only, for new data; every machine that uses the database
	// needs the same. "" is for a database in memory only.
	KeyFile string
	// Hash is the cost of a password hash; DefaultHash if zero.
	Hash HashParams
	// MaxHashes is how many hashes run at once; the number of cores if zero.
	MaxHashes int
}

// Service is the accounts. It is safe for use by many goroutines.
type Service struct {
	db     *store.DB
	hasher *hasher
	sealer *sealer
	keyID  string // of the sealer's key
	ticket []byte // the secret that tickets are signed with
	dummy  string // a sealed password for accounts that have none
}

// Account is what is known about somebody, secrets excepted.
type Account struct {
	ID        int64
	Handle    string // in lower case
	Name      string // the friendly name, plain text
	Banned    bool
	Verified  bool
	HasLegacy bool // has a password for clients up to 4.6
	Created   time.Time
	// Epoch counts how often tickets of the account were revoked: by another
	// password, or by a ban.
	Epoch int64
}

// New opens the accounts of a database. A key that does not fit is [ErrKey].
func New(ctx context.Context, o Options) (*Service, error) {
	if o.DB == nil {
		return nil, errors.New("account: no database")
	}
	if o.KeyFile == "" && !o.DB.InMemory() {
		return nil, errors.New("account: a key file is needed for a database that is kept")
	}
	h, err := newHasher(o.Hash, o.MaxHashes)
	if err != nil {
		return nil, err
	}
	key, err := loadKey(ctx, o.DB, o.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("account: %w", err)
	}
	seal, err := newSealer(key)
	if err != nil {
		return nil, fmt.Errorf("account: %w", err)
	}
	s := &Service{db: o.DB, hasher: h, sealer: seal, keyID: keyID(key), ticket: ticketSecret(key)}
	s.dummy = seal.seal("", newLegacy())
	return s, nil
}

// Busy reports whether the database has so much to do that new sign-ins should be
// put off: see [store.DB.Busy].
func (s *Service) Busy() bool { return s.db.Busy() }

// NewAccount says what an account shall be.
type NewAccount struct {
	Handle     string
	Name       string // the handle if empty
	Password   Secret
	Legacy     Secret // for clients up to 4.6; none if empty
	Unverified bool
}

// Create adds an account. The error is [ErrExists] if there is one,
// [msnp.ErrHandle], [ErrPassword] or [ErrName] if it cannot be.
func (s *Service) Create(ctx context.Context, n NewAccount) (Account, error) {
	n, err := n.normal()
	if err != nil {
		return Account{}, err
	}
	hash, err := s.hasher.hash(ctx, n.Password)
	if err != nil {
		return Account{}, err
	}
	row := s.row(n, hash)
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		row.ID, err = s.insert(ctx, tx, row)
		if err == nil && row.ID == 0 {
			return ErrExists
		}
		return err
	})
	if err != nil {
		return Account{}, fmt.Errorf("create %s: %w", n.Handle, err)
	}
	return public(row), nil
}

// insert adds an account; the id is 0 if the handle is taken.
func (s *Service) insert(ctx context.Context, tx *store.Tx, row store.Account) (id int64, err error) {
	if row.Legacy != "" {
		if err := s.keyInUse(ctx, tx); err != nil {
			return 0, err
		}
	}
	id, _, err = tx.InsertAccount(ctx, row)
	return id, err
}

func (n NewAccount) normal() (NewAccount, error) {
	handle, err := msnp.ParseHandle(n.Handle)
	if err != nil {
		return n, err
	}
	n.Handle = handle
	if n.Name == "" {
		n.Name = handle
	}
	if err := checkName(n.Name); err != nil {
		return n, err
	}
	if err := checkPassword(n.Password); err != nil {
		return n, err
	}
	if n.Legacy != "" {
		return n, checkLegacy(n.Legacy)
	}
	return n, nil
}

func (s *Service) row(n NewAccount, hash string) store.Account {
	row := store.Account{
		Handle: n.Handle, Name: n.Name, Password: hash,
		Verified: !n.Unverified, Created: time.Now().Truncate(time.Microsecond),
	}
	if n.Legacy != "" {
		row.Legacy = s.sealer.seal(n.Handle, n.Legacy)
	}
	return row
}

func public(a store.Account) Account {
	return Account{
		ID: a.ID, Handle: a.Handle, Name: a.Name, Banned: a.Banned, Verified: a.Verified,
		HasLegacy: a.Legacy != "", Created: a.Created, Epoch: a.Epoch,
	}
}

// Get gives an account, or [ErrNotFound].
func (s *Service) Get(ctx context.Context, handle string) (Account, error) {
	row, err := s.load(ctx, handle)
	return public(row), err
}

// GetID gives the account of an id, or [ErrNotFound].
func (s *Service) GetID(ctx context.Context, id int64) (Account, error) {
	var row store.Account
	err := s.db.Look(ctx, func(l *store.Look) { l.AccountByID(id, &row) })
	if errors.Is(err, store.ErrNotFound) {
		return Account{}, ErrNotFound
	}
	return public(row), err
}

// TicketSecret is what the tickets of these accounts are signed with. It is made
// from the key that lies beside the database, so it is the same at every machine
// that uses the database, and after each restart: clients keep tickets for a day.
func (s *Service) TicketSecret() []byte { return slices.Clone(s.ticket) }

// load reads an account's row; a word that cannot be a handle has none.
func (s *Service) load(ctx context.Context, handle string) (row store.Account, err error) {
	handle, err = msnp.ParseHandle(handle)
	if err != nil {
		return row, ErrNotFound
	}
	err = s.db.Look(ctx, func(l *store.Look) { l.Account(handle, &row) })
	if errors.Is(err, store.ErrNotFound) {
		return store.Account{}, ErrNotFound
	}
	return row, err
}

const listPage = 500

// List gives all accounts in the order of their handles, a page at a time: one
// that is created meanwhile may or may not be among them.
func (s *Service) List(ctx context.Context) iter.Seq2[Account, error] {
	return func(yield func(Account, error) bool) {
		for row, err := range rows(ctx, s.db) {
			if !yield(public(row), err) {
				return
			}
		}
	}
}

// rows gives all accounts with their secrets, a page at a time.
func rows(ctx context.Context, db *store.DB) iter.Seq2[store.Account, error] {
	return func(yield func(store.Account, error) bool) {
		for last := ""; ; {
			var page []store.Account
			err := db.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
				page, err = tx.AccountsAfter(ctx, last, listPage)
				return err
			})
			if err != nil {
				yield(store.Account{}, err)
				return
			}
			for _, row := range page {
				if !yield(row, nil) {
					return
				}
			}
			if len(page) < listPage {
				return
			}
			last = page[len(page)-1].Handle
		}
	}
}
