//! Where care is given: kinds of establishments and practice settings.

use crate::table::{find, rows};
use std::sync::OnceLock;

const FACILITIES: &str = include_str!("../data/facilities.tsv");
const SETTINGS: &str = include_str!("../data/practice_settings.tsv");

struct Place {
    code: &'static str,
    label: &'static str,
}

/// The label of a `healthcareFacilityTypeCode` of JDV_J02: `SA25` is a medical laboratory.
#[must_use]
pub fn facility_label(code: &str) -> Option<&'static str> {
    static TABLE: OnceLock<Vec<Place>> = OnceLock::new();
    label(TABLE.get_or_init(|| places(FACILITIES)), code)
}

/// The label of a `practiceSettingCode` of JDV_J04: `HAD` is hospital care at home.
#[must_use]
pub fn practice_setting_label(code: &str) -> Option<&'static str> {
    static TABLE: OnceLock<Vec<Place>> = OnceLock::new();
    label(TABLE.get_or_init(|| places(SETTINGS)), code)
}

fn places(text: &'static str) -> Vec<Place> {
    rows(text).map(|[code, _, label]| Place { code, label }).collect()
}

fn label(table: &[Place], code: &str) -> Option<&'static str> {
    find(table, code, |row| row.code).map(|row| row.label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::tests::well_formed;

    #[test]
    fn files_are_well_formed() {
        well_formed::<3>(FACILITIES);
        well_formed::<3>(SETTINGS);
    }

    #[test]
    fn labels() {
        assert_eq!(facility_label("SA25"), Some("Laboratoire de biologie médicale"));
        assert_eq!(practice_setting_label("HAD"), Some("Hospitalisation à domicile"));
        assert_eq!(facility_label("HAD"), None);
    }
}
