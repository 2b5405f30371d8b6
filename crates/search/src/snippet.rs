//! Excerpts: the passage that holds most of the query, with the places of its words.

use crate::analysed::Analysed;
use crate::answer::Snippet;
use crate::concept::Mentioned;
use crate::context::Context;
use crate::expand::Match;
use crate::leg::{self, Found, FoundIn};
use crate::schema::{ACCENTED, stem_terms};
use crate::view::View;
use crate::{Error, concept, piece};
use lexicon::ConceptId;
use record::french::{Token, spans, tokens};
use record::{Kind, Origin, Passage, Rect, WordBox, passages};
use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

/// Longest excerpt, in bytes.
const LONGEST: usize = 320;
/// Excerpts of one result.
const MOST: usize = 2;

/// The excerpts of one result: of the text of a document, else of what says what the item is.
pub(crate) fn snippets(
    view: &View,
    item: usize,
    words: &[(&Found, FoundIn)],
    phrases: &[Vec<Token>],
) -> Result<Vec<Snippet>, Error> {
    let wanted = Wanted::new(words, phrases);
    let row = view.row(item);
    if row.id.kind() != Kind::Document {
        let excerpt = |text: &record::Text| excerpt(text, &wanted);
        return Ok(Some(&row.summary).filter(|s| !s.is_empty()).map(excerpt).into_iter().collect());
    }
    let best = best_passages(view, item, words, phrases)?;
    if best.is_empty() {
        return Ok(Vec::new());
    }
    let Some(reading) = view.reading(item)? else { return Ok(Vec::new()) };
    let passages = passages(&reading.pages);
    let excerpt = |best: Best| {
        let passage = passages.get(best.passage)?;
        // Words alone have their places; what is named takes the time to say how it is meant.
        let places = if best.names_concept {
            wanted.places_at(&view.passages.get(item, best.passage, &passage.text), &best.tokens)
        } else {
            let spans = spans(&passage.text);
            once(best.tokens.iter().filter_map(|at| Some((spans.get(*at as usize)?.clone(), None))).collect())
        };
        Some(passage_snippet(passage, places))
    };
    Ok(best.into_iter().filter_map(excerpt).collect())
}

/// A passage to show, and the tokens in it at which a word or a concept of the query stands.
struct Best {
    passage: usize,
    tokens: Vec<u32>,
    /// Whether one of them begins the mention of a concept.
    names_concept: bool,
}

/// The excerpt of a document that holds a stretch of one of its passages, without highlights.
pub(crate) fn stretch(view: &View, item: usize, place: &piece::Place) -> Result<Option<Snippet>, Error> {
    let Some(reading) = view.reading(item)? else { return Ok(None) };
    let passages = passages(&reading.pages);
    let Some(passage) = passages.get(place.passage as usize) else { return Ok(None) };
    let bytes = place.bytes.start as usize..place.bytes.end as usize;
    if passage.text.get(bytes.clone()).is_none() {
        return Ok(None);
    }
    let mut snippet = cut(&passage.text, bytes.clone(), &[]);
    snippet.page = passage.page;
    let lines = passage.lines.iter().filter(|(start, _)| bytes.contains(&(*start as usize)));
    snippet.boxes = lines.filter_map(|(_, area)| *area).collect();
    snippet.ocr_confidence = passage.confidence();
    Ok(Some(snippet))
}

/// The contexts that all concepts of a result's excerpts are meant in.
pub(crate) fn context(snippets: &[Snippet]) -> Vec<Context> {
    let mut all = snippets.iter().flat_map(|s| &s.contexts);
    let Some(first) = all.next() else { return Vec::new() };
    all.fold(first.clone(), |kept, other| kept.into_iter().filter(|c| other.contains(c)).collect())
}

/// A place in a text, and the contexts of the concept that is named there.
type Place = (Range<usize>, Option<Vec<Context>>);

/// The terms to show, marks included, and the concepts among them.
struct Wanted {
    terms: HashSet<String>,
    concepts: HashSet<ConceptId>,
}

impl Wanted {
    fn new(words: &[(&Found, FoundIn)], phrases: &[Vec<Token>]) -> Self {
        let variants = words.iter().flat_map(|(found, _)| found.variants.iter().map(|v| v.term.clone()));
        let phrase_terms = phrases.iter().flatten().map(|t| t.surface.clone());
        Wanted::of(variants.chain(phrase_terms).collect())
    }

