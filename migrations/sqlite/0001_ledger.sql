-- The ledger. Five tables, because every hook reads the whole schema anew when it starts.

-- One row: how many entries there are, the roots of the complete subtrees of the Merkle tree, and the
-- checkpoint, signed by the gate.
CREATE TABLE head (
    id    INTEGER PRIMARY KEY CHECK (id = 1),
    size  INTEGER NOT NULL,
    peaks BLOB NOT NULL,
    note  TEXT NOT NULL
) STRICT;

-- The entries, as JSON, with the node hashes that became final with each, level by level. The hashes
-- come first so that reading them never touches the overflow pages of a long entry.
CREATE TABLE entry (
    number INTEGER PRIMARY KEY,
    hashes BLOB NOT NULL,
    json   TEXT NOT NULL
) STRICT;

-- What an entry names by digest because it is large or personal: entry number * 16 + part.
CREATE TABLE aside (
    place INTEGER PRIMARY KEY,
    bytes BLOB NOT NULL
) STRICT;

-- The index: leads from a key to entries. Nothing in it is believed.
CREATE TABLE mark (
    key     BLOB NOT NULL,
    entry   INTEGER NOT NULL,
    commits BLOB,
    PRIMARY KEY (key, entry)
) STRICT, WITHOUT ROWID;

-- The seals over those rows of the index that must not be deleted unnoticed: the pages of a hash tree,
-- whose root the last entry names.
CREATE TABLE seal (
    number INTEGER PRIMARY KEY,
    bytes  BLOB NOT NULL
) STRICT;
