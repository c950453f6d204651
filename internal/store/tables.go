package store

import (
	"context"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/cespare/xxhash/v2"
)

// table is a table of the schema, for work on all of the data.
type table struct {
	name    string
	columns []column
	key     string // the columns that order it
	only    string // the rows that are meant; all if empty
}

// column is a column with a value of its type.
type column struct {
	name string
	kind any // int64, string or bool
}

const (
	number = int64(0)
	text   = ""
	yesNo  = false
)

// tables are all tables, each after those that it refers to.
var tables = []table{
	{"accounts", []column{
		{"id", number}, {"handle", text}, {"name", text}, {"password", text}, {"legacy", text},
		{"banned", yesNo}, {"verified", yesNo}, {"created", number},
		{"version", number}, {"list_stamp", number}, {"settings_stamp", number},
		{"ask_when_added", yesNo}, {"block_unlisted", yesNo},
		{"phone_home", text}, {"phone_work", text}, {"phone_mobile", text},
		{"mobile_device", yesNo}, {"mobile_pages", yesNo}, {"epoch", number},
	}, "id", ""},
	{"contacts", []column{
		{"owner", number}, {"handle", text}, {"lists", number}, {"name", text}, {"guid", text},
	}, "owner, handle", ""},
	{"contact_groups", []column{
		{"owner", number}, {"number", number}, {"guid", text}, {"name", text},
	}, "owner, number", ""},
	{"group_members", []column{
		{"owner", number}, {"handle", text}, {"number", number},
	}, "owner, handle, number", ""},
	{"facts", []column{{"name", text}, {"value", text}}, "name", "name <> '" + idFact + "'"},
}

// from is the table and the rows in it that are meant.
func (t table) from() string {
	if t.only == "" {
		return " FROM " + t.name
	}
	return " FROM " + t.name + " WHERE " + t.only
}

func (t table) list() string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.name
	}
	return strings.Join(names, ", ")
}

// row is room for a row of the table, as pointers for Scan.
func (t table) row() []any {
	dest := make([]any, len(t.columns))
	for i, c := range t.columns {
		switch c.kind.(type) {
		case int64:
			dest[i] = new(int64)
		case string:
			dest[i] = new(string)
		case bool:
			dest[i] = new(bool)
		}
	}
	return dest
}

// sum tells the contents of a table from others, whatever their order.
type sum struct {
	rows int
	hash uint64
}

func (s *sum) add(row []any) {
	var h xxhash.Digest
	h.Reset()
	var size [8]byte
	for _, field := range row {
		switch v := field.(type) {
		case *int64:
			_, _ = h.Write(binary.LittleEndian.AppendUint64(size[:0], uint64(*v)))
		case *string:
			_, _ = h.Write(binary.LittleEndian.AppendUint64(size[:0], uint64(len(*v))))
			_, _ = h.WriteString(*v)
		case *bool:
			_, _ = h.WriteString(fmt.Sprint(*v))
		}
	}
	s.rows++
	s.hash += h.Sum64()
}

// each calls fn for each row of a table. The row is only good until fn returns.
func (t table) each(ctx context.Context, tx *Tx, fn func(row []any) error) (sum, error) {
	var total sum
	row := t.row()
	err := tx.rows(ctx, `SELECT `+t.list()+t.from()+` ORDER BY `+t.key, nil, func(r scanner) error {
		if err := r.Scan(row...); err != nil {
			return err
		}
		total.add(row)
		return fn(row)
	})
	if err != nil {
		return total, fmt.Errorf("read %s: %w", t.name, err)
	}
	return total, nil
}

func (t table) count(ctx context.Context, tx *Tx) (n int, err error) {
	err = tx.row(ctx, `SELECT COUNT(*)`+t.from(), nil, &n)
	return n, err
}

// insertBatch is how many rows are inserted with one statement.
const insertBatch = 100

// inserter inserts rows of a table, many at a time.
type inserter struct {
	table   table
	tx      *Tx
	pending []any
	rows    int
}

func (i *inserter) insert(ctx context.Context, row []any) error {
	for _, field := range row {
		i.pending = append(i.pending, value(field))
	}
	if i.rows++; i.rows < insertBatch {
		return nil
	}
	return i.flush(ctx)
}

// value is what a pointer of table.row points to.
func value(field any) any {
	switch v := field.(type) {
	case *int64:
		return *v
	case *string:
		return *v
	case *bool:
		return *v
	}
	return nil
}

func (i *inserter) flush(ctx context.Context) error {
	if i.rows == 0 {
		return nil
	}
	err := i.tx.exec(ctx, i.statement(), i.pending...)
	i.pending, i.rows = i.pending[:0], 0
	if err != nil {
		return fmt.Errorf("write %s: %w", i.table.name, err)
	}
	return nil
}

func (i *inserter) statement() string {
	var b strings.Builder
	b.WriteString(`INSERT INTO ` + i.table.name + ` (` + i.table.list() + `) VALUES `)
	n := 0
	for r := range i.rows {
		if r > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('(')
		for c := range i.table.columns {
			if c > 0 {
				b.WriteString(", ")
			}
			n++
			fmt.Fprintf(&b, "$%d", n)
		}
		b.WriteByte(')')
	}
	return b.String()
}
