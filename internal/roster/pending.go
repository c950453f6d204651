package roster

import (
	"context"
	"errors"

	"github.com/papilio-im/papilio/internal/store"
	"github.com/papilio-im/papilio/msnp"
)

// Acknowledge notes that the owner has seen that somebody has added them: whoever
// was pending is on the reverse list alone. It is refused, in this order, with 201
// (no handle), 205 (no such account), 215 (seen already) and 201 (has not added the
// owner).
func (s *Service) Acknowledge(ctx context.Context, owner, handle string) (Change, error) {
	handle, err := msnp.ParseHandle(handle)
	if err != nil {
		return Change{}, Refusal{msnp.CodeParameter}
	}
	var change Change
	err = s.edit(ctx, owner, func(ctx context.Context, e *edit) error {
		change, err = e.acknowledge(ctx, handle)
		return err
	})
	if err != nil {
		return Change{}, err
	}
	return change, nil
}

func (e *edit) acknowledge(ctx context.Context, handle string) (Change, error) {
	_, err := e.tx.Owner(ctx, handle)
	if errors.Is(err, store.ErrNotFound) {
		return Change{}, Refusal{msnp.CodeNoSuchAccount}
	}
	if err != nil {
		return Change{}, err
	}
	c, err := e.contact(ctx, e.me.ID, handle)
	if err != nil {
		return Change{}, err
	}
	switch on := Lists(c.Lists); {
	case !on.Has(Reverse):
		return Change{}, Refusal{msnp.CodeParameter}
	case !on.Has(Pending):
		return Change{}, Refusal{msnp.CodeAlreadyThere}
	}
	change := Change{Handle: handle}
	if err := e.unlist(ctx, c, Pending); err != nil {
		return Change{}, err
	}
	change.Version, err = e.touch(ctx)
	return change, err
}
