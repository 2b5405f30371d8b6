//! Writes `data/frequencies.tsv` anew, with the analysis of [`record::french`].
//!
//! `cargo run -p lexicon --example frequencies -- CORPORA TEXTS` where `CORPORA` holds the public corpora
//! named in [`HEADER`] and `TEXTS` is `fixtures/texts`. The table is frozen: run this when the analysis
//! changes, not when a corpus does, since every score of every record hangs on it.

use record::french;
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

const HEADER: &str = "\
# In how many of 1 000 000 French health documents a term stands: an estimate, frozen, blended from
#   45 %  clinical cases: E3C corpus, French layers 1 and 2, texts of The Pan African Medical Journal, CC BY 4.0
#   25 %  reports, letters and prescriptions written for this project; only terms that another source has too
#   20 %  everyday French: Tatoeba (tatoeba.org), CC BY 2.0 FR; TICO-19, CC0 1.0
#   10 %  clinical labels: CCAM (Assurance Maladie), Human Phenotype Ontology in French (hpo.jax.org)
# Made by examples/frequencies.rs. Terms of at least 3 documents, the most frequent ones. Sorted by term (bytes).
# Tab-separated columns:
#   term          first stem of a token, else its folded surface (record::french)
#   documents
";

/// What the counts are scaled to.
const DOCUMENTS: f64 = 1_000_000.0;

/// The file stays under 300 kB.
const TERMS: usize = 20_000;

/// A term must stand in so many documents, of all sources together.
const FEWEST: u32 = 3;

/// Documents of one kind, and how much of a record's text is of that kind.
struct Source {
    share: f64,
    documents: Vec<String>,
    /// Whether its names of people must not become terms.
    invented: bool,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args_os().skip(1).map(PathBuf::from);
    let corpora = arguments.next().ok_or("usage: frequencies CORPORA TEXTS")?;
    let texts = arguments.next().ok_or("usage: frequencies CORPORA TEXTS")?;
    let table = blend(&[
        Source { share: 0.45, documents: cases(&corpora)?, invented: false },
        Source { share: 0.25, documents: own(&corpora, &texts)?, invented: true },
        Source { share: 0.20, documents: everyday(&corpora)?, invented: false },
        Source { share: 0.10, documents: labels(&corpora)?, invented: false },
    ]);
    let mut file = HEADER.to_owned();
    for (term, documents) in table {
        file.push_str(&format!("{term}\t{documents}\n"));
    }
    fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("data/frequencies.tsv"), file)?;
    Ok(())
}

fn blend(sources: &[Source]) -> BTreeMap<String, u32> {
    let counts: Vec<BTreeMap<String, u32>> = sources.iter().map(count).collect();
    let mut terms: Vec<(String, u32)> = Vec::new();
    for term in counts.iter().flat_map(BTreeMap::keys).collect::<BTreeSet<_>>() {
        let raw = |only_public: bool| -> u32 {
            let of = |(source, count): (&Source, &BTreeMap<String, u32>)| {
                if only_public && source.invented { 0 } else { count.get(term).copied().unwrap_or(0) }
            };
            sources.iter().zip(&counts).map(of).sum()
        };
        if raw(false) >= FEWEST && raw(true) > 0 {
            terms.push((term.clone(), scaled(term, sources, &counts)));
        }
    }
    terms.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    terms.truncate(TERMS);
    terms.into_iter().collect()
}

fn scaled(term: &str, sources: &[Source], counts: &[BTreeMap<String, u32>]) -> u32 {
    let part = |(source, count): (&Source, &BTreeMap<String, u32>)| {
        source.share * f64::from(count.get(term).copied().unwrap_or(0)) / source.documents.len().max(1) as f64
    };
    let share: f64 = sources.iter().zip(counts).map(part).sum();
    // The sum of the shares is at most one.
    (share * DOCUMENTS).round().max(1.0) as u32
}

fn count(source: &Source) -> BTreeMap<String, u32> {
    let mut counts = BTreeMap::new();
    for document in &source.documents {
        for term in french::tokens(document).into_iter().map(key).collect::<BTreeSet<_>>() {
            *counts.entry(term).or_insert(0) += 1;
        }
    }
    counts
}

fn key(token: french::Token) -> String {
    token.stems.into_iter().next().unwrap_or(token.surface)
}

fn cases(corpora: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let mut out = Vec::new();
    for layer in ["e3c/layer1", "e3c/layer2"] {
        for file in files(&corpora.join(layer))? {
            let case: serde_json::Value = serde_json::from_slice(&fs::read(file)?)?;
            out.extend(case["text"].as_str().map(str::to_owned));
        }
    }
    Ok(out)
}

/// The sources of the fixtures have fields above a line `---`, which no document shows.
fn own(corpora: &Path, texts: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let mut out = Vec::new();
    for path in files(&corpora.join("pdf/own_truth"))?.into_iter().chain(files(texts)?) {
        if path.extension().is_some_and(|extension| extension == "txt") {
            let text = fs::read_to_string(path)?;
            let body = text.split_once("\n---\n").map_or(text.as_str(), |(_, body)| body);
            out.push(body.to_owned());
        }
    }
    Ok(out)
}

/// A sentence is no document: sentences are dealt out to as many documents as makes each of some 25.
fn everyday(corpora: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let tatoeba = fs::read_to_string(corpora.join("parallel/tatoeba-fra.txt"))?;
    let tico = fs::read_to_string(corpora.join("parallel/tico19.en-fr.tmx"))?;
    let french = tico.split("<tuv xml:lang=\"fr\"").skip(1).filter_map(|unit| {
        let text = unit.split_once("<seg>")?.1;
        Some(text.split_once("</seg>")?.0.to_owned())
    });
    let sentences = tatoeba.lines().filter_map(|line| Some(line.split('\t').nth(1)?.to_owned()));
    Ok(deal(sentences.chain(french).collect(), 25))
}

fn labels(corpora: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let ccam = fs::read_to_string(corpora.join("terminologies/ccam.csv"))?;
    let acts = ccam.lines().filter_map(|line| Some(line.rsplit_once(';')?.1.to_owned()));
    let signs = fs::read_to_string(corpora.join("terminologies/hp-fr.babelon.tsv"))?;
    let signs = signs.lines().filter_map(|line| Some(line.split('\t').nth(6)?.to_owned()));
    Ok(deal(acts.chain(signs).collect(), 40))
}

fn deal(lines: Vec<String>, size: usize) -> Vec<String> {
    let documents = lines.len().div_ceil(size).max(1);
    let mut out = vec![String::new(); documents];
    for (i, line) in lines.into_iter().enumerate() {
        out[i % documents].push_str(&line);
        out[i % documents].push('\n');
    }
    out
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut out = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { out.extend(files(&path)?) } else { out.push(path) }
    }
    out.sort();
    Ok(out)
}
