package roster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/papilio-im/papilio/internal/store"
	"github.com/papilio-im/papilio/msnp"
)

// ErrNoAccount says that the owner of the lists has no account (any more).
var ErrNoAccount = errors.New("roster: no such account")

// Refusal is what a client is told instead of having its way. Code 0 means
// that it is told nothing: the connection is closed, as the service always did
// with a command that no real client sends.
type Refusal struct{ Code msnp.Code }

func (r Refusal) Error() string {
	if r.Code == 0 {
		return "roster: malformed command"
	}
	return "roster: refused with " + r.Code.String()
}

// Close is the refusal that closes the connection.
var Close = Refusal{}

// Limits bound what one account may keep.
type Limits struct {
	Forward, Allow, Block int // contacts on each list
	Groups                int // group 0 included
}

// DefaultLimits are the greatest that the service ever had for these lists.
var DefaultLimits = Limits{Forward: 600, Allow: 1500, Block: 1200, Groups: 30}

// maxGroups is the most that clients can number: 0 to 29.
const maxGroups = 30

func (l Limits) of(list Lists) int {
	switch {
	case list == Forward:
		return l.Forward
	case list == Allow:
		return l.Allow
	default:
		return l.Block
	}
}

// Options are what a Service needs.
type Options struct {
	DB     *store.DB
	Limits Limits // DefaultLimits if zero
}

// Service is everybody's lists. It is safe for use by many goroutines.
type Service struct {
	db     *store.DB
	limits Limits
	may    func() bool // see While; nil: always
}

// New makes a Service.
func New(o Options) (*Service, error) {
	if o.DB == nil {
		return nil, errors.New("roster: no database")
	}
	if o.Limits == (Limits{}) {
		o.Limits = DefaultLimits
	}
	l := o.Limits
	if l.Forward < 1 || l.Allow < 1 || l.Block < 1 || l.Groups < 1 || l.Groups > maxGroups {
		return nil, fmt.Errorf("roster: limits out of range: %+v", l)
	}
	return &Service{db: o.DB, limits: l}, nil
}

// edit is one change of one person's lists, inside a transaction.
type edit struct {
	tx     *store.Tx
	limits Limits
	now    time.Time
	handle string      // of the owner
	me     store.Owner // the owner
}

// edit runs fn in a transaction on the owner's lists, and on those of others
// if they are named. fn may be run more than once.
func (s *Service) edit(ctx context.Context, owner string, fn func(context.Context, *edit) error, others ...string) error {
	return s.locked(ctx, owner, fn, func(ctx context.Context, tx *store.Tx) error {
		return tx.Lock(ctx, append(others, owner)...)
	})
}

// editAll is edit for the owner's lists and those of everybody on them.
func (s *Service) editAll(ctx context.Context, owner string, fn func(context.Context, *edit) error) error {
	return s.locked(ctx, owner, fn, func(ctx context.Context, tx *store.Tx) error {
		return tx.LockListed(ctx, owner)
	})
}

func (s *Service) locked(ctx context.Context, owner string, fn func(context.Context, *edit) error, lock func(context.Context, *store.Tx) error) error {
	err := s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := lock(ctx, tx); err != nil {
			return err
		}
		me, err := tx.Owner(ctx, owner)
		if err != nil {
			return err
		}
		if err := fn(ctx, &edit{tx: tx, limits: s.limits, now: time.Now(), handle: owner, me: me}); err != nil {
			return err
		}
		return s.still()
	})
	return outcome(owner, err)
}

// outcome makes an error of the store one of this package. Refusals pass.
func outcome(owner string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, store.ErrNotFound):
		return ErrNoAccount
	case errors.As(err, new(Refusal)):
		return err
	}
	return fmt.Errorf("lists of %s: %w", owner, err)
}

// touch counts a change of the owner's lists.
func (e *edit) touch(ctx context.Context) (uint32, error) {
	return e.tx.TouchLists(ctx, e.me.ID, e.now)
}

// contact reads a row of somebody's lists; none is a row on no list.
func (e *edit) contact(ctx context.Context, owner int64, handle string) (store.Contact, error) {
	c, err := e.tx.Contact(ctx, owner, handle)
	if errors.Is(err, store.ErrNotFound) {
		return store.Contact{Handle: handle}, nil
	}
	return c, err
}

// put writes a row, or deletes it if it is on no list any more.
func (e *edit) put(ctx context.Context, owner int64, c store.Contact) error {
	if c.Lists == 0 {
		return e.tx.DeleteContact(ctx, owner, c.Handle)
	}
	if c.GUID == "" {
		c.GUID = store.NewGUID()
	}
	return e.tx.PutContact(ctx, owner, c)
}
