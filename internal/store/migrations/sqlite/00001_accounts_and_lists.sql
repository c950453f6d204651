-- +goose Up

-- One row for each account: who it is, how it signs in, and its settings.
-- Times are microseconds since 1970. version, list_stamp and settings_stamp
-- tell a client whether the lists that it has cached are still good: a number
-- for the versions up to MSNP9, two times for the later ones.
CREATE TABLE accounts (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    handle         TEXT    NOT NULL UNIQUE,
    name           TEXT    NOT NULL,
    password       TEXT    NOT NULL,
    legacy         TEXT    NOT NULL DEFAULT '',
    banned         BOOLEAN NOT NULL DEFAULT FALSE,
    verified       BOOLEAN NOT NULL DEFAULT TRUE,
    created        BIGINT  NOT NULL,
    version        BIGINT  NOT NULL DEFAULT 1,
    list_stamp     BIGINT  NOT NULL,
    settings_stamp BIGINT  NOT NULL,
    ask_when_added BOOLEAN NOT NULL DEFAULT TRUE,
    block_unlisted BOOLEAN NOT NULL DEFAULT FALSE,
    phone_home     TEXT    NOT NULL DEFAULT '',
    phone_work     TEXT    NOT NULL DEFAULT '',
    phone_mobile   TEXT    NOT NULL DEFAULT '',
    mobile_device  BOOLEAN NOT NULL DEFAULT FALSE,
    mobile_pages   BOOLEAN NOT NULL DEFAULT FALSE
);

-- What one account (owner) has to do with a handle. lists is a bit mask:
-- 1 forward, 2 allow, 4 block, 8 reverse, 16 pending; a row whose mask would
-- be 0 is deleted. handle is no reference, since a contact may be somebody
-- without an account here (a telephone). An owner's rows lie together.
CREATE TABLE contacts (
    owner  BIGINT   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    handle TEXT     NOT NULL,
    lists  SMALLINT NOT NULL,
    name   TEXT     NOT NULL,
    guid   TEXT     NOT NULL,
    PRIMARY KEY (owner, handle)
) WITHOUT ROWID;

CREATE INDEX contacts_by_handle ON contacts (handle);

-- The groups of an account. number is what clients up to MSNP9 call a group,
-- guid what later ones do. Number 0 always exists and is no group at all for
-- the later ones.
CREATE TABLE contact_groups (
    owner  BIGINT   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    number SMALLINT NOT NULL,
    guid   TEXT     NOT NULL,
    name   TEXT     NOT NULL,
    PRIMARY KEY (owner, number),
    UNIQUE (owner, name)
) WITHOUT ROWID;

-- Which groups a contact is in. None means group 0.
CREATE TABLE group_members (
    owner  BIGINT   NOT NULL,
    handle TEXT     NOT NULL,
    number SMALLINT NOT NULL,
    PRIMARY KEY (owner, handle, number),
    FOREIGN KEY (owner, handle) REFERENCES contacts (owner, handle) ON DELETE CASCADE,
    FOREIGN KEY (owner, number) REFERENCES contact_groups (owner, number) ON DELETE CASCADE
) WITHOUT ROWID;

-- Single facts about the database itself.
CREATE TABLE facts (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
