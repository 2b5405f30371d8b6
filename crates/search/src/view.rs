//! A record as it stands now: its pack, and what the ledger says since the pack was built.

use crate::analysed::Passages;
use crate::cross::{Cross, Sights};
use crate::policy::{Grant, Subject};
use crate::row::Row;
use crate::semantic::Meaning;
use crate::suggest::Names;
use crate::{Entry, Error, Pack, Vectors, build};
use record::{Flags, Item, ItemId, Kind, Outcome, Reading, Status};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

/// What happened to one item since the pack was built.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "changes are few and live for the building of a view")]
pub enum Change {
    /// Put, or put again. With `keeps_content`, the content is that of the pack and only metadata
    /// differ: its flags and status hold at once, the rest from the next pack on.
    Put {
        /// The item as it is now.
        item: Item,
        /// First reception, Unix seconds.
        received: i64,
        /// Whether the pack has the content already.
        keeps_content: bool,
        /// Whether the bytes of the document are there to be read.
        readable: bool,
    },
    /// Deleted.
    Delete(ItemId),
}

/// A record as it stands now. Cheap to keep, immutable, shared by threads.
#[derive(Debug)]
pub struct View {
    segments: Vec<Segment>,
    states: Vec<State>,
    places: HashMap<ItemId, usize>,
    /// For each item, those that it replaces.
    replaces: Vec<Vec<usize>>,
    /// For each item, others with the same unique id (documents) or the same statement (the rest).
    twins: Vec<Vec<usize>>,
    meaning: Option<Meaning>,
    /// What suggestions draw on, gathered when the first one is asked for.
    names: OnceLock<Names>,
    /// Passages that excerpts were taken from.
    pub(crate) passages: Passages,
    /// What belongs together, as far as each grant sees it, worked out when first asked for.
    sights: Sights,
}

#[derive(Debug)]
struct Segment {
    pack: Arc<Pack>,
    offset: usize,
}

/// What the ledger says of an item now.
#[derive(Debug, Clone, Copy)]
struct State {
    alive: bool,
    flags: Flags,
    status: Status,
}

/// An item with what was read of it, as [`View::item`] gives it.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemView {
    /// The item, with flags and status as they are now.
    pub item: Item,
    /// What was read of a document; `None` before it was read.
    pub reading: Option<Reading>,
    /// The document that states it.
    pub parent: Option<ItemId>,
    /// First reception, Unix seconds.
    pub received: i64,
    /// Whether the flags may be shown to who asked.
    pub flags_shown: bool,
}

impl View {
    /// A view over a pack and the changes since.
    ///
    /// # Errors
    /// The index of the changes could not be built.
    pub fn new(base: Option<Arc<Pack>>, changes: Vec<Change>) -> Result<View, Error> {
        let mut overrides: BTreeMap<ItemId, Option<(Flags, Status)>> = BTreeMap::new();
        let mut fresh = Vec::new();
        for change in changes {
            match change {
                Change::Delete(id) => drop(overrides.insert(id, None)),
                Change::Put { item, keeps_content: true, .. } => {
                    overrides.insert(item.id.clone(), Some((item.flags, item.status)));
                }
                Change::Put { item, received, readable, .. } => {
                    overrides.insert(item.id.clone(), None);
                    fresh.push(Entry { item, reading: None, received, readable });
                }
            }
        }
        let mut view = View {
            segments: Vec::new(),
            states: Vec::new(),
            places: HashMap::new(),
            replaces: Vec::new(),
            twins: Vec::new(),
            meaning: None,
            names: OnceLock::new(),
            passages: Passages::default(),
            sights: Sights::default(),
        };
        if let Some(pack) = base {
            view.push(pack, &overrides);
        }
        if !fresh.is_empty() {
            view.push(Arc::new(Pack::open(build(fresh, 0)?)?), &BTreeMap::new());
        }
        view.resolve();
        Ok(view)
    }

    /// The same view with vectors. Those of an item that says something else by now are left out: it is
    /// found by its words until it is embedded again.
    #[must_use]
    pub fn with_vectors(mut self, vectors: Arc<Vectors>) -> View {
        self.meaning = Some(Meaning::new(&self, vectors));
        self
    }

    /// The model that made the vectors; `None` without vectors.
    #[must_use]
    pub fn model(&self) -> Option<&str> {
        self.meaning.as_ref().map(|m| m.vectors.model())
    }

    pub(crate) fn meaning(&self) -> Option<&Meaning> {
        self.meaning.as_ref()
    }

    fn push(&mut self, pack: Arc<Pack>, overrides: &BTreeMap<ItemId, Option<(Flags, Status)>>) {
        let offset = self.states.len();
        for (i, row) in pack.rows.iter().enumerate() {
            // A derived item lives and dies with its document.
            let owner = row.parent.map_or(row, |p| &pack.rows[p as usize]);
            let (alive, flags, status) = match overrides.get(&owner.id) {
                None => (true, row.flags, row.status.max(owner.status)),
                Some(None) => (false, row.flags, row.status),
                Some(Some((flags, status))) => (true, *flags, *status),
            };
            self.states.push(State { alive, flags, status });
            if alive {
                self.places.insert(row.id.clone(), offset + i);
            }
        }
        self.segments.push(Segment { pack, offset });
    }

    /// What belongs together among these visible items.
    pub(crate) fn cross(&self, visible: Vec<bool>) -> Result<Arc<Cross>, Error> {
        self.sights.get(self, visible)
    }

