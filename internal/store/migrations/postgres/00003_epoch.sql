-- +goose Up

-- As in migrations/sqlite, where it is explained.
ALTER TABLE accounts ADD COLUMN epoch BIGINT NOT NULL DEFAULT 0;
