package store

import (
	"context"
	"testing"

	"github.com/papilio-im/papilio/internal/store/postgrestest"
)

func TestMain(m *testing.M) { postgrestest.Main(m) }

// onPostgres is a database with the schema in it.
var onPostgres = postgrestest.Template{Prepare: func(ctx context.Context, url string) error {
	db, err := Open(ctx, Options{URL: url})
	if err != nil {
		return err
	}
	return db.Close()
}}