    /// What suggestions draw on. Of all items: visibility is the caller's.
    pub(crate) fn names(&self) -> &Names {
        self.names.get_or_init(|| Names::new(self))
    }

    /// Resolves what items say of each other: replacement and sameness.
    fn resolve(&mut self) {
        let mut named: HashMap<String, Vec<usize>> = HashMap::new();
        let mut same: HashMap<&str, Vec<usize>> = HashMap::new();
        let rows: Vec<&Row> = (0..self.len()).map(|i| self.row(i)).collect();
        for (i, row) in rows.iter().enumerate().filter(|(i, _)| self.states[*i].alive) {
            named.entry(row.id.to_string()).or_default().push(i);
            for name in &row.names {
                named.entry(name.clone()).or_default().push(i);
            }
            let key = row.twin_key.as_deref().or(row.names.first().map(String::as_str));
            same.entry(key.unwrap_or_default()).or_default().push(i);
        }
        same.remove("");
        let mut replaces = vec![Vec::new(); rows.len()];
        for (i, row) in rows.iter().enumerate().filter(|(_, row)| !row.replaces.is_empty()) {
            let targets = row.replaces.iter().filter_map(|t| named.get(t)).flatten();
            replaces[i] = targets.copied().filter(|t| *t != i).collect();
        }
        let mut twins = vec![Vec::new(); rows.len()];
        for group in same.into_values().filter(|g| g.len() > 1) {
            for i in &group {
                twins[*i] = group.iter().copied().filter(|t| t != i).collect();
            }
        }
        (self.replaces, self.twins) = (replaces, twins);
    }

    pub(crate) fn len(&self) -> usize {
        self.states.len()
    }

    /// Packs with the number of their first item.
    pub(crate) fn packs(&self) -> impl Iterator<Item = (&Pack, usize)> {
        self.segments.iter().map(|s| (&*s.pack, s.offset))
    }

    fn place(&self, i: usize) -> (&Pack, usize) {
        let segment = self.segments.partition_point(|s| s.offset <= i).saturating_sub(1);
        let segment = &self.segments[segment];
        (&segment.pack, i - segment.offset)
    }

    pub(crate) fn row(&self, i: usize) -> &Row {
        let (pack, row) = self.place(i);
        &pack.rows[row]
    }

    pub(crate) fn reading(&self, i: usize) -> Result<Option<Reading>, Error> {
        let (pack, row) = self.place(i);
        pack.reading(row)
    }

    /// Item `i` as it was stored, with flags and status as they are now.
    pub(crate) fn stored(&self, i: usize) -> Result<Item, Error> {
        let (pack, row) = self.place(i);
        let mut item = pack.item(row)?;
        (item.flags, item.status) = (self.states[i].flags, self.states[i].status);
        Ok(item)
    }

    pub(crate) fn status(&self, i: usize) -> Status {
        self.states[i].status
    }

    pub(crate) fn flags(&self, i: usize) -> Flags {
        self.states[i].flags
    }

    /// The item that states item `i`, by number.
    pub(crate) fn parent(&self, i: usize) -> Option<usize> {
        let (pack, row) = self.place(i);
        pack.rows[row].parent.map(|p| i - row + p as usize)
    }

    pub(crate) fn find(&self, reference: &str) -> Option<usize> {
        self.places.get(&reference.parse().ok()?).copied()
    }

    pub(crate) fn replaced_by(&self, i: usize) -> &[usize] {
        &self.replaces[i]
    }

    pub(crate) fn twins(&self, i: usize) -> &[usize] {
        &self.twins[i]
    }

    /// Which items the grant sees. Every output begins here.
    pub(crate) fn visible(&self, grant: &Grant) -> Vec<bool> {
        (0..self.len()).map(|i| self.states[i].alive && self.sees(grant, i)).collect()
    }

    fn sees(&self, grant: &Grant, i: usize) -> bool {
        let (pack, place) = self.place(i);
        let row = &pack.rows[place];
        let owner = row.parent.map_or(row, |p| &pack.rows[p as usize]);
        let stated = owner.id.kind() == Kind::Document;
        let state = &self.states[i];
        grant.sees(&Subject {
            kind: row.id.kind(),
            flags: state.flags,
            status: state.status,
            type_code: owner.type_.as_ref().filter(|_| stated).map(|(code, _)| code.as_str()),
            derived: row.parent.is_some(),
            received: row.received,
            author_ids: &row.author_ids,
        })
    }

    /// One item, if the grant sees it.
    ///
    /// # Errors
    /// A damaged pack.
    pub fn item(&self, grant: &Grant, id: &ItemId) -> Result<Option<ItemView>, Error> {
        let seen = self.places.get(id).copied().filter(|i| self.states[*i].alive && self.sees(grant, *i));
        let Some(i) = seen else { return Ok(None) };
        let (pack, row) = self.place(i);
        Ok(Some(ItemView {
            item: self.stored(i)?,
            reading: pack.reading(row)?,
            parent: self.parent(i).map(|p| self.row(p).id.clone()),
            received: pack.rows[row].received,
            flags_shown: grant.shows_flags(),
        }))
    }

    /// How the reading of item `i` ended.
    pub(crate) fn outcome(&self, i: usize) -> Option<&Outcome> {
        self.row(i).outcome.as_ref()
    }
}
