//! IHE_XDM.ZIP archives (ITI-32): every document that a `METADATA.XML` names.
//!
//! The metadata win, the documents' own headers complete them. What no metadata name (index page, style
//! sheets) is not read. A document that is missing or refused does not stop the others; an archive that
//! is hostile is refused as a whole.

mod archive;
mod metadata;

use crate::content::{is_sha1, media_type};
use crate::identity::document_id;
use crate::{
    Batch, Error, Limits, MediaType, PatientId, Reason, Rejected, Source, Submission, cda, complete,
};
use archive::{Archive, Content};
use metadata::Entry;

/// Reads an archive.
///
/// # Errors
/// No IHE_XDM archive, or one that is damaged, hostile or over the limits.
pub(crate) fn archive(bytes: &[u8], limits: &Limits) -> Result<Batch, Error> {
    let mut archive = Archive::open(bytes, limits)?;
    let mut metadata: Vec<String> = archive.names().iter().filter(|n| is_metadata(n)).cloned().collect();
    if metadata.is_empty() {
        return Err(Error::NotXdm);
    }
    metadata.sort();
    let mut reader =
        Reader { archive: &mut archive, limits, batch: Batch::default(), submissions: Vec::new(), next: 0 };
    for name in &metadata {
        reader.subset(name)?;
    }
    let Reader { mut batch, submissions, .. } = reader;
    batch.settle(submissions);
    Ok(batch)
}

/// `IHE_XDM/<SUBSET>/METADATA.XML`; some producers leave the subset out.
fn is_metadata(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let parts: Vec<&str> = lower.split('/').collect();
    matches!(parts[..], ["ihe_xdm", "metadata.xml"] | ["ihe_xdm", _, "metadata.xml"])
}

struct Reader<'r, 'b> {
    archive: &'r mut Archive<'b>,
    limits: &'r Limits,
    batch: Batch,
    submissions: Vec<Submission>,
    next: usize,
}

impl Reader<'_, '_> {
    fn subset(&mut self, name: &str) -> Result<(), Error> {
        let bytes = match self.archive.read(name, self.limits.document_bytes)? {
            Some(Content::Bytes(bytes)) => bytes,
            Some(Content::TooLarge) => {
                return Err(Error::TooLarge { what: "METADATA.XML", limit: self.limits.document_bytes });
            }
            _ => return Err(Error::Archive("METADATA.XML is damaged")),
        };
        let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
        for entry in metadata::entries(&bytes, self.limits)? {
            let index = self.next;
            self.next += 1;
            let read = match entry {
                Ok(entry) => self.document(index, folder, entry)?,
                Err(reason) => Err(reason),
            };
            match read {
                Ok(submission) => self.submissions.push(submission),
                Err(reason) => self.batch.rejected.push(Rejected { index, item: None, reason }),
            }
        }
        Ok(())
    }

    /// Reads one document. The outer error is the archive's, the inner one the document's.
    fn document(
        &mut self,
        index: usize,
        folder: &str,
        entry: Entry,
    ) -> Result<Result<Submission, Reason>, Error> {
        let Some(uri) = entry.uri.as_deref().filter(|uri| archive::is_harmless(uri)) else {
            return Ok(Err(Reason::Invalid("its metadata name no file")));
        };
        let path = format!("{folder}/{}", uri.trim_start_matches("./"));
        let bytes = match self.archive.read(path.trim_start_matches('/'), self.limits.document_bytes)? {
            Some(Content::Bytes(bytes)) => bytes,
            Some(Content::TooLarge) => return Ok(Err(Reason::TooLarge(self.limits.document_bytes))),
            Some(Content::Damaged) => {
                return Ok(Err(Reason::Document(Error::Archive("an entry is damaged"))));
            }
            None => return Ok(Err(Reason::Invalid("its file is not in the archive"))),
        };
        let mut warnings = Vec::new();
        let submission = submission(index, entry, bytes, self.limits, &mut warnings);
        self.batch.warnings.extend(warnings.into_iter().map(|w| format!("document {index}: {w}")));
        Ok(submission)
    }
}

fn submission(
    index: usize,
    mut entry: Entry,
    bytes: Vec<u8>,
    limits: &Limits,
    warnings: &mut Vec<String>,
) -> Result<Submission, Reason> {
    warnings.append(&mut entry.warnings);
    if entry.size.is_some_and(|size| size != bytes.len() as u64) {
        warnings.push("document has another size than stated".to_owned());
    }
    if entry.hash.as_deref().is_some_and(|hash| !is_sha1(hash, &bytes)) {
        warnings.push("document does not match its hash".to_owned());
    }
    let (kind, odd) = media_type(entry.document.media_type.as_deref(), &bytes);
    warnings.extend(odd.map(str::to_owned));
    let id = document_id(entry.document.unique_id.as_deref(), &bytes);
    let mut item = entry.item(id);
    let mut patients = entry.patients;
    if kind == Some(MediaType::Cda) {
        let (header, ids, said) = cda::header(&bytes, limits)?;
        patients.extend(ids);
        warnings.extend(said);
        complete::fill(&mut item, header);
    }
    patients.sort();
    patients.dedup();
    if PatientId::disagree(&patients) {
        return Err(Reason::Patient);
    }
    complete::finish(&mut item, None);
    let source = kind.map(|media_type| Source { media_type, bytes });
    Ok(Submission { index, item, patients, source, descriptor: entry.descriptor })
}

#[cfg(test)]
mod tests;
