-- Runs that asked whether they may deploy, by their number and the environment's name.
CREATE TABLE deployment (
    key          BYTEA PRIMARY KEY,
    installation BIGINT NOT NULL,
    repository   BIGINT NOT NULL,
    run          BIGINT NOT NULL,
    environment  TEXT NOT NULL,
    open         BOOLEAN NOT NULL,
    note         TEXT NOT NULL,
    at           BIGINT NOT NULL
);
CREATE INDEX deployment_open ON deployment (at) WHERE open;
CREATE INDEX deployment_closed ON deployment (at) WHERE NOT open;
