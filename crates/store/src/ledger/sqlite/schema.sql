-- Schema 1 of the ledger; schema-2.sql goes on. Everything below `record` goes with it: one DELETE leaves no row of a person.
-- Sealed values, keyed hashes, numbers: nothing here can be read without the key file.

CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;

-- One counter for all records, so that no two packs have one generation, not even across an erasure.
CREATE TABLE counter (name TEXT PRIMARY KEY, last INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO counter VALUES ('generation', 0);

CREATE TABLE record (
    -- Never used again (AUTOINCREMENT): it tells a record from one that was erased and came back.
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key BLOB NOT NULL UNIQUE,
    created INTEGER NOT NULL,
    head_sequence INTEGER NOT NULL DEFAULT 0,
    -- Of the latest claim or invalidation, from `counter`: only the holder of the latest may publish.
    generation INTEGER NOT NULL DEFAULT 0,
    lease_owner TEXT,
    lease_until INTEGER NOT NULL DEFAULT 0,
    -- Since when a worker has something to do; NULL: nothing.
    pending_since INTEGER,
    rebuild INTEGER NOT NULL DEFAULT 0,
    pack_generation INTEGER,
    pack_object TEXT,
    pack_bytes INTEGER,
    applied_sequence INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX record_pending ON record (pending_since) WHERE pending_since IS NOT NULL;

CREATE TABLE record_key (
    record INTEGER PRIMARY KEY REFERENCES record ON DELETE CASCADE,
    wrapped BLOB NOT NULL
) STRICT;

-- Without rowid, so that the rows of one record lie side by side.
CREATE TABLE item (
    record INTEGER NOT NULL REFERENCES record ON DELETE CASCADE,
    item TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    received INTEGER NOT NULL,
    mark BLOB NOT NULL,
    source_sha BLOB,
    source_media TEXT,
    meta BLOB NOT NULL,
    descriptor BLOB NOT NULL,
    PRIMARY KEY (record, item)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX item_sequence ON item (record, sequence);
-- So that live items are counted without reading them.
CREATE INDEX item_deleted ON item (record) WHERE deleted;
CREATE INDEX item_source ON item (record, source_sha) WHERE source_sha IS NOT NULL;

-- One row per distinct original of a record. No object: its bytes are in the inbox.
CREATE TABLE source (
    record INTEGER NOT NULL REFERENCES record ON DELETE CASCADE,
    sha BLOB NOT NULL,
    bytes INTEGER NOT NULL,
    sealed_bytes INTEGER NOT NULL,
    object TEXT,
    PRIMARY KEY (record, sha)
) STRICT, WITHOUT ROWID;

CREATE TABLE inbox (
    id INTEGER PRIMARY KEY,
    record INTEGER NOT NULL REFERENCES record ON DELETE CASCADE,
    sha BLOB NOT NULL,
    sealed BLOB NOT NULL,
    UNIQUE (record, sha)
) STRICT;

CREATE TABLE binding (
    record INTEGER NOT NULL REFERENCES record ON DELETE CASCADE,
    system BLOB NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (record, system)
) STRICT, WITHOUT ROWID;

-- Erasures whose objects may still be there.
CREATE TABLE erasure (key BLOB PRIMARY KEY, since INTEGER NOT NULL) STRICT, WITHOUT ROWID;
