//! Writes and erasures, as statements inside the writer's transaction.

use super::super::{SealedBody, SealedEntry, SealedFor, SealedSource, Write, Written};
use crate::{Outcome, Receipt, RecordKey};
use rusqlite::{Connection, OptionalExtension, Result, params};

/// Applies a write.
pub(super) fn write(connection: &Connection, write: Write) -> Result<Written> {
    let Write { key, sealed_for, entries, now } = write;
    let found: Option<(i64, u64)> = connection
        .prepare_cached("SELECT id, head_sequence FROM record WHERE key = ?1")?
        .query_row([key.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (record, head) = match (found, sealed_for) {
        (Some((id, head)), SealedFor::Incarnation(incarnation)) if id == incarnation => (id, head),
        (None, SealedFor::New { wrapped }) => {
            if !entries.iter().any(|entry| matches!(entry.body, SealedBody::Put { .. })) {
                let outcomes = vec![Outcome::Missing; entries.len()];
                return Ok(Written::Done(Receipt { sequence: 0, outcomes }));
            }
            (create(connection, &key, &wrapped, now)?, 0)
        }
        _ => return Ok(Written::KeyChanged),
    };
    let mut context = Context { connection, record, sequence: head, now };
    let outcomes = entries.into_iter().map(|entry| context.apply(entry)).collect::<Result<Vec<_>>>()?;
    if context.sequence > head {
        connection
            .prepare_cached(
                "UPDATE record SET head_sequence = ?2, pending_since = coalesce(pending_since, ?3)
                 WHERE id = ?1",
            )?
            .execute(params![record, context.sequence, now])?;
    }
    Ok(Written::Done(Receipt { sequence: context.sequence, outcomes }))
}

fn create(connection: &Connection, key: &RecordKey, wrapped: &[u8], now: i64) -> Result<i64> {
    connection
        .prepare_cached("INSERT INTO record (key, created) VALUES (?1, ?2)")?
        .execute(params![key.as_bytes(), now])?;
    let record = connection.last_insert_rowid();
    connection
        .prepare_cached("INSERT INTO record_key (record, wrapped) VALUES (?1, ?2)")?
        .execute(params![record, wrapped])?;
    Ok(record)
}

/// One write to one record: the sequence grows as entries change something.
struct Context<'a> {
    connection: &'a Connection,
    record: i64,
    sequence: u64,
    now: i64,
}

/// What is there before an entry is applied.
struct Live {
    mark: [u8; 32],
    source: Option<[u8; 32]>,
    received: i64,
}

impl Context<'_> {
    fn apply(&mut self, entry: SealedEntry) -> Result<Outcome> {
        let SealedEntry { item, mark, patient, body } = entry;
        if !self.agrees(&patient)? {
            return Ok(Outcome::PatientMismatch);
        }
        let live = self.live(&item)?;
        let outcome = match (body, live) {
            (SealedBody::Put { .. } | SealedBody::Meta { .. }, Some(live)) if live.mark == mark => {
                Outcome::Unchanged
            }
            (SealedBody::Put { meta, descriptor, source }, live) => {
                self.put(&item, &mark, &meta, &descriptor, source, live.as_ref())?;
                if live.is_some() { Outcome::Updated } else { Outcome::Created }
            }
            (SealedBody::Meta { meta }, Some(_)) => {
                self.patch(&item, &mark, &meta)?;
                Outcome::Updated
            }
            (SealedBody::Delete, Some(live)) => {
                self.delete(&item, &live)?;
                Outcome::Deleted
            }
            (SealedBody::Meta { .. } | SealedBody::Delete, None) => Outcome::Missing,
        };
        if outcome.changed() {
            self.bind(&patient)?;
        }
        Ok(outcome)
    }

    fn agrees(&self, patient: &[([u8; 32], [u8; 32])]) -> Result<bool> {
        let mut bound = self
            .connection
            .prepare_cached("SELECT value = ?3 FROM binding WHERE record = ?1 AND system = ?2")?;
        for (system, value) in patient {
            let same: Option<bool> =
                bound.query_row(params![self.record, system, value], |row| row.get(0)).optional()?;
            let within = patient.iter().all(|(s, v)| s != system || v == value);
            if same == Some(false) || !within {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn bind(&self, patient: &[([u8; 32], [u8; 32])]) -> Result<()> {
        let sql = "INSERT INTO binding (record, system, value) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
        let mut insert = self.connection.prepare_cached(sql)?;
        for (system, value) in patient {
            insert.execute(params![self.record, system, value])?;
        }
        Ok(())
    }

    fn live(&self, item: &str) -> Result<Option<Live>> {
        self.connection
            .prepare_cached(
                "SELECT mark, source_sha, received FROM item WHERE record = ?1 AND item = ?2 AND NOT deleted",
            )?
            .query_row(params![self.record, item], |row| {
                Ok(Live { mark: row.get(0)?, source: row.get(1)?, received: row.get(2)? })
            })
            .optional()
    }

    fn put(
        &mut self,
        item: &str,
        mark: &[u8; 32],
        meta: &[u8],
        descriptor: &[u8],
        source: Option<SealedSource>,
        live: Option<&Live>,
    ) -> Result<()> {
        self.sequence += 1;
        let received = live.map_or(self.now / 1000, |live| live.received);
        let (sha, media) = source.as_ref().map(|source| (source.sha256, source.media.as_str())).unzip();
        self.connection
            .prepare_cached(
                "INSERT INTO item (record, item, sequence, deleted, received, mark,
                                   source_sha, source_media, meta, descriptor)
                 VALUES (?1, ?2, ?3, 0, ?4, ?5, ?6, ?7, ?8, ?9)
                 ON CONFLICT (record, item) DO UPDATE SET
                     sequence = ?3, deleted = 0, received = ?4, mark = ?5,
                     source_sha = ?6, source_media = ?7, meta = ?8, descriptor = ?9",
            )?
            .execute(params![
                self.record,
                item,
                self.sequence,
                received,
                mark,
                sha,
                media,
                meta,
                descriptor
            ])?;
        if let Some(source) = source {
            self.keep(&source)?;
        }
        let before = live.and_then(|live| live.source);
        if before.is_some() && before != sha { self.release(before) } else { Ok(()) }
    }

    /// Puts an original into the inbox, unless the record has it already.
    fn keep(&self, source: &SealedSource) -> Result<()> {
        let added = self
            .connection
            .prepare_cached(
                "INSERT INTO source (record, sha, bytes, sealed_bytes) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO NOTHING",
            )?
            .execute(params![self.record, source.sha256, source.bytes, source.sealed.len()])?;
        if added == 1 {
            self.connection
                .prepare_cached("INSERT INTO inbox (record, sha, sealed) VALUES (?1, ?2, ?3)")?
                .execute(params![self.record, source.sha256, source.sealed])?;
        }
        Ok(())
    }

    /// Forgets an original that no live item names any more.
    fn release(&self, source: Option<[u8; 32]>) -> Result<()> {
        let gone = self
            .connection
            .prepare_cached(
                "DELETE FROM source WHERE record = ?1 AND sha = ?2
                 AND NOT EXISTS (SELECT 1 FROM item WHERE record = ?1 AND source_sha = ?2)",
            )?
            .execute(params![self.record, source])?;
        if gone == 1 {
            self.connection
                .prepare_cached("DELETE FROM inbox WHERE record = ?1 AND sha = ?2")?
                .execute(params![self.record, source])?;
        }
        Ok(())
    }

    fn patch(&mut self, item: &str, mark: &[u8; 32], meta: &[u8]) -> Result<()> {
        self.sequence += 1;
        self.connection
            .prepare_cached(
                "UPDATE item SET sequence = ?3, mark = ?4, meta = ?5 WHERE record = ?1 AND item = ?2",
            )?
            .execute(params![self.record, item, self.sequence, mark, meta])?;
        Ok(())
    }

    fn delete(&mut self, item: &str, live: &Live) -> Result<()> {
        self.sequence += 1;
        self.connection
            .prepare_cached(
                "UPDATE item SET sequence = ?3, deleted = 1, mark = zeroblob(32), source_sha = NULL,
                     source_media = NULL, meta = x'', descriptor = x''
                 WHERE record = ?1 AND item = ?2",
            )?
            .execute(params![self.record, item, self.sequence])?;
        if live.source.is_some() { self.release(live.source) } else { Ok(()) }
    }
}

/// Deletes a record; the schema takes all its rows along.
pub(super) fn erase(connection: &Connection, key: &RecordKey, now: i64) -> Result<bool> {
    let deleted =
        connection.prepare_cached("DELETE FROM record WHERE key = ?1")?.execute([key.as_bytes()])?;
    if deleted == 1 {
        connection
            .prepare_cached("INSERT INTO erasure (key, since) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
            .execute(params![key.as_bytes(), now])?;
    }
    Ok(deleted == 1)
}

/// Forgets an erasure that was carried out.
pub(super) fn erased(connection: &Connection, key: &RecordKey) -> Result<()> {
    connection.prepare_cached("DELETE FROM erasure WHERE key = ?1")?.execute([key.as_bytes()])?;
    Ok(())
}
