//! Tests of the French text functions.

use super::*;
use proptest::prelude::*;

fn check(text: &str, expected: &str) {
    let surfaces: Vec<String> = tokens(text).into_iter().map(|t| t.surface).collect();
    assert_eq!(surfaces.join(" "), expected, "{text}");
}

fn meets(a: &str, b: &str) {
    let terms = |word: &str| {
        let token = tokens(word).remove(0);
        let mut terms = token.stems;
        terms.push(token.surface);
        terms
    };
    assert!(terms(a).iter().any(|t| terms(b).contains(t)), "{a} and {b}: {:?} {:?}", terms(a), terms(b));
}

#[test]
fn elision_with_every_apostrophe() {
    for apostrophe in ['\'', '\u{2019}', '\u{2bc}', '\u{ff07}'] {
        check(&format!("l{apostrophe}hôpital d{apostrophe}Orme"), "hopital orme");
        check(&format!("aujourd{apostrophe}hui"), "aujourdhui");
        check(&format!("jusqu{apostrophe}à"), "a");
    }
    check("D'ALEMBERT O'Brien", "alembert o brien");
}

#[test]
fn numbers_doses_and_units() {
    check("5 mg", "5 mg");
    check("5mg", "5 mg");
    check("0,70 g/L", "0.7 g l");
    check("HbA1c SpO2 B12 T4L", "hba1c spo2 b12 t4l");
    check("le 12/03/2024", "le 12 03 2024");
    check("10⁹/L", "10⁹ l");
    check("C.R.P. et I.R.M. du genou.", "crp et irm du genou");
    check("1 000,50", "1 000.5");
    check("COVID-19", "covid 19");
}

#[test]
fn micro_is_one_letter_however_it_is_written() {
    check("5 µg 5 μg 5 ug 5µg 5μg 5ug ΜG", "5 ug 5 ug 5 ug 5 ug 5 ug 5 ug ug");
    check("84 µmol/L, 84 μmol/l, 84 umol/L", "84 umol l 84 umol l 84 umol l");
    let accented = |text: &str| tokens(text).remove(0).accented;
    assert_eq!(accented("µg"), accented("μg"));
    for form in ["µg", "μg", "ΜG", "ug", "microgrammes"] {
        meets("mcg", form);
    }
    let terms = |word: &str| tokens(word).remove(0).surface;
    for other in ["mg", "pg", "ng", "g"] {
        assert_ne!(terms(other), terms("µg"));
        assert!(tokens(other).remove(0).stems.iter().all(|stem| stem != "ug"), "{other}");
    }
}

#[test]
fn folding() {
    check("Œdème cœur ﬁbrose mala\u{ad}die e\u{301}te\u{301}", "oedeme coeur fibrose maladie ete");
    check("pas sans non ni", "pas sans non ni");
}

#[test]
fn inflected_forms_meet() {
    for (a, b) in [
        ("cheveux", "cheveu"),
        ("maux", "mal"),
        ("poux", "pou"),
        ("travaux", "travail"),
        ("yeux", "œil"),
        ("hôpitaux", "hopital"),
        ("genoux", "genou"),
        ("opération", "operations"),
        ("opéré", "operee"),
        ("ordonnances", "ordonnance"),
        ("vaisseaux", "vaisseau"),
    ] {
        meets(a, b);
    }
}

#[test]
fn ranges_cover_the_word_only() {
    let text = "de l’hôpital";
    let found: Vec<&str> = tokens(text).into_iter().map(|t| &text[t.range]).collect();
    assert_eq!(found, ["de", "hôpital"]);
}

#[test]
fn function_words_are_sorted() {
    assert!(FUNCTION_WORDS.is_sorted());
    assert!(is_function_word("de") && !is_function_word("pas") && !is_function_word("sans"));
}

proptest! {
    #[test]
    fn any_text_gives_ranges_in_order_on_character_boundaries(text in "\\PC{0,80}") {
        let mut end = 0;
        for token in tokens(&text) {
            prop_assert!(token.range.start >= end && token.range.end > token.range.start);
            prop_assert!(text.get(token.range.clone()).is_some());
            prop_assert!(!token.surface.is_empty());
            end = token.range.end;
        }
    }
}

#[test]
fn spans_are_the_places_of_tokens() {
    for text in [
        "L’œdème de l'hôpital, 5mg à 7,2 % ; C.R.P. et HbA1c",
        "\u{301} aujourd'hui qu'il n'y a 10⁹/L",
        "presqu’île, rendez-vous, 25OHD3 3d 1er",
        "",
    ] {
        let places: Vec<_> = tokens(text).into_iter().map(|t| t.range).collect();
        assert_eq!(spans(text), places, "{text}");
    }
}
