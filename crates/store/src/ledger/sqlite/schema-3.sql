-- Schema 3: vectors of records, beside their packs.

-- Since when the current pack has no vectors made of it; NULL: it has, or there is no pack.
ALTER TABLE record ADD COLUMN vectors_since INTEGER;
-- Until when somebody is making them, or must not try again.
ALTER TABLE record ADD COLUMN vectors_until INTEGER NOT NULL DEFAULT 0;
UPDATE record SET vectors_since = 0 WHERE pack_object IS NOT NULL;
CREATE INDEX record_vectors ON record (vectors_since) WHERE vectors_since IS NOT NULL;

-- One row a model that embedded the record. At most one of a record is active: searches use that one. The
-- one that was active before it stays, for the way back.
CREATE TABLE vectors (
    record INTEGER NOT NULL REFERENCES record ON DELETE CASCADE,
    model TEXT NOT NULL,
    -- The pack that they were made of.
    pack_generation INTEGER NOT NULL,
    applied_sequence INTEGER NOT NULL,
    object TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    active INTEGER NOT NULL,
    PRIMARY KEY (record, model)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX vectors_active ON vectors (record) WHERE active;
