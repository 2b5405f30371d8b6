-- Schema 2: how far packs came, so that more work on them is found without opening them.

-- The oldest version of what went into the pack; 0: built before versions were noted.
ALTER TABLE record ADD COLUMN pack_version INTEGER NOT NULL DEFAULT 0;
-- Whether something that is there to be read waits for more work.
ALTER TABLE record ADD COLUMN unfinished INTEGER NOT NULL DEFAULT 0;
CREATE INDEX record_unfinished ON record (pack_generation) WHERE unfinished;
CREATE INDEX record_version ON record (pack_version) WHERE pack_object IS NOT NULL;
