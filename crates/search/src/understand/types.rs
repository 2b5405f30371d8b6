//! What the words of a query name beside themselves: document types, so far.

use crate::answer::TypeName;
use crate::parse::Word;
use record::french::tokens;
use std::collections::HashMap;
use std::sync::OnceLock;

/// Words in a row that name a type: at most this many.
const LONGEST_NAME: usize = 6;

/// Document types that the query names, by label or by a patient's word for them.
pub(crate) fn types(words: &[Word]) -> Vec<TypeName> {
    let mut out: Vec<TypeName> = Vec::new();
    for start in 0..words.len() {
        let longest = (1..=LONGEST_NAME.min(words.len() - start)).rev();
        let named = longest
            .map(|n| key(words[start..start + n].iter().map(|w| &w.token)))
            .find_map(|k| names().get(&k));
        for code in named.into_iter().flatten() {
            let Some(known) = lexicon::document_type(code) else { continue };
            let name = TypeName { code: known.code.to_owned(), display: known.label.into() };
            if !out.contains(&name) {
                out.push(name);
            }
        }
    }
    out
}

fn key<'a>(tokens: impl Iterator<Item = &'a record::french::Token>) -> String {
    let stem = |t: &record::french::Token| t.stems.last().unwrap_or(&t.surface).clone();
    tokens.filter(|t| !record::french::is_function_word(&t.surface)).map(stem).collect::<Vec<_>>().join(" ")
}

/// From the folded stems of a name to the types that have it.
fn names() -> &'static HashMap<String, Vec<&'static str>> {
    static NAMES: OnceLock<HashMap<String, Vec<&'static str>>> = OnceLock::new();
    NAMES.get_or_init(|| {
        let mut names: HashMap<String, Vec<&'static str>> = HashMap::new();
        for known in lexicon::document_types() {
            for name in known.synonyms.iter().copied().chain([known.label]) {
                let codes = names.entry(key(tokens(name).iter())).or_default();
                if !codes.contains(&known.code) {
                    codes.push(known.code);
                }
            }
        }
        names.remove("");
        names
    })
}
