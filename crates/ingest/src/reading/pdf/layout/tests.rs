//! Layout on glyphs set by hand.

use super::*;

const SIZE: f64 = 10.0;

/// Glyphs of a text at a place, each half an em wide.
fn set(text: &str, x: f64, y: f64) -> Vec<Glyph> {
    set_with(text, x, y, SIZE, 0.5, 0.0)
}

fn set_with(text: &str, x: f64, y: f64, size: f64, advance: f64, angle: f64) -> Vec<Glyph> {
    let mut along = 0.0;
    let mut place = |step: f64| {
        along += step;
        Point { x: x + along * angle.cos(), y: y + along * angle.sin() }
    };
    text.chars()
        .map(|c| {
            let start = place(0.0);
            let width = 0.5 * size;
            let end = Point { x: start.x + width * angle.cos(), y: start.y + width * angle.sin() };
            place(advance * size);
            Glyph { text: c.to_string(), start, end, size, angle, unmapped: false, invisible: false }
        })
        .collect()
}

fn check(pieces: &[Vec<Glyph>], expected: &[&str]) {
    let mark = |line: &Line| format!("{}{}", if line.starts_block { "¶" } else { "" }, &*line.text);
    let found: Vec<String> = lines(&pieces.concat(), 500.0, 500.0).iter().map(mark).collect();
    assert_eq!(found, expected);
}

#[test]
fn words_are_parted_by_spaces_and_by_gaps() {
    check(&[set("deux mots", 0.0, 20.0)], &["¶deux mots"]);
    check(&[set("deux", 0.0, 20.0), set("mots", 22.0, 20.0)], &["¶deux mots"]);
    check(&[set("cou", 0.0, 20.0), set("pé", 15.5, 20.0)], &["¶coupé"]);
}

#[test]
fn spaced_out_letters_make_one_word() {
    check(&[set_with("ORDONNANCE", 0.0, 20.0, SIZE, 0.83, 0.0)], &["¶ORDONNANCE"]);
}

#[test]
fn cells_are_parted_by_tabs_even_when_drawn_late() {
    let row = [set("Sodium", 0.0, 20.0), set("140", 100.0, 20.0), set("mmol/L", 200.0, 20.0)];
    check(&row, &["¶Sodium\t140\tmmol/L"]);
    // the middle cell has two lines: the next cell comes after its second
    let row =
        [set("Sodium", 0.0, 20.0), set("un", 100.0, 20.0), set("deux", 100.0, 32.0), set("N", 200.0, 20.0)];
    check(&row, &["¶Sodium\tun deux\tN"]);
    // a word broken at the end of a cell's line is one word, a hyphen before a capital stays
    let cell = |first: &str, second: &str| {
        [set(first, 0.0, 20.0), set(second, 0.0, 32.0), set("52", 100.0, 20.0), set("mL", 200.0, 20.0)]
    };
    check(&cell("filtra-", "tion"), &["¶filtration\t52\tmL"]);
    check(&cell("CKD-", "EPI"), &["¶CKD-EPI\t52\tmL"]);
    // cells of one line stand in the middle of a cell of two
    let middle =
        [set("un", 0.0, 26.0), set("deux", 100.0, 20.0), set("trois", 100.0, 32.0), set("N", 200.0, 26.0)];
    check(&middle, &["¶un\tdeux trois\tN"]);
    // a row of its own stays one
    let rows = [
        set("Sodium", 0.0, 20.0),
        set("140", 100.0, 20.0),
        set("mmol", 200.0, 20.0),
        set("Total", 0.0, 32.0),
    ];
    check(&rows, &["¶Sodium\t140\tmmol", "Total"]);
}

#[test]
fn columns_are_read_one_after_the_other() {
    let left = (0..8).map(|n| set("gauche", 0.0, 20.0 + 12.0 * f64::from(n)));
    let right = (0..8).map(|n| set("droite", 250.0, 20.0 + 12.0 * f64::from(n)));
    let pieces: Vec<Vec<Glyph>> = left.chain(right).collect();
    let mut expected = vec!["gauche"; 8];
    expected.extend(["droite"; 8]);
    (expected[0], expected[8]) = ("¶gauche", "¶droite");
    check(&pieces, &expected);
}

#[test]
fn a_superscript_of_another_font_finds_its_place() {
    let line = [set("10", 0.0, 20.0), set("/L", 14.0, 20.0), set_with("⁹", 10.2, 17.0, 6.0, 0.5, 0.0)];
    check(&line, &["¶10⁹/L"]);
}

#[test]
fn a_wide_step_down_begins_a_block() {
    check(
        &[set("un", 0.0, 20.0), set("deux", 0.0, 32.0), set("trois", 0.0, 60.0)],
        &["¶un", "deux", "¶trois"],
    );
}

#[test]
fn turned_text_is_a_line_of_its_own_and_areas_are_fractions() {
    let up = -std::f64::consts::FRAC_PI_2;
    let found = lines(
        &[set("droit", 0.0, 20.0), set_with("tourné", 400.0, 300.0, SIZE, 0.5, up)].concat(),
        500.0,
        500.0,
    );
    assert_eq!(found.iter().map(|l| l.text.as_str()).collect::<Vec<_>>(), ["droit", "tourné"]);
    let close = |area: Rect, expected: [f32; 4]| {
        [area.x0, area.y0, area.x1, area.y1].iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-4)
    };
    assert!(close(found[0].area.unwrap(), [0.0, 0.025, 0.05, 0.0444]), "{:?}", found[0].area);
    assert!(close(found[1].area.unwrap(), [0.785, 0.54, 0.8044, 0.6]), "{:?}", found[1].area);
}
