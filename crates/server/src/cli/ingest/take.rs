//! One file: read, told apart by patient, submitted.

use super::find::{Format, Found, metadata_of};
use super::inline::inline;
use super::report::{Refused, Warning};
use crate::Service;
use anyhow::Context;
use ingest::{Batch, Limits, Metadata, PatientId, Submission, Upload};
use record::RecordId;
use search::policy::{Actor, Role};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What became of one file.
#[derive(Debug, Default)]
pub(super) struct Taken {
    pub(super) accepted: usize,
    pub(super) unchanged: usize,
    pub(super) refused: Vec<Refused>,
    pub(super) warnings: Vec<Warning>,
    pub(super) records: Vec<RecordId>,
    /// Files that a bundle named and that were put inline.
    pub(super) inlined: Vec<PathBuf>,
}

impl Taken {
    fn refuse(&mut self, file: &Path, entry: Option<usize>, item: Option<String>, reason: String) {
        self.refused.push(Refused { file: file.display().to_string(), entry, item, reason });
    }
}

/// Takes files into records.
pub(super) struct Taker<'a> {
    service: &'a Service,
    limits: &'a Limits,
    record: Option<RecordId>,
    actor: Actor,
}

impl<'a> Taker<'a> {
    /// Into `record`, or else into that of the patient whom a file states.
    pub(super) fn new(service: &'a Service, limits: &'a Limits, record: Option<RecordId>) -> Self {
        Taker { service, limits, record, actor: Actor::new("command-line", Role::Service) }
    }

    /// Takes one file.
    ///
    /// # Errors
    /// The file cannot be read, or the store fails. A refusal is no error.
    pub(super) async fn take(&self, file: Found) -> anyhow::Result<Taken> {
        let mut taken = Taken::default();
        let path = file.path.clone();
        let limits = *self.limits;
        let read = tokio::task::spawn_blocking(move || read(&file, &limits));
        let (batch, inlined) = read.await?.with_context(|| path.display().to_string())?;
        taken.inlined = inlined;
        let batch = match batch {
            Ok(batch) => batch,
            Err(error) => {
                taken.refuse(&path, None, None, error.to_string());
                return Ok(taken);
            }
        };
        for (record, batch) in self.by_record(&path, batch, &mut taken) {
            self.submit(&path, record, batch, &mut taken).await?;
        }
        Ok(taken)
    }

    /// Tells a batch apart by record. What the source refused goes with the first.
    fn by_record(&self, path: &Path, batch: Batch, taken: &mut Taken) -> BTreeMap<RecordId, Batch> {
        let Batch { submissions, rejected, warnings } = batch;
        let file = path.display().to_string();
        taken.warnings.extend(warnings.into_iter().map(|text| Warning { file: file.clone(), text }));
        for r in rejected {
            taken.refuse(path, Some(r.index), r.item.map(|i| i.to_string()), r.reason.to_string());
        }
        let mut records: BTreeMap<RecordId, Batch> = BTreeMap::new();
        for submission in submissions {
            match self.record.clone().or_else(|| stated(&submission.patients)) {
                Some(record) => records.entry(record).or_default().submissions.push(submission),
                None => {
                    let Submission { index, item, .. } = submission;
                    let reason = "no patient is stated: name the record with --record".to_owned();
                    taken.refuse(path, Some(index), Some(item.id.to_string()), reason);
                }
            }
        }
        records
    }

    async fn submit(
        &self,
        path: &Path,
        record: RecordId,
        batch: Batch,
        taken: &mut Taken,
    ) -> anyhow::Result<()> {
        let written = self.service.submit(&record, &self.actor, batch).await?;
        taken.accepted += written.accepted;
        taken.unchanged += written.unchanged;
        for r in written.rejected {
            taken.refuse(path, Some(r.index), r.item.map(|i| i.to_string()), r.reason.to_string());
        }
        let file = path.display().to_string();
        taken.warnings.extend(written.warnings.into_iter().map(|text| Warning { file: file.clone(), text }));
        if !written.items.is_empty() {
            taken.records.push(record);
        }
        Ok(())
    }
}

/// The record of a patient: by the INS where one is stated, so that a person's CDA and FHIR meet, or else
/// by the FHIR reference.
fn stated(patients: &[PatientId]) -> Option<RecordId> {
    let is_ins = |p: &&PatientId| p.system.starts_with("1.2.250.1.213.1.4.");
    let ins = patients.iter().filter(is_ins).min_by_key(|p| &p.system);
    RecordId::new(&ins.or(patients.first())?.value).ok()
}

type Parsed = (Result<Batch, ingest::Error>, Vec<PathBuf>);

/// Reads and parses a file; what it put inline beside.
fn read(file: &Found, limits: &Limits) -> std::io::Result<Parsed> {
    let single = matches!(file.format, Format::Document(media) if media != Some(ingest::MediaType::Xdm));
    let limit = if single { limits.document_bytes } else { limits.bundle_bytes };
    if std::fs::metadata(&file.path)?.len() > limit as u64 {
        return Ok((Err(ingest::Error::TooLarge { what: "file", limit }), Vec::new()));
    }
    let bytes = std::fs::read(&file.path)?;
    Ok(match file.format {
        Format::Bundle => {
            let inlined = inline(bytes, file.path.parent().unwrap_or(Path::new(".")));
            (ingest::bundle(&inlined.bytes, limits), inlined.files)
        }
        Format::Ndjson => (ingest::ndjson(&bytes, limits), Vec::new()),
        Format::Document(declared) => {
            let file_name = file.path.file_name().map(|n| n.to_string_lossy().into_owned());
            let batch = metadata(&file.path)?.and_then(|metadata| {
                ingest::document(Upload { declared, metadata, file_name }, bytes, limits)
            });
            (batch, Vec::new())
        }
    })
}

/// What the file beside it says of a document, if there is one.
fn metadata(path: &Path) -> std::io::Result<Result<Metadata, ingest::Error>> {
    match std::fs::read(metadata_of(path)) {
        Ok(json) => Ok(Metadata::from_json(&json)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Ok(Metadata::default())),
        Err(e) => Err(e),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ins_comes_before_a_local_reference() {
        let patient =
            |system: &str, value: &str| PatientId { system: system.to_owned(), value: value.to_owned() };
        let ins = patient("1.2.250.1.213.1.4.8", "279035121518989");
        let local = patient("Patient", "pat-1");
        let name = |patients: &[PatientId]| stated(patients).map(|r| r.as_str().to_owned());
        assert_eq!(name(&[local.clone(), ins]).as_deref(), Some("279035121518989"));
        assert_eq!(name(&[local]).as_deref(), Some("pat-1"));
        assert_eq!(name(&[patient("Patient", "../x")]), None);
        assert_eq!(name(&[]), None);
    }
}
