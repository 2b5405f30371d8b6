//! The ledger in one SQLite file.
//!
//! Write-ahead log with `synchronous=FULL`: a commit returns after `fsync`. One thread holds the only
//! connection that writes and checkpoints (see [`writer`]); reads have their own connections, which never
//! wait for it.

mod change;
mod publication;
mod read;
mod vectors;
mod writer;

use super::{
    Keep, LONGEST_LEASE, Lease, Ledger, Moved, Publication, Scope, SealedRow, Source, Ticket, Vault,
    VectorsLease, VectorsPublication, Which, Write, Written,
};
use crate::{Error, Head, RecordKey, Statistics, VectorsRef};
use futures::future::BoxFuture;
use read::Readers;
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use std::path::Path;
use std::time::Duration;
use writer::Writer;

/// The first version without the WAL-reset bug, which can corrupt a database.
const OLDEST: i32 = 3_051_003;
const SCHEMA: i64 = 3;
/// Tells our files from other SQLite files: `MESL`.
const APPLICATION: i64 = 0x4d45_534c;

/// How the writer shares commits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Batching {
    /// Changes that may wait.
    pub(crate) queue: usize,
    /// Most changes in one commit.
    pub(crate) batch: usize,
}

/// A ledger in a SQLite file.
pub(crate) struct SqliteLedger {
    // Closed before the writer, whose connection then is the last one and checkpoints the log.
    readers: Readers,
    writer: Writer,
}

impl SqliteLedger {
    /// Opens the ledger at `path`, or creates it for the key file with this fingerprint; `None` if it
    /// belongs to another key file.
    pub(crate) fn open(
        path: &Path,
        fingerprint: [u8; 32],
        batching: Batching,
    ) -> Result<Option<SqliteLedger>, Error> {
        if rusqlite::version_number() < OLDEST {
            return Err(Error::SqliteTooOld(rusqlite::version()));
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(Duration::from_secs(2))?;
        connection.pragma_update(None, "page_size", 8192)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "full")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "secure_delete", true)?;
        connection.pragma_update(None, "wal_autocheckpoint", 2000)?;
        harden(&connection)?;
        if !prepare(&connection, fingerprint)? {
            return Ok(None);
        }
        let writer = Writer::start(connection, batching)?;
        Ok(Some(SqliteLedger { readers: Readers::new(path), writer }))
    }
}

/// Settings of every connection: a damaged or forged file is met with errors, not with trust.
fn harden(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(64);
    connection.pragma_update(None, "mmap_size", 0)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)
}

/// Creates the tables in an empty file, adds what is new to those of an older one; checks version and key.
/// `schema.sql` is version 1 for ever: later versions are what they add to it.
fn prepare(connection: &Connection, fingerprint: [u8; 32]) -> Result<bool, Error> {
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let transaction = connection.unchecked_transaction()?;
    match (number("user_version")?, number("application_id")?) {
        (0, 0) => {
            connection.execute_batch(include_str!("schema.sql"))?;
            connection.execute_batch(include_str!("schema-2.sql"))?;
            connection.execute_batch(include_str!("schema-3.sql"))?;
            connection.execute("INSERT INTO meta VALUES ('key fingerprint', ?1)", [&fingerprint[..]])?;
            connection.pragma_update(None, "application_id", APPLICATION)?;
            connection.pragma_update(None, "user_version", SCHEMA)?;
        }
        (SCHEMA, APPLICATION) => {}
        (found @ 1..SCHEMA, APPLICATION) => {
            if found < 2 {
                connection.execute_batch(include_str!("schema-2.sql"))?;
            }
            connection.execute_batch(include_str!("schema-3.sql"))?;
            connection.pragma_update(None, "user_version", SCHEMA)?;
        }
        (found, _) => return Err(Error::SchemaUnknown { found, known: SCHEMA }),
    }
    let stored: Option<[u8; 32]> = connection
        .query_row("SELECT value FROM meta WHERE name = 'key fingerprint'", [], |row| row.get(0))
        .optional()?;
    transaction.commit()?;
    Ok(stored == Some(fingerprint))
}

impl Ledger for SqliteLedger {
    fn head(&self, key: &RecordKey) -> Result<Option<Head>, Error> {
        self.readers.with(|connection| read::head(connection, key))
    }

    fn unfinished(&self, limit: usize) -> Result<Vec<RecordKey>, Error> {
        self.readers.with(|connection| read::unfinished(connection, limit))
    }

