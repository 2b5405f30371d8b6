//! Who writes documents: author specialties, and what patients call them.

use crate::table::{find, list, plain, rows};
use std::collections::HashMap;
use std::sync::OnceLock;

const SPECIALTIES: &str = include_str!("../data/specialties.tsv");
const FIELDS: &str = include_str!("../data/fields.tsv");

/// A field of care, as patients see it: the many specialties of value set JDV_J01 that they call by one
/// name are one field.
#[derive(Debug)]
pub struct Specialty {
    /// Our code of the field: `cardiologie`.
    pub code: &'static str,
    /// The field: `Cardiologie`.
    pub label: &'static str,
    /// What patients call those who work in it: `cardiologue`, `cardio`.
    pub names: Box<[&'static str]>,
    terms: Box<[&'static str]>,
}

struct Official {
    code: &'static str,
    field: &'static str,
    label: &'static str,
}

/// All fields of care, by code.
pub fn specialties() -> &'static [Specialty] {
    static TABLE: OnceLock<Vec<Specialty>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let row = |[code, label, names, terms]: [&'static str; 4]| Specialty {
            code,
            label,
            names: list(names),
            terms: list(terms),
        };
        rows(FIELDS).map(row).collect()
    })
}

/// The official label of a specialty code of JDV_J01: `G15_10/SM04`.
#[must_use]
pub fn specialty_label(code: &str) -> Option<&'static str> {
    find(official(), code, |row| row.code).map(|row| row.label)
}

/// The field of care that a code of JDV_J01 or a label speaks of: `G15_10/SM04`, `Médecin - Cardiologie et
/// maladies vasculaires (SM)`, `Cardiologie`, `cardiologue`. Of a label that is none of the known ones, the
/// longest known term inside it decides: `Pneumologie pédiatrique` is pneumology.
#[must_use]
pub fn specialty(code_or_label: &str) -> Option<&'static Specialty> {
    if let Some(row) = find(official(), code_or_label, |row| row.code) {
        return field(row.field);
    }
    let label = plain(code_or_label);
    let index = index();
    match index.exact.get(label.as_str()) {
        Some(code) => field(code),
        None => index.longest_within(&label).and_then(field),
    }
}

fn field(code: &str) -> Option<&'static Specialty> {
    find(specialties(), code, |row| row.code)
}

fn official() -> &'static [Official] {
    static TABLE: OnceLock<Vec<Official>> = OnceLock::new();
    TABLE.get_or_init(|| {
        rows(SPECIALTIES).map(|[code, _, field, label]| Official { code, field, label }).collect()
    })
}

/// Fields so wide that any other term in the label says more.
const WIDE: &[&str] = &["chirurgie", "medecine"];

struct Index {
    /// Plain form of every label, name and term → code of the field.
    exact: HashMap<String, &'static str>,
    /// Plain term and code of its field: the narrow fields first, then the longest terms.
    terms: Vec<(String, &'static str)>,
}

impl Index {
    fn longest_within(&self, label: &str) -> Option<&'static str> {
        let padded = format!(" {label} ");
        self.terms.iter().find(|(term, _)| padded.contains(&format!(" {term} "))).map(|(_, code)| *code)
    }
}

fn index() -> &'static Index {
    static INDEX: OnceLock<Index> = OnceLock::new();
    INDEX.get_or_init(|| {
        let mut exact = HashMap::new();
        let mut terms = Vec::new();
        for field in specialties() {
            exact.insert(plain(field.label), field.code);
            terms.push((plain(field.label), field.code));
            terms.extend(field.terms.iter().map(|term| (plain(term), field.code)));
        }
        for (term, code) in &terms {
            exact.entry(term.clone()).or_insert(code);
        }
        for row in official() {
            exact.insert(plain(row.label), row.field);
        }
        for field in specialties() {
            for name in &field.names {
                exact.entry(plain(name)).or_insert(field.code);
            }
        }
        terms.sort_by_key(|(term, code)| (WIDE.contains(code), std::cmp::Reverse(term.len()), term.clone()));
        Index { exact, terms }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::tests::well_formed;

    fn check(code_or_label: &str, expected: &str) {
        assert_eq!(specialty(code_or_label).map_or("", |s| s.code), expected, "{code_or_label}");
    }

    #[test]
    fn files_are_well_formed() {
        well_formed::<4>(SPECIALTIES);
        well_formed::<4>(FIELDS);
        assert_eq!(official().len(), 396);
        for row in official() {
            assert!(row.field.is_empty() || field(row.field).is_some(), "{} has an unknown field", row.code);
            check(row.code, row.field);
        }
        for field in specialties() {
            assert!(!field.names.is_empty() && !field.terms.is_empty(), "{}", field.code);
            check(field.label, field.code);
            assert!(
                field.terms.iter().all(|term| plain(term) == **term),
                "{} has a term not folded",
                field.code
            );
        }
    }

    #[test]
    fn labels_of_software_and_of_people() {
        check("G15_10/SM04", "cardiologie");
        check("Médecin - Cardiologie et maladies vasculaires (SM)", "cardiologie");
        check("Cardiologie", "cardiologie");
        check("cardiologue", "cardiologie");
        check("Radiodiagnostic et imagerie médicale", "radiologie");
        check("Biologie médicale", "biologie-medicale");
        check("Masso-kinésithérapie", "kinesitherapie");
        check("Pneumologie pédiatrique", "pneumologie");
        check("Pédiatrie néonatale", "pediatrie");
        check("Hépato-gastro-entérologie", "gastro-enterologie");
        check("Anatomie et cytologie pathologiques", "anatomopathologie");
        check("Oto-rhino-laryngologie", "orl");
        check("O.R.L.", "orl");
        check("Médecin - Qualifié en Médecine Générale (SM)", "medecine-generale");
        check("Médecine d’urgence", "urgences");
        check("Alimentation auto à partir du SI de l'Ass Maladie", "assurance-maladie");
        check("Chirurgie orthopédique et traumatologique", "chirurgie-orthopedique");
        check("Chirurgie de l'épaule", "chirurgie");
        check("Service de cardiologie et rythmologie", "cardiologie");
        check("Dispositif médical", "");
        check("", "");
        check("Secrétariat", "");
    }

    #[test]
    fn names_of_patients() {
        let names = |label| specialty(label).map_or(&[][..], |s| &s.names);
        assert!(names("Médecine générale").contains(&"médecin traitant"));
        assert!(names("G15_70").contains(&"kiné"));
        assert!(names("Médecin - Gynécologie médicale (SM)").contains(&"gynéco"));
        assert_eq!(specialty_label("G15_50"), Some("Sage-Femme"));
    }
}
