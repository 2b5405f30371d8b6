//! Reads, on connections that cannot write.

use super::super::{Place, SealedRow, Source, Vault};
use super::harden;
use crate::{Built, Error, Head, PackRef, RecordKey, SourceRef, Statistics};
use rusqlite::{Connection, OpenFlags, OptionalExtension, Result, Row, params};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Connections that stay open between reads.
const IDLE: usize = 16;

/// A pool of read-only connections. It grows with the readers at one time, whose number the caller
/// bounds, and shrinks to [`IDLE`].
pub(super) struct Readers {
    path: PathBuf,
    // Held for a push or a pop only.
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(super) fn new(path: &Path) -> Readers {
        Readers { path: path.into(), idle: Mutex::new(Vec::new()) }
    }

    /// Runs `read` on one consistent state of the ledger.
    pub(super) fn with<T>(&self, read: impl FnOnce(&Connection) -> Result<T>) -> Result<T, Error> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = idle.map_or_else(|| self.open(), Ok)?;
        let transaction = connection.unchecked_transaction()?;
        let outcome = read(&connection)?;
        transaction.commit()?;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE {
            idle.push(connection);
        }
        Ok(outcome)
    }

    fn open(&self) -> Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        harden(&connection)?;
        Ok(connection)
    }
}

pub(super) fn head(connection: &Connection, key: &RecordKey) -> Result<Option<Head>> {
    connection
        .prepare_cached(
            "SELECT head_sequence, record.pack_generation, record.applied_sequence, pack_object, pack_bytes, id,
                 pack_version, unfinished,
                 vectors.model, vectors.pack_generation, vectors.applied_sequence, vectors.object, vectors.bytes
             FROM record LEFT JOIN vectors ON vectors.record = record.id AND vectors.active
             WHERE key = ?1",
        )?
        .query_row([key.as_bytes()], |row| {
            let pack = match row.get::<_, Option<String>>(3)? {
                None => None,
                Some(object) => Some(PackRef {
                    generation: row.get(1)?,
                    applied_sequence: row.get(2)?,
                    object,
                    bytes: row.get(4)?,
                    built: Built { version: row.get(6)?, unfinished: row.get(7)? },
                }),
            };
            let vectors = match row.get::<_, Option<String>>(8)? {
                None => None,
                Some(_) => Some(super::vectors::reference(row, 8)?),
            };
            Ok(Head { incarnation: row.get(5)?, head_sequence: row.get(0)?, pack, vectors })
        })
        .optional()
}

/// Records whose pack is unfinished, the latest built first.
pub(super) fn unfinished(connection: &Connection, limit: usize) -> Result<Vec<RecordKey>> {
    connection
        .prepare_cached("SELECT key FROM record WHERE unfinished ORDER BY pack_generation DESC LIMIT ?1")?
        .query_map([limit], |row| row.get(0).map(RecordKey::from_bytes))?
        .collect()
}

/// Records whose pack is of an older version than this one, the oldest version first.
pub(super) fn older(connection: &Connection, version: u32, limit: usize) -> Result<Vec<RecordKey>> {
    connection
        .prepare_cached(
            "SELECT key FROM record WHERE pack_object IS NOT NULL AND pack_version < ?1
             ORDER BY pack_version LIMIT ?2",
        )?
        .query_map(params![version, limit], |row| row.get(0).map(RecordKey::from_bytes))?
        .collect()
}

pub(super) fn vault(connection: &Connection, key: &RecordKey) -> Result<Option<Vault>> {
    connection
        .prepare_cached(
            "SELECT id, wrapped FROM record JOIN record_key ON record_key.record = record.id WHERE key = ?1",
        )?
        .query_row([key.as_bytes()], |row| Ok(Vault { incarnation: row.get(0)?, wrapped: row.get(1)? }))
        .optional()
}

const ROW: &str = "SELECT item.item, item.sequence, item.deleted, item.mark, item.meta, item.descriptor,
         item.source_sha, item.source_media, source.bytes, item.received
     FROM item LEFT JOIN source ON source.record = item.record AND source.sha = item.source_sha
     WHERE item.record = ?1";

fn sealed_row(row: &Row<'_>) -> Result<SealedRow> {
    let source = match row.get::<_, Option<[u8; 32]>>(6)? {
        None => None,
        // A source that has lost its row is told by `check`; its item can still be found.
        Some(sha256) => {
            let bytes = row.get::<_, Option<u64>>(8)?.unwrap_or(0);
            Some(SourceRef { sha256, media: row.get(7)?, bytes })
        }
    };
    Ok(SealedRow {
        item: row.get(0)?,
        sequence: row.get(1)?,
        deleted: row.get(2)?,
        mark: row.get(3)?,
        meta: row.get(4)?,
        descriptor: row.get(5)?,
        source,
        received: row.get(9)?,
    })
}

pub(super) fn rows(
    connection: &Connection,
    key: &RecordKey,
    after: u64,
) -> Result<Option<(Vault, Vec<SealedRow>)>> {
    let Some(vault) = vault(connection, key)? else { return Ok(None) };
    let mut statement =
        connection.prepare_cached(&format!("{ROW} AND item.sequence > ?2 ORDER BY item.sequence"))?;
    let rows = statement.query_map(params![vault.incarnation, after], sealed_row)?.collect::<Result<_>>()?;
    Ok(Some((vault, rows)))
}

pub(super) fn row(
    connection: &Connection,
    key: &RecordKey,
    item: &str,
) -> Result<Option<(Vault, SealedRow)>> {
    let Some(vault) = vault(connection, key)? else { return Ok(None) };
    let row = connection
        .prepare_cached(&format!("{ROW} AND item.item = ?2"))?
        .query_row(params![vault.incarnation, item], sealed_row)
        .optional()?;
    Ok(row.map(|row| (vault, row)))
}

