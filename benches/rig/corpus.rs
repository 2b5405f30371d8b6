//! A synthetic record of any size: sentences of the fixtures, recombined with a fixed seed.
//!
//! Sentences are drawn by Zipf's law (rank r with weight 1/r), so that some words are in nearly every
//! document and most in few. Each document adds words of its own (a sample number, a name), so that the
//! dictionary grows with the record as a real one does.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

/// A document of the corpus.
pub(crate) struct Document {
    /// Logical id.
    pub(crate) id: String,
    /// Title.
    pub(crate) title: String,
    /// Type code.
    pub(crate) type_code: &'static str,
    /// Date of the act.
    pub(crate) date: String,
    /// Author's name.
    pub(crate) author: String,
    /// Text.
    pub(crate) text: String,
}

/// Types by falling frequency, as records hold them.
const TYPES: &[(&str, &str)] = &[
    ("11502-2", "Compte rendu d'examens biologiques"),
    ("57833-6", "Ordonnance"),
    ("11488-4", "Compte rendu de consultation"),
    ("18748-4", "Compte rendu d'imagerie"),
    ("11490-0", "Lettre de sortie"),
    ("34874-8", "Compte rendu opératoire"),
    ("15507-7", "Passage aux urgences"),
    ("87273-9", "Note de vaccination"),
];

const NAMES: &[&str] = &[
    "Martin", "Bernard", "Dubois", "Thomas", "Robert", "Richard", "Petit", "Durand", "Leroy", "Moreau",
    "Simon", "Laurent", "Lefebvre", "Michel", "Garcia", "David",
];

/// SplitMix64 (Steele, Lea, Flood 2014): small, seeded, the same on every machine.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Random(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `n`, evenly.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    /// Below `n`, rank r with weight near 1/(r+1): the inverse of the continuous law.
    pub(crate) fn zipf(&mut self, n: usize) -> usize {
        let even = (self.next() >> 11) as f64 / (1u64 << 53) as f64;
        (((n as f64 + 1.0).powf(even) - 1.0) as usize).min(n - 1)
    }

    /// A made-up word of two to four syllables.
    fn word(&mut self) -> String {
        const SYLLABLES: &[&str] =
            &["ba", "cor", "dé", "fi", "gan", "lu", "mé", "no", "pra", "ri", "sol", "tu", "vex", "zi"];
        (0..2 + self.below(3)).map(|_| SYLLABLES[self.below(SYLLABLES.len())]).collect()
    }
}

/// The sentences of the fixtures' texts, shuffled once so that rank says nothing about their subject.
pub(crate) fn sentences() -> Vec<String> {
    let mut found: Vec<String> = super::service::fixture_texts()
        .iter()
        .flat_map(|t| t.split(['.', '\n']))
        .map(|s| s.trim().to_owned())
        .collect();
    found.retain(|s| s.split_whitespace().count() >= 4);
    found.sort();
    found.dedup();
    let mut random = Random::new(7);
    for i in (1..found.len()).rev() {
        found.swap(i, random.below(i + 1));
    }
    assert!(found.len() > 100, "the fixtures hold {} sentences: too few", found.len());
    found
}

/// A record of `n` documents, the same for the same seed.
pub(crate) fn record(sentences: &[String], seed: u64, n: usize) -> Vec<Document> {
    let mut random = Random::new(seed);
    (0..n).map(|i| document(sentences, &mut random, i)).collect()
}

fn document(sentences: &[String], random: &mut Random, i: usize) -> Document {
    let (type_code, title) = TYPES[random.zipf(TYPES.len())];
    let author = NAMES[random.zipf(NAMES.len())].to_owned();
    let mut text = String::new();
    for _ in 0..8 + random.below(25) {
        text.push_str(&sentences[random.zipf(sentences.len())]);
        text.push_str(".\n");
    }
    let own = random.word();
    text.push_str(&format!(
        "Dossier {} {own}, échantillon {}.\n",
        random.below(1_000_000),
        random.below(1_000_000)
    ));
    let date = format!("{}-{:02}-{:02}", 2008 + random.below(18), 1 + random.below(12), 1 + random.below(28));
    Document { id: format!("doc-{i:06}"), title: format!("{title} {own}"), type_code, date, author, text }
}

/// The documents as one FHIR bundle with their texts inline.
pub(crate) fn bundle(documents: &[Document]) -> Vec<u8> {
    let entry = |d: &Document| {
        json!({"resource": {
            "resourceType": "DocumentReference", "id": d.id, "status": "current", "description": d.title,
            "type": {"coding": [{"system": "http://loinc.org", "code": d.type_code}]},
            "date": format!("{}T10:00:00Z", d.date),
            "author": [{"display": format!("Dr {}", d.author)}],
            "context": {"period": {"start": d.date}},
            "content": [{"attachment": {"contentType": "text/plain", "data": STANDARD.encode(&d.text)}}]
        }})
    };
    let entries: Vec<_> = documents.iter().map(entry).collect();
    json!({"resourceType": "Bundle", "type": "collection", "entry": entries}).to_string().into_bytes()
}

/// Queries of one to four words out of the documents, as likely as the documents make them.
pub(crate) fn queries(documents: &[Document], seed: u64, n: usize) -> Vec<String> {
    let mut random = Random::new(seed);
    let mut queries = Vec::with_capacity(n);
    while queries.len() < n {
        let document = &documents[random.below(documents.len())];
        let words: Vec<&str> =
            document.text.split(|c: char| !c.is_alphanumeric()).filter(|w| w.len() > 3).collect();
        let length = 1 + random.below(4);
        if words.len() > length {
            let at = random.below(words.len() - length);
            queries.push(words[at..at + length].join(" "));
        }
    }
    queries
}
