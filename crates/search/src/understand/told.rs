//! What was understood, as it is told: each part with the words that it comes from and where they stand.

use super::Understanding;
use super::tokens::Tokens;
use super::wishes::BodySide;
use super::wording::Direction;
use crate::answer::{
    Part, TypeName, Understood, UnderstoodKind, UnderstoodOrder, UnderstoodPeriod, UnderstoodPerson,
    UnderstoodType, UnderstoodValue,
};
use crate::parse::Parsed;
use crate::understand::Who;
use lexicon::concept;
use record::Text;
use std::ops::Range;

/// The part of a text that stands at some bytes of it.
pub(crate) fn part(text: &str, bytes: Range<usize>) -> Part {
    let count = |end: usize| text.get(..end).map_or(0, |t| t.chars().count());
    let span = (count(bytes.start), count(bytes.end));
    Part { query: text.get(bytes).unwrap_or("").into(), span }
}

impl Understanding {
    /// What is told of it, as far as the words alone say it. `parsed` is the query as it was before
    /// [`Understanding::strip`].
    pub(crate) fn told(&self, text: &str, parsed: &Parsed) -> Understood {
        let tokens = Tokens::new(text, &parsed.tokens);
        let part = |range: &Range<usize>| part(text, tokens.bytes(range));
        let period = self.period.as_ref().map(|p| UnderstoodPeriod {
            part: part(&p.tokens),
            from: p.from,
            to: p.to,
            month: p.month,
            event: None,
        });
        let value = self.condition.as_ref().map(|c| UnderstoodValue {
            part: part(&c.tokens),
            measure: c.measures.first().and_then(|id| concept(*id)).map_or("", |c| c.label).into(),
            least: c.bounds.least,
            most: c.bounds.most,
            unit: c.unit.as_deref().map(Text::from),
        });
        let order = self.order.as_ref().map(|order| UnderstoodOrder {
            part: part(&order.tokens),
            newest: order.direction == Direction::Newest,
            count: order.count,
        });
        let kind = self.kinds.as_ref().map(|kinds| UnderstoodKind {
            part: part(&kinds.tokens),
            kind: kinds.kind,
            all: kinds.list,
            count: 0,
        });
        Understood {
            types: self.told_types(&part),
            people: self.people.iter().map(|p| told_person(p, part(&p.tokens))).collect(),
            period,
            value,
            order,
            kind,
            left_out: self.exclusions.iter().map(|e| part(&e.tokens)).collect(),
            left: self.side.map(|(at, side)| (part(&(at..at + 1)), side == BodySide::Left)),
            family: self.family.map(|at| part(&(at..at + 1))),
            ..Understood::default()
        }
    }

    fn told_types(&self, part: &impl Fn(&Range<usize>) -> Part) -> Vec<UnderstoodType> {
        let told = |(range, code): &(Range<usize>, &'static str)| {
            let known = lexicon::document_type(code)?;
            let type_ = TypeName { code: known.code.to_owned(), display: known.label.into() };
            Some(UnderstoodType { part: part(range), type_ })
        };
        self.types.iter().filter_map(told).collect()
    }
}

fn told_person(person: &super::Person, part: Part) -> UnderstoodPerson {
    let specialties = match &person.who {
        Who::Named(_) => Vec::new(),
        Who::Practising(codes) => {
            let label = |code: &&'static str| {
                lexicon::specialties().iter().find(|s| s.code == *code).map(|s| s.label)
            };
            codes.iter().filter_map(label).collect()
        }
    };
    UnderstoodPerson { part, names: Vec::new(), specialties, addressee: person.addressee }
}
