//! What a write takes and answers.

use crate::Error;
use crate::pipeline::{Patch, Rejection, Written};
use record::{Flags, ItemId, Status};
use serde::{Deserialize, Serialize};

/// The answer to `PUT …/bundle`.
#[derive(Serialize)]
pub struct WrittenBody {
    accepted: usize,
    unchanged: usize,
    rejected: Vec<RejectionBody>,
    warnings: Vec<String>,
    sequence: u64,
}

/// The answer to `POST …/documents`.
#[derive(Serialize)]
pub struct DocumentBody {
    /// The document; the first one of an archive.
    item: Option<String>,
    items: Vec<String>,
    #[serde(flatten)]
    written: WrittenBody,
}

#[derive(Serialize)]
struct RejectionBody {
    index: usize,
    item: Option<String>,
    reason: String,
}

/// `PATCH …/items/{type}/{id}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PatchBody {
    visibility: Option<Vec<String>>,
    status: Option<String>,
}

/// The answer to it.
#[derive(Serialize)]
pub struct PatchedBody {
    /// The item.
    pub item: String,
    /// The record's head after the write.
    pub sequence: u64,
}

impl From<Written> for WrittenBody {
    fn from(written: Written) -> Self {
        let Written { accepted, unchanged, rejected, warnings, items: _, sequence } = written;
        let rejected = rejected.into_iter().map(RejectionBody::from).collect();
        WrittenBody { accepted, unchanged, rejected, warnings, sequence }
    }
}

impl From<Written> for DocumentBody {
    fn from(written: Written) -> Self {
        let items: Vec<String> = written.items.iter().map(ItemId::to_string).collect();
        DocumentBody { item: items.first().cloned(), items, written: written.into() }
    }
}

impl From<Rejection> for RejectionBody {
    fn from(Rejection { index, item, reason }: Rejection) -> Self {
        RejectionBody { index, item: item.map(|id| id.to_string()), reason: reason.to_string() }
    }
}

impl PatchBody {
    /// The change that it means.
    ///
    /// # Errors
    /// A code or a status outside the contract, or no change at all.
    pub fn patch(self) -> Result<Patch, Error> {
        let PatchBody { visibility, status } = self;
        let refused = |what: &str| Error::Request(what.to_owned());
        let flag = |code: &String| Flags::from_code(code);
        let flags = match visibility {
            None => None,
            Some(codes) => {
                let flags: Option<Vec<Flags>> = codes.iter().map(flag).collect();
                let flags = flags.ok_or_else(|| refused("visibility holds a code outside JDV_J08"))?;
                Some(flags.into_iter().fold(Flags::NORMAL, |all, flag| all | flag))
            }
        };
        let status = match status.as_deref() {
            None => None,
            Some(name) => Some(
                Status::from_name(name).ok_or_else(|| refused("status is not one of the documentation"))?,
            ),
        };
        if flags.is_none() && status.is_none() {
            return Err(refused("neither visibility nor status is given"));
        }
        Ok(Patch { flags, status })
    }
}
