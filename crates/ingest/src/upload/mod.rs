//! One file that a client sends.

mod metadata;

pub use metadata::Metadata;

use crate::complete::{self, ClassOrCategory};
use crate::content::{is_html, is_text, looks_like_xml};
use crate::identity::{document_id, plain};
use crate::{Batch, Error, Limits, MediaType, PatientId, Source, Submission, cda, fhir, xdm};
use record::{
    Author, Coded, DocumentEntry, Flags, Item, ItemId, Link, PartialDate, Relation, ResourceType, Status,
    Text,
};
use serde_json::Value;
use std::fmt;

/// A file with what the client says of it.
#[derive(Default, Clone)]
pub struct Upload {
    /// Media type that the client declares; `None` where it declares none (`application/octet-stream`).
    pub declared: Option<MediaType>,
    /// Metadata that the client gives.
    pub metadata: Metadata,
    /// Name of the file: the title of last resort, and a hint where no media type is declared.
    pub file_name: Option<String>,
}

// The file's name is patient text.
impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Upload({:?}, {:?})", self.declared, self.metadata)
    }
}

/// Reads one file: an IHE_XDM archive gives its documents, every other file gives one. What the client
/// says wins over what a CDA header says, but confidentiality flags add up.
///
/// # Errors
/// A file that is refused as a whole: too large, not what it is declared to be, of a media type that the
/// engine does not take, or with metadata that are not valid. Documents of an archive are refused alone.
pub fn document(upload: Upload, bytes: Vec<u8>, limits: &Limits) -> Result<Batch, Error> {
    if bytes.is_empty() {
        return Err(Error::Invalid("file is empty"));
    }
    let media_type = media_type(&upload, &bytes)?;
    if media_type == MediaType::Xdm {
        return archive(&upload.metadata, &bytes, limits);
    }
    if bytes.len() > limits.document_bytes {
        return Err(Error::TooLarge { what: "document", limit: limits.document_bytes });
    }
    let mut warnings = Vec::new();
    let mut patients = Vec::new();
    let mut item = stated(&upload.metadata, &bytes)?;
    if media_type == MediaType::Cda {
        let (header, ids, said) = cda::header(&bytes, limits)?;
        warnings = said;
        patients = ids;
        if upload.metadata.id.is_none() && upload.metadata.unique_id.is_none() {
            item.id = header.id.clone();
        }
        complete::fill(&mut item, header);
    }
    if PatientId::disagree(&patients) {
        return Err(Error::Invalid("it names two patients"));
    }
    complete::finish(&mut item, upload.file_name.as_deref().and_then(title_of_file));
    if let Some(entry) = &mut item.document {
        entry.media_type = Some(media_type.as_str().to_owned());
        if entry.type_code.as_ref().is_some_and(|t| !complete::is_known_type(t)) {
            warnings.push("type is not in the value set JDV_J07".to_owned());
        }
    }
    let descriptor = descriptor(&upload);
    let source = Some(Source { media_type, bytes });
    let submissions = vec![Submission { index: 0, item, patients, source, descriptor }];
    Ok(Batch { submissions, warnings, ..Batch::default() })
}

/// What the file is: by its content where that tells, and not against what is declared.
fn media_type(upload: &Upload, bytes: &[u8]) -> Result<MediaType, Error> {
    let by_name = || upload.file_name.as_deref().and_then(by_extension);
    let declared = upload.declared.or_else(by_name);
    if let Some(found) = MediaType::sniff(bytes) {
        let agrees = declared.is_none_or(|declared| declared == found);
        return if agrees { Ok(found) } else { Err(Error::MediaMismatch) };
    }
    match declared {
        _ if is_html(bytes) => Err(if declared.is_some() { Error::MediaMismatch } else { Error::MediaType }),
        Some(MediaType::Cda) => Ok(MediaType::Cda),
        Some(MediaType::Text) if is_text(bytes) => Ok(MediaType::Text),
        Some(_) => Err(Error::MediaMismatch),
        None if looks_like_xml(bytes) => Ok(MediaType::Cda),
        None if is_text(bytes) => Ok(MediaType::Text),
        None => Err(Error::MediaType),
    }
}

fn by_extension(name: &str) -> Option<MediaType> {
    let (_, extension) = name.rsplit_once('.')?;
    Some(match extension.to_ascii_lowercase().as_str() {
        "xml" | "cda" => MediaType::Cda,
        "zip" => MediaType::Xdm,
        "pdf" => MediaType::Pdf,
        "jpg" | "jpeg" => MediaType::Jpeg,
        "png" => MediaType::Png,
        "tif" | "tiff" => MediaType::Tiff,
        "txt" => MediaType::Text,
        "rtf" => MediaType::Rtf,
        _ => return None,
    })
}

/// The file's name without folder and extension.
fn title_of_file(name: &str) -> Option<&str> {
    let name = name.rsplit(['/', '\\']).next()?;
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    Some(stem.trim()).filter(|s| s.chars().any(char::is_alphanumeric))
}

