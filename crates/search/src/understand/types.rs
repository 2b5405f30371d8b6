//! Document types that a query names.

use super::tokens::Tokens;
use record::french::tokens as analyse;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::OnceLock;

/// Words in a row that name a type: at most this many.
const LONGEST_NAME: usize = 6;

/// Document types that the query names, by label or by a patient's word for them: tokens, and codes.
pub(crate) fn types(tokens: &Tokens) -> Vec<(Range<usize>, &'static str)> {
    let content: Vec<usize> = (0..tokens.len()).filter(|at| tokens.is_content(*at)).collect();
    let mut out: Vec<(Range<usize>, &'static str)> = Vec::new();
    for start in 0..content.len() {
        let longest = (1..=LONGEST_NAME.min(content.len() - start)).rev();
        let named = longest.map(|n| &content[start..start + n]).find_map(|words| {
            let key = key(words.iter().filter_map(|at| tokens.get(*at)));
            Some((*words.first()?..*words.last()? + 1, names().get(&key)?))
        });
        let Some((range, codes)) = named else { continue };
        for code in codes.iter().filter_map(|code| lexicon::document_type(code)).map(|known| known.code) {
            if !out.iter().any(|(_, known)| *known == code) {
                out.push((range.clone(), code));
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
                let codes = names.entry(key(analyse(name).iter())).or_default();
                if !codes.contains(&known.code) {
                    codes.push(known.code);
                }
            }
        }
        names.remove("");
        names
    })
}