pub(super) fn source(
    connection: &Connection,
    key: &RecordKey,
    sha256: &[u8; 32],
) -> Result<Option<(Vault, Source)>> {
    let Some(vault) = vault(connection, key)? else { return Ok(None) };
    let found = connection
        .prepare_cached(
            "SELECT source.bytes, source.sealed_bytes, source.object, inbox.sealed
             FROM source LEFT JOIN inbox ON inbox.record = source.record AND inbox.sha = source.sha
             WHERE source.record = ?1 AND source.sha = ?2",
        )?
        .query_row(params![vault.incarnation, sha256], |row| {
            let place = match (row.get::<_, Option<String>>(2)?, row.get(3)?) {
                (Some(object), _) => Place::Object(object),
                (None, Some(sealed)) => Place::Inbox(sealed),
                (None, None) => Place::Nowhere,
            };
            Ok(Source { bytes: row.get(0)?, sealed_bytes: row.get(1)?, place })
        })
        .optional()?;
    Ok(found.map(|source| (vault, source)))
}

fn hashes(connection: &Connection, sql: &str, key: &RecordKey) -> Result<Vec<[u8; 32]>> {
    connection.prepare_cached(sql)?.query_map([key.as_bytes()], |row| row.get(0))?.collect()
}

pub(super) fn inbox(connection: &Connection, key: &RecordKey) -> Result<Vec<[u8; 32]>> {
    let sql = "SELECT sha FROM inbox WHERE record = (SELECT id FROM record WHERE key = ?1) ORDER BY id";
    hashes(connection, sql, key)
}

pub(super) fn sources(connection: &Connection, key: &RecordKey) -> Result<Vec<[u8; 32]>> {
    let sql = "SELECT DISTINCT source_sha FROM item
         WHERE record = (SELECT id FROM record WHERE key = ?1) AND source_sha IS NOT NULL";
    hashes(connection, sql, key)
}

pub(super) fn names_pack(connection: &Connection, key: &RecordKey, object: &str) -> Result<bool> {
    connection
        .prepare_cached("SELECT 1 FROM record WHERE key = ?1 AND pack_object = ?2")?
        .exists(params![key.as_bytes(), object])
}

pub(super) fn names_source(
    connection: &Connection,
    key: &RecordKey,
    sha256: &[u8; 32],
    object: &str,
) -> Result<bool> {
    connection
        .prepare_cached(
            "SELECT 1 FROM source
             WHERE record = (SELECT id FROM record WHERE key = ?1) AND sha = ?2 AND object = ?3",
        )?
        .exists(params![key.as_bytes(), sha256, object])
}

pub(super) fn has_source(connection: &Connection, key: &RecordKey, sha256: &[u8; 32]) -> Result<bool> {
    connection
        .prepare_cached(
            "SELECT 1 FROM source WHERE record = (SELECT id FROM record WHERE key = ?1) AND sha = ?2",
        )?
        .exists(params![key.as_bytes(), sha256])
}

fn keys(connection: &Connection, sql: &str, params: impl rusqlite::Params) -> Result<Vec<RecordKey>> {
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_map(params, |row| row.get(0).map(RecordKey::from_bytes))?.collect()
}

pub(super) fn records(
    connection: &Connection,
    after: Option<&RecordKey>,
    limit: usize,
) -> Result<Vec<RecordKey>> {
    // Every key is longer than the empty one, so it comes after it.
    let after: &[u8] = after.map_or(&[], |key| key.as_bytes());
    keys(connection, "SELECT key FROM record WHERE key > ?1 ORDER BY key LIMIT ?2", params![after, limit])
}

pub(super) fn erasures(connection: &Connection, limit: usize) -> Result<Vec<RecordKey>> {
    keys(connection, "SELECT key FROM erasure ORDER BY since LIMIT ?1", [limit])
}

pub(super) fn statistics(connection: &Connection) -> Result<Statistics> {
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, u64>(0));
    let pair = |sql: &str| connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)));
    let (sources, source_bytes) = pair("SELECT count(*), coalesce(sum(sealed_bytes), 0) FROM source")?;
    let (vectors, vector_bytes) = pair("SELECT count(*), coalesce(sum(bytes), 0) FROM vectors WHERE active")?;
    let (packs, pack_bytes) = pair("SELECT count(pack_object), coalesce(sum(pack_bytes), 0) FROM record")?;
    Ok(Statistics {
        records: count("SELECT count(*) FROM record")?,
        pending: count("SELECT count(*) FROM record WHERE pending_since IS NOT NULL")?,
        items: count("SELECT (SELECT count(*) FROM item) - (SELECT count(*) FROM item WHERE deleted)")?,
        sources,
        source_bytes,
        inbox: count("SELECT count(*) FROM inbox")?,
        packs,
        pack_bytes,
        unembedded: count(
            "SELECT count(*) FROM record WHERE vectors_since IS NOT NULL AND pack_object IS NOT NULL",
        )?,
        vectors,
        vector_bytes,
        ledger_bytes: count("PRAGMA page_count")? * count("PRAGMA page_size")?,
    })
}

pub(super) fn integrity(connection: &Connection) -> Result<Vec<String>> {
    let mut statement = connection.prepare("PRAGMA integrity_check")?;
    let lines: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_>>()?;
    let mut found: Vec<String> = lines.into_iter().filter(|line| line != "ok").collect();
    let mut statement = connection.prepare("PRAGMA foreign_key_check")?;
    let lost = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>>>()?;
    found.extend(lost.into_iter().map(|table| format!("row of {table} without its record")));
    Ok(found)
}
