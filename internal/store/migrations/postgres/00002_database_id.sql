-- +goose Up

-- As in migrations/sqlite, where it is explained.
INSERT INTO facts (name, value) VALUES ('database', left(replace(gen_random_uuid()::text, '-', ''), 16));
