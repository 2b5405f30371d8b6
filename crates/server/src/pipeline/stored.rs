//! What the ledger's `meta` of an item holds.

use crate::auth::rights::Depositor;
use ingest::Submission;
use minicbor::{Decode, Encode};
use record::{Flags, Item, Status};
use sha2::{Digest, Sha256};

/// An item as it was submitted, with what was decided about it since. A PATCH is kept apart from the
/// submission, so that the same bundle put again changes nothing and does not undo a masking.
#[derive(Debug, Clone, Encode, Decode)]
pub(crate) struct Stored {
    /// The item as submitted.
    #[n(0)]
    pub(crate) item: Item,
    /// Who brought it first.
    #[n(1)]
    pub(crate) depositor: Depositor,
    /// Flags that replace those of the submission.
    #[n(2)]
    pub(crate) flags: Option<Flags>,
    /// Status that replaces that of the submission.
    #[n(3)]
    pub(crate) status: Option<Status>,
    /// Digest of the submission: item, descriptor and source. A reading belongs to one such digest.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub(crate) content: [u8; 32],
}

impl Stored {
    /// A first submission.
    pub(crate) fn new(submission: &Submission, depositor: Depositor) -> Self {
        let content = content_digest(submission);
        Stored { item: submission.item.clone(), depositor, flags: None, status: None, content }
    }

    /// A submission of an item that is there already. What a PATCH decided stays until a submission says
    /// something else than the one before.
    pub(crate) fn after(submission: &Submission, before: &Stored) -> Self {
        let item = submission.item.clone();
        Stored {
            flags: before.flags.filter(|_| item.flags == before.item.flags),
            status: before.status.filter(|_| item.status == before.item.status),
            depositor: before.depositor.clone(),
            content: content_digest(submission),
            item,
        }
    }

    /// The item as it is now.
    pub(crate) fn effective(&self) -> Item {
        let mut item = self.item.clone();
        item.flags = self.flags.unwrap_or(item.flags);
        item.status = self.status.unwrap_or(item.status);
        item
    }

    /// The ledger's digest: two states with the same digest are the same.
    pub(crate) fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.content);
        hash.update(record::encode(&(self.flags, self.status)));
        hash.finalize().into()
    }
}

fn content_digest(submission: &Submission) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut part = |bytes: &[u8]| {
        // The length keeps neighbours apart.
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    part(&record::encode(&submission.item));
    part(&submission.descriptor);
    if let Some(source) = &submission.source {
        part(source.media_type.as_str().as_bytes());
        part(&source.bytes);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::{ItemId, ResourceType};
    use search::policy::{Actor, Role};

    fn submission(flags: Flags) -> Submission {
        let id = ItemId::new(ResourceType::DocumentReference, "d").unwrap();
        let item = Item { flags, ..Item::new(id, "t") };
        Submission { index: 0, item, patients: Vec::new(), source: None, descriptor: Vec::new() }
    }

    #[test]
    fn a_masking_survives_the_same_submission_and_gives_way_to_another() {
        let depositor = Depositor::of(&Actor::new("s", Role::Service));
        let masked = Flags::MASKED_FROM_PROFESSIONALS;
        let patched =
            Stored { flags: Some(masked), ..Stored::new(&submission(Flags::NORMAL), depositor.clone()) };
        let same = Stored::after(&submission(Flags::NORMAL), &patched);
        assert_eq!(same.effective().flags, masked);
        assert_eq!(same.digest(), patched.digest());
        let other = Stored::after(&submission(Flags::INVISIBLE_PATIENT), &patched);
        assert_eq!(other.effective().flags, Flags::INVISIBLE_PATIENT);
        assert_ne!(other.digest(), patched.digest());
    }

    #[test]
    fn it_survives_encoding() {
        let depositor = Depositor::of(&Actor::new("s", Role::Service));
        let stored = Stored::new(&submission(Flags::RESTRICTED), depositor);
        let back: Stored = record::decode(&record::encode(&stored)).unwrap();
        assert_eq!((back.digest(), back.effective()), (stored.digest(), stored.effective()));
    }
}
