//! Confidentiality flags (JDV_J08-XdsConfidentialityCode-CISIS).

use minicbor::{Decode, Encode};
use std::ops::BitOr;

/// Flags of one item. They add up (XDS cardinality 1..4): they are not levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Flags(#[n(0)] u8);

impl Flags {
    /// N: nothing special.
    pub const NORMAL: Flags = Flags(0);
    /// R: restricted.
    pub const RESTRICTED: Flags = Flags(1);
    /// V: very restricted.
    pub const VERY_RESTRICTED: Flags = Flags(2);
    /// INVISIBLE_PATIENT: hidden from the holder until the announcement consultation.
    pub const INVISIBLE_PATIENT: Flags = Flags(4);
    /// INVISIBLE_REPRESENTANTS_LEGAUX: a minor's secret care, hidden from legal representatives.
    pub const INVISIBLE_REPRESENTATIVES: Flags = Flags(8);
    /// MASQUE_PS: hidden by the patient from professionals.
    pub const MASKED_FROM_PROFESSIONALS: Flags = Flags(16);
    /// A code that this version does not know: visible to nobody but its author's own system.
    pub const UNKNOWN: Flags = Flags(128);

    const NAMED: [(Flags, &'static str); 5] = [
        (Flags::RESTRICTED, "R"),
        (Flags::VERY_RESTRICTED, "V"),
        (Flags::INVISIBLE_PATIENT, "INVISIBLE_PATIENT"),
        (Flags::INVISIBLE_REPRESENTATIVES, "INVISIBLE_REPRESENTANTS_LEGAUX"),
        (Flags::MASKED_FROM_PROFESSIONALS, "MASQUE_PS"),
    ];

    /// The flag of a confidentiality code; `None` for a code outside the value set.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Flags> {
        match code {
            "N" => Some(Flags::NORMAL),
            // The spelling of the HL7 v2 segments for the same flag.
            "INVISIBLE_REP_LEGAUX" => Some(Flags::INVISIBLE_REPRESENTATIVES),
            _ => Self::NAMED.into_iter().find(|(_, name)| *name == code).map(|(flag, _)| flag),
        }
    }

    /// The codes, `N` when there is no other.
    #[must_use]
    pub fn codes(self) -> Vec<&'static str> {
        let mut codes: Vec<_> =
            Self::NAMED.into_iter().filter(|(flag, _)| self.contains(*flag)).map(|(_, name)| name).collect();
        if codes.is_empty() {
            codes.push("N");
        }
        codes
    }

    /// Whether every flag of `other` is set.
    #[must_use]
    pub fn contains(self, other: Flags) -> bool {
        self.0 & other.0 == other.0
    }
}

impl BitOr for Flags {
    type Output = Flags;
    fn bitor(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_add_up() {
        let both = Flags::INVISIBLE_PATIENT | Flags::MASKED_FROM_PROFESSIONALS;
        assert_eq!(both.codes(), ["INVISIBLE_PATIENT", "MASQUE_PS"]);
        assert!(both.contains(Flags::INVISIBLE_PATIENT));
        assert_eq!(Flags::from_code("N").map(Flags::codes), Some(vec!["N"]));
        assert_eq!(Flags::from_code("X"), None);
    }
}
