//! Source formats → the items of a record.
//!
//! **Purpose.** CDA R2, IHE_XDM.ZIP, FHIR R4 Bundle and NDJSON, PDF, RTF, text and images come in; items
//! with XDS metadata, pages of text and coded entries come out.
//!
//! **Key decision.** Two stages. [`bundle`], [`ndjson`] and [`document`] read only what makes an entry
//! known and findable by its metadata, fast enough for a request; [`read`] reads what the document says,
//! later, in a process that can be killed. Both take [`Limits`], return what they could not use beside
//! what they could, and refuse by a typed reason.
//!
//! **What it does not do.** No network, no files, no index, no model. It never trusts a length, a depth,
//! a name or a reference of its input.

#![cfg_attr(test, expect(clippy::unwrap_used, reason = "a test may panic"))]

mod batch;
mod cda;
mod complete;
mod content;
mod error;
mod fhir;
mod identity;
mod limits;
mod media;
pub mod ocr;
mod preview;
mod read;
mod reading;
mod upload;
mod watch;
mod xdm;

pub use batch::{Batch, PatientId, Rejected, Source, Submission};
pub use error::{Error, Reason};
pub use fhir::{bundle, ndjson};
pub use limits::Limits;
pub use media::MediaType;
pub use preview::{PREVIEW, PageView, preview};
pub use read::{EXTRACTOR, read, read_watched};
pub use reading::pdf::{Bitmap, PageRenderer, render_page};
pub use upload::{Metadata, Upload, document};
pub use watch::{Turn, Watch};
