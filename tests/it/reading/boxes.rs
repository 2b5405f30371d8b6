//! Places of words beside those that `pdftotext -bbox` gives.

use super::read_pdf;
use crate::support::{corpus, files};
use record::{Reading, Rect};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A word of a page, as it is compared.
struct Placed {
    text: String,
    area: Rect,
}

/// Files whose pages are shown turned by a quarter: `pdftotext` turns the words and not the page's size.
const QUARTER: [&str; 3] = ["rotate90", "rotate270", "landscape_rotate"];

/// The words of each page by `pdftotext`; `None` where it is not installed.
fn reference(path: &Path) -> Option<Vec<Vec<Placed>>> {
    let quarter = path.file_stem().is_some_and(|stem| QUARTER.iter().any(|name| stem == *name));
    let output = Command::new("pdftotext").args(["-bbox", "-cropbox"]).arg(path).arg("-").output().ok()?;
    let html = String::from_utf8_lossy(&output.stdout).into_owned();
    let attribute = |tag: &str, name: &str| -> f32 {
        let value = tag.split_once(&format!("{name}=\"")).unwrap().1;
        value.split_once('"').unwrap().0.parse().unwrap()
    };
    let pages = html.split("<page ").skip(1).map(|page| {
        let (width, height) = (attribute(page, "width"), attribute(page, "height"));
        let (width, height) = if quarter { (height, width) } else { (width, height) };
        let words = page.split("<word ").skip(1).map(|word| {
            let text = word.split_once('>').unwrap().1.split_once("</word>").unwrap().0;
            let area = Rect {
                x0: attribute(word, "xMin") / width,
                y0: attribute(word, "yMin") / height,
                x1: attribute(word, "xMax") / width,
                y1: attribute(word, "yMax") / height,
            };
            Placed { text: plain(&unescaped(text)), area }
        });
        words.collect()
    });
    Some(pages.collect())
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

/// Ligatures apart: the text is compared, not its writing.
fn plain(text: &str) -> String {
    text.replace('ﬁ', "fi").replace('ﬂ', "fl").replace('ﬀ', "ff").replace('ﬃ', "ffi").replace('ﬄ', "ffl")
}

fn ours(reading: &Reading) -> Vec<Vec<Placed>> {
    let pages = reading.pages.iter().map(|page| {
        let words = page.lines.iter().flat_map(|line| {
            line.words.iter().map(|word| Placed {
                text: line.text[word.start as usize..word.end as usize].to_owned(),
                area: word.area(),
            })
        });
        words.collect()
    });
    pages.collect()
}

/// How much of two stretches is common, over what they span.
fn overlap(a: (f32, f32), b: (f32, f32)) -> f32 {
    let common = (a.1.min(b.1) - a.0.max(b.0)).max(0.0);
    common / (a.1.max(b.1) - a.0.min(b.0)).max(1e-6)
}

/// Along the direction of writing, which is one of two, the boxes must be the same. Across it each program
/// takes another height of a line (the font's, or from a fixed part above the baseline to one below): there
/// the middle of one must be inside the other.
fn agrees(ours: &Rect, theirs: &Rect) -> bool {
    let same = |ours, theirs| overlap(ours, theirs) >= 0.9;
    let inside = |ours: (f32, f32), theirs: (f32, f32)| {
        let middle = f32::midpoint(ours.0, ours.1);
        middle > theirs.0 && middle < theirs.1
    };
    let (x, y) = (((ours.x0, ours.x1), (theirs.x0, theirs.x1)), ((ours.y0, ours.y1), (theirs.y0, theirs.y1)));
    (same(x.0, x.1) && inside(y.0, y.1)) || (same(y.0, y.1) && inside(x.0, x.1))
}

/// Words of a file that both read, and how many of them stand at the same place.
fn compare(path: &Path) -> Option<(usize, usize)> {
    let reference = reference(path)?;
    let found = ours(&read_pdf(path));
    let (mut same, mut all) = (0, 0);
    for (theirs, ours) in reference.iter().zip(&found) {
        let mut by_text: HashMap<&str, Vec<&Rect>> = HashMap::new();
        for word in ours {
            by_text.entry(&word.text).or_default().push(&word.area);
        }
        for word in theirs.iter().filter(|word| word.text.chars().count() > 1) {
            let Some(places) = by_text.get(word.text.as_str()) else { continue };
            all += 1;
            same += usize::from(places.iter().any(|place| agrees(place, &word.area)));
        }
    }
    Some((same, all))
}

#[test]
fn words_stand_where_pdftotext_finds_them() {
    let Some(folder) = corpus("pdf") else { return };
    let turned = ["rotate90.pdf", "rotate180.pdf", "rotate270.pdf", "landscape_rotate.pdf", "cropbox.pdf"];
    let shifted = ["negative_mediabox.pdf", "inverted_mediabox.pdf", "rotated_tm.pdf"];
    let whole = |set: &str| -> Vec<PathBuf> {
        files(&folder.join(set)).into_iter().filter(|p| !p.to_string_lossy().contains("ps2pdf")).collect()
    };
    let tricky = |names: &[&str]| names.iter().map(|name| folder.join("tricky").join(name)).collect();
    let sets: [(&str, Vec<PathBuf>); 4] = [
        ("own", whole("own")),
        ("cda", whole("cda")),
        ("turned", tricky(&turned)),
        ("shifted", tricky(&shifted)),
    ];
    for (set, paths) in sets {
        let (mut same, mut all) = (0, 0);
        for path in paths {
            let Some((file_same, file_all)) = compare(&path) else {
                eprintln!("skipped: pdftotext is not installed");
                return;
            };
            if file_same * 100 < file_all * 97 {
                eprintln!("{}: {file_same} of {file_all}", path.display());
            }
            same += file_same;
            all += file_all;
        }
        eprintln!("{set}: {same} of {all} words");
        assert!(all > 0 && same * 1000 >= all * 995, "{set}: {same} of {all}");
    }
}
