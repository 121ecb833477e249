-- The service's own tables. Moments are microseconds since 1970. A `key` is the SHA-256 of the parts of a
-- long name, which stand beside it for people.

-- What arrived: the same delivery counts once.
CREATE TABLE delivery (
    id    TEXT PRIMARY KEY,
    event TEXT NOT NULL,
    at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_at ON delivery (at);

-- What has to be looked at again. `due` is when somebody may take it: while it is taken, when the lease
-- ends. `worker` and `ticket` tell who has it; `arrived` when the first event came meanwhile; `died` when
-- it was given up.
CREATE TABLE job (
    key        BLOB PRIMARY KEY,
    subject    TEXT NOT NULL,
    generation INTEGER NOT NULL,
    attempts   INTEGER NOT NULL,
    since      INTEGER NOT NULL,
    due        INTEGER NOT NULL,
    worker     TEXT,
    ticket     INTEGER,
    arrived    INTEGER,
    died       INTEGER,
    cause      TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX job_due ON job (due) WHERE died IS NULL;

-- The number of the last lease.
CREATE TABLE ticket (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    last INTEGER NOT NULL
) STRICT;
INSERT INTO ticket (id, last) VALUES (1, 0);

-- Who pushed which commit to which ref.
CREATE TABLE push (
    key          BLOB PRIMARY KEY,
    installation INTEGER NOT NULL,
    repository   INTEGER NOT NULL,
    name         TEXT NOT NULL,
    head         BLOB NOT NULL,
    account      TEXT NOT NULL,
    at           INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX push_at ON push (at);

-- Which check stands on which commit.
CREATE TABLE published_check (
    key          BLOB PRIMARY KEY,
    installation INTEGER NOT NULL,
    repository   INTEGER NOT NULL,
    head         BLOB NOT NULL,
    name         TEXT NOT NULL,
    number       INTEGER NOT NULL,
    digest       TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Pull requests as they were judged last. `waiting` is since when it has been open without a permit.
CREATE TABLE change (
    installation INTEGER NOT NULL,
    repository   INTEGER NOT NULL,
    number       INTEGER NOT NULL,
    name         TEXT NOT NULL,
    open         INTEGER NOT NULL,
    target       TEXT NOT NULL,
    head         BLOB NOT NULL,
    title        TEXT NOT NULL,
    verdict      TEXT NOT NULL,
    permitted    INTEGER NOT NULL,
    answer       TEXT NOT NULL,
    entry        INTEGER,
    at           INTEGER NOT NULL,
    waiting      INTEGER NOT NULL,
    PRIMARY KEY (installation, repository, number)
) STRICT;
CREATE INDEX change_head ON change (installation, repository, head) WHERE open = 1;
CREATE INDEX change_open ON change (permitted, waiting) WHERE open = 1;

-- Where branches stood when what landed on them was last told from permits.
CREATE TABLE branch (
    key          BLOB PRIMARY KEY,
    installation INTEGER NOT NULL,
    repository   INTEGER NOT NULL,
    name         TEXT NOT NULL,
    tip          BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Members of groups, and since when what was read of them before does not count any more.
CREATE TABLE member_group (
    key          BLOB PRIMARY KEY,
    installation INTEGER NOT NULL,
    name         TEXT NOT NULL,
    members      TEXT NOT NULL,
    at           INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE forgotten (
    key  BLOB PRIMARY KEY,
    name TEXT NOT NULL,
    at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
