//! What a PDF holds beside the drawing of its pages, on files made here.

use super::*;
use lopdf::content::{Content as Drawing, Operation};
use lopdf::{Document as Maker, Object, Stream, dictionary};

/// A PDF of pages that each draw one text; with it, the ids of its pages and its catalogue.
fn pages(texts: &[&str]) -> (Maker, Vec<lopdf::ObjectId>, lopdf::ObjectId) {
    let mut pdf = Maker::with_version("1.7");
    let tree = pdf.new_object_id();
    let font =
        pdf.add_object(dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica" });
    let ids: Vec<_> = texts
        .iter()
        .map(|text| {
            let operations = vec![
                Operation::new("BT", vec![]),
                Operation::new("Tf", vec!["F1".into(), 12.into()]),
                Operation::new("Td", vec![50.into(), 700.into()]),
                Operation::new("Tj", vec![Object::string_literal(*text)]),
                Operation::new("ET", vec![]),
            ];
            let content =
                pdf.add_object(Stream::new(dictionary! {}, Drawing { operations }.encode().unwrap()));
            pdf.add_object(dictionary! {
                "Type" => "Page", "Parent" => tree, "Contents" => content,
                "MediaBox" => vec![0.into(), 0.into(), 600.into(), 800.into()],
                "Resources" => dictionary! { "Font" => dictionary! { "F1" => font } },
            })
        })
        .collect();
    let kids: Vec<Object> = ids.iter().map(|id| (*id).into()).collect();
    let count = i64::try_from(ids.len()).unwrap();
    pdf.objects.insert(tree, dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => count }.into());
    let catalogue = pdf.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree });
    pdf.trailer.set("Root", catalogue);
    (pdf, ids, catalogue)
}

fn bytes(mut pdf: Maker) -> Vec<u8> {
    let mut out = Vec::new();
    pdf.save_to(&mut out).unwrap();
    out
}

fn set(pdf: &mut Maker, id: lopdf::ObjectId, key: &str, value: impl Into<Object>) {
    pdf.get_object_mut(id).unwrap().as_dict_mut().unwrap().set(key, value);
}

/// Puts a file into a PDF.
fn embed(pdf: &mut Maker, name: &str, content: &[u8]) {
    let file = pdf.add_object(Stream::new(dictionary! { "Type" => "EmbeddedFile" }, content.to_vec()));
    pdf.add_object(dictionary! {
        "Type" => "Filespec", "F" => Object::string_literal(name), "EF" => dictionary! { "F" => file },
    });
}

fn annotation(pdf: &mut Maker, page: lopdf::ObjectId, entries: lopdf::Dictionary) {
    let mut entries = entries;
    entries.set("Rect", vec![60.into(), 600.into(), 300.into(), 640.into()]);
    let id = pdf.add_object(entries);
    set(pdf, page, "Annots", vec![Object::from(id)]);
}

/// Each line as `page or file: text`.
fn lines(content: &Content) -> Vec<String> {
    let of = |page: &Page| {
        page.part.as_deref().map_or_else(|| page.number.unwrap_or(0).to_string(), str::to_owned)
    };
    let each = content.pages.iter().flat_map(|page| {
        let of = of(page);
        page.lines.iter().map(move |line| format!("{of}: {}", &*line.text))
    });
    each.collect()
}

#[test]
fn labels_values_and_notes_belong_to_their_pages() {
    let (mut pdf, ids, catalogue) = pages(&["Preambule du dossier", "Compte rendu", "Annexe"]);
    let roman = dictionary! { "S" => "r" };
    let plain = dictionary! { "S" => "D", "P" => Object::string_literal("A-") };
    let labels = dictionary! { "Nums" => vec![0.into(), roman.into(), 2.into(), plain.into()] };
    set(&mut pdf, catalogue, "PageLabels", labels);
    let field = dictionary! {
        "Subtype" => "Widget", "FT" => "Tx", "TU" => Object::string_literal("Poids"), "V" => Object::string_literal("64 kg"),
    };
    annotation(&mut pdf, ids[0], field);
    let note =
        dictionary! { "Subtype" => "Text", "Contents" => Object::string_literal("revoir dans un mois") };
    annotation(&mut pdf, ids[1], note);
    let hidden = dictionary! { "Subtype" => "Text", "F" => 2, "Contents" => Object::string_literal("cache") };
    annotation(&mut pdf, ids[2], hidden);
    let content = read(&bytes(pdf), &Limits::default(), Inner::Read, &mut crate::watch::Unwatched);
    assert_eq!(
        lines(&content),
        [
            "1: Preambule du dossier",
            "1: Poids\t64 kg",
            "2: Compte rendu",
            "2: revoir dans un mois",
            "3: Annexe"
        ]
    );
    let labels: Vec<Option<&str>> = content.pages.iter().map(|page| page.label.as_deref()).collect();
    assert_eq!(labels, [Some("i"), Some("ii"), Some("A-1")]);
    let area = content.pages[0].lines[1].area.unwrap();
    assert!(
        (area.x0 - 0.1).abs() < 1e-3 && (area.y0 - 0.2).abs() < 1e-3 && (area.y1 - 0.25).abs() < 1e-3,
        "{area:?}"
    );
    assert_eq!(content.outcome, record::Outcome::Read);
}

#[test]
fn files_inside_are_read_once_and_what_is_not_read_is_named() {
    let (mut inner, ..) = pages(&["Page du fichier joint"]);
    embed(&mut inner, "profond.txt", b"ne compte pas");
    let (mut outer, ..) = pages(&["Lettre"]);
    embed(&mut outer, "joint.pdf", &bytes(inner));
    embed(&mut outer, "note.txt", b"Allergie a la penicilline");
    let content = read(&bytes(outer), &Limits::default(), Inner::Read, &mut crate::watch::Unwatched);
    assert_eq!(
        lines(&content),
        ["1: Lettre", "joint.pdf: Page du fichier joint", "note.txt: Allergie a la penicilline"]
    );
    assert_eq!((content.page_count, content.file.unwrap().embedded_files), (1, 2));
    assert_eq!(content.outcome, record::Outcome::Read);

    let (mut outer, ..) = pages(&["Lettre"]);
    embed(&mut outer, "images.bin", b"\0\x01\x02\x03");
    let content = read(&bytes(outer), &Limits::default(), Inner::Read, &mut crate::watch::Unwatched);
    assert_eq!(content.outcome, record::Outcome::Partly(vec![Fault::MediaType]));
}
