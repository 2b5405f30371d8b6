//! What a query says beside the words to look for: when, how much, who, which kinds, which side, what not,
//! in which order; and which of its words are used up by that.
//!
//! Nothing here knows a record: the same words are understood alike for everybody. What needs the record,
//! who "dr lefevre" is and when "mon opération" was, is told apart (`crate::wanted`).

mod calendar;
mod dates;
mod events;
mod people;
#[cfg(test)]
mod table;
mod tokens;
mod told;
mod types;
mod values;
mod wishes;
mod wording;

pub(crate) use dates::Period;
pub(crate) use events::{EventTime, Side};
pub(crate) use people::{Person, Who};
pub(crate) use told::part;
pub(crate) use values::{Bounds, Condition};
pub(crate) use wishes::{BodySide, Exclusion, Kinds, says_kind};
pub(crate) use wording::{Direction, Order, is_wording};

use crate::parse::Parsed;
use crate::query::{Query, Reading};
use lexicon::Register;
use std::ops::Range;
use tokens::Tokens;

/// A query, understood.
#[derive(Debug, Default)]
pub(crate) struct Understanding {
    pub(crate) period: Option<Period>,
    pub(crate) event: Option<EventTime>,
    pub(crate) condition: Option<Condition>,
    pub(crate) order: Option<Order>,
    pub(crate) people: Vec<Person>,
    pub(crate) kinds: Option<Kinds>,
    pub(crate) side: Option<(usize, BodySide)>,
    pub(crate) exclusions: Vec<Exclusion>,
    /// The token that asks about a relative.
    pub(crate) family: Option<usize>,
    types: Vec<(Range<usize>, &'static str)>,
    /// What is left for each token to do.
    fates: Vec<Fate>,
}

/// What a token of the query is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    /// A word to look for.
    Needed,
    /// A word that speaks for an item that has it, not against one that does not.
    Optional,
    /// Understood, and no word to look for.
    Used,
}

impl Understanding {
    /// Reads a query, but for what it says to ignore. Without `today` no date is understood.
    pub(crate) fn new(query: &Query, parsed: &Parsed) -> Understanding {
        let wanted = |reading| !query.ignore.contains(&reading);
        let tokens = Tokens::new(&query.text, &parsed.tokens);
        let mentions = lexicon::mentions(&query.text, &parsed.tokens, Register::Query);
        let mut used = vec![false; tokens.len()];
        let mut out = Understanding::default();
        if wanted(Reading::Condition) {
            out.condition = values::condition(&tokens, &mentions);
            out.condition.iter().for_each(|c| used[c.tokens.clone()].fill(true));
        }
        if wanted(Reading::Period) {
            out.period = query.today.and_then(|today| dates::period(&tokens, today, &used));
            out.period.iter().for_each(|p| used[p.tokens.clone()].fill(true));
            out.event = events::event(&tokens, &mentions, &used);
        }
        let in_event = out.event.as_ref().map_or(0..0, |e| e.tokens.clone());
        let free = |used: &[bool]| -> Vec<bool> {
            used.iter().enumerate().map(|(at, used)| *used || in_event.contains(&at)).collect()
        };
        if wanted(Reading::Exclusions) {
            out.exclusions = wishes::exclusions(&tokens, &mentions, &free(&used));
            out.exclusions.iter().for_each(|e| used[e.tokens.clone()].fill(true));
        }
        if wanted(Reading::Order) {
            out.order = wording::order(&tokens, &mut used);
        }
        wording::fillers(&tokens, &mentions, &mut used);
        if wanted(Reading::Authors) {
            out.people = people::people(&tokens, &free(&used));
        }
        if wanted(Reading::Side) {
            out.side = wishes::side(&tokens, &free(&used));
        }
        if wanted(Reading::Family) {
            out.family = wording::of_family(&tokens, &mut used);
        }
        if wanted(Reading::Kinds) {
            out.kinds = wishes::kinds(&tokens, &free(&used));
        }
        out.types = types::types(&tokens);
        out.fates = used.iter().map(|used| if *used { Fate::Used } else { Fate::Needed }).collect();
        for at in out.people.iter().filter_map(|person| person.participle).filter(|at| !used[*at]) {
            out.fates[at] = Fate::Optional;
        }
        out.spare_side(&tokens);
        out
    }

    /// A side alone is what is looked for; beside something else it only chooses.
    fn spare_side(&mut self, tokens: &Tokens) {
        let Some((at, _)) = self.side else { return };
        let more = |i: &usize| *i != at && tokens.is_content(*i) && self.fates[*i] == Fate::Needed;
        if (0..self.fates.len()).any(|i| more(&i)) {
            self.fates[at] = Fate::Optional;
        }
    }

    /// Says that the record knows when the event of the query was: its words are not needed any more.
    pub(crate) fn event_is_known(&mut self) {
        let Some(event) = &self.event else { return };
        self.fates[event.tokens.clone()].fill(Fate::Used);
        self.fates[event.event.clone()].fill(Fate::Optional);
    }

    /// Whether a word of the query is understood as something else than a word to look for.
    pub(crate) fn uses(&self, parsed: &Parsed, surface: &str) -> bool {
        let mut own = parsed.tokens.iter().zip(&self.fates).filter(|(token, _)| token.surface == surface);
        own.any(|(_, fate)| *fate == Fate::Used)
    }

    /// Whether a word of the query is the name of a person.
    pub(crate) fn names(&self, surface: &str) -> bool {
        let named =
            |person: &Person| matches!(&person.who, Who::Named(words) if words.iter().any(|w| w == surface));
        self.people.iter().any(named)
    }

    /// Takes the words that are used up out of what is looked for.
    pub(crate) fn strip(&self, parsed: &mut Parsed) {
        let fate_of = |surface: &str| {
            let own = parsed.tokens.iter().zip(&self.fates).filter(|(token, _)| token.surface == surface);
            own.map(|(_, fate)| *fate).min()
        };
        let fates: Vec<Option<Fate>> = parsed.words.iter().map(|w| fate_of(&w.token.surface)).collect();
        let mut fates = fates.into_iter();
        parsed.words.retain_mut(|word| {
            let fate = fates.next().flatten().unwrap_or(Fate::Needed);
            word.optional = fate == Fate::Optional;
            fate != Fate::Used
        });
        let mut fates = self.fates.iter();
        parsed.tokens.retain(|_| fates.next() != Some(&Fate::Used));
    }
}