/// An archive states its metadata itself; a client can only hide more of it.
fn archive(metadata: &Metadata, bytes: &[u8], limits: &Limits) -> Result<Batch, Error> {
    let only_flags = Metadata { confidentiality: metadata.confidentiality.clone(), ..Metadata::default() };
    if *metadata != only_flags {
        return Err(Error::Invalid("metadata of an archive stand in the archive"));
    }
    let flags = flags(metadata)?;
    let mut batch = xdm::archive(bytes, limits)?;
    for submission in &mut batch.submissions {
        submission.item.flags = submission.item.flags | flags;
    }
    Ok(batch)
}

/// The item as far as the client states it.
fn stated(metadata: &Metadata, bytes: &[u8]) -> Result<Item, Error> {
    let unique_id = metadata.unique_id.as_deref().map(plain);
    let id = match &metadata.id {
        Some(id) => own_id(id)?,
        None => document_id(unique_id, bytes),
    };
    let mut item = Item::new(id, metadata.title.as_deref().unwrap_or(""));
    item.start = date(&metadata.date, "date is not a date of the calendar")?;
    item.end = date(&metadata.end, "end is not a date of the calendar")?;
    item.created = date(&metadata.created, "created is not a date of the calendar")?;
    if let (Some(start), Some(end)) = (item.start, item.end)
        && end.span().1 < start.span().0
    {
        return Err(Error::Invalid("end is before date"));
    }
    item.flags = flags(metadata)?;
    item.status = match metadata.status.as_deref().map(Status::from_name) {
        None => Status::Current,
        Some(Some(status)) if status != Status::Deleted => status,
        Some(_) => return Err(Error::Invalid("status is not current, superseded or archived")),
    };
    item.language.clone_from(&metadata.language);
    item.authors.extend(author(metadata));
    if let Some(replaced) = metadata.replaces.as_deref() {
        item.links.push(Link { relation: Relation::Replaces, target: plain(replaced).to_owned() });
    }
    item.document = Some(entry(metadata, unique_id));
    Ok(item)
}

/// The id that the client gives, with or without its type.
fn own_id(id: &str) -> Result<ItemId, Error> {
    let id = id.strip_prefix("DocumentReference/").unwrap_or(id);
    let fhir = id.len() <= 64 && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'));
    let invalid = Error::Invalid("id is not of the form [A-Za-z0-9.-]{1,64}");
    if !fhir {
        return Err(invalid);
    }
    ItemId::new(ResourceType::DocumentReference, id).map_err(|_| invalid)
}

fn date(text: &Option<String>, wrong: &'static str) -> Result<Option<PartialDate>, Error> {
    text.as_deref().map(PartialDate::parse_iso).transpose().map_err(|_| Error::Invalid(wrong))
}

fn flags(metadata: &Metadata) -> Result<Flags, Error> {
    metadata.confidentiality.iter().try_fold(Flags::NORMAL, |flags, code| {
        let flag = Flags::from_code(code).ok_or(Error::Invalid("confidentiality code is not in JDV_J08"))?;
        Ok(flags | flag)
    })
}

fn author(metadata: &Metadata) -> Option<Author> {
    let mut author = metadata.author.as_deref().map(fhir::person).unwrap_or_default();
    if let Some(specialty) = metadata.specialty.as_deref() {
        author.specialty = Some(match lexicon::specialty_label(specialty) {
            Some(label) => Coded::new("", specialty, Some(label)),
            None => Coded::new("", "", Some(specialty)),
        });
    }
    author.institution = metadata.institution.as_deref().map(Text::from);
    let stated = author != Author::default();
    if author.family.is_none() && author.institution.is_some() {
        author.kind = record::AuthorKind::Organization;
    }
    stated.then_some(author)
}

fn entry(metadata: &Metadata, unique_id: Option<&str>) -> DocumentEntry {
    let labelled = |value: &Option<String>, label: fn(&str) -> Option<&'static str>| {
        let code = coded(value.as_deref()?);
        let display = label(&code.code).map(Text::from);
        Some(Coded { display, ..code })
    };
    let mut entry = DocumentEntry {
        type_code: metadata.type_code.as_deref().map(coded),
        practice_setting: labelled(&metadata.practice_setting, lexicon::practice_setting_label),
        facility_type: labelled(&metadata.facility, lexicon::facility_label),
        unique_id: unique_id.map(str::to_owned),
        event_codes: metadata.event_codes.iter().map(|code| coded(code)).collect(),
        ..DocumentEntry::default()
    };
    match metadata.class_code.as_deref().map(|code| complete::class_or_category(coded(code))) {
        Some(ClassOrCategory::Class(class)) => entry.class_code = Some(class),
        Some(ClassOrCategory::Category(category)) => entry.category = Some(category),
        None => {}
    }
    entry
}

/// `code` or `system|code`.
fn coded(text: &str) -> Coded {
    let (system, code) = text.split_once('|').unwrap_or(("", text));
    Coded::new(system.trim(), code.trim(), None)
}

/// What the client said, as JSON with sorted names; nothing where it said nothing.
fn descriptor(upload: &Upload) -> Vec<u8> {
    let mut fields = upload.metadata.fields();
    if let Some(name) = &upload.file_name {
        fields.insert("fileName".to_owned(), Value::from(name.as_str()));
    }
    if fields.is_empty() { Vec::new() } else { fhir::canonical(&Value::Object(fields)) }
}

#[cfg(test)]
mod tests;
