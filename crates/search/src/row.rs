//! What a search needs of each item, decoded once when a pack is opened.

use crate::schema::Field;
use crate::understand::Period;
use crate::value::Value;
use minicbor::{Decode, Encode};
use record::{Category, Flags, ItemId, Kind, Outcome, PartialDate, Status, Text};

/// One item of a pack. Its index is its document id in the full-text index.
#[derive(Clone, Encode, Decode)]
pub(crate) struct Row {
    #[n(0)]
    pub(crate) id: ItemId,
    /// What is shown as its title.
    #[n(1)]
    pub(crate) title: Text,
    #[n(2)]
    pub(crate) start: Option<PartialDate>,
    #[n(3)]
    pub(crate) end: Option<PartialDate>,
    #[n(4)]
    pub(crate) created: Option<PartialDate>,
    #[n(5)]
    pub(crate) status: Status,
    #[n(6)]
    pub(crate) flags: Flags,
    /// Type of a document, first code of another kind.
    #[n(7)]
    pub(crate) type_: Option<(String, Text)>,
    #[n(8)]
    pub(crate) category: Option<Category>,
    #[n(9)]
    pub(crate) authors: Vec<RowAuthor>,
    /// Identifiers of authors and depositors, for the policy.
    #[n(10)]
    pub(crate) author_ids: Vec<String>,
    /// First reception, Unix seconds.
    #[n(11)]
    pub(crate) received: i64,
    /// Row of the document that states a derived item.
    #[n(12)]
    pub(crate) parent: Option<u32>,
    /// Names under which others refer to it: unique id, logical id, entry UUID.
    #[n(13)]
    pub(crate) names: Vec<String>,
    /// Targets that it replaces: references or names.
    #[n(14)]
    pub(crate) replaces: Vec<String>,
    /// Other items that it is linked with: references.
    #[n(15)]
    pub(crate) links: Vec<String>,
    /// Words in each field, in the order of [`Field::ALL`].
    #[n(16)]
    pub(crate) lengths: Vec<u32>,
    /// Position in the body field at which each passage starts.
    #[n(17)]
    pub(crate) passages: Vec<u32>,
    /// How the reading ended; `None` for a document that was not read yet and for other kinds.
    #[n(18)]
    pub(crate) outcome: Option<Outcome>,
    /// A line that says what a structured item is: value and unit, dosage, reaction.
    #[n(19)]
    pub(crate) summary: Text,
    /// Which items are the same statement: kind, code or label, day, value.
    #[n(20)]
    pub(crate) twin_key: Option<String>,
    /// Whether the bytes of the document are there to be read.
    #[n(21)]
    pub(crate) readable: bool,
    /// Measured values, for conditions.
    #[n(22)]
    pub(crate) values: Option<Vec<Value>>,
    /// Digest of the pieces to embed; `None` in a pack of an earlier build.
    #[n(23)]
    pub(crate) pieces: Option<u64>,
    /// Keys of the concepts that an entry names in its title or by its codes; `None` for a document.
    #[n(24)]
    pub(crate) about: Option<Vec<String>>,
    /// What kind of event it is; `None` for every other kind.
    #[n(25)]
    pub(crate) event: Option<EventKind>,
    /// Keys of the concepts that an entry gives as its reason; `None` where it gives none.
    #[n(26)]
    pub(crate) reasons: Option<Vec<String>>,
}

/// What kind of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub(crate) enum EventKind {
    /// A visit of a day.
    #[n(0)]
    Visit,
    /// A stay in a hospital.
    #[n(1)]
    Stay,
    /// Agreed for a day to come, when it was written.
    #[n(2)]
    Appointment,
    /// Called off, or not kept.
    #[n(3)]
    Cancelled,
}

/// An author as shown and filtered.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct RowAuthor {
    #[n(0)]
    pub(crate) name: Option<Text>,
    #[n(1)]
    pub(crate) specialty: Option<Text>,
    #[n(2)]
    pub(crate) institution: Option<Text>,
}

impl Row {
    pub(crate) fn date(&self) -> Option<PartialDate> {
        self.start.or(self.end).or(self.created)
    }

    pub(crate) fn length(&self, field: Field) -> u32 {
        self.lengths.get(field as usize).copied().unwrap_or(0)
    }

    /// Whether the item lies in a period, at least in part.
    pub(crate) fn lies_in(&self, from: Option<PartialDate>, to: Option<PartialDate>) -> bool {
        if from.is_none() && to.is_none() {
            return true;
        }
        let Some(date) = self.date() else { return false };
        let (first, mut last) = date.span();
        // A treatment or a stay lasts; a condition or an allergy without an end goes on.
        if let Some(end) = self.end {
            last = last.max(end.span().1);
        } else if matches!(self.id.kind(), Kind::Condition | Kind::Allergy) {
            last = (u16::MAX, 12, 31);
        }
        from.is_none_or(|f| last >= f.span().0) && to.is_none_or(|t| first <= t.span().1)
    }

    /// Whether the item lies in a period that a query names, at least in part.
    pub(crate) fn is_in(&self, period: &Period) -> bool {
        match period.month {
            Some(month) => self.date().is_some_and(|d| d.month() == Some(month)),
            None => self.lies_in(period.from, period.to),
        }
    }

    /// The passage that holds a position of the body field.
    pub(crate) fn passage_at(&self, position: u32) -> usize {
        self.passages.partition_point(|start| *start <= position).saturating_sub(1)
    }
}
