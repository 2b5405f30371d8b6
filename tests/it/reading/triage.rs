//! What pages are taken for, beside what they are.

use super::read_pdf;
use crate::support::{corpus, files, fixture, shared};
use record::Triage;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What is taken for what, and how often.
type Confusion = BTreeMap<(&'static str, &'static str), usize>;

fn add(confusion: &mut Confusion, path: &Path, truth: impl Fn(usize) -> Triage) {
    for (index, page) in read_pdf(path).pages.iter().filter(|page| page.part.is_none()).enumerate() {
        let (truth, found) = (truth(index), page.triage.unwrap());
        if truth != found {
            eprintln!("{} page {}: {} taken for {}", path.display(), index + 1, truth.code(), found.code());
        }
        *confusion.entry((truth.code(), found.code())).or_default() += 1;
    }
}

/// Pages that want recognition and were not known to, and pages that were sent there without need.
fn check(confusion: &Confusion) {
    eprintln!("{} pages: {confusion:?}", confusion.values().sum::<usize>());
    let wants = |code: &str| ["image", "garbage-layer", "mixed"].contains(&code);
    let count = |what: &dyn Fn(&str, &str) -> bool| -> usize {
        confusion.iter().filter(|((t, f), _)| what(t, f)).map(|(_, n)| n).sum()
    };
    assert_eq!(count(&|truth, found| wants(truth) && !wants(found)), 0, "missed");
    let needless = count(&|truth, found| !wants(truth) && wants(found));
    assert!(needless * 100 <= 2 * confusion.values().sum::<usize>(), "{needless} without need");
}

#[test]
fn pages_on_which_the_thresholds_were_set() {
    let Some(folder) = corpus("pdf") else { return };
    let mut confusion = Confusion::new();
    for set in ["own", "cda", "frdocs", "scanpdf"] {
        for path in files(&folder.join(set)) {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let kind = name.rsplit("__").next().unwrap();
            add(&mut confusion, &path, |index| match (set, kind) {
                ("own", "ps2pdf") => Triage::GarbageLayer,
                ("cda", _) if name.ends_with("CDA-R2-Niveau-1_2") => Triage::Image,
                ("scanpdf", "searchable") => Triage::OcrLayer,
                ("scanpdf", "stamp") => Triage::Mixed,
                ("scanpdf", "mixedpages") if index > 0 => Triage::Text,
                ("scanpdf", _) => Triage::Image,
                _ => Triage::Text,
            });
        }
    }
    for name in
        ["notounicode_lo-sans", "notounicode_lo-carlito", "notounicode_typst-libertine", "type3_nounicode"]
    {
        add(&mut confusion, &folder.join(format!("tricky/{name}.pdf")), |_| Triage::GarbageLayer);
    }
    let expected = std::fs::read(folder.join("tricky/expect.json")).unwrap();
    let expected: serde_json::Value = serde_json::from_slice(&expected).unwrap();
    for (name, expected) in expected.as_object().unwrap() {
        let has_text = !expected["must"].as_array().unwrap().is_empty();
        if has_text && !name.starts_with("notounicode") && name != "type3_nounicode.pdf" {
            let truth = if name == "hidden_tr3.pdf" { Triage::OcrLayer } else { Triage::Text };
            add(&mut confusion, &folder.join("tricky").join(name), |_| truth);
        }
    }
    check(&confusion);
}

/// PDFs below a folder.
fn pdfs(folder: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            out.extend(pdfs(&path));
        } else if path.extension().is_some_and(|extension| extension == "pdf") {
            out.push(path);
        }
    }
    out.sort();
    out
}

#[test]
fn pages_that_were_never_looked_at() {
    let mut confusion = Confusion::new();
    for path in pdfs(&fixture("records")) {
        add(&mut confusion, &path, |_| Triage::Text);
    }
    check(&confusion);
    // 18 scans and 54 born-digital PDFs, says the set; which is which, embedded fonts tell
    let Some(folder) = shared("eval/dev") else { return };
    let mut scans = 0;
    for path in pdfs(&folder) {
        let bytes = std::fs::read(&path).unwrap();
        let is_scan = !bytes.windows(9).any(|w| w == b"/FontFile");
        scans += usize::from(is_scan);
        add(&mut confusion, &path, |_| if is_scan { Triage::Image } else { Triage::Text });
    }
    assert_eq!(scans, 18);
    check(&confusion);
}
