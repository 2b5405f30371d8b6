//! Writes `data/letter_pairs.tsv` anew: how likely a letter follows another in French health documents.
//!
//! `cargo run -p ingest --example letter_pairs -- CORPORA TEXTS` where `CORPORA` holds the public corpora
//! named in [`HEADER`] and `TEXTS` is `fixtures/texts`. Prints the mean score of each source, for the
//! threshold of the triage.
#![expect(clippy::print_stdout, reason = "a program that is run by hand")]

#[path = "../src/reading/pdf/letters.rs"]
mod letters;

use letters::{LETTERS, french_score, reduced};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

const HEADER: &str = "\
# -ln p(second letter | first letter) in hundredths, one row a first letter; counted over
#   clinical cases: E3C corpus, French layers 1 and 2, texts of The Pan African Medical Journal, CC BY 4.0
#   reports, letters and prescriptions written for this project
#   everyday French, and everyday English, which a French record holds too: Tatoeba (tatoeba.org), CC BY 2.0 FR
# each as much as a quarter. Made by examples/letter_pairs.rs.
# Tab-separated columns: first letter (_ = between words), then one cost for each letter in the same order.
";
/// A pair that was never seen is taken to have been seen so often, in a million.
const UNSEEN: f64 = 20.0;

type Texts = Vec<String>;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args_os().skip(1).map(PathBuf::from);
    let corpora = arguments.next().ok_or("usage: letter_pairs CORPORA TEXTS")?;
    let texts = arguments.next().ok_or("usage: letter_pairs CORPORA TEXTS")?;
    let sources = [
        ("cases", cases(&corpora)?),
        ("own", own(&texts)?),
        ("everyday", everyday(&corpora, 1)?),
        ("English", everyday(&corpora, 0)?),
    ];
    let size = LETTERS.chars().count();
    let mut pairs = vec![vec![UNSEEN / 1e6; size]; size];
    for (_, texts) in &sources {
        let letters: Vec<Vec<usize>> = texts.iter().map(|text| reduced(text)).collect();
        let all = letters.iter().map(|text| text.len() - 1).sum::<usize>().max(1);
        for pair in letters.iter().flat_map(|text| text.windows(2)) {
            pairs[pair[0]][pair[1]] += 1.0 / all as f64;
        }
    }
    let mut file = HEADER.to_owned();
    for (letter, row) in LETTERS.chars().zip(&pairs) {
        let sum: f64 = row.iter().sum();
        let costs: Vec<String> = row.iter().map(|n| format!("{:.0}", -100.0 * (n / sum).ln())).collect();
        let name = if letter == ' ' { '_' } else { letter };
        file.push_str(&format!("{name}\t{}\n", costs.join("\t")));
    }
    fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("data/letter_pairs.tsv"), file)?;
    for (name, texts) in &sources {
        let mut scores: Vec<f64> = texts.iter().filter_map(|text| french_score(text)).collect();
        scores.sort_by(f64::total_cmp);
        let at = |share: usize| scores.get(scores.len() * share / 100).copied().unwrap_or(f64::NAN);
        println!(
            "{name}: {} texts, lowest {:.2}, 1 % {:.2}, median {:.2}",
            texts.len(),
            at(0),
            at(1),
            at(50)
        );
    }
    Ok(())
}

fn cases(corpora: &Path) -> Result<Texts, Box<dyn Error>> {
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
fn own(texts: &Path) -> Result<Texts, Box<dyn Error>> {
    let mut out = Vec::new();
    for path in files(texts)?.into_iter().filter(|path| path.extension().is_some_and(|e| e == "txt")) {
        let text = fs::read_to_string(path)?;
        out.push(text.split_once("\n---\n").map_or(text.as_str(), |(_, body)| body).to_owned());
    }
    Ok(out)
}

/// Sentences of a column, as texts of some fifty.
fn everyday(corpora: &Path, column: usize) -> Result<Texts, Box<dyn Error>> {
    let pairs = fs::read_to_string(corpora.join("parallel/tatoeba-fra.txt"))?;
    let sentences: Vec<&str> = pairs.lines().filter_map(|line| line.split('\t').nth(column)).collect();
    Ok(sentences.chunks(50).map(|chunk| chunk.join("\n")).collect())
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
