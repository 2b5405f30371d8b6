//! Completions while typing, of what the grant sees: entries of the record by their names, terms of the
//! lexicon that would find something in the record, and single words.
//!
//! The names are gathered once for a view, the terms once for the process; a suggestion is given only if
//! something visible has it, and counts only that. A misspelt beginning is read as the nearest one where the
//! right one finds nothing.

use crate::answer::Suggestion;
use crate::concept;
use crate::expand::{self, completions};
use crate::fold::fold as fold_versions;
use crate::leg::holders;
use crate::policy::Grant;
use crate::schema::Field;
use crate::view::View;
use crate::{Error, Query, QueryError};
use levenshtein_automata::{DFA, Distance};
use lexicon::ConceptId;
use record::french::{fold, is_function_word, tokens};
use record::{Kind, Status, Text};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::OnceLock;

/// Most suggestions of one answer.
const MOST: usize = 20;
/// Shortest beginning that is completed by words of the record, by terms, and that may be misspelt.
const SHORTEST_WORD: usize = 2;
const SHORTEST_TERM: usize = 3;
const SHORTEST_MISSPELT: usize = 4;

/// Completes what was typed, best first: names, terms, words; then what is spelt almost so.
///
/// # Errors
/// A text over the limits, or a damaged pack.
pub fn suggest(view: &View, grant: &Grant, typed: &str, limit: usize) -> Result<Vec<Suggestion>, QueryError> {
    if typed.chars().count() > Query::MAX_CHARS {
        return Err(QueryError::TooLong(Query::MAX_CHARS));
    }
    let words: Vec<String> = tokens(typed).into_iter().map(|t| t.surface).collect();
    let Some(last) = words.last() else { return Ok(Vec::new()) };
    let limit = limit.min(MOST);
    let asked = Asked { view, visible: view.visible(grant), words: &words };
    let length = last.chars().count();
    let mut out = asked.names(None);
    if length >= SHORTEST_TERM {
        out.extend(asked.terms(None, limit)?);
    }
    if length >= SHORTEST_WORD {
        out.extend(asked.words(typed)?);
    }
    if out.is_empty() && length >= SHORTEST_MISSPELT {
        let dfa = expand::prefix_automaton(last);
        out.extend(asked.names(Some(&dfa)));
        out.extend(asked.terms(Some(&dfa), limit)?);
    }
    let mut seen = HashSet::new();
    out.retain(|s| seen.insert(fold(&s.text)));
    out.truncate(limit);
    Ok(out)
}

struct Asked<'a> {
    view: &'a View,
    visible: Vec<bool>,
    words: &'a [String],
}

impl Asked<'_> {
    /// Names of visible entries in which the typed words begin words, most frequent first.
    fn names(&self, near: Option<&DFA>) -> Vec<Suggestion> {
        let names = self.view.names();
        let folded = fold_versions(self.view, &self.visible);
        let counts = |i: &&u32| {
            let i = **i as usize;
            self.visible[i] && !folded.hidden[i] && folded.status[i] == Status::Current
        };
        let suggestion = |at: u32| {
            let name = &names.names[at as usize];
            let count = name.rows.iter().filter(counts).count();
            (count > 0).then(|| Suggestion { text: name.text.clone(), kind: name.kind, count })
        };
        let mut out: Vec<Suggestion> =
            names.index.find(self.words, near).into_iter().filter_map(suggestion).collect();
        out.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.text.cmp(&b.text)).then(a.kind.cmp(b.kind)));
        out
    }

    /// Terms of concepts that something visible has, shortest first.
    fn terms(&self, near: Option<&DFA>, limit: usize) -> Result<Vec<Suggestion>, Error> {
        let terms = terms();
        let mut found: Vec<(&str, ConceptId)> =
            terms.index.find(self.words, near).into_iter().map(|at| terms.terms[at as usize]).collect();
        found.sort_by_key(|(term, _)| (term.chars().count(), *term));
        let mut out = Vec::new();
        for (term, id) in found {
            let Some(key) = concept::term(id, concept::CONCEPT) else { continue };
            if !self.view.names().concepts.contains(&key) {
                continue;
            }
            let count = holders(self.view, &self.visible, &Field::ALL, &[key])?.len();
            if count > 0 {
                out.push(Suggestion { text: term.into(), kind: "term", count });
            }
            if out.len() == limit {
                break;
            }
        }
        Ok(out)
    }

    /// Words of visible items in the place of the last one.
    fn words(&self, typed: &str) -> Result<Vec<Suggestion>, Error> {
        let Some((last, before)) = self.words.split_last() else { return Ok(Vec::new()) };
        let head = typed.trim_end();
        let head = &head[..tokens(head).last().map_or(0, |t| t.range.start)];
        let mut out = Vec::new();
        for (term, count) in completions(self.view, &self.visible, last)? {
            let plain = term.chars().all(char::is_alphanumeric) && !is_function_word(&term);
            if plain && !before.contains(&term) && term.chars().any(char::is_alphabetic) {
                out.push(Suggestion { text: format!("{head}{term}").into(), kind: "word", count });
            }
        }
        Ok(out)
    }
}

