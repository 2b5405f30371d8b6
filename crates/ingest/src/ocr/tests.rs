//! From words to pages, without Tesseract.

use super::*;
use crate::ocr::grey::Grey;

/// Words of one height on a page of 1000 × 1000 pixels, each character ten pixels wide: `block.line`, left
/// edge, upper edge, confidence and text.
fn words(list: &[(u32, u32, u32, u32, f32, &str)]) -> Vec<Seen> {
    let place = |(block, line, x, y, confidence, text): &(u32, u32, u32, u32, f32, &str)| {
        let (x0, y0) = (f64::from(*x), f64::from(*y));
        let mut at = x0;
        let seen = text.split(' ').map(|word| {
            let width = 10.0 * word.chars().count() as f64;
            let seen = Seen {
                text: word.to_owned(),
                line: [*block, 1, *line],
                x0: at,
                y0,
                x1: at + width,
                y1: y0 + 15.0,
                confidence: *confidence,
            };
            at += width + 8.0;
            seen
        });
        seen.collect::<Vec<_>>()
    };
    list.iter().flat_map(place).collect()
}

fn page(list: &[(u32, u32, u32, u32, f32, &str)]) -> Page {
    let prepared = Prepared::new(&Grey::from_fn(1000, 1000, |_, _| 255));
    read(words(list), &prepared)
}

fn check(list: &[(u32, u32, u32, u32, f32, &str)], expected: &[&str]) {
    let found: Vec<String> = page(list).lines.iter().map(|line| line.text.to_string()).collect();
    assert_eq!(found, expected);
}

#[test]
fn columns_of_a_table_become_rows() {
    check(
        &[
            (1, 1, 50, 100, 90.0, "Analyse"),
            (1, 2, 50, 130, 90.0, "Potassium"),
            (1, 3, 50, 160, 90.0, "Sodium"),
            (2, 1, 300, 101, 90.0, "Résultat"),
            (2, 2, 300, 131, 90.0, "3,4 mmol/L"),
            (2, 3, 300, 161, 90.0, "138 mmol/L"),
            (3, 1, 600, 162, 90.0, "136 - 145"),
        ],
        &["Analyse\tRésultat", "Potassium\t3,4 mmol/L", "Sodium\t138 mmol/L\t136 - 145"],
    );
}

#[test]
fn columns_of_prose_stay_apart() {
    let left = "nous avons reçu votre patiente pour une toux";
    let right = "elle est sortie avec un traitement de fond";
    check(
        &[
            (1, 1, 20, 100, 90.0, left),
            (1, 2, 20, 125, 90.0, left),
            (2, 1, 520, 100, 90.0, right),
            (2, 2, 520, 125, 90.0, right),
        ],
        &[left, left, right, right],
    );
}

#[test]
fn the_rest_of_a_cell_goes_to_its_beginning() {
    check(
        &[
            (1, 1, 50, 100, 90.0, "Potassium"),
            (1, 1, 300, 100, 90.0, "3,4"),
            (1, 1, 500, 100, 90.0, "mmol/L"),
            (1, 2, 50, 140, 90.0, "Hémoglobine"),
            (1, 2, 300, 140, 90.0, "6,7"),
            (1, 2, 500, 140, 90.0, "%"),
            (1, 3, 50, 162, 90.0, "glyquée"),
            (1, 4, 50, 202, 90.0, "Sodium"),
            (1, 4, 300, 202, 90.0, "138"),
            (1, 4, 500, 202, 90.0, "mmol/L"),
            (1, 5, 50, 242, 90.0, "Ferritine"),
            (1, 5, 300, 242, 90.0, "312"),
            (1, 5, 500, 242, 90.0, "µg/L"),
            (1, 6, 50, 282, 90.0, "Commentaire"),
        ],
        &[
            "Potassium\t3,4\tmmol/L",
            "Hémoglobine glyquée\t6,7\t%",
            "Sodium\t138\tmmol/L",
            "Ferritine\t312\tµg/L",
            "Commentaire",
        ],
    );
}

#[test]
fn rules_of_a_table_are_no_words() {
    check(
        &[(1, 1, 50, 100, 90.0, "|Valeurs [340-530 [1] dosage| __"), (1, 2, 50, 150, 90.0, "|")],
        &["Valeurs 340-530 [1] dosage"],
    );
}

#[test]
fn a_page_without_sure_words_has_no_text() {
    assert_eq!(page(&[(1, 1, 50, 100, 20.0, "ie sn"), (1, 2, 50, 150, 90.0, "ab")]), Page::default());
    let scrawl = "ab cd ef gh ij kl mn op qr st uv wx yz";
    assert_eq!(page(&[(1, 1, 50, 100, 30.0, scrawl)]).fault, Some(Fault::Handwriting));
    let text = page(&[(1, 1, 50, 100, 80.0, "dosage sanguin")]);
    assert_eq!((text.fault, text.confidence), (None, Some(80)));
}

#[test]
fn words_know_their_places_on_the_page() {
    let text = page(&[(1, 1, 100, 200, 80.0, "dosage sanguin")]);
    let area = text.lines[0].words[1].area();
    let expected = [0.168, 0.2, 0.238, 0.215];
    let found = [area.x0, area.y0, area.x1, area.y1];
    assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-3), "{found:?}");
}
