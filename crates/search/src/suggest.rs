//! Completions while typing: titles, document types, authors and words of what the grant sees.

use crate::answer::Suggestion;
use crate::expand::completions;
use crate::fold::fold as fold_versions;
use crate::policy::Grant;
use crate::view::View;
use crate::{Query, QueryError};
use record::french::{fold, is_function_word, tokens};
use record::{Status, Text};
use std::collections::BTreeMap;

/// Most suggestions of one answer.
const MOST: usize = 20;

/// Completes what was typed, best first: names whose words begin so, then single words.
///
/// # Errors
/// A text over the limits, or a damaged pack.
pub fn suggest(view: &View, grant: &Grant, typed: &str, limit: usize) -> Result<Vec<Suggestion>, QueryError> {
    if typed.chars().count() > Query::MAX_CHARS {
        return Err(QueryError::TooLong(Query::MAX_CHARS));
    }
    let words: Vec<String> = tokens(typed).into_iter().map(|t| t.surface).collect();
    let Some((last, before)) = words.split_last() else { return Ok(Vec::new()) };
    let visible = view.visible(grant);
    let mut out = names(view, &visible, &words);
    if last.chars().count() >= 2 {
        let head = typed.trim_end();
        let head = &head[..tokens(head).last().map_or(0, |t| t.range.start)];
        for (term, count) in completions(view, &visible, last)? {
            let plain = term.chars().all(|c| c.is_alphanumeric()) && !is_function_word(&term);
            let known = out.iter().any(|s| fold(&s.text) == term) || before.contains(&term);
            if plain && !known && term.chars().any(char::is_alphabetic) {
                out.push(Suggestion { text: format!("{head}{term}").into(), kind: "word", count });
            }
        }
    }
    out.truncate(limit.min(MOST));
    Ok(out)
}

/// Types, authors and titles in which the typed words begin words, in order of count.
fn names(view: &View, visible: &[bool], words: &[String]) -> Vec<Suggestion> {
    let folded = fold_versions(view, visible);
    let mut counts: BTreeMap<(&'static str, String), (usize, Text)> = BTreeMap::new();
    for i in
        (0..view.len()).filter(|i| visible[*i] && !folded.hidden[*i] && folded.status[*i] == Status::Current)
    {
        let row = view.row(i);
        let type_ = row.type_.as_ref().filter(|_| row.parent.is_none()).map(|(_, label)| ("type", label));
        let author = row.authors.first().and_then(|a| a.name.as_ref()).map(|name| ("author", name));
        for (kind, text) in [type_, author, Some(("title", &row.title))].into_iter().flatten() {
            let entry = counts.entry((kind, fold(text))).or_insert_with(|| (0, text.clone()));
            entry.0 += 1;
        }
    }
    let mut out: Vec<Suggestion> = counts
        .into_iter()
        .filter(|((_, name), _)| begins(name, words))
        .map(|((kind, _), (count, text))| Suggestion { text, kind, count })
        .collect();
    out.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.text.cmp(&b.text)).then(a.kind.cmp(b.kind)));
    out.dedup_by(|a, b| fold(&a.text) == fold(&b.text));
    out
}

/// Whether each typed word begins a word of the name.
fn begins(name: &str, words: &[String]) -> bool {
    let own: Vec<String> = tokens(name).into_iter().map(|t| t.surface).collect();
    words.iter().all(|word| own.iter().any(|o| o.starts_with(word.as_str())))
}
