-- The ledger and the service's tables, unqualified: they go where the role's search_path points. Moments are
-- microseconds since 1970. A `key` of the service is the SHA-256 of the parts of a long name, which stand
-- beside it for people.

-- The ledger. One row: how many entries there are, the roots of the complete subtrees of the Merkle tree, and
-- the checkpoint, signed by the gate. Whoever writes locks it first.
CREATE TABLE ledger_head (
    id    SMALLINT PRIMARY KEY CHECK (id = 1),
    size  BIGINT NOT NULL,
    peaks BYTEA NOT NULL,
    note  TEXT NOT NULL
);
-- The entries, as JSON, with the node hashes that became final with each, level by level.
CREATE TABLE ledger_entry (
    number BIGINT PRIMARY KEY,
    hashes BYTEA NOT NULL,
    json   TEXT NOT NULL
);
-- What an entry names by digest because it is large or personal: entry number * 16 + part.
CREATE TABLE ledger_aside (
    place BIGINT PRIMARY KEY,
    bytes BYTEA NOT NULL
);
-- The index: leads from a key to entries. Nothing in it is believed.
CREATE TABLE ledger_mark (
    key     BYTEA NOT NULL,
    entry   BIGINT NOT NULL,
    commits BYTEA,
    PRIMARY KEY (key, entry)
);

-- The seals over those rows of the index that must not be deleted unnoticed: the pages of a hash tree,
-- whose root the last entry names.
CREATE TABLE ledger_seal (
    number BIGINT PRIMARY KEY,
    bytes  BYTEA NOT NULL
);

-- What arrived: the same delivery counts once.
CREATE TABLE delivery (
    id    TEXT PRIMARY KEY,
    event TEXT NOT NULL,
    at    BIGINT NOT NULL
);
CREATE INDEX delivery_at ON delivery (at);

-- What has to be looked at again. `due` is when somebody may take it: while it is taken, when the lease
-- ends. `worker` and `ticket` tell who has it; `arrived` when the first event came meanwhile; `died` when
-- it was given up. Rows come and go: the table is cleaned up early.
CREATE TABLE job (
    key        BYTEA PRIMARY KEY,
    subject    TEXT NOT NULL,
    generation BIGINT NOT NULL,
    attempts   BIGINT NOT NULL,
    since      BIGINT NOT NULL,
    due        BIGINT NOT NULL,
    worker     TEXT,
    ticket     BIGINT,
    arrived    BIGINT,
    died       BIGINT,
    cause      TEXT
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 200);
CREATE INDEX job_due ON job (due, key) WHERE died IS NULL;
-- The numbers of leases.
CREATE SEQUENCE lease_ticket;

-- Who pushed which commit to which ref.
CREATE TABLE push (
    key          BYTEA PRIMARY KEY,
    installation BIGINT NOT NULL,
    repository   BIGINT NOT NULL,
    name         TEXT NOT NULL,
    head         BYTEA NOT NULL,
    account      TEXT NOT NULL,
    at           BIGINT NOT NULL
);
CREATE INDEX push_at ON push (at);

-- Which check stands on which commit.
CREATE TABLE published_check (
    key          BYTEA PRIMARY KEY,
    installation BIGINT NOT NULL,
    repository   BIGINT NOT NULL,
    head         BYTEA NOT NULL,
    name         TEXT NOT NULL,
    number       BIGINT NOT NULL,
    digest       TEXT NOT NULL
);

-- Pull requests as they were judged last. `waiting` is since when it has been open without a permit.
CREATE TABLE change (
    installation BIGINT NOT NULL,
    repository   BIGINT NOT NULL,
    number       BIGINT NOT NULL,
    name         TEXT NOT NULL,
    open         BOOLEAN NOT NULL,
    target       TEXT NOT NULL,
    head         BYTEA NOT NULL,
    title        TEXT NOT NULL,
    verdict      TEXT NOT NULL,
    permitted    BOOLEAN NOT NULL,
    answer       TEXT NOT NULL,
    entry        BIGINT,
    at           BIGINT NOT NULL,
    waiting      BIGINT NOT NULL,
    PRIMARY KEY (installation, repository, number)
);
CREATE INDEX change_head ON change (installation, repository, head) WHERE open;
CREATE INDEX change_open ON change (permitted, waiting) WHERE open;

-- Where branches stood when what landed on them was last told from permits.
CREATE TABLE branch (
    key          BYTEA PRIMARY KEY,
    installation BIGINT NOT NULL,
    repository   BIGINT NOT NULL,
    name         TEXT NOT NULL,
    tip          BYTEA NOT NULL
);

-- Members of groups, and since when what was read of them before does not count any more.
CREATE TABLE member_group (
    key          BYTEA PRIMARY KEY,
    installation BIGINT NOT NULL,
    name         TEXT NOT NULL,
    members      TEXT NOT NULL,
    at           BIGINT NOT NULL
);
CREATE TABLE forgotten (
    key  BYTEA PRIMARY KEY,
    name TEXT NOT NULL,
    at   BIGINT NOT NULL
);
