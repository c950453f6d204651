-- +goose Up

-- How often what an account signs in with was revoked. Tickets carry the number
-- that they were issued at, and an older one is worth nothing.
ALTER TABLE accounts ADD COLUMN epoch BIGINT NOT NULL DEFAULT 0;
