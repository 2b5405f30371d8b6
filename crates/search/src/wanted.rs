//! What a query wishes of its results, asked of one record: who is meant, when an event was, what is left
//! out. All but what is left out is a factor on a score, never a filter: the reading may be wrong.

use crate::answer::Understood;
use crate::concept;
use crate::expand::Match;
use crate::leg::{self, Statistics};
use crate::parse::{Parsed, Word};
use crate::query::Query;
use crate::row::{Row, RowAuthor};
use crate::schema::{Field, stem_terms};
use crate::understand::{BodySide, EventTime, Person, Side, Understanding, Who, part};
use crate::view::View;
use crate::{Error, Weights};
use lexicon::{ConceptKind, Register};
use record::french::{Token, fold, tokens};
use record::{Kind, PartialDate, Text};
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

/// Where what an entry is about is said.
const ABOUT: [Field; 3] = [Field::Title, Field::Type, Field::Codes];
/// An episode goes on while not more than so many days pass.
const EPISODE_GAP: i64 = 120;
/// Days around an event that "pendant" takes in, where nothing says how long it was.
const AROUND: i64 = 15;

/// The wishes, item by item.
#[derive(Default)]
pub(crate) struct Wanted {
    /// Factor on the score of each item; empty where every one is 1.
    factors: Vec<f32>,
    /// Items to leave out.
    left_out: BTreeSet<u32>,
    /// Items outside the time that is told by an event.
    outside: BTreeSet<u32>,
    /// Items of the kind of which all are asked for.
    listed: BTreeSet<u32>,
}

impl Wanted {
    /// Asks the record. What is found out is put into `told`, and into the understanding where it makes words
    /// needless.
    pub(crate) fn new(
        search: &Asked,
        understanding: &mut Understanding,
        told: &mut Understood,
    ) -> Result<Wanted, Error> {
        let mut out = Wanted { factors: vec![1.0; search.view.len()], ..Wanted::default() };
        for (person, told) in understanding.people.iter().zip(&mut told.people) {
            told.names = search.person(person, &mut out.factors);
        }
        for exclusion in &understanding.exclusions {
            out.left_out.extend(search.about(exclusion.named.clone())?);
        }
        if let Some((_, side)) = understanding.side {
            search.other_side(side, &mut out.factors)?;
        }
        search.kinds(understanding, &mut out);
        if understanding.order.as_ref().is_some_and(|order| order.current) {
            search.over(&mut out.factors);
        }
        if let Some(event) = understanding.event.clone() {
            out.in_time(search, &event, understanding, told)?;
        }
        Ok(out)
    }

    /// The time that an event tells.
    fn in_time(
        &mut self,
        search: &Asked,
        event: &EventTime,
        understanding: &mut Understanding,
        told: &mut Understood,
    ) -> Result<(), Error> {
        let Some((item, (from, to))) = search.event(event)? else { return Ok(()) };
        understanding.event_is_known();
        for i in 0..search.view.len() {
            if !search.view.row(i).lies_in(from, to) {
                self.factors[i] *= search.query.weights.outside;
                self.outside.insert(i as u32);
            }
        }
        let tokens = &search.parsed.tokens[event.tokens.clone()];
        let bytes = tokens.first().zip(tokens.last()).map_or(0..0, |(a, b)| a.range.start..b.range.end);
        told.period = told.period.take().or(Some(crate::UnderstoodPeriod {
            part: part(&search.query.text, bytes),
            from,
            to,
            month: None,
            event: Some(search.view.row(item).id.clone()),
        }));
        Ok(())
    }

    pub(crate) fn factor(&self, item: usize) -> f32 {
        self.factors.get(item).copied().unwrap_or(1.0)
    }

    pub(crate) fn leaves_out(&self, item: usize) -> bool {
        self.left_out.contains(&(item as u32))
    }

    /// Whether the item is outside the time that an event tells.
    pub(crate) fn is_outside(&self, item: usize) -> bool {
        self.outside.contains(&(item as u32))
    }

    /// Whether the item is one of a list that is asked for as a whole.
    pub(crate) fn lists(&self, item: usize) -> bool {
        self.listed.contains(&(item as u32))
    }
}

/// A query and the record that it is asked of.
pub(crate) struct Asked<'a> {
    pub(crate) view: &'a View,
    pub(crate) visible: &'a [bool],
    pub(crate) stats: &'a Statistics,
    pub(crate) query: &'a Query,
    /// The query as it was before words were taken out.
    pub(crate) parsed: &'a Parsed,
}