    fn older(&self, version: u32, limit: usize) -> Result<Vec<RecordKey>, Error> {
        self.readers.with(|connection| read::older(connection, version, limit))
    }

    fn vault(&self, key: &RecordKey) -> Result<Option<Vault>, Error> {
        self.readers.with(|connection| read::vault(connection, key))
    }

    fn rows(&self, key: &RecordKey, after: u64) -> Result<Option<(Vault, Vec<SealedRow>)>, Error> {
        self.readers.with(|connection| read::rows(connection, key, after))
    }

    fn row(&self, key: &RecordKey, item: &str) -> Result<Option<(Vault, SealedRow)>, Error> {
        self.readers.with(|connection| read::row(connection, key, item))
    }

    fn source(&self, key: &RecordKey, sha256: &[u8; 32]) -> Result<Option<(Vault, Source)>, Error> {
        self.readers.with(|connection| read::source(connection, key, sha256))
    }

    fn inbox(&self, key: &RecordKey) -> Result<Vec<[u8; 32]>, Error> {
        self.readers.with(|connection| read::inbox(connection, key))
    }

    fn sources(&self, key: &RecordKey) -> Result<Vec<[u8; 32]>, Error> {
        self.readers.with(|connection| read::sources(connection, key))
    }

    fn names_pack(&self, key: &RecordKey, object: &str) -> Result<bool, Error> {
        self.readers.with(|connection| read::names_pack(connection, key, object))
    }

    fn names_source(&self, key: &RecordKey, sha256: &[u8; 32], object: &str) -> Result<bool, Error> {
        self.readers.with(|connection| read::names_source(connection, key, sha256, object))
    }

    fn has_source(&self, key: &RecordKey, sha256: &[u8; 32]) -> Result<bool, Error> {
        self.readers.with(|connection| read::has_source(connection, key, sha256))
    }

    fn names_vectors(&self, key: &RecordKey, object: &str) -> Result<bool, Error> {
        self.readers.with(|connection| vectors::names(connection, key, object))
    }

    fn vectors(&self, key: &RecordKey) -> Result<Vec<(VectorsRef, bool)>, Error> {
        self.readers.with(|connection| vectors::of(connection, key))
    }

    fn vectors_claim(&self, key: &RecordKey) -> Result<Option<VectorsLease>, Error> {
        self.readers.with(|connection| vectors::claim_of(connection, key))
    }

    fn records(&self, after: Option<&RecordKey>, limit: usize) -> Result<Vec<RecordKey>, Error> {
        self.readers.with(|connection| read::records(connection, after, limit))
    }

    fn erasures(&self, limit: usize) -> Result<Vec<RecordKey>, Error> {
        self.readers.with(|connection| read::erasures(connection, limit))
    }

    fn statistics(&self) -> Result<Statistics, Error> {
        self.readers.with(read::statistics)
    }

    fn integrity(&self) -> Result<Vec<String>, Error> {
        self.readers.with(read::integrity)
    }