    fn of(terms: HashSet<String>) -> Self {
        let concepts = terms.iter().filter_map(|term| concept::of_term(term)).collect();
        Wanted { terms, concepts }
    }

    /// The places in a text of the terms, each once, in order; with the contexts of what names a concept.
    fn places(&self, text: &str) -> Vec<Place> {
        let tokens = tokens(text);
        let words = tokens.iter().filter(|t| self.wants(t)).map(|t| (t.range.clone(), None));
        let mentions = concept::mentioned(text, &tokens);
        once(self.named(&mentions).chain(words).collect())
    }

    /// The same in a passage of which the index says at which tokens they stand.
    fn places_at(&self, passage: &Analysed, at: &[u32]) -> Vec<Place> {
        let starts_mention = |token: &u32| {
            passage
                .mentions
                .iter()
                .any(|m| m.token == *token && m.concepts.iter().any(|c| self.concepts.contains(c)))
        };
        let words = at.iter().filter(|token| !starts_mention(token));
        let words =
            words.filter_map(|token| passage.words.get(*token as usize)).map(|range| (bytes(range), None));
        once(self.named(&passage.mentions).chain(words).collect())
    }

    fn named<'a>(&'a self, mentions: &'a [Mentioned]) -> impl Iterator<Item = Place> + 'a {
        let named = mentions.iter().filter(|m| m.concepts.iter().any(|c| self.concepts.contains(c)));
        named.map(|m| (bytes(&m.bytes), Some(m.contexts.clone())))
    }

    fn wants(&self, token: &Token) -> bool {
        self.terms.contains(&token.surface)
            || stem_terms(token).iter().any(|stem| self.terms.contains(stem))
            || token.accented.as_ref().is_some_and(|a| self.terms.contains(&format!("{ACCENTED}{a}")))
    }
}

fn bytes(range: &Range<u32>) -> Range<usize> {
    range.start as usize..range.end as usize
}

/// The places in order, without those that lie in another.
fn once(mut found: Vec<Place>) -> Vec<Place> {
    found.sort_by_key(|(r, _)| (r.start, std::cmp::Reverse(r.end)));
    let mut end = 0;
    found.retain(|(r, _)| {
        let free = r.start >= end;
        end = end.max(r.end);
        free
    });
    found
}

/// Passages that hold words of the query: by the weight of distinct words, then by count, then by place.
fn best_passages(
    view: &View,
    item: usize,
    words: &[(&Found, FoundIn)],
    phrases: &[Vec<Token>],
) -> Result<Vec<Best>, Error> {
    let mut terms: Vec<&str> = Vec::new();
    let mut groups: Vec<(usize, f32)> = Vec::new();
    for (group, (found, _)) in words.iter().enumerate() {
        for variant in found.variants.iter().filter(|v| v.how != Match::Accents) {
            terms.push(&variant.term);
            groups.push((group, found.idf));
        }
    }
    for (group, phrase) in phrases.iter().enumerate() {
        for token in phrase {
            terms.push(&token.surface);
            groups.push((words.len() + group, 1.0));
        }
    }
    let row = view.row(item);
    let is_concept: Vec<bool> = terms.iter().map(|term| concept::of_term(term).is_some()).collect();
    let mut passages: BTreeMap<usize, (HashSet<usize>, f32, Vec<u32>, bool)> = BTreeMap::new();
    for (position, term) in leg::body_positions(view, item, &terms)? {
        let (group, idf) = groups[term];
        let at = row.passage_at(position);
        let passage = passages.entry(at).or_default();
        if passage.0.insert(group) {
            passage.1 += idf;
        }
        passage.2.push(position - row.passages.get(at).copied().unwrap_or(0));
        passage.3 |= is_concept[term];
    }
    let mut ranked: Vec<(usize, f32, Vec<u32>, bool)> =
        passages.into_iter().map(|(p, (_, w, at, named))| (p, w, at, named)).collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(b.2.len().cmp(&a.2.len())).then(a.0.cmp(&b.0)));
    let top = ranked.first().map_or(0.0, |r| r.1);
    ranked.retain(|r| r.1 >= top * 0.7);
    let best = ranked.into_iter().take(MOST);
    Ok(best.map(|(passage, _, tokens, names_concept)| Best { passage, tokens, names_concept }).collect())
}

