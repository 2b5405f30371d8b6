//! Items of a record.

use crate::{Category, Coded, Flags, ItemId, Kind, PartialDate, Text};
use minicbor::{Decode, Encode};

/// Availability of an item (XDS `availabilityStatus`, CI-SIS status types, FHIR status).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Status {
    /// Approved, current.
    #[n(0)]
    #[default]
    Current,
    /// Deprecated: replaced by a newer version.
    #[n(1)]
    Superseded,
    /// Archived and up to date.
    #[n(2)]
    Archived,
    /// Withdrawn by its author, or entered in error: shown to nobody.
    #[n(3)]
    Deleted,
}

impl Status {
    /// The name in the HTTP contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Current => "current",
            Status::Superseded => "superseded",
            Status::Archived => "archived",
            Status::Deleted => "deleted",
        }
    }

    /// The status of that name in the HTTP contract.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Status> {
        [Status::Current, Status::Superseded, Status::Archived, Status::Deleted]
            .into_iter()
            .find(|s| s.as_str() == name)
    }
}

/// What kind of author.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(index_only)]
pub enum AuthorKind {
    /// A professional.
    #[n(0)]
    #[default]
    Practitioner,
    /// The patient, or somebody for the patient.
    #[n(1)]
    Patient,
    /// An establishment alone.
    #[n(2)]
    Organization,
    /// A device or a software service.
    #[n(3)]
    Device,
}

/// An author: person, role, specialty and institution (XDS `author`).
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub struct Author {
    /// What kind of author.
    #[n(0)]
    pub kind: AuthorKind,
    /// Family name.
    #[n(1)]
    pub family: Option<Text>,
    /// Given names.
    #[n(2)]
    pub given: Option<Text>,
    /// Role in the act (`authorRole`), free text.
    #[n(3)]
    pub role: Option<Text>,
    /// Specialty (JDV_J01).
    #[n(4)]
    pub specialty: Option<Coded>,
    /// Institution.
    #[n(5)]
    pub institution: Option<Text>,
    /// Professional identifier (RPPS, ADELI, SIRET…), for "is the author" rules; never shown or indexed.
    #[n(6)]
    pub identifier: Option<Text>,
}

impl Author {
    /// Given and family name, or the institution where no person is named; `None` if neither is known.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        let person: Vec<&str> = [&self.given, &self.family].into_iter().flatten().map(|t| &**t).collect();
        if person.is_empty() {
            self.institution.as_deref().map(str::to_owned)
        } else {
            Some(person.join(" "))
        }
    }
}

/// What a note of an item says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum NoteKind {
    /// Comment, description.
    #[n(0)]
    Comment,
    /// Dosage instruction.
    #[n(1)]
    Dosage,
    /// Why: reason, indication.
    #[n(2)]
    Reason,
    /// Reaction of an allergy, complication.
    #[n(3)]
    Reaction,
    /// Disease that a vaccine protects against.
    #[n(4)]
    Target,
    /// Place: establishment, ward.
    #[n(5)]
    Location,
    /// Result or interpretation in words.
    #[n(6)]
    Result,
    /// Body site.
    #[n(7)]
    BodySite,
    /// Form, strength, route, lot.
    #[n(8)]
    Product,
    /// Heading of the section of the document that states the item.
    #[n(9)]
    Section,
}

/// A piece of free text of an item.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Note {
    /// What it says.
    #[n(0)]
    pub kind: NoteKind,
    /// The text.
    #[n(1)]
    pub text: Text,
}

/// How a measured number relates to the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(index_only)]
pub enum Comparator {
    /// The value itself.
    #[n(0)]
    #[default]
    Equal,
    /// Below the number.
    #[n(1)]
    Less,
    /// At most the number.
    #[n(2)]
    AtMost,
    /// Above the number.
    #[n(3)]
    Greater,
    /// At least the number.
    #[n(4)]
    AtLeast,
}

/// A number with its unit.
#[derive(Clone, PartialEq, Encode, Decode)]
pub struct Quantity {
    /// The number.
    #[n(0)]
    pub value: f64,
    /// Unit as written, UCUM where the source has it.
    #[n(1)]
    pub unit: Option<String>,
    /// How the number relates to the value.
    #[n(2)]
    pub comparator: Comparator,
}

impl std::fmt::Debug for Quantity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Quantity(…)")
    }
}

/// A measured value: an observation's own, or one of its components (blood pressure has two).
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct Measure {
    /// What was measured.
    #[n(0)]
    pub code: Coded,
    /// The number; `None` where the result is only words (see `text`).
    #[n(1)]
    pub quantity: Option<Quantity>,
    /// The result in words ("négatif").
    #[n(2)]
    pub text: Option<Text>,
    /// Lower bound of the reference range, in the unit of the value.
    #[n(3)]
    pub low: Option<f64>,
    /// Upper bound of the reference range.
    #[n(4)]
    pub high: Option<f64>,
    /// HL7 ObservationInterpretation code (`H`, `L`, `N`…).
    #[n(5)]
    pub interpretation: Option<String>,
}

/// How an item relates to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Relation {
    /// This version replaces the target (XDS `RPLC`, FHIR `replaces`).
    #[n(0)]
    Replaces,
    /// Completes the target (`APND`, `appends`).
    #[n(1)]
    Appends,
    /// Translates or transforms the target (`XFRM`, `transforms`).
    #[n(2)]
    Transforms,
    /// States what this item says: the document it comes from.
    #[n(3)]
    DerivedFrom,
    /// Any other link.
    #[n(4)]
    Related,
}