    fn write(&self, write: Write) -> BoxFuture<'_, Result<Written, Error>> {
        self.writer.change(move |connection| change::write(connection, write))
    }

    fn claim(
        &self,
        owner: String,
        which: Which,
        now: i64,
        until: i64,
    ) -> BoxFuture<'_, Result<Option<Lease>, Error>> {
        self.writer.change(move |connection| publication::claim(connection, owner, which, now, until))
    }

    fn extend(&self, ticket: Ticket, until: i64, keep: Keep) -> BoxFuture<'_, Result<bool, Error>> {
        self.writer.change(move |connection| publication::extend(connection, &ticket, until, keep))
    }

    fn publish(&self, publication: Publication) -> BoxFuture<'_, Result<bool, Error>> {
        self.writer.change(move |connection| publication::publish(connection, &publication))
    }

    fn relocate(&self, incarnation: i64, moved: Vec<Moved>) -> BoxFuture<'_, Result<usize, Error>> {
        self.writer.change(move |connection| publication::relocate(connection, incarnation, &moved))
    }

    fn invalidate(&self, scope: Scope, now: i64) -> BoxFuture<'_, Result<u64, Error>> {
        self.writer.change(move |connection| publication::invalidate(connection, scope, now))
    }

    fn claim_vectors(&self, now: i64, until: i64) -> BoxFuture<'_, Result<Option<VectorsLease>, Error>> {
        self.writer.change(move |connection| vectors::claim(connection, now, until, LONGEST_LEASE))
    }

    fn delay_vectors(&self, incarnation: i64, until: i64) -> BoxFuture<'_, Result<(), Error>> {
        self.writer.change(move |connection| vectors::wait(connection, incarnation, until))
    }

    fn publish_vectors(&self, publication: VectorsPublication) -> BoxFuture<'_, Result<bool, Error>> {
        self.writer.change(move |connection| vectors::publish(connection, &publication))
    }

    fn activate_vectors(
        &self,
        key: RecordKey,
        model: String,
        now: i64,
    ) -> BoxFuture<'_, Result<bool, Error>> {
        self.writer.change(move |connection| vectors::activate(connection, &key, &model, now))
    }

    fn forget_vectors(&self, key: RecordKey, model: String, now: i64) -> BoxFuture<'_, Result<bool, Error>> {
        self.writer.change(move |connection| vectors::forget(connection, &key, &model, now))
    }

    fn erase(&self, key: RecordKey, now: i64) -> BoxFuture<'_, Result<bool, Error>> {
        self.writer.change(move |connection| change::erase(connection, &key, now))
    }

    fn scrub(&self) -> BoxFuture<'_, Result<bool, Error>> {
        self.writer.scrub()
    }

    fn erased(&self, key: RecordKey) -> BoxFuture<'_, Result<(), Error>> {
        self.writer.change(move |connection| change::erased(connection, &key))
    }

    fn stopped(&self) -> bool {
        self.writer.stopped()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::conformance;

    const BATCHING: Batching = Batching { queue: 64, batch: 16 };

    fn open(path: &Path) -> SqliteLedger {
        SqliteLedger::open(path, [1; 32], BATCHING).unwrap().unwrap()
    }

    #[tokio::test]
    async fn keeps_the_contract() {
        let dir = tempfile::tempdir().unwrap();
        for (number, (name, case)) in conformance::CASES.iter().enumerate() {
            let path = dir.path().join(format!("{number}.sqlite"));
            case(&open(&path)).await;
            assert_eq!(open(&path).integrity().unwrap(), Vec::<String>::new(), "{name}");
        }
    }

    #[test]
    fn a_ledger_belongs_to_its_key_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ledger.sqlite");
        drop(open(&path));
        assert!(SqliteLedger::open(&path, [2; 32], BATCHING).unwrap().is_none());
        drop(open(&path));
    }

    #[tokio::test]
    async fn a_file_of_an_older_schema_goes_on() {
        let schemas = [include_str!("schema.sql"), include_str!("schema-2.sql")];
        for version in 1..=schemas.len() {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("ledger.sqlite");
            older(&path, &schemas[..version]);
            for _ in 0..2 {
                let ledger = open(&path);
                assert_eq!(
                    ledger.older(1, 10).unwrap().len(),
                    1,
                    "its packs are of no version that is known"
                );
                assert_eq!(ledger.unfinished(10).unwrap(), []);
                assert_eq!(ledger.integrity().unwrap(), Vec::<String>::new());
                let waits = ledger.claim_vectors(10, 10).await.unwrap().unwrap();
                assert_eq!(
                    (waits.pack.generation, waits.active),
                    (1, None),
                    "its pack waits for its vectors"
                );
            }
        }
    }

    /// A ledger of these schemas with one record and its pack.
    fn older(path: &Path, schemas: &[&str]) {
        let old = Connection::open(path).unwrap();
        schemas.iter().for_each(|schema| old.execute_batch(schema).unwrap());
        old.execute("INSERT INTO meta VALUES ('key fingerprint', ?1)", [&[1; 32][..]]).unwrap();
        old.execute_batch(
            "INSERT INTO record (key, created, pack_generation, pack_object, pack_bytes)
             VALUES (x'00000000000000000000000000000007', 0, 1, 'pack', 5)",
        )
        .unwrap();
        old.pragma_update(None, "application_id", APPLICATION).unwrap();
        old.pragma_update(None, "user_version", schemas.len() as i64).unwrap();
    }

    #[test]
    fn newer_and_foreign_files_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        for (name, sql, found) in
            [("newer", "PRAGMA user_version = 4", 4), ("foreign", "PRAGMA application_id = 7", 0)]
        {
            let path = dir.path().join(name);
            if name == "newer" {
                drop(open(&path));
            }
            Connection::open(&path).unwrap().execute_batch(sql).unwrap();
            let refused = SqliteLedger::open(&path, [1; 32], BATCHING);
            assert!(matches!(refused, Err(Error::SchemaUnknown { found: f, .. }) if f == found), "{name}");
        }
    }
}