fn passage_snippet(passage: &Passage, found: Vec<Place>) -> Snippet {
    let (window, shown) = shown(&passage.text, found);
    let mut boxes: Vec<Rect> = Vec::new();
    for place in shown.iter().flat_map(|(range, _)| places(passage, range)) {
        if !boxes.contains(&place) {
            boxes.push(place);
        }
    }
    let mut snippet = cut(&passage.text, window, &shown);
    snippet.page = passage.page;
    snippet.boxes = boxes;
    // a page that was recognised before words carried their confidence is marked too
    snippet.ocr_confidence = passage.confidence().or((passage.origin == Origin::Ocr).then_some(0.0));
    snippet
}

/// Where a stretch of a passage stands on its page: the parts of the words that it covers; where no word has
/// a place, the lines.
fn places(passage: &Passage, range: &Range<usize>) -> Vec<Rect> {
    let first = passage.words.partition_point(|word| word.end as usize <= range.start);
    let words = passage.words[first..].iter().take_while(|word| (word.start as usize) < range.end);
    let places: Vec<Rect> = words.map(|word| covered(&passage.text, word, range)).collect();
    if !places.is_empty() {
        return places;
    }
    let line = passage.lines.partition_point(|(start, _)| *start as usize <= range.start).saturating_sub(1);
    passage.lines.get(line).and_then(|(_, area)| *area).into_iter().collect()
}

/// The part of a word's place that a stretch of text covers: `œdème` of `l’œdème,`. Letters are taken as
/// equally wide, and a word as written from left to right unless it is much taller than wide.
#[expect(clippy::cast_precision_loss, reason = "a word is short")]
fn covered(text: &str, word: &WordBox, range: &Range<usize>) -> Rect {
    let area = word.area();
    let (start, end) = (word.start as usize, word.end as usize);
    let chars = |to: usize| text.get(start..to).map_or(0, |part| part.chars().count());
    let all = chars(end);
    let (from, to) = (chars(range.start.clamp(start, end)), chars(range.end.clamp(start, end)));
    let upright = area.y1 - area.y0 > 2.0 * (area.x1 - area.x0);
    if all < 3 || upright {
        return area;
    }
    let at = |n: usize| area.x0 + (area.x1 - area.x0) * n as f32 / all as f32;
    Rect { x0: at(from), x1: at(to), ..area }
}

fn excerpt(text: &str, wanted: &Wanted) -> Snippet {
    let found = wanted.places(text);
    let (window, shown) = shown(text, found);
    cut(text, window, &shown)
}

/// The stretch of text to show, and the places inside it.
fn shown(text: &str, found: Vec<Place>) -> (Range<usize>, Vec<Place>) {
    let ranges: Vec<Range<usize>> = found.iter().map(|(r, _)| r.clone()).collect();
    let window = window(text, &ranges);
    let inside = |r: &Range<usize>| r.start >= window.start && r.end <= window.end;
    let shown = found.into_iter().filter(|(r, _)| inside(r)).collect();
    (window, shown)
}

/// The stretch of text that holds most of the places, cut at spaces.
fn window(text: &str, found: &[Range<usize>]) -> Range<usize> {
    if text.len() <= LONGEST {
        return 0..text.len();
    }
    let within = |start: usize| found.iter().filter(|r| r.start >= start && r.end <= start + LONGEST).count();
    let first =
        found.iter().map(|r| r.start).max_by_key(|s| (within(*s), std::cmp::Reverse(*s))).unwrap_or(0);
    let lead = first.saturating_sub(LONGEST / 6);
    let start = boundary(text, lead, |c| c.is_whitespace()).min(first);
    let mut end = (start + LONGEST).min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    if end < text.len() {
        let needed = found.iter().filter(|r| r.end <= end).map(|r| r.end).max().unwrap_or(start);
        end = text[..end].rfind(char::is_whitespace).filter(|e| *e > start && *e >= needed).unwrap_or(end);
    }
    start..end
}