impl Asked<'_> {
    fn weights(&self) -> &Weights {
        &self.query.weights
    }

    fn visible_rows(&self) -> impl Iterator<Item = (usize, &Row)> {
        (0..self.view.len()).filter(|i| self.visible[*i]).map(|i| (i, self.view.row(i)))
    }

    /// Raises what the person wrote, lowers it where it should be written to the person; gives the names of
    /// the authors who may be meant.
    fn person(&self, person: &Person, factors: &mut [f32]) -> Vec<Text> {
        let mut fields: HashMap<&str, bool> = HashMap::new();
        let mut names: Vec<Text> = Vec::new();
        for (i, row) in self.visible_rows() {
            let author = match &person.who {
                Who::Named(_) => written_by(row, person),
                Who::Practising(codes) => row.authors.iter().find(|author| {
                    author
                        .specialty
                        .as_deref()
                        .is_some_and(|label| *fields.entry(label).or_insert_with(|| practises(label, codes)))
                }),
            };
            let Some(author) = author else { continue };
            factors[i] *=
                if person.addressee { self.weights().addressee } else { 1.0 + self.weights().author };
            names.extend(author.name.clone().filter(|name| !names.contains(name)));
        }
        names
    }

    /// Items that are about what some tokens of the query name, by title, type or code.
    fn about(&self, named: Range<usize>) -> Result<Vec<u32>, Error> {
        let tokens = &self.parsed.tokens[named];
        let mut out: Option<BTreeSet<u32>> = None;
        for token in tokens.iter().filter(|t| !record::french::is_function_word(&t.surface)) {
            let mut terms = stem_terms(token);
            terms.push(token.surface.clone());
            let holders: BTreeSet<u32> =
                leg::holders(self.view, self.visible, &ABOUT, &terms)?.into_iter().collect();
            out = Some(out.map_or(holders.clone(), |before| &before & &holders));
        }
        let mut out = out.unwrap_or_default();
        for mention in lexicon::mentions(&self.query.text, tokens, Register::Query) {
            // What only a part of the words means is wider than what they name.
            if mention.tokens.len() == tokens.len() {
                let variants = concept::variants(&mention.senses, false, self.weights());
                let terms: Vec<String> =
                    variants.into_iter().filter(|v| v.how == Match::Concept).map(|v| v.term).collect();
                out.extend(leg::holders(self.view, self.visible, &ABOUT, &terms)?);
            }
        }
        Ok(out.into_iter().collect())
    }

    /// Lowers what speaks of the other side of the body more than of the one that is asked for.
    fn other_side(&self, side: BodySide, factors: &mut [f32]) -> Result<(), Error> {
        let (own, other) = match side {
            BodySide::Left => ("gauche", "droit"),
            BodySide::Right => ("droit", "gauche"),
        };
        let own: HashMap<u32, f32> = self.frequencies(own)?.into_iter().collect();
        for (item, other) in self.frequencies(other)? {
            let own = own.get(&item).copied().unwrap_or(0.0);
            let more = ((other - own) / (other + own)).max(0.0);
            factors[item as usize] *= 1.0 - self.weights().side * more;
        }
        Ok(())
    }

    fn frequencies(&self, word: &str) -> Result<Vec<(u32, f32)>, Error> {
        let Some(token) = tokens(word).into_iter().next() else { return Ok(Vec::new()) };
        let word = Word { typed: word.to_owned(), token, open: false, optional: false };
        let found = leg::look_up(self.view, self.visible, self.stats, &word)?;
        let sure = found.hits.iter().filter(|hit| found.how(hit) <= Match::Stem);
        Ok(sure.map(|hit| (hit.item, hit.frequency)).collect())
    }

    /// Raises the kind of entry that is named; more, and all of it, where nothing else is.
    fn kinds(&self, understanding: &Understanding, out: &mut Wanted) {
        let Some(kinds) = &understanding.kinds else { return };
        let bonus = if kinds.list { self.weights().list } else { self.weights().kind };
        for (i, row) in self.visible_rows() {
            let own = row.id.kind() == kinds.kind && (kinds.kind != Kind::Procedure || is_operation(row));
            if own {
                out.factors[i] *= 1.0 + bonus;
                if kinds.list && self.view.parent(i).is_none() {
                    out.listed.insert(i as u32);
                }
            }
        }
    }

    /// Lowers treatments that are over.
    fn over(&self, factors: &mut [f32]) {
        let Some(today) = self.query.today else { return };
        for (i, row) in self.visible_rows() {
            if row.end.is_some_and(|end| end.span().1 < today.span().0) {
                factors[i] *= self.weights().over;
            }
        }
    }

    /// The newest entry that is the event, and the time that the query tells by it.
    fn event(&self, event: &EventTime) -> Result<Option<(usize, Time)>, Error> {
        let Some(today) = self.query.today else { return Ok(None) };
        let operation = self.parsed.tokens[event.event.clone()].first().is_some_and(is_operation_word);
        let candidates = self.about(event.event.clone())?.into_iter().map(|i| i as usize);
        let known: Vec<usize> = candidates
            .filter(|i| self.view.row(*i).date().is_some_and(|d| d <= today))
            .filter(|i| {
                !operation
                    || self.view.row(*i).id.kind() != Kind::Procedure
                    || is_operation(self.view.row(*i))
            })
            .collect();
        let rank = |i: &usize| {
            let row = self.view.row(*i);
            let certain = match row.id.kind() {
                Kind::Procedure | Kind::Condition => 2,
                Kind::Event | Kind::Immunization => 1,
                _ => 0,
            };
            (certain, row.date(), std::cmp::Reverse(*i))
        };
        let Some(best) = known.iter().copied().max_by_key(rank) else { return Ok(None) };
        Ok(time(self.view, best, &known, event.side).map(|time| (best, time)))
    }
}

