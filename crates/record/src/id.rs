//! Identifiers, validated when they are made.

use minicbor::{Decode, Encode};
use std::fmt;
use std::str::FromStr;

/// Why an identifier was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Empty or longer than the limit.
    #[error("identifier must have 1 to {0} characters")]
    Length(usize),
    /// A character outside `[A-Za-z0-9.-_]`.
    #[error("identifier holds a character outside [A-Za-z0-9._-]")]
    Character,
    /// Not one of the resource types that a record holds.
    #[error("not a resource type of a record")]
    ResourceType,
    /// Not of the form `Type/id`.
    #[error("reference is not of the form Type/id")]
    Reference,
}

fn validate(id: &str, longest: usize) -> Result<(), IdError> {
    if id.is_empty() || id.len() > longest {
        return Err(IdError::Length(longest));
    }
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    if id.bytes().all(allowed) && id != "." && id != ".." { Ok(()) } else { Err(IdError::Character) }
}

/// The name under which a client addresses one person's record. It may be a patient identifier: it is
/// never written to disk or logs, where the keyed hash of it stands instead.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordId(String);

impl RecordId {
    /// Longest record id, in bytes.
    pub const MAX: usize = 128;

    /// Validates `id`.
    ///
    /// # Errors
    /// Empty, too long, or a character outside `[A-Za-z0-9._-]`.
    pub fn new(id: &str) -> Result<Self, IdError> {
        validate(id, Self::MAX)?;
        Ok(RecordId(id.to_owned()))
    }

    /// The id as given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecordId(…)")
    }
}

impl FromStr for RecordId {
    type Err = IdError;
    fn from_str(id: &str) -> Result<Self, IdError> {
        Self::new(id)
    }
}

macro_rules! resource_types {
    ($($name:ident = $n:literal => $kind:ident),+ $(,)?) => {
        /// The FHIR resource types under which a record's items are addressed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
        #[cbor(index_only)]
        pub enum ResourceType { $(
            #[doc = concat!("FHIR R4 `", stringify!($name), "`.")]
            #[n($n)] $name
        ),+ }

        impl ResourceType {
            /// All of them.
            pub const ALL: &'static [ResourceType] = &[$(ResourceType::$name),+];

            /// The FHIR name.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(ResourceType::$name => stringify!($name)),+ }
            }

            /// The kind of item that it stands for in the search answer.
            #[must_use]
            pub fn kind(self) -> Kind {
                match self { $(ResourceType::$name => Kind::$kind),+ }
            }
        }

        impl FromStr for ResourceType {
            type Err = IdError;
            fn from_str(name: &str) -> Result<Self, IdError> {
                match name { $(stringify!($name) => Ok(ResourceType::$name),)+ _ => Err(IdError::ResourceType) }
            }
        }
    };
}

resource_types! {
    DocumentReference = 0 => Document,
    MedicationStatement = 1 => Treatment,
    MedicationRequest = 2 => Treatment,
    Encounter = 3 => Event,
    Appointment = 4 => Event,
    Procedure = 5 => Procedure,
    Observation = 6 => Observation,
    Condition = 7 => Condition,
    AllergyIntolerance = 8 => Allergy,
    Immunization = 9 => Immunization,
}

/// The kinds of item in a search answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A document of the record.
    Document,
    /// A medication taken or prescribed.
    Treatment,
    /// A stay, a visit or an appointment.
    Event,
    /// A laboratory value, a vital sign or another observation.
    Observation,
    /// A problem, a diagnosis or an antecedent.
    Condition,
    /// An allergy or intolerance.
    Allergy,
    /// A vaccination.
    Immunization,
    /// An act done on the patient.
    Procedure,
}

impl Kind {
    /// All of them, in the order in which facets list equal counts.
    pub const ALL: [Kind; 8] = [
        Kind::Document,
        Kind::Treatment,
        Kind::Event,
        Kind::Observation,
        Kind::Condition,
        Kind::Allergy,
        Kind::Immunization,
        Kind::Procedure,
    ];

    /// The name in the HTTP contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Document => "document",
            Kind::Treatment => "treatment",
            Kind::Event => "event",
            Kind::Observation => "observation",
            Kind::Condition => "condition",
            Kind::Allergy => "allergy",
            Kind::Immunization => "immunization",
            Kind::Procedure => "procedure",
        }
    }
}

impl FromStr for Kind {
    type Err = IdError;
    fn from_str(name: &str) -> Result<Self, IdError> {
        Kind::ALL.into_iter().find(|k| k.as_str() == name).ok_or(IdError::ResourceType)
    }
}

/// A FHIR reference inside one record: `DocumentReference/doc-001`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
pub struct ItemId {
    #[n(0)]
    resource: ResourceType,
    #[n(1)]
    id: String,
}

impl ItemId {
    /// Longest logical id, in bytes. FHIR allows 64; a derived item adds a suffix to its document's id.
    pub const MAX: usize = 128;

    /// Validates `id`.
    ///
    /// # Errors
    /// Empty, too long, or a character outside `[A-Za-z0-9._-]`.
    pub fn new(resource: ResourceType, id: &str) -> Result<Self, IdError> {
        validate(id, Self::MAX)?;
        Ok(ItemId { resource, id: id.to_owned() })
    }

    /// The resource type.
    #[must_use]
    pub fn resource(&self) -> ResourceType {
        self.resource
    }

    /// The logical id, without the type.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The kind of item.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.resource.kind()
    }
}

impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.resource.as_str(), self.id)
    }
}

impl FromStr for ItemId {
    type Err = IdError;
    fn from_str(reference: &str) -> Result<Self, IdError> {
        let (resource, id) = reference.split_once('/').ok_or(IdError::Reference)?;
        ItemId::new(resource.parse()?, id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_parse_and_print() {
        for text in ["DocumentReference/doc-001", "Observation/1.2.250_x-9"] {
            assert_eq!(text.parse::<ItemId>().map(|id| id.to_string()), Ok(text.to_owned()));
        }
        for (text, error) in [
            ("Patient/1", IdError::ResourceType),
            ("DocumentReference", IdError::Reference),
            ("DocumentReference/", IdError::Length(128)),
            ("DocumentReference/a/b", IdError::Character),
            ("DocumentReference/..", IdError::Character),
        ] {
            assert_eq!(text.parse::<ItemId>(), Err(error), "{text}");
        }
    }

    #[test]
    fn a_record_id_is_not_printed() {
        let id = RecordId::new("258037512345678").unwrap_or_else(|e| unreachable!("{e}"));
        assert_eq!(format!("{id:?}"), "RecordId(…)");
    }
}
