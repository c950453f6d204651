package account

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"

	"github.com/papilio-im/papilio/internal/store"
)

// importBatch is how many accounts become real together: few enough that
// progress is seen and little is lost when somebody stops it.
const importBatch = 64

// maxImportLine bounds a line in octets; a handle, a password and a name of
// the greatest length fit.
const maxImportLine = 2048

// byteOrderMark is what some editors put before the first line.
const byteOrderMark = "\ufeff"

// ImportOptions say how to read a list of accounts.
type ImportOptions struct {
	// LegacySame makes the password that of clients up to 4.6 as well.
	LegacySame bool
	// Progress, if set, is called after each batch, on the caller's goroutine.
	Progress func(ImportProgress)
}

// ImportProgress tells how far an import has come.
type ImportProgress struct {
	Done, Total int // accounts of the list
}

// ImportResult tells what an import did.
type ImportResult struct {
	Created int
	Skipped []string // handles that had an account already; it is unchanged
}

// Import creates an account for each line "handle password [name]"; the name
// is the rest of the line. Blank lines and lines that begin with # are passed
// over. A line that cannot be used is an error which names the line, and
// nothing is created.
//
// Accounts become real in batches. Cancelling ctx ends the import after a
// batch; running it again with the same list goes on from there.
func (s *Service) Import(ctx context.Context, list io.Reader, o ImportOptions) (ImportResult, error) {
	accounts, err := parseImport(list, o)
	if err != nil {
		return ImportResult{}, err
	}
	var result ImportResult
	for done := 0; done < len(accounts); {
		batch := accounts[done:min(done+importBatch, len(accounts))]
		if err := s.importBatch(ctx, batch, &result); err != nil {
			return result, fmt.Errorf("import: after %d of %d accounts: %w", done, len(accounts), err)
		}
		done += len(batch)
		if o.Progress != nil {
			o.Progress(ImportProgress{Done: done, Total: len(accounts)})
		}
	}
	return result, nil
}

func parseImport(list io.Reader, o ImportOptions) ([]NewAccount, error) {
	var accounts []NewAccount
	seen := make(map[string]int)
	scanner := bufio.NewScanner(list)
	scanner.Buffer(nil, maxImportLine)
	number := 0
	for scanner.Scan() {
		number++
		line := strings.TrimSpace(strings.TrimPrefix(scanner.Text(), byteOrderMark))
		if line == "" || line[0] == '#' {
			continue
		}
		n, err := parseImportLine(line, o)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		if first, ok := seen[n.Handle]; ok {
			return nil, fmt.Errorf("line %d: %s was on line %d already", number, n.Handle, first)
		}
		seen[n.Handle] = number
		accounts = append(accounts, n)
	}
	switch err := scanner.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return nil, fmt.Errorf("line %d: more than %d octets", number+1, maxImportLine)
	case err != nil:
		return nil, fmt.Errorf("line %d: %w", number+1, err)
	}
	return accounts, nil
}

func parseImportLine(line string, o ImportOptions) (NewAccount, error) {
	handle, rest := cutBlank(line)
	password, name := cutBlank(rest)
	if password == "" {
		return NewAccount{}, errors.New("want: handle password [name]")
	}
	n := NewAccount{Handle: handle, Password: Secret(password), Name: name}
	if o.LegacySame {
		n.Legacy = n.Password
	}
	return n.normal()
}

func cutBlank(s string) (word, rest string) {
	if i := strings.IndexAny(s, " \t"); i >= 0 {
		return s[:i], strings.TrimSpace(s[i:])
	}
	return s, ""
}

func (s *Service) importBatch(ctx context.Context, batch []NewAccount, result *ImportResult) error {
	fresh, skipped, err := s.withoutExisting(ctx, batch)
	if err != nil {
		return err
	}
	rows, err := s.hashAll(ctx, fresh)
	if err != nil {
		return err
	}
	var late []string // somebody was faster with these
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		late = nil
		for _, row := range rows {
			id, err := s.insert(ctx, tx, row)
			if err != nil {
				return err
			}
			if id == 0 {
				late = append(late, row.Handle)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	result.Created += len(rows) - len(late)
	result.Skipped = append(append(result.Skipped, skipped...), late...)
	return nil
}

// withoutExisting saves the hashing of accounts that would be skipped.
func (s *Service) withoutExisting(ctx context.Context, batch []NewAccount) (fresh []NewAccount, skipped []string, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		fresh, skipped = nil, nil
		for _, n := range batch {
			_, err := tx.Account(ctx, n.Handle)
			switch {
			case err == nil:
				skipped = append(skipped, n.Handle)
			case errors.Is(err, store.ErrNotFound):
				fresh = append(fresh, n)
			default:
				return err
			}
		}
		return nil
	})
	return fresh, skipped, err
}

// hashAll hashes on all cores.
func (s *Service) hashAll(ctx context.Context, batch []NewAccount) ([]store.Account, error) {
	rows := make([]store.Account, len(batch))
	errs := make([]error, len(batch))
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(batch)) {
		workers.Go(func() {
			for i := range next {
				hash, err := s.hasher.hash(ctx, batch[i].Password)
				rows[i], errs[i] = s.row(batch[i], hash), err
			}
		})
	}
	for i := range batch {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	workers.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return rows, errors.Join(errs...)
}
