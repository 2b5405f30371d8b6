//! Claims and publications: who builds, and whose pack counts.

use super::super::{Keep, LONGEST_LEASE, Lease, Moved, Publication, Scope, Ticket, Which};
use crate::RecordKey;
use rusqlite::{Connection, OptionalExtension, Result, Row, params};

/// Leases a record that nobody holds.
pub(super) fn claim(
    connection: &Connection,
    owner: String,
    which: Which,
    now: i64,
    until: i64,
) -> Result<Option<Lease>> {
    const FREE: &str = "SELECT id, key, head_sequence, rebuild FROM record
         WHERE (lease_until <= ?1 OR lease_until > ?2) AND";
    let lease = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
    let (now, latest) = (now, now + LONGEST_LEASE);
    let found: Option<(i64, [u8; 16], u64, bool)> = match which {
        Which::Pending => connection
            .prepare_cached(&format!("{FREE} pending_since IS NOT NULL ORDER BY pending_since LIMIT 1"))?
            .query_row([now, latest], lease),
        Which::Record(key) => connection
            .prepare_cached(&format!("{FREE} key = ?3"))?
            .query_row(params![now, latest, key.as_bytes()], lease),
    }
    .optional()?;
    let Some((incarnation, key, head_sequence, rebuild)) = found else { return Ok(None) };
    let generation = next_generation(connection)?;
    connection
        .prepare_cached(
            "UPDATE record SET generation = ?2, lease_owner = ?3, lease_until = ?4 WHERE id = ?1",
        )?
        .execute(params![incarnation, generation, owner, until.min(latest)])?;
    let ticket = Ticket { incarnation, generation, owner };
    Ok(Some(Lease { key: RecordKey::from_bytes(key), ticket, head_sequence, rebuild }))
}

/// Sets the end of a lease.
pub(super) fn extend(connection: &Connection, ticket: &Ticket, until: i64, keep: Keep) -> Result<bool> {
    let owner = (keep == Keep::Held).then_some(ticket.owner.as_str());
    let changed = connection
        .prepare_cached(
            "UPDATE record SET lease_until = ?4, lease_owner = ?5
             WHERE id = ?1 AND generation = ?2 AND lease_owner = ?3",
        )?
        .execute(params![ticket.incarnation, ticket.generation, ticket.owner, until, owner])?;
    Ok(changed == 1)
}

/// Sets the pack, if the ticket is still the latest.
pub(super) fn publish(connection: &Connection, publication: &Publication) -> Result<bool> {
    let Publication { ticket, pack, moved, now } = publication;
    let changed = connection
        .prepare_cached(
            "UPDATE record SET pack_generation = ?4, pack_object = ?5, pack_bytes = ?6,
                 applied_sequence = min(?7, head_sequence), rebuild = 0, lease_owner = NULL, lease_until = 0,
                 pending_since = CASE WHEN head_sequence > ?7 THEN ?8 END,
                 pack_version = ?9, unfinished = ?10,
                 vectors_since = coalesce(vectors_since, ?8)
             WHERE id = ?1 AND generation = ?2 AND lease_owner = ?3",
        )?
        .execute(params![
            ticket.incarnation,
            ticket.generation,
            ticket.owner,
            pack.generation,
            pack.object,
            pack.bytes,
            pack.applied_sequence,
            now,
            pack.built.version,
            pack.built.unfinished
        ])?;
    if changed == 1 {
        relocate(connection, ticket.incarnation, moved)?;
    }
    Ok(changed == 1)
}

/// Sets the places of moved originals.
pub(super) fn relocate(connection: &Connection, incarnation: i64, moved: &[Moved]) -> Result<usize> {
    let mut place = connection
        .prepare_cached("UPDATE source SET object = ?3 WHERE record = ?1 AND sha = ?2 AND object IS NULL")?;
    let mut clear = connection.prepare_cached("DELETE FROM inbox WHERE record = ?1 AND sha = ?2")?;
    let mut count = 0;
    for Moved { sha256, object } in moved {
        if place.execute(params![incarnation, sha256, object])? == 1 {
            clear.execute(params![incarnation, sha256])?;
            count += 1;
        }
    }
    Ok(count)
}

/// Makes records pending for a rebuild, and fences out who is building them. A record that waits for a
/// rebuild already keeps its claim, which is one for a rebuild: whoever meets a damaged pack asks for one,
/// and many who ask must not keep it from ending.
pub(super) fn invalidate(connection: &Connection, scope: Scope, now: i64) -> Result<u64> {
    const REBUILD: &str = "UPDATE record SET generation = iif(rebuild, generation, ?2),
         lease_until = iif(rebuild AND lease_owner IS NOT NULL, lease_until, 0),
         lease_owner = iif(rebuild, lease_owner, NULL),
         rebuild = 1, pending_since = coalesce(pending_since, ?1)";
    let generation = next_generation(connection)?;
    let changed = match scope {
        Scope::All => connection.execute(REBUILD, params![now, generation])?,
        Scope::Record(key) => connection
            .execute(&format!("{REBUILD} WHERE key = ?3"), params![now, generation, key.as_bytes()])?,
        Scope::WithoutPack(key) => connection.execute(
            &format!(
                "{REBUILD}, pack_generation = NULL, pack_object = NULL, pack_bytes = NULL,
                 applied_sequence = 0, pack_version = 0, unfinished = 0 WHERE key = ?3"
            ),
            params![now, generation, key.as_bytes()],
        )?,
    };
    Ok(changed as u64)
}

fn next_generation(connection: &Connection) -> Result<u64> {
    connection
        .prepare_cached("UPDATE counter SET last = last + 1 WHERE name = 'generation' RETURNING last")?
        .query_row([], |row| row.get(0))
}
