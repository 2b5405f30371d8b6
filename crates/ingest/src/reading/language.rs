//! The language of a document.

use record::Page;
use whatlang::{Detector, Lang};

/// Fewer letters than this say too little.
const LETTERS: usize = 60;
/// This many characters are enough to decide.
const SAMPLE: usize = 20_000;

/// The languages that documents of a French record are written in, and their BCP 47 codes. A shorter list
/// errs less: Catalan or Haitian is mostly misread French.
const LANGUAGES: [(Lang, &str); 14] = [
    (Lang::Fra, "fr"),
    (Lang::Eng, "en"),
    (Lang::Deu, "de"),
    (Lang::Spa, "es"),
    (Lang::Ita, "it"),
    (Lang::Por, "pt"),
    (Lang::Nld, "nl"),
    (Lang::Ara, "ar"),
    (Lang::Pol, "pl"),
    (Lang::Ron, "ro"),
    (Lang::Rus, "ru"),
    (Lang::Tur, "tr"),
    (Lang::Ukr, "uk"),
    (Lang::Cmn, "zh"),
];

/// The language that the text of a document is written in; `None` where there is too little text or the
/// detector is not sure.
pub(crate) fn language(pages: &[Page]) -> Option<String> {
    let mut sample = String::new();
    for line in pages.iter().flat_map(|page| &page.lines) {
        sample.push_str(&line.text);
        sample.push('\n');
        if sample.len() > SAMPLE {
            break;
        }
    }
    language_of(&sample).map(str::to_owned)
}

/// The same of a text.
pub(crate) fn language_of(sample: &str) -> Option<&'static str> {
    if sample.chars().filter(|c| c.is_alphabetic()).take(LETTERS).count() < LETTERS {
        return None;
    }
    let known = LANGUAGES.iter().map(|(lang, _)| *lang).collect();
    let found = Detector::with_allowlist(known).detect(sample).filter(|info| info.is_reliable())?.lang();
    LANGUAGES.iter().find(|(lang, _)| *lang == found).map(|(_, code)| *code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::{Line, Text};

    fn check(text: &str, expected: Option<&str>) {
        let line = Line { text: Text::from(text), ..Line::default() };
        let page = Page { lines: vec![line], ..Page::default() };
        assert_eq!(language(&[page]).as_deref(), expected, "{text}");
    }

    #[test]
    fn languages_are_told_apart() {
        check(
            "Le patient a été hospitalisé pour une pneumopathie, traitée par antibiotiques pendant sept jours.",
            Some("fr"),
        );
        check(
            "The patient was admitted with pneumonia and was treated with antibiotics for seven days at home.",
            Some("en"),
        );
        check(
            "Der Patient wurde wegen einer Lungenentzündung aufgenommen und sieben Tage mit Antibiotika behandelt.",
            Some("de"),
        );
        check(
            "El paciente fue ingresado por una neumonía y recibió tratamiento con antibióticos durante siete días.",
            Some("es"),
        );
    }

    #[test]
    fn too_little_text_has_no_language() {
        check("Glycémie 1,02 g/L", None);
        check("12,5 13,8 14,9 - - - 0,75 / 123 456 789 // 12,5 13,8 14,9 - - - 0,75 / 123 456 789", None);
    }
}
