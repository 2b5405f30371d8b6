//! The types of the HTTP contract.
//!
//! Conversions take the engine's values apart field by field: a new field breaks the build here instead of
//! leaking. This is the only place where patient text meets serde, and none of these types has `Debug`.

mod answer;
mod card;
mod item;
mod query;
mod timeline;
mod understood;
mod write;

pub use answer::{AnswerBody, CoverageBody, SuggestionsBody};
pub use card::SeriesBody;
pub use item::{ItemBody, TextPart};
pub use query::{FiltersBody, SearchBody};
pub use timeline::TimelineBody;
pub use write::{DocumentBody, PatchBody, PatchedBody, WrittenBody};
