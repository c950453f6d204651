-- +goose Up

-- What tells this database from every other. It is not copied from one to
-- another. Nodes of one service compare theirs.
INSERT INTO facts (name, value) VALUES ('database', lower(hex(randomblob(8))));