/// Names of the entries of a record, and the concepts that it holds. Of all entries: who looks filters.
#[derive(Debug)]
pub(crate) struct Names {
    names: Vec<Name>,
    index: Index,
    /// Terms of concepts in the dictionary.
    concepts: HashSet<String>,
}

#[derive(Debug)]
struct Name {
    text: Text,
    kind: &'static str,
    rows: Vec<u32>,
}

impl Names {
    pub(crate) fn new(view: &View) -> Names {
        let mut names: BTreeMap<(&'static str, String), Name> = BTreeMap::new();
        for i in 0..view.len() {
            let row = view.row(i);
            let type_ = row.type_.as_ref().filter(|_| row.id.kind() == Kind::Document);
            let type_ = type_.filter(|_| row.parent.is_none()).map(|(_, label)| ("type", label));
            let author = row.authors.first().and_then(|a| a.name.as_ref()).map(|name| ("author", name));
            let own = if row.id.kind() == Kind::Document { "title" } else { row.id.kind().as_str() };
            for (kind, text) in [type_, author, Some((own, &row.title))].into_iter().flatten() {
                let name = names.entry((kind, fold(text)));
                let name = name.or_insert_with(|| Name { text: text.clone(), kind, rows: Vec::new() });
                name.rows.push(i as u32);
            }
        }
        let names: Vec<Name> = names.into_values().collect();
        let index = Index::new(names.iter().map(|name| &*name.text));
        Names { index, names, concepts: expand::marked(view, concept::CONCEPT) }
    }
}

/// All terms of the lexicon.
struct Terms {
    terms: Vec<(&'static str, ConceptId)>,
    index: Index,
}

fn terms() -> &'static Terms {
    static TERMS: OnceLock<Terms> = OnceLock::new();
    TERMS.get_or_init(|| {
        let all = (0..).zip(lexicon::concepts());
        let terms: Vec<(&str, ConceptId)> =
            all.flat_map(|(id, c)| c.terms.iter().map(move |(term, _)| (*term, id))).collect();
        Terms { index: Index::new(terms.iter().map(|(term, _)| *term)), terms }
    })
}

/// Names by the words in them.
#[derive(Debug)]
struct Index {
    /// Folded words, sorted, with the names that have them.
    words: Vec<(String, Vec<u32>)>,
    /// The words of each name.
    names: Vec<Vec<u32>>,
}

impl Index {
    fn new<'a>(names: impl Iterator<Item = &'a str>) -> Index {
        let mut words: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        let mut count = 0;
        for (at, name) in (0..).zip(names) {
            for token in tokens(name) {
                words.entry(token.surface).or_default().push(at);
            }
            count = at as usize + 1;
        }
        let words: Vec<(String, Vec<u32>)> = words.into_iter().collect();
        let mut names = vec![Vec::new(); count];
        for (number, (_, own)) in (0..).zip(&words) {
            own.iter().for_each(|name| names[*name as usize].push(number));
        }
        Index { words, names }
    }

    /// Names in which each typed word begins a word. The last one may be misspelt as far as `near` allows.
    fn find(&self, typed: &[String], near: Option<&DFA>) -> BTreeSet<u32> {
        let Some((last, before)) = typed.split_last() else { return BTreeSet::new() };
        let from =
            |prefix: &str| &self.words[self.words.partition_point(|(word, _)| word.as_str() < prefix)..];
        let begun: Vec<&(String, Vec<u32>)> = match near {
            None => from(last).iter().take_while(|(word, _)| word.starts_with(last.as_str())).collect(),
            Some(dfa) => {
                // The first letter is rarely mistaken.
                let first = &last[..last.chars().next().map_or(0, char::len_utf8)];
                let same = from(first).iter().take_while(|(word, _)| word.starts_with(first));
                same.filter(|(word, _)| matches!(dfa.eval(word), Distance::Exact(_))).collect()
            }
        };
        let has = |name: u32, word: &String| {
            self.names[name as usize].iter().any(|own| self.words[*own as usize].0.starts_with(word.as_str()))
        };
        let names = begun.into_iter().flat_map(|(_, names)| names).copied();
        names.filter(|name| before.iter().all(|word| has(*name, word))).collect()
    }
}
