//! Vectors: who makes them, whose count, which model's are searched.

use super::super::{VectorsLease, VectorsPublication};
use crate::{Built, PackRef, RecordKey, VectorsRef};
use rusqlite::{Connection, OptionalExtension, Result, Row, params};

const CLAIMED: &str = "SELECT id, key, pack_generation, applied_sequence, pack_object, pack_bytes,
         pack_version, unfinished FROM record";

fn lease(row: &Row<'_>) -> Result<VectorsLease> {
    let pack = PackRef {
        generation: row.get(2)?,
        applied_sequence: row.get(3)?,
        object: row.get(4)?,
        bytes: row.get(5)?,
        built: Built { version: row.get(6)?, unfinished: row.get(7)? },
    };
    Ok(VectorsLease { incarnation: row.get(0)?, key: RecordKey::from_bytes(row.get(1)?), pack, active: None })
}

/// Takes the record whose pack has waited longest for its vectors.
pub(super) fn claim(
    connection: &Connection,
    now: i64,
    until: i64,
    longest: i64,
) -> Result<Option<VectorsLease>> {
    let found = connection
        .prepare_cached(&format!(
            "{CLAIMED} WHERE vectors_since IS NOT NULL AND pack_object IS NOT NULL
                 AND (vectors_until <= ?1 OR vectors_until > ?2)
             ORDER BY vectors_since LIMIT 1"
        ))?
        .query_row([now, now + longest], lease)
        .optional()?;
    let Some(found) = found else { return Ok(None) };
    wait(connection, found.incarnation, until.min(now + longest))?;
    with_active(connection, found).map(Some)
}

/// The same for one record, whether it waits or not, and whoever else is at it.
pub(super) fn claim_of(connection: &Connection, key: &RecordKey) -> Result<Option<VectorsLease>> {
    let found = connection
        .prepare_cached(&format!("{CLAIMED} WHERE key = ?1 AND pack_object IS NOT NULL"))?
        .query_row([key.as_bytes()], lease)
        .optional()?;
    found.map(|found| with_active(connection, found)).transpose()
}

fn with_active(connection: &Connection, mut lease: VectorsLease) -> Result<VectorsLease> {
    lease.active =
        of(connection, &lease.key)?.into_iter().find(|(_, active)| *active).map(|(found, _)| found);
    Ok(lease)
}

/// Keeps workers from the record's vectors until then.
pub(super) fn wait(connection: &Connection, incarnation: i64, until: i64) -> Result<()> {
    connection
        .prepare_cached("UPDATE record SET vectors_until = ?2 WHERE id = ?1")?
        .execute([incarnation, until])?;
    Ok(())
}

/// Names new vectors, unless newer ones of the model are there. The model is searched from then on if it
/// is to be, or if none is yet.
pub(super) fn publish(connection: &Connection, publication: &VectorsPublication) -> Result<bool> {
    let VectorsPublication { incarnation, vectors, activate } = publication;
    let alive = connection.prepare_cached("SELECT 1 FROM record WHERE id = ?1")?.exists([incarnation])?;
    if !alive {
        return Ok(false);
    }
    let VectorsRef { model, generation, applied_sequence, object, bytes } = vectors;
    let changed = connection
        .prepare_cached(
            "INSERT INTO vectors (record, model, pack_generation, applied_sequence, object, bytes, active)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0)
             ON CONFLICT (record, model) DO UPDATE SET pack_generation = excluded.pack_generation,
                 applied_sequence = excluded.applied_sequence, object = excluded.object,
                 bytes = excluded.bytes
             WHERE pack_generation <= excluded.pack_generation",
        )?
        .execute(params![incarnation, model, generation, applied_sequence, object, bytes])?;
    if changed == 0 {
        return Ok(false);
    }
    let none = !connection
        .prepare_cached("SELECT 1 FROM vectors WHERE record = ?1 AND active")?
        .exists([incarnation])?;
    if *activate || none {
        activate_one(connection, *incarnation, model)?;
    }
    // What is searched must be of the current pack; else somebody goes on.
    connection
        .prepare_cached(
            "UPDATE record SET vectors_until = 0, vectors_since =
                 CASE WHEN EXISTS (SELECT 1 FROM vectors WHERE record = id AND active
                     AND vectors.pack_generation = record.pack_generation) THEN NULL ELSE vectors_since END
             WHERE id = ?1",
        )?
        .execute([incarnation])?;
    Ok(true)
}