/// First and last day.
type Time = (Option<PartialDate>, Option<PartialDate>);

/// The time that lies on a side of the event.
fn time(view: &View, best: usize, known: &[usize], side: Side) -> Option<Time> {
    let row = view.row(best);
    let first = row.date()?.first_day_number();
    let day = |days: i64| PartialDate::from_day_number(days).ok();
    Some(match side {
        Side::Before => (None, day(first - 1)),
        Side::After => (day(first), None),
        Side::During => {
            if let Some(end) = row.end {
                return Some((day(first), Some(end)));
            }
            let mut days: Vec<i64> =
                known.iter().filter_map(|i| Some(view.row(*i).date()?.first_day_number())).collect();
            days.sort_unstable();
            let at = days.binary_search(&first).unwrap_or(0);
            let from = days[..=at].windows(2).rev().take_while(|w| w[1] - w[0] <= EPISODE_GAP).last();
            let to = days[at..].windows(2).take_while(|w| w[1] - w[0] <= EPISODE_GAP).last();
            (day(from.map_or(first, |w| w[0]) - AROUND), day(to.map_or(first, |w| w[1]) + AROUND))
        }
    })
}

/// The author of an entry who may be the person that is meant.
pub(crate) fn written_by<'a>(row: &'a Row, person: &Person) -> Option<&'a RowAuthor> {
    row.authors.iter().find(|author| match &person.who {
        Who::Named(words) => author.name.as_deref().is_some_and(|name| has_name(name, words)),
        Who::Practising(codes) => author.specialty.as_deref().is_some_and(|label| practises(label, codes)),
    })
}

/// Whether the title of an entry names the field of care of the person that is meant.
pub(crate) fn titled_for(row: &Row, person: &Person) -> bool {
    let Who::Practising(codes) = &person.who else { return false };
    let title = tokens(&fold(&row.title));
    title.iter().any(|t| lexicon::specialty(&t.surface).is_some_and(|s| codes.contains(&s.code)))
        || practises(&row.title, codes)
}

fn practises(label: &str, codes: &[&str]) -> bool {
    lexicon::specialty(label).is_some_and(|s| codes.contains(&s.code))
}

fn has_name(name: &str, words: &[String]) -> bool {
    let own: Vec<String> = tokens(&fold(name)).into_iter().map(|t| t.surface).collect();
    words.iter().all(|word| own.contains(word))
}

fn is_operation_word(token: &Token) -> bool {
    ["operation", "intervention", "chirurgie"].iter().any(|w| token.surface.starts_with(w))
}

/// Whether a procedure is more than an examination: what people call an operation.
pub(crate) fn is_operation(row: &Row) -> bool {
    let named = lexicon::mentions(&row.title, &tokens(&row.title), Register::Text);
    let kinds =
        named.iter().flat_map(|m| &m.senses).filter_map(|s| lexicon::concept(s.concept)).map(|c| c.kind);
    let (mut act, mut examination) = (false, false);
    for kind in kinds {
        act |= kind == ConceptKind::Act;
        examination |= matches!(kind, ConceptKind::Examination | ConceptKind::Laboratory);
    }
    act || !examination
}