/// A link to another item of the same record.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Link {
    /// How they relate.
    #[n(0)]
    pub relation: Relation,
    /// An item reference (`DocumentReference/doc-001`), or a unique id, logical id or entry UUID that
    /// is resolved inside the record.
    #[n(1)]
    pub target: String,
}

/// XDS metadata that only documents have.
#[derive(Debug, Clone, PartialEq, Default, Encode, Decode)]
pub struct DocumentEntry {
    /// `typeCode` (JDV_J07).
    #[n(0)]
    pub type_code: Option<Coded>,
    /// `classCode` (JDV_J57), given or derived from the type by ASS_X16.
    #[n(1)]
    pub class_code: Option<Coded>,
    /// Category in Mon espace santé, derived from type and class.
    #[n(2)]
    pub category: Option<Category>,
    /// `formatCode` (JDV_J10).
    #[n(3)]
    pub format_code: Option<Coded>,
    /// `eventCodeList`: acts, diagnoses, modality, anatomical region.
    #[n(4)]
    pub event_codes: Vec<Coded>,
    /// `healthcareFacilityTypeCode` (JDV_J02).
    #[n(5)]
    pub facility_type: Option<Coded>,
    /// `practiceSettingCode` (JDV_J04).
    #[n(6)]
    pub practice_setting: Option<Coded>,
    /// `uniqueId`: stable for the content; the same by every channel. `root` or `root^extension`.
    #[n(7)]
    pub unique_id: Option<String>,
    /// `logicalId`: the same for all metadata versions of one document; CDA `setId`.
    #[n(8)]
    pub logical_id: Option<String>,
    /// `entryUUID`: one version of the metadata.
    #[n(9)]
    pub entry_uuid: Option<String>,
    /// CDA version number.
    #[n(10)]
    pub version: Option<u32>,
    /// IANA media type of the content.
    #[n(11)]
    pub media_type: Option<String>,
    /// Who answers for the content.
    #[n(12)]
    pub legal_authenticator: Option<Author>,
}

/// An entry of the record.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct Item {
    /// Its reference.
    #[n(0)]
    pub id: ItemId,
    /// Title of a document, name of a drug, label of an observation.
    #[n(1)]
    pub title: Text,
    /// Start of the act (`serviceStartTime`, `effective`, `onset`): the date that matters to a patient.
    #[n(2)]
    pub start: Option<PartialDate>,
    /// End of the act.
    #[n(3)]
    pub end: Option<PartialDate>,
    /// When the entry was written (`creationTime`).
    #[n(4)]
    pub created: Option<PartialDate>,
    /// Availability.
    #[n(5)]
    pub status: Status,
    /// Clinical or workflow status as FHIR codes it (`active`, `resolved`, `booked`…).
    #[n(6)]
    pub clinical_status: Option<String>,
    /// What the item is about: codes of a drug, a diagnosis, an act, a vaccine, a measure.
    #[n(7)]
    pub codes: Vec<Coded>,
    /// Authors, performers, prescribers.
    #[n(8)]
    pub authors: Vec<Author>,
    /// Free text.
    #[n(9)]
    pub notes: Vec<Note>,
    /// Measured values.
    #[n(10)]
    pub measures: Vec<Measure>,
    /// Confidentiality flags.
    #[n(11)]
    pub flags: Flags,
    /// Links to other items.
    #[n(12)]
    pub links: Vec<Link>,
    /// BCP 47 language as stated (`fr-FR`).
    #[n(13)]
    pub language: Option<String>,
    /// XDS metadata of a document; `None` for every other kind.
    #[n(14)]
    pub document: Option<DocumentEntry>,
}

impl Item {
    /// An item with a title and nothing else known.
    #[must_use]
    pub fn new(id: ItemId, title: &str) -> Self {
        let document = (id.kind() == Kind::Document).then(DocumentEntry::default);
        Item {
            id,
            title: Text::from(title),
            start: None,
            end: None,
            created: None,
            status: Status::Current,
            clinical_status: None,
            codes: Vec::new(),
            authors: Vec::new(),
            notes: Vec::new(),
            measures: Vec::new(),
            flags: Flags::NORMAL,
            links: Vec::new(),
            language: None,
            document,
        }
    }

    /// The kind of item.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.id.kind()
    }

    /// The date to show and to sort by: of the act, else of the writing.
    #[must_use]
    pub fn date(&self) -> Option<PartialDate> {
        self.start.or(self.end).or(self.created)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ResourceType, decode, encode};

    #[test]
    fn an_item_survives_encoding_and_hides_its_text_in_debug() {
        let id =
            ItemId::new(ResourceType::DocumentReference, "doc-1").unwrap_or_else(|e| unreachable!("{e}"));
        let mut item = Item::new(id, "Sérologie VIH");
        item.start = PartialDate::parse_iso("2024-03").ok();
        item.codes.push(Coded::new(crate::system::CIM10, "B24", Some("VIH")));
        item.flags = Flags::MASKED_FROM_PROFESSIONALS;
        assert_eq!(decode::<Item>(&encode(&item)), Ok(item.clone()));
        let debug = format!("{item:?}");
        assert!(!debug.contains("VIH") && !debug.contains("B24"), "{debug}");
    }
}
