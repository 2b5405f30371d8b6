//! What the store says about records: heads, rows, claims, reports.

use crate::RecordKey;
use std::fmt;

/// Where a record stands. Two equal heads mean the same content, also across an erasure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Which life of the record: an erased record that comes again has a greater number.
    pub incarnation: i64,
    /// The number of the record's latest change.
    pub head_sequence: u64,
    /// The current pack, if one was built.
    pub pack: Option<PackRef>,
    /// The vectors that are searched, if some were made.
    pub vectors: Option<VectorsRef>,
}

/// A published pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackRef {
    /// The claim that built it: greater than those of all earlier packs, of any record.
    pub generation: u64,
    /// The latest change that it holds. Rows after it are the delta.
    pub applied_sequence: u64,
    /// Name of the object.
    pub object: String,
    /// Size of the sealed object, in bytes.
    pub bytes: u64,
    /// How far the pack came.
    pub built: Built,
}

/// How far a pack came. The meaning is the builder's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Built {
    /// The oldest version of what went into it: a later builder does it again.
    pub version: u32,
    /// Whether something that was there to be read waits for more work.
    pub unfinished: bool,
}

/// Published vectors of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VectorsRef {
    /// Id of the model that made them.
    pub model: String,
    /// The generation of the pack that they were made of.
    pub generation: u64,
    /// The latest change in that pack.
    pub applied_sequence: u64,
    /// Name of the object.
    pub object: String,
    /// Size of the sealed object, in bytes.
    pub bytes: u64,
}

/// A record whose pack is to be embedded. It keeps nobody out for longer than its lease, and fences nothing:
/// the vectors of the newest pack win.
#[derive(Debug, PartialEq, Eq)]
pub struct VectorsClaim {
    /// The record.
    pub key: RecordKey,
    /// Its current pack.
    pub pack: PackRef,
    /// The vectors that are searched so far.
    pub active: Option<VectorsRef>,
    pub(crate) incarnation: i64,
}

/// An original document of a record.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SourceRef {
    /// SHA-256 of the bytes.
    pub sha256: [u8; 32],
    /// Media type, as the item that names it was given it.
    pub media: String,
    /// Size, in bytes.
    pub bytes: u64,
}

/// The latest state of an item.
#[derive(Clone, PartialEq, Eq)]
pub struct Row {
    /// The item's reference.
    pub item: String,
    /// The number of its latest change.
    pub sequence: u64,
    /// Whether it is a tombstone: then `meta` and `descriptor` are empty and `source` is none.
    pub deleted: bool,
    /// The digest given with its latest change; zeros for a tombstone.
    pub digest: [u8; 32],
    /// The metadata.
    pub meta: Vec<u8>,
    /// What the metadata were read from.
    pub descriptor: Vec<u8>,
    /// The original document.
    pub source: Option<SourceRef>,
    /// When the item was first received since it last did not exist, in seconds of Unix time.
    pub received: i64,
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Row")
            .field("sequence", &self.sequence)
            .field("deleted", &self.deleted)
            .field("meta_bytes", &self.meta.len())
            .field("descriptor_bytes", &self.descriptor.len())
            .finish_non_exhaustive()
    }
}

/// The right to build one record's next pack, until the lease ends or somebody else takes it.
#[derive(Debug, PartialEq, Eq)]
pub struct Claim {
    /// The record.
    pub key: RecordKey,
    /// The number of this claim, unique in the store: it fences out every earlier one.
    pub generation: u64,
    /// The record's head when it was claimed. More may have come since.
    pub head_sequence: u64,
    /// Whether the current pack must not be reused: somebody asked for a rebuild from the sources.
    pub rebuild: bool,
    /// The ledger's number of the record, which is never used again after an erasure.
    pub(crate) incarnation: i64,
    /// Who holds the lease.
    pub(crate) owner: String,
}

/// What became of a publication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Published {
    /// The pack is the record's current one.
    Done(PackRef),
    /// Somebody else claimed, invalidated or erased the record meanwhile. Nothing changed.
    LeaseLost,
}

/// What a sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Objects seen.
    pub listed: u64,
    /// Objects deleted: named by no row and older than the grace period.
    pub deleted: u64,
    /// Their size, in bytes.
    pub deleted_bytes: u64,
    /// Orphans that were left because they are young or being published.
    pub kept: u64,
    /// Objects whose names are not of this store; they are left alone.
    pub foreign: u64,
    /// Erasures that an earlier crash had cut short, now finished.
    pub erasures: u64,
}

/// What the store holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Records.
    pub records: u64,
    /// Records whose head is ahead of their pack, or that wait for a rebuild.
    pub pending: u64,
    /// Live items.
    pub items: u64,
    /// Distinct original documents.
    pub sources: u64,
    /// Sealed bytes of original documents, in the ledger or as objects.
    pub source_bytes: u64,
    /// Original documents that are still in the ledger.
    pub inbox: u64,
    /// Current packs.
    pub packs: u64,
    /// Sealed bytes of current packs.
    pub pack_bytes: u64,
    /// Records whose pack has no vectors made of it.
    pub unembedded: u64,
    /// Vectors objects that are searched.
    pub vectors: u64,
    /// Their sealed bytes.
    pub vector_bytes: u64,
    /// Size of the ledger's file, in bytes, without its write-ahead log.
    pub ledger_bytes: u64,
}

/// What is wrong with a stored thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The ledger's own structure.
    Ledger,
    /// The record's key does not open: nothing of the record does.
    Key,
    /// Metadata or descriptor of a row do not open.
    Row,
    /// A referenced object, or a row of the inbox, is not there.
    SourceMissing,
    /// An original document does not open, or has another hash or size than its row says.
    SourceDamaged,
    /// The current pack is not there. It can be rebuilt.
    PackMissing,
    /// The current pack does not open or has another size than its row says. It can be rebuilt.
    PackDamaged,
    /// Vectors that a row names are not there. They can be made again.
    VectorsMissing,
    /// Vectors do not open or have another size than their row says. They can be made again.
    VectorsDamaged,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The record; none for the ledger as a whole.
    pub record: Option<RecordKey>,
    /// What is wrong.
    pub fault: Fault,
    /// The object's name, `row <sequence>`, or SQLite's own words about its pages.
    pub what: String,
}

impl Finding {
    /// Whether nothing is lost: [`crate::Store::forget_pack`] and [`crate::Store::forget_vectors`] make a
    /// worker build it again.
    #[must_use]
    pub fn rebuildable(&self) -> bool {
        matches!(self.fault, Fault::PackMissing | Fault::PackDamaged) || self.of_vectors()
    }

    /// Whether it is about vectors.
    #[must_use]
    pub fn of_vectors(&self) -> bool {
        matches!(self.fault, Fault::VectorsMissing | Fault::VectorsDamaged)
    }
}

/// What [`crate::Store::check`] saw.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Records whose every byte was read.
    pub records: u64,
    /// Live rows opened.
    pub items: u64,
    /// Original documents opened.
    pub sources: u64,
    /// Packs opened.
    pub packs: u64,
    /// Vectors objects opened.
    pub vectors: u64,
    /// Sealed bytes read.
    pub bytes: u64,
    /// Objects that no row names.
    pub orphans: u64,
    /// Their size, in bytes.
    pub orphan_bytes: u64,
    /// What is wrong, record by record.
    pub findings: Vec<Finding>,
}
