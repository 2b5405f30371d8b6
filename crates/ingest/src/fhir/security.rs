//! Security labels → confidentiality flags.
//!
//! Fail closed: a code of a confidentiality system that this version does not know refuses the entry, for
//! what it hides would otherwise be shown. Labels of other systems (purposes, test data) hide nothing.

use super::json::{text, walk};
use crate::Reason;
use record::Flags;
use serde_json::Value;

/// Parts of the names under which the systems of JDV_J08 are written: HL7 v3 Confidentiality, TRE_A07, the
/// value set itself.
const CONFIDENTIALITY: [&str; 11] = [
    "confidentialit",
    "visibilit",
    "tre_a07",
    "tre-a07",
    "tre_a08",
    "tre-a08",
    "jdv_j08",
    "jdv-j08",
    "2.16.840.1.113883.5.25",
    "1.2.250.1.213.1.1.4.13",
    "1.2.250.1.213.1.1.5.463",
];

/// The flags of a resource, and whether it also carries labels that are not about confidentiality.
///
/// # Errors
/// A code of a confidentiality system that is not in JDV_J08, or a label without a code.
pub(super) fn flags(resource: &Value) -> Result<(Flags, bool), Reason> {
    let concepts = walk(resource, "securityLabel");
    let mut codings: Vec<&Value> = walk(resource, "meta.security");
    for concept in concepts {
        let inner = walk(concept, "coding");
        // Words alone ("confidentiel") hide something that we cannot tell.
        if inner.is_empty() {
            return Err(Reason::Confidentiality);
        }
        codings.extend(inner);
    }
    let (mut flags, mut others) = (Flags::NORMAL, false);
    for coding in codings {
        match flag(coding)? {
            Some(flag) => flags = flags | flag,
            None => others = true,
        }
    }
    Ok((flags, others))
}

fn flag(coding: &Value) -> Result<Option<Flags>, Reason> {
    let code = text(coding, "code").ok_or(Reason::Confidentiality)?;
    let system = text(coding, "system").unwrap_or("").to_lowercase();
    let of_confidentiality = system.is_empty() || CONFIDENTIALITY.iter().any(|part| system.contains(part));
    // One-letter codes mean other things elsewhere; the long ones are what they say in any system.
    let known = Flags::from_code(code).filter(|_| of_confidentiality || code.len() > 1);
    match known {
        Some(flag) => Ok(Some(flag)),
        None if of_confidentiality => Err(Reason::Confidentiality),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const HL7: &str = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";

    fn check(labels: &[(&str, &str)], expected: Result<(&[&str], bool), Reason>) {
        let coding = |(system, code): &(&str, &str)| json!({"system": system, "code": code});
        let codings: Vec<Value> = labels.iter().map(coding).collect();
        let by_label =
            json!({"securityLabel": codings.iter().map(|c| json!({"coding": [c]})).collect::<Vec<_>>()});
        let by_meta = json!({"meta": {"security": codings}});
        for resource in [by_label, by_meta] {
            let found = flags(&resource).map(|(flags, others)| (flags.codes(), others));
            assert_eq!(found, expected.map(|(codes, others)| (codes.to_vec(), others)), "{labels:?}");
        }
    }

    #[test]
    fn codes_add_up_and_unknown_ones_refuse() {
        check(&[], Ok((&["N"], false)));
        check(&[(HL7, "N")], Ok((&["N"], false)));
        check(
            &[(HL7, "R"), ("urn:oid:1.2.250.1.213.1.1.4.13", "MASQUE_PS"), ("", "INVISIBLE_PATIENT")],
            Ok((&["R", "INVISIBLE_PATIENT", "MASQUE_PS"], false)),
        );
        check(
            &[(
                "https://mos.esante.gouv.fr/NOS/TRE_A07-StatusVisibiliteDocument",
                "INVISIBLE_REPRESENTANTS_LEGAUX",
            )],
            Ok((&["INVISIBLE_REPRESENTANTS_LEGAUX"], false)),
        );
        check(&[("http://terminology.hl7.org/CodeSystem/v3-ActReason", "HTEST")], Ok((&["N"], true)));
        check(&[("http://terminology.hl7.org/CodeSystem/v3-ActReason", "R")], Ok((&["N"], true)));
        check(&[(HL7, "N"), (HL7, "U")], Err(Reason::Confidentiality));
        check(&[("", "SECRET")], Err(Reason::Confidentiality));
        check(&[(HL7, "")], Err(Reason::Confidentiality));
    }

    #[test]
    fn words_alone_refuse() {
        let resource = json!({"securityLabel": [{"text": "confidentiel"}]});
        assert_eq!(flags(&resource), Err(Reason::Confidentiality));
    }
}
