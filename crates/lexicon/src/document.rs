//! Document types, their classes and the categories of Mon espace santé.

use crate::table::{find, list, rows};
use record::Category;
use std::collections::BTreeMap;
use std::sync::OnceLock;

const TYPES: &str = include_str!("../data/document_types.tsv");
const CLASSES: &str = include_str!("../data/classes.tsv");
const CATEGORIES: &str = include_str!("../data/categories.tsv");

/// A type of document (XDS `typeCode`, value set JDV_J07 of the Agence du numérique en santé).
#[derive(Debug)]
pub struct DocumentType {
    /// The code: LOINC or TRE_A05.
    pub code: &'static str,
    /// OID of the code system.
    pub system: &'static str,
    /// Official label.
    pub label: &'static str,
    /// `classCode` of such a document.
    pub class: &'static str,
    /// Where Mon espace santé shows it. The national table is not public: this is our reading.
    pub category: Category,
    /// The code in force, where this one is retired.
    pub successor: Option<&'static str>,
    /// Words of patients that hold for every document of the type, as one writes them.
    pub synonyms: Box<[&'static str]>,
}

struct Class {
    code: &'static str,
    category: Category,
    label: &'static str,
}

/// All document types, by code, the retired ones too.
pub fn document_types() -> &'static [DocumentType] {
    static TABLE: OnceLock<Vec<DocumentType>> = OnceLock::new();
    TABLE.get_or_init(|| rows(TYPES).filter_map(document_type_of).collect())
}

fn document_type_of(row: [&'static str; 8]) -> Option<DocumentType> {
    let [code, system, class, _, category, successor, label, synonyms] = row;
    Some(DocumentType {
        code,
        system,
        label,
        class,
        category: category.parse().ok()?,
        successor: Some(successor).filter(|code| !code.is_empty()),
        synonyms: list(synonyms),
    })
}

/// The document type of a `typeCode`.
#[must_use]
pub fn document_type(code: &str) -> Option<&'static DocumentType> {
    find(document_types(), code, |row| row.code)
}

/// The official label of a `classCode`.
#[must_use]
pub fn class_label(code: &str) -> Option<&'static str> {
    find(classes(), code, |row| row.code).map(|row| row.label)
}

/// The category of a document, from its type, else from its class.
#[must_use]
pub fn category_of(type_code: Option<&str>, class_code: Option<&str>) -> Option<Category> {
    let by_type = type_code.and_then(document_type).map(|row| row.category);
    by_type.or_else(|| find(classes(), class_code?, |row| row.code).map(|row| row.category))
}

/// Words of patients that hold for every document of a category.
#[must_use]
pub fn category_synonyms(category: Category) -> &'static [&'static str] {
    static TABLE: OnceLock<BTreeMap<Category, Box<[&'static str]>>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        rows(CATEGORIES).filter_map(|[code, words]| Some((code.parse().ok()?, list(words)))).collect()
    });
    table.get(&category).map_or(&[], |words| words)
}

fn classes() -> &'static [Class] {
    static TABLE: OnceLock<Vec<Class>> = OnceLock::new();
    TABLE.get_or_init(|| {
        rows(CLASSES)
            .filter_map(|[code, category, label]| {
                Some(Class { code, category: category.parse().ok()?, label })
            })
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{lines, tests::well_formed};

    #[test]
    fn files_are_well_formed() {
        well_formed::<8>(TYPES);
        well_formed::<3>(CLASSES);
        well_formed::<2>(CATEGORIES);
        assert_eq!(document_types().len(), lines(TYPES).count(), "a category does not parse");
        assert_eq!(classes().len(), lines(CLASSES).count(), "a category does not parse");
    }

    #[test]
    fn the_value_set_is_complete() {
        let (retired, current): (Vec<_>, Vec<_>) =
            document_types().iter().partition(|row| row.successor.is_some());
        assert_eq!((current.len(), retired.len()), (114, 16));
        for row in retired {
            let successor = document_type(row.successor.unwrap()).unwrap();
            assert_eq!((successor.successor, successor.class), (None, row.class), "{}", row.code);
        }
        for row in document_types() {
            assert!(class_label(row.class).is_some(), "{} has an unknown class", row.code);
        }
    }

    #[test]
    fn every_category_has_words() {
        for category in Category::ALL {
            assert!(!category_synonyms(*category).is_empty(), "{category:?}");
        }
    }

    #[test]
    fn categories_as_patients_expect_them() {
        let check = |code, expected| assert_eq!(category_of(Some(code), None), Some(expected), "{code}");
        check("11502-2", Category::Biology);
        check("18748-4", Category::Imaging);
        check("57833-6", Category::Prescription);
        check("60593-1", Category::Prescription);
        check("11369-6", Category::Vaccination);
        check("EXPPAT_3", Category::AdvanceDirective);
        check("89601-9", Category::Certificate);
        check("60591-5", Category::MedicalSynthesis);
        check("11526-1", Category::Report);
        assert_eq!(category_of(Some("unknown"), Some("31")), Some(Category::Imaging));
        assert_eq!(category_of(Some("11502-2"), Some("31")), Some(Category::Biology));
        assert_eq!(category_of(None, None), None);
        assert_eq!(category_of(Some("unknown"), Some("unknown")), None);
    }

    #[test]
    fn a_type_answers_to_the_words_of_patients() {
        let check =
            |code, word| assert!(document_type(code).unwrap().synonyms.contains(&word), "{code} {word}");
        check("11502-2", "prise de sang");
        check("57833-6", "ordo");
        check("11488-4", "courrier");
        // A scan is imaging, imaging is not a scan.
        assert!(!document_type("18748-4").unwrap().synonyms.contains(&"scanner"));
    }
}