/// Makes one model's vectors the ones that are searched. Of the others, the one that was so far stays.
fn activate_one(connection: &Connection, incarnation: i64, model: &str) -> Result<()> {
    let already = connection
        .prepare_cached("SELECT 1 FROM vectors WHERE record = ?1 AND model = ?2 AND active")?
        .exists(params![incarnation, model])?;
    if already {
        return Ok(());
    }
    connection
        .prepare_cached("DELETE FROM vectors WHERE record = ?1 AND model <> ?2 AND NOT active")?
        .execute(params![incarnation, model])?;
    connection
        .prepare_cached("UPDATE vectors SET active = 0 WHERE record = ?1 AND active")?
        .execute([incarnation])?;
    connection
        .prepare_cached("UPDATE vectors SET active = 1 WHERE record = ?1 AND model = ?2")?
        .execute(params![incarnation, model])?;
    Ok(())
}

/// Goes back, or on, to the vectors of a model that the record still has.
pub(super) fn activate(connection: &Connection, key: &RecordKey, model: &str, now: i64) -> Result<bool> {
    let found: Option<i64> = connection
        .prepare_cached(
            "SELECT id FROM record JOIN vectors ON vectors.record = id WHERE key = ?1 AND model = ?2",
        )?
        .query_row(params![key.as_bytes(), model], |row| row.get(0))
        .optional()?;
    let Some(incarnation) = found else { return Ok(false) };
    activate_one(connection, incarnation, model)?;
    connection
        .prepare_cached(
            "UPDATE record SET vectors_since = coalesce(vectors_since, ?2), vectors_until = 0
             WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM vectors WHERE record = id AND active
                 AND vectors.pack_generation = record.pack_generation)",
        )?
        .execute([incarnation, now])?;
    Ok(true)
}

/// Forgets the vectors of one model, and asks for new ones if they were searched.
pub(super) fn forget(connection: &Connection, key: &RecordKey, model: &str, now: i64) -> Result<bool> {
    let gone = connection
        .prepare_cached(
            "DELETE FROM vectors WHERE record = (SELECT id FROM record WHERE key = ?1) AND model = ?2
             RETURNING active",
        )?
        .query_row(params![key.as_bytes(), model], |row| row.get::<_, bool>(0))
        .optional()?;
    if gone == Some(true) {
        connection
            .prepare_cached(
                "UPDATE record SET vectors_since = coalesce(vectors_since, ?2), vectors_until = 0
                 WHERE key = ?1 AND pack_object IS NOT NULL",
            )?
            .execute(params![key.as_bytes(), now])?;
    }
    Ok(gone.is_some())
}

/// The vectors of a record, and whether each is the one that is searched.
pub(super) fn of(connection: &Connection, key: &RecordKey) -> Result<Vec<(VectorsRef, bool)>> {
    connection
        .prepare_cached(
            "SELECT model, vectors.pack_generation, vectors.applied_sequence, object, bytes, active
             FROM vectors JOIN record ON record.id = vectors.record WHERE key = ?1 ORDER BY model",
        )?
        .query_map([key.as_bytes()], |row| Ok((reference(row, 0)?, row.get(5)?)))?
        .collect()
}

/// Reads a reference from the columns from `first` on.
pub(super) fn reference(row: &Row<'_>, first: usize) -> Result<VectorsRef> {
    Ok(VectorsRef {
        model: row.get(first)?,
        generation: row.get(first + 1)?,
        applied_sequence: row.get(first + 2)?,
        object: row.get(first + 3)?,
        bytes: row.get(first + 4)?,
    })
}

/// Whether a row of the record names this object as vectors.
pub(super) fn names(connection: &Connection, key: &RecordKey, object: &str) -> Result<bool> {
    connection
        .prepare_cached(
            "SELECT 1 FROM vectors WHERE record = (SELECT id FROM record WHERE key = ?1) AND object = ?2",
        )?
        .exists(params![key.as_bytes(), object])
}
