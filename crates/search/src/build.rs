//! Building a pack.

use crate::blocks::Writer;
use crate::row::Row;
use crate::schema::{Field, FieldTerms, index_field, schema};
use crate::{Error, concept, describe, directory, pack, piece, value};
use record::{Item, ItemId, Kind, Outcome, Reading, Relation, passages};
use std::collections::{BTreeMap, HashMap};
use tantivy::directory::RamDirectory;
use tantivy::{Index, TantivyDocument};

/// What goes into a pack: an item of the record, with what reading its document gave.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The item.
    pub item: Item,
    /// The reading, for a document that was read.
    pub reading: Option<Reading>,
    /// When the engine first received the item, Unix seconds.
    pub received: i64,
    /// Whether the bytes of the document are there to be read.
    pub readable: bool,
}

/// Memory for tantivy's writer: a record is small, and the writer flushes to memory anyway.
const WRITER_BYTES: usize = 15_000_000;

/// Builds the pack of one record. The same entries give the same bytes, in whatever order they come.
/// `applied_sequence` is the sequence of the ledger up to which the entries are complete.
///
/// # Errors
/// The full-text index or the compression failed in memory.
pub fn build(entries: Vec<Entry>, applied_sequence: u64) -> Result<Vec<u8>, Error> {
    let record = arrange(&entries);
    let mut rows = Vec::with_capacity(record.len());
    let (mut items, mut readings) = (Writer::default(), Writer::default());
    let files = RamDirectory::create();
    let index = Index::builder().schema(schema());
    let mut writer = index.single_segment_index_writer::<TantivyDocument>(files.clone(), WRITER_BYTES)?;
    let places: HashMap<&ItemId, u32> =
        record.iter().enumerate().map(|(i, (id, _))| (*id, i as u32)).collect();
    for part in record.values() {
        let (row, document) = describe_part(part, &places);
        rows.push(row);
        items.push(&record::encode(part.item))?;
        readings.push(&part.reading.map(record::encode).unwrap_or_default())?;
        writer.add_document(document)?;
    }
    let index = writer.finalize()?;
    let (table, index_files) = directory::collect(&index, &files)?;
    pack::assemble(applied_sequence, &rows, items.finish()?, readings.finish()?, (table, index_files))
}

/// An item with all that describes it.
struct Part<'a> {
    item: &'a Item,
    /// The entry that it came with: its own, or that of the document that states it.
    entry: &'a Entry,
    reading: Option<&'a Reading>,
    derived: Vec<&'a Item>,
    parent: Option<&'a ItemId>,
}

/// All items of the record by reference: the entries, then what their documents state. An entry wins over
/// a derived item of the same reference.
fn arrange(entries: &[Entry]) -> BTreeMap<&ItemId, Part<'_>> {
    let mut record = BTreeMap::new();
    for entry in entries {
        for item in entry.reading.iter().flat_map(|r| &r.items) {
            let part = Part { item, entry, reading: None, derived: Vec::new(), parent: Some(&entry.item.id) };
            record.insert(&item.id, part);
        }
    }
    for entry in entries {
        let derived = entry.reading.iter().flat_map(|r| &r.items).collect();
        let reading = entry.reading.as_ref();
        record.insert(&entry.item.id, Part { item: &entry.item, entry, reading, derived, parent: None });
    }
    record
}

fn describe_part(part: &Part<'_>, places: &HashMap<&ItemId, u32>) -> (Row, TantivyDocument) {
    let mut terms: [FieldTerms; Field::COUNT] = Default::default();
    for (field, texts) in terms.iter_mut().zip(describe::texts(part.item, &part.derived)) {
        for text in texts {
            field.add(&text);
        }
    }
    for code in describe::codes(part.item) {
        for term in concept::code_terms(code) {
            terms[Field::Codes as usize].add_term(term);
        }
    }
    let pages = part.reading.map_or(&[][..], |r| &r.pages);
    let body = &mut terms[Field::Body as usize];
    let starts = passages(pages).iter().map(|passage| body.add(&passage.text)).collect();
    let lengths = terms.iter().map(|t| t.length).collect();
    let mut document = TantivyDocument::default();
    for (field, terms) in Field::ALL.into_iter().zip(terms) {
        if !terms.is_empty() {
            document.add_pre_tokenized_text(index_field(field), terms.into_value());
        }
    }
    let parent = part.parent.and_then(|id| places.get(id)).copied();
    (row(part, parent, lengths, starts), document)
}

fn row(part: &Part<'_>, parent: Option<u32>, lengths: Vec<u32>, passages: Vec<u32>) -> Row {
    let (item, stated_in) = (part.item, &part.entry.item);
    let document = item.document.as_ref();
    let names = document.map(|d| [&d.unique_id, &d.logical_id, &d.entry_uuid]);
    let targets = |wanted: fn(Relation) -> bool| {
        item.links.iter().filter(|l| wanted(l.relation)).map(|l| l.target.clone()).collect()
    };
    let legal = stated_in.document.as_ref().and_then(|d| d.legal_authenticator.as_ref());
    let identifiers = stated_in.authors.iter().chain(legal).filter_map(|a| a.identifier.as_ref());
    Row {
        id: item.id.clone(),
        title: describe::title(item),
        start: item.start,
        end: item.end,
        created: item.created,
        status: item.status,
        flags: item.flags | stated_in.flags,
        type_: describe::type_name(item),
        category: document.and_then(|d| d.category),
        authors: describe::authors(item),
        author_ids: identifiers.map(|i| i.to_string()).collect(),
        received: part.entry.received,
        parent,
        names: names.into_iter().flatten().flatten().cloned().collect(),
        replaces: targets(|r| r == Relation::Replaces),
        links: targets(|r| r != Relation::Replaces),
        lengths,
        passages,
        outcome: outcome(part),
        summary: describe::summary(item).into(),
        twin_key: describe::twin_key(item),
        readable: part.entry.readable,
        values: Some(value::values(item, part.reading.map_or(&[][..], |r| &r.pages)))
            .filter(|v| !v.is_empty()),
        pieces: Some(piece::digest(&piece::pieces(item, part.reading))),
        about: (item.kind() != Kind::Document).then(|| concept::about(item)),
        event: describe::event(item),
        reasons: Some(concept::reasons(item)).filter(|keys| !keys.is_empty()),
    }
}

fn outcome(part: &Part<'_>) -> Option<Outcome> {
    part.reading.filter(|_| part.item.kind() == Kind::Document).map(|r| r.outcome.clone())
}
