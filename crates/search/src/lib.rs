//! Packs: one record, built, opened and searched.
//!
//! **Purpose.** [`build`] turns a record's items and readings into a pack, an immutable self-contained
//! object; [`Pack::open`] opens it from memory; [`search`], [`suggest`] and [`timeline`] answer over a
//! [`View`] of it, through a [`policy::Grant`].
//!
//! **Key decision.** tantivy keeps terms, postings and positions; scoring is ours. Every posting of a
//! query's terms is read (a record has at most some thousands of items), so that visibility is applied
//! before a single count is taken, document frequencies come from the visible items alone blended with a
//! frozen national table, and one formula (BM25F) scores all fields of an item together.
//!
//! **Architecture invariants.** No grant, no answer: nothing public gives an item without one. The same
//! view, grant and query give the same answer, byte for byte, however the record came in.
//!
//! **What it does not do.** No I/O, no clock (the grant and the query carry the time), no storage, no
//! model of language: the caller makes the vectors ([`Embedding`], [`Embed`]).

#![cfg_attr(test, expect(clippy::unwrap_used, reason = "a test may panic"))]

mod analysed;
mod answer;
mod blocks;
mod build;
mod card;
#[cfg(test)]
mod cases;
mod concept;
mod context;
mod correct;
mod coverage;
mod cross;
mod describe;
mod directory;
mod error;
mod expand;
mod facet;
mod fold;
mod fuse;
mod leg;
mod link;
#[cfg(test)]
mod meaning_cases;
mod pack;
mod parse;
mod piece;
pub mod policy;
mod query;
mod range;
mod rank;
mod row;
mod schema;
mod semantic;
mod snippet;
mod stretch;
mod suggest;
mod timeline;
mod understand;
mod unit;
mod value;
mod vector;
mod view;
mod wanted;
#[cfg(test)]
mod wanted_cases;
mod weights;

pub use answer::{
    Answer, AuthorName, Coverage, EpisodeName, Facet, FacetValue, Facets, Hit, Part, Snippet, Suggestion,
    Timings, TypeName, Understood, UnderstoodKind, UnderstoodOrder, UnderstoodPeriod, UnderstoodPerson,
    UnderstoodType, UnderstoodValue, Unreadable, Why, WhyReason,
};
pub use build::{Entry, build};
pub use card::{Card, CardField, CardKind};
pub use context::Context;
pub use cross::EpisodeKind;
pub use cross::series::{Point, Series, Source};
pub use error::{Error, QueryError};
pub use fuse::{Fusion, Method};
pub use link::LinkKind;
pub use pack::Pack;
pub use query::{Cursor, Filters, Query, Reading};
pub use rank::{search, search_with};
pub use semantic::{Calibration, Embed, NoModel, QueryVector};
pub use suggest::suggest;
pub use timeline::{EpisodeView, LinkedItem, Timeline, links, measure, timeline};
pub use vector::{Embedding, Vectors};
pub use view::{Change, ItemView, View};
pub use weights::{Parameter, Weights};
