//! Queries with what is understood of them, as data; and what holds for every query.

use super::{Direction, Side, Understanding, Who};
use crate::Query;
use crate::parse::{Parsed, parse};
use lexicon::concept;
use proptest::prelude::*;
use record::PartialDate;
use std::fmt::Write;

/// Tab-separated: the query, and what is understood of it on 2026-11-22, a Sunday.
const TABLE: &str = include_str!("../../data/understanding.tsv");

fn understand(text: &str) -> (Understanding, Parsed) {
    let query = Query { today: PartialDate::parse_iso("2026-11-22").ok(), ..Query::new(text) };
    let parsed = parse(text).unwrap();
    (Understanding::new(&query, &parsed), parsed)
}

/// What is understood of a text, in a line; words to look for stand last, those that are not needed in
/// brackets.
fn line(text: &str) -> String {
    let (mut understanding, mut parsed) = understand(text);
    let said = |range: &std::ops::Range<usize>| {
        let words: Vec<&str> = parsed.tokens[range.clone()].iter().map(|t| t.surface.as_str()).collect();
        words.join(" ")
    };
    let mut out = Vec::new();
    let day = |date: Option<PartialDate>| date.map_or_else(String::new, |d| d.to_string());
    out.extend(understanding.period.as_ref().map(|p| match p.month {
        Some(month) => format!("month {month}"),
        None => format!("{}..{}", day(p.from), day(p.to)),
    }));
    out.extend(understanding.event.as_ref().map(|e| {
        let side = match e.side {
            Side::Before => "before",
            Side::During => "during",
            Side::After => "after",
        };
        format!("{side} {}", said(&e.event))
    }));
    out.extend(understanding.condition.as_ref().map(value));
    out.extend(understanding.order.as_ref().map(|order| {
        let first = if order.direction == Direction::Newest { "newest" } else { "oldest" };
        let count = order.count.map_or_else(String::new, |n| format!(" {n}"));
        format!("{first}{count}{}", if order.current { " current" } else { "" })
    }));
    for person in &understanding.people {
        let role = if person.addressee { "to" } else { "by" };
        out.push(match &person.who {
            Who::Named(words) => format!("{role} {}", words.join(" ")),
            Who::Practising(codes) => format!("{role} {}", codes.join(" or ")),
        });
    }
    out.extend(
        understanding
            .kinds
            .as_ref()
            .map(|kinds| format!("{}{}", if kinds.list { "all " } else { "" }, kinds.kind.as_str())),
    );
    out.extend(understanding.side.map(|(_, side)| format!("{side:?}").to_lowercase()));
    out.extend(understanding.exclusions.iter().map(|e| format!("not {}", said(&e.named))));
    out.extend(understanding.family.map(|_| "family".to_owned()));
    understanding.event_is_known();
    understanding.strip(&mut parsed);
    let word = |w: &crate::parse::Word| {
        if w.optional { format!("({})", w.token.surface) } else { w.token.surface.clone() }
    };
    let words: Vec<String> = parsed.words.iter().map(word).collect();
    out.push(format!("\"{}\"", words.join(" ")));
    out.join(" | ")
}

fn value(condition: &super::Condition) -> String {
    let mut out = condition.measures.first().and_then(|id| concept(*id)).map_or("", |c| c.label).to_owned();
    if let Some((least, own)) = condition.bounds.least {
        let _ = write!(out, " {} {least}", if own { ">=" } else { ">" });
    }
    if let Some((most, own)) = condition.bounds.most {
        let _ = write!(out, " {} {most:.4}", if own { "<=" } else { "<" });
        out.truncate(out.trim_end_matches('0').trim_end_matches('.').len());
    }
    if let Some(unit) = &condition.unit {
        let _ = write!(out, " {unit}");
    }
    out
}

fn rows() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLE.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('\t'))
}

#[test]
fn queries_are_understood_as_the_table_says() {
    let wrong: Vec<String> = rows()
        .filter(|(query, expected)| line(query) != *expected)
        .map(|(query, expected)| format!("{query}\n  {}\n  not {expected}", line(query)))
        .collect();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(rows().count() >= 300);
}

/// In capitals; the micro sign has none of its own.
fn upper(text: &str) -> String {
    text.to_uppercase().replace('\u{39c}', "µ")
}

fn without_accents(text: &str) -> String {
    text.chars()
        .map(|c| if c == 'œ' { "oe".to_owned() } else { record::french::fold(&c.to_string()) })
        .collect()
}

#[test]
fn apostrophes_case_and_accents_make_no_difference() {
    for (query, expected) in rows() {
        let other =
            [query.replace('\'', "’"), query.replace('\'', "ʼ"), upper(query), without_accents(query)];
        for other in other {
            assert_eq!(line(&other), expected, "{other}");
        }
    }
}

/// Words of a query that are neither looked for, nor told as understood, nor hold sentences together or ask.
fn lost(text: &str) -> Vec<String> {
    let (understanding, mut parsed) = understand(text);
    let told = understanding.told(text, &parsed);
    let mut spans: Vec<(usize, usize)> = Vec::new();
    spans.extend(told.period.iter().map(|p| p.part.span));
    spans.extend(told.value.iter().map(|v| v.part.span));
    spans.extend(told.order.iter().map(|o| o.part.span));
    spans.extend(told.left_out.iter().map(|p| p.span));
    let family = told.family.is_some();
    let all = parsed.tokens.clone();
    understanding.strip(&mut parsed);
    let place = |byte: usize| text[..byte].chars().count();
    let told = |t: &record::french::Token| {
        let (start, end) = (place(t.range.start), place(t.range.end));
        spans.iter().any(|(from, to)| *from <= start && end <= *to)
    };
    let kept = |t: &record::french::Token| parsed.words.iter().any(|w| w.token.surface == t.surface);
    let plain = |t: &record::french::Token| {
        let word = t.surface.as_str();
        (family && super::wording::is_relative(word))
            || record::french::is_function_word(word)
            || super::is_wording(word)
            || crate::parse::introduces(word)
    };
    all.into_iter().filter(|t| !told(t) && !kept(t) && !plain(t)).map(|t| t.surface).collect()
}

#[test]
fn no_word_of_the_table_is_lost() {
    for (query, _) in rows() {
        assert_eq!(lost(query), [""; 0], "{query}");
    }
}

/// Words and signs that the readers look at, and others.
fn pieces() -> impl Strategy<Value = String> {
    let words: Vec<&'static str> = rows().flat_map(|(query, _)| query.split_whitespace()).collect();
    proptest::collection::vec(proptest::sample::select(words), 1..9).prop_map(|words| words.join(" "))
}

proptest! {
    #[test]
    fn no_text_is_too_much(text in "[a-zé0-9 '’/<>=≥,.%-]{0,60}|\\PC{0,60}") {
        if parse(&text).is_ok() {
            line(&text);
        }
    }

    #[test]
    fn words_in_any_order_are_understood_or_looked_for(text in pieces()) {
        prop_assert_eq!(lost(&text), Vec::<String>::new());
    }

    #[test]
    fn any_spelling_of_a_query_is_understood_alike(text in pieces()) {
        prop_assert_eq!(line(&text.replace('\'', "’")), line(&text));
        prop_assert_eq!(line(&without_accents(&text)), line(&text));
        prop_assert_eq!(line(&upper(&text)), line(&text));
    }
}
