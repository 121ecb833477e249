-- Runs that asked whether they may deploy, by their number and the environment's name.
CREATE TABLE deployment (
    key          BLOB PRIMARY KEY,
    installation INTEGER NOT NULL,
    repository   INTEGER NOT NULL,
    run          INTEGER NOT NULL,
    environment  TEXT NOT NULL,
    open         INTEGER NOT NULL,
    note         TEXT NOT NULL,
    at           INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX deployment_open ON deployment (at) WHERE open = 1;
CREATE INDEX deployment_closed ON deployment (at) WHERE open = 0;