/// The first place from `at` on after a character that passes the test; the start of the text stays.
fn boundary(text: &str, at: usize, test: impl Fn(char) -> bool) -> usize {
    if at == 0 {
        return 0;
    }
    let from = (at..text.len()).find(|i| text.is_char_boundary(*i)).unwrap_or(text.len());
    text[from..].char_indices().find(|(_, c)| test(*c)).map_or(from, |(i, c)| from + i + c.len_utf8())
}

/// The excerpt with its places in code points. Line ends and tabs become spaces: an excerpt is one line.
fn cut(text: &str, window: Range<usize>, shown: &[Place]) -> Snippet {
    let points = |to: usize| text[window.start..to].chars().count();
    let highlights = shown.iter().map(|(r, _)| (points(r.start), points(r.end))).collect();
    let contexts = shown.iter().filter_map(|(_, contexts)| contexts.clone()).collect();
    let flat: String =
        text[window.clone()].chars().map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
    Snippet { text: flat.into(), highlights, contexts, page: None, boxes: Vec::new(), ocr_confidence: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, terms: &[&str], expected: &str) {
        let wanted = Wanted::of(terms.iter().map(|t| (*t).to_owned()).collect());
        let snippet = excerpt(text, &wanted);
        let shown: Vec<char> = snippet.text.chars().collect();
        let words: Vec<String> =
            snippet.highlights.iter().map(|(a, b)| shown[*a..*b].iter().collect()).collect();
        assert_eq!(words.join("|"), expected, "{text}");
    }

    #[test]
    fn highlights_cover_the_words_in_code_points() {
        check("L’œdème de l’hôpital", &["hopital", "oedeme"], "œdème|hôpital");
        check("Les 😀 genoux", &["\u{1}genou"], "genoux");
        check("rien", &["genou"], "");
    }

    #[test]
    fn a_long_text_is_cut_around_the_words() {
        let text = format!("{} douleur du genou droit {}", "avant ".repeat(100), "après ".repeat(100));
        let wanted = Wanted::of(["genou".to_owned()].into());
        let snippet = excerpt(&text, &wanted);
        assert!(snippet.text.len() <= LONGEST && snippet.text.contains("genou droit"), "{}", &*snippet.text);
        assert_eq!(snippet.highlights.len(), 1);
    }

    #[test]
    fn boxes_are_those_of_the_words_even_in_part_and_across_lines() {
        let area = |x0: f32, x1: f32| Rect { x0, y0: 0.1, x1, y1: 0.12 };
        let line = |text: &str, words: &[(usize, usize, Rect)]| record::Line {
            text: text.into(),
            area: Some(area(0.0, 1.0)),
            words: words.iter().map(|(a, b, r)| WordBox::new(*a, *b, *r, None)).collect(),
            ..record::Line::default()
        };
        let lines = vec![
            line(
                "pas d’œdème, hyper-",
                &[(0, 3, area(0.1, 0.2)), (4, 16, area(0.3, 0.39)), (17, 23, area(0.4, 0.5))],
            ),
            line("tension", &[(0, 7, area(0.1, 0.17))]),
        ];
        let page = record::Page { number: Some(1), lines, ..record::Page::default() };
        let passage = &passages(&[page])[0];
        assert_eq!(&*passage.text, "pas d’œdème, hypertension");
        let check = |term: &str, expected: &[(f32, f32)]| {
            let snippet =
                passage_snippet(passage, Wanted::of([term.to_owned()].into()).places(&passage.text));
            let found: Vec<(f32, f32)> = snippet.boxes.iter().map(|b| (b.x0, b.x1)).collect();
            let close =
                found.iter().zip(expected).all(|(a, b)| (a.0 - b.0).abs() < 1e-3 && (a.1 - b.1).abs() < 1e-3);
            assert!(found.len() == expected.len() && close, "{term}: {found:?}");
        };
        check("oedeme", &[(0.3225, 0.37875)]);
        check("hypertension", &[(0.4, 0.5), (0.1, 0.17)]);
    }

    proptest! {
        #[test]
        fn any_text_gives_highlights_inside_the_excerpt(text in "[a-zé œ\n😀]{0,900}", term in "[a-z]{1,3}") {
            let snippet = excerpt(&text, &Wanted::of([term].into()));
            let length = snippet.text.chars().count();
            prop_assert!(snippet.highlights.iter().all(|(a, b)| a < b && *b <= length));
        }
    }
}
