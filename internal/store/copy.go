package store

import (
	"context"
	"errors"
	"fmt"
)

// Reasons for which nothing is copied.
var (
	// ErrNotEmpty says that there are accounts already where a copy was to go.
	ErrNotEmpty = errors.New("there are accounts in it already, and a copy needs an empty database")
	// ErrChanged says that the source was changed while it was copied, so that
	// the copy would lack what people were told is done.
	ErrChanged = errors.New("it was changed meanwhile, by a service that runs on it")
)

// Copied tells what Copy did.
type Copied struct {
	Accounts, Contacts, Groups int
	// HasLegacy says that there are passwords for old clients, which are
	// nothing without the key file that belongs to the source.
	HasLegacy bool
}

// Copy copies everything from one database to another, which must be empty;
// neither can be in memory. It is a copy of one moment of the source, and is
// read again and compared before it becomes real, all at once: when Copy
// fails, or ctx ends, the destination is as empty as it was. progress, if set,
// is called after each batch of rows.
func Copy(ctx context.Context, from, to *DB, progress func(done, total int)) (Copied, error) {
	if from.InMemory() || to.InMemory() {
		return Copied{}, errors.New("data in memory cannot be copied")
	}
	c := copying{progress: progress}
	err := from.bulk(ctx, from.engine.beginRead, func(ctx context.Context, source *Tx) error {
		return to.bulk(ctx, to.engine.beginWrite, func(ctx context.Context, target *Tx) error {
			c.source, c.target = source, target
			if err := c.run(ctx); err != nil {
				return err
			}
			return c.unchanged(ctx, from)
		})
	})
	if err != nil {
		return Copied{}, err
	}
	return c.result, nil
}

// copying is one run of Copy.
type copying struct {
	source, target *Tx
	progress       func(done, total int)
	done, total    int
	read           []sum // what was in each table
	result         Copied
}

func (c *copying) run(ctx context.Context) error {
	if err := c.prepare(ctx); err != nil {
		return err
	}
	for _, t := range tables {
		read, err := c.copyTable(ctx, t)
		if err != nil {
			return err
		}
		c.read = append(c.read, read)
	}
	if err := c.copyIDs(ctx); err != nil {
		return err
	}
	for i, t := range tables {
		if err := c.compare(ctx, t, c.read[i]); err != nil {
			return err
		}
	}
	c.result.Accounts, c.result.Contacts, c.result.Groups = c.read[0].rows, c.read[1].rows, c.read[2].rows
	if c.target.s.engine.analyze == "" {
		return nil
	}
	return c.target.exec(ctx, c.target.s.engine.analyze)
}

// prepare keeps others out of the target and counts what there is to do.
func (c *copying) prepare(ctx context.Context) (err error) {
	if lock := c.target.s.engine.lockAll; lock != "" {
		if err := c.target.exec(ctx, lock); err != nil {
			return err
		}
	}
	n, err := tables[0].count(ctx, c.target)
	if err != nil {
		return err
	}
	if n > 0 {
		return fmt.Errorf("%s: %w (it has %d)", c.target.s.engine.place, ErrNotEmpty, n)
	}
	// A service that was started on it has left a fact or two.
	facts := tables[len(tables)-1]
	if err := c.target.exec(ctx, `DELETE`+facts.from()); err != nil {
		return err
	}
	for _, t := range tables {
		n, err := t.count(ctx, c.source)
		if err != nil {
			return err
		}
		c.total += n
	}
	c.result.HasLegacy, err = c.source.HasLegacy(ctx)
	return err
}

func (c *copying) copyTable(ctx context.Context, t table) (sum, error) {
	in := inserter{table: t, tx: c.target}
	total, err := t.each(ctx, c.source, func(row []any) error {
		if err := in.insert(ctx, row); err != nil {
			return err
		}
		c.done++
		if in.rows > 0 {
			return nil
		}
		c.tell()
		return ctx.Err()
	})
	if err != nil {
		return total, err
	}
	err = in.flush(ctx)
	c.tell()
	return total, err
}

func (c *copying) tell() {
	if c.progress != nil {
		c.progress(c.done, c.total)
	}
}

// copyIDs sees to it that the next account gets an id that no account ever
// had, in the source either.
func (c *copying) copyIDs(ctx context.Context) error {
	var last int64
	if err := c.source.row(ctx, c.source.s.engine.lastID, nil, &last); err != nil {
		return fmt.Errorf("read the last id: %w", err)
	}
	if last == 0 {
		return nil
	}
	for _, statement := range c.target.s.engine.setLastID {
		if err := c.target.rows(ctx, statement, []any{last}, ignore); err != nil {
			return fmt.Errorf("write the last id: %w", err)
		}
	}
	return nil
}

func ignore(scanner) error { return nil }

// compare reads a table of the target again.
func (c *copying) compare(ctx context.Context, t table, want sum) error {
	got, err := t.each(ctx, c.target, func([]any) error { return ctx.Err() })
	if err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("%s came out differently: %d rows were read and %d are there: nothing was copied", t.name, want.rows, got.rows)
	}
	return nil
}

// unchanged reads the source again, as it is now.
func (c *copying) unchanged(ctx context.Context, from *DB) error {
	return from.bulk(ctx, from.engine.beginRead, func(ctx context.Context, tx *Tx) error {
		for i, t := range tables {
			now, err := t.each(ctx, tx, func([]any) error { return ctx.Err() })
			if err != nil {
				return err
			}
			if now != c.read[i] {
				return fmt.Errorf("%s: %w", from.engine.place, ErrChanged)
			}
		}
		return nil
	})
}
