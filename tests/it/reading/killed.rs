//! Pages that end a worker: they are named, and the pages around them are read.

use super::item;
use ingest::{Limits, MediaType};
use mes_search::reader::{Budget, Reader, ReaderConfig};
use record::{Fault, Outcome};
use std::time::{Duration, Instant};

/// A PDF of one page for each of these contents; forms that draw each other ten times over are its bomb.
fn pdf(contents: &[&str]) -> Vec<u8> {
    let mut objects = vec!["<</Type/Catalog/Pages 2 0 R>>".to_owned(), String::new()];
    let font = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>";
    objects.push(font.to_owned());
    let forms = 4;
    for n in 0..10 {
        let inner = if n < 9 { "/F Do ".repeat(10) } else { "0 0 1 1 re f ".to_owned() };
        let next = if n < 9 { format!("/XObject<</F {} 0 R>>", forms + n + 1) } else { String::new() };
        objects.push(format!(
            "<</Type/XObject/Subtype/Form/BBox[0 0 600 800]/Resources<<{next}>>/Length {}>>stream\n{inner}\nendstream",
            inner.len()
        ));
    }
    let mut kids = Vec::new();
    for content in contents {
        let page = objects.len() + 1;
        kids.push(format!("{page} 0 R"));
        objects.push(format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents {} 0 R\
             /Resources<</Font<</T 3 0 R>>/XObject<</F {forms} 0 R>>>>>>",
            page + 1
        ));
        objects.push(format!("<</Length {}>>stream\n{content}\nendstream", content.len()));
    }
    objects[1] = format!("<</Type/Pages/Count {}/Kids[{}]>>", kids.len(), kids.join(" "));
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (n, object) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", file.len()));
        file.extend(format!("{} 0 obj\n{object}\nendobj\n", n + 1).into_bytes());
    }
    let start = file.len();
    file.extend(table.into_bytes());
    file.extend(
        format!("trailer<</Root 1 0 R/Size {}>>\nstartxref\n{start}\n%%EOF", objects.len() + 1).into_bytes(),
    );
    file
}

/// Reads pages of words and bombs (`*`), and compares the words of each page, or its fault.
async fn check(pages: &[&str], expected: &[Result<&str, Fault>], outcome: Outcome) {
    let contents: Vec<String> = pages
        .iter()
        .map(|page| match *page {
            "*" => "/F Do".to_owned(),
            words => format!("BT /T 20 Tf 50 700 Td ({words}) Tj ET"),
        })
        .collect();
    let file = pdf(&contents.iter().map(String::as_str).collect::<Vec<_>>());
    let mut config = ReaderConfig::new(env!("CARGO_BIN_EXE_mes-search").into());
    config.workers = 1;
    config.limits = Limits::default();
    config.budget = Budget { memory: 1 << 30, cpu_seconds: 1, wall: Duration::from_secs(60) };
    let start = Instant::now();
    let reading = Reader::new(config).read(MediaType::Pdf, &file, &item()).await;
    eprintln!("{pages:?}: {:.1} s", start.elapsed().as_secs_f64());
    let found: Vec<Result<&str, Fault>> = reading
        .pages
        .iter()
        .map(|page| page.fault.map_or(Ok(page.lines.first().map_or("", |l| &*l.text)), Err))
        .collect();
    assert_eq!(found, expected, "{pages:?}");
    assert_eq!(reading.outcome, outcome, "{pages:?}");
}

#[tokio::test]
async fn a_page_that_ends_a_worker_costs_itself_alone() {
    let words = "Compte rendu de la visite";
    let lost = Err(Fault::Limit);
    let partly = Outcome::Partly(vec![Fault::Limit]);
    check(&[words, "*", words], &[Ok(words), lost, Ok(words)], partly.clone()).await;
    check(&["*", words], &[lost, Ok(words)], partly.clone()).await;
    check(&[words, "*"], &[Ok(words), lost], partly).await;
}

#[tokio::test]
async fn a_document_that_is_a_trap_from_its_first_page_is_refused() {
    check(&["*"], &[], Outcome::Unread(Fault::Limit)).await;
    let words = "Compte rendu de la visite";
    let lost = Err(Fault::Limit);
    let partly = Outcome::Partly(vec![Fault::Limit]);
    check(&[words, "*", "*", "*", "*", words], &[Ok(words), lost, lost, lost], partly).await;
}
