//! Coded values.

use crate::Text;
use minicbor::{Decode, Encode};
use std::fmt;

/// Code systems that the engine knows, as OIDs without `urn:oid:` (FHIR URLs are mapped to them).
pub mod system {
    /// LOINC.
    pub const LOINC: &str = "2.16.840.1.113883.6.1";
    /// TRE_A05, document types that LOINC lacks.
    pub const TRE_A05: &str = "1.2.250.1.213.1.1.4.12";
    /// ATC.
    pub const ATC: &str = "2.16.840.1.113883.6.73";
    /// CIM-10.
    pub const CIM10: &str = "2.16.840.1.113883.6.3";
    /// CCAM.
    pub const CCAM: &str = "1.2.250.1.213.2.5";
    /// SNOMED CT.
    pub const SNOMED_CT: &str = "2.16.840.1.113883.6.96";
    /// CIS codes of the French public drug database.
    pub const CIS: &str = "1.2.250.1.213.2.3.1";

    /// The OID of a code system given as OID, `urn:oid:` or canonical FHIR URL; unknown ones unchanged.
    #[must_use]
    pub fn canonical(name: &str) -> &str {
        match name {
            "http://loinc.org" => LOINC,
            "http://www.whocc.no/atc" => ATC,
            "http://hl7.org/fhir/sid/icd-10" => CIM10,
            "http://snomed.info/sct" => SNOMED_CT,
            other => other.strip_prefix("urn:oid:").unwrap_or(other),
        }
    }
}

/// A code with its system and label.
#[derive(Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Coded {
    /// OID of the code system, see [`system`]; empty when the source gave none.
    #[n(0)]
    pub system: String,
    /// The code; empty when there is only a label.
    #[n(1)]
    pub code: String,
    /// The label as the source gave it.
    #[n(2)]
    pub display: Option<Text>,
}

impl Coded {
    /// A code with its label.
    #[must_use]
    pub fn new(system: &str, code: &str, display: Option<&str>) -> Self {
        Coded {
            system: system::canonical(system).to_owned(),
            code: code.to_owned(),
            display: display.map(Text::from),
        }
    }

    /// The label, or the code where there is none.
    #[must_use]
    pub fn label(&self) -> &str {
        self.display.as_deref().unwrap_or(&self.code)
    }
}

// A diagnosis code speaks of the patient as much as its label does.
impl fmt::Debug for Coded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Coded({})", self.system)
    }
}
