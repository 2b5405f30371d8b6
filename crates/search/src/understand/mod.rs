//! What a query says beside the words to look for: a period, a condition on a measure, an order, document
//! types; and which of its words are used up by that.

mod dates;
mod tokens;
mod types;
mod values;
mod wording;

pub(crate) use dates::Period;
pub(crate) use values::{Bounds, Condition};
pub(crate) use wording::Order;

use crate::answer::{Understood, UnderstoodPeriod, UnderstoodValue};
use crate::parse::Parsed;
use crate::query::{Query, Reading};
use lexicon::{Register, concept};
use record::Text;
use std::ops::Range;
use tokens::Tokens;
use types::types;

/// A query, understood.
#[derive(Debug, Default)]
pub(crate) struct Understanding {
    pub(crate) period: Option<Period>,
    pub(crate) condition: Option<Condition>,
    pub(crate) order: Option<Order>,
    /// Whether it asks about a relative.
    pub(crate) of_family: bool,
    /// For each token, whether it is used up: it is no word to look for.
    used: Vec<bool>,
}

impl Understanding {
    /// Reads a query, but for what it says to ignore. Without `today` no date is understood.
    pub(crate) fn new(query: &Query, parsed: &Parsed) -> Understanding {
        let text = &*query.text;
        let wanted = |reading| !query.ignore.contains(&reading);
        let tokens = Tokens::new(text, &parsed.tokens);
        let mut out = Understanding { used: vec![false; tokens.len()], ..Understanding::default() };
        let mentions = lexicon::mentions(text, &parsed.tokens, Register::Query);
        out.condition = values::condition(&tokens, &mentions).filter(|_| wanted(Reading::Condition));
        if let Some(condition) = &out.condition {
            out.used[condition.tokens.clone()].fill(true);
        }
        let today = query.today.filter(|_| wanted(Reading::Period));
        out.period =
            today.and_then(|today| dates::period(&tokens, today)).filter(|p| !out.overlaps(&p.tokens));
        if let Some(period) = &out.period {
            out.used[period.tokens.clone()].fill(true);
        }
        if wanted(Reading::Order) {
            out.order = wording::order(&tokens, &mut out.used);
        }
        wording::fillers(&tokens, &mut out.used);
        out.of_family = wording::of_family(&tokens, &mut out.used);
        out
    }

    fn overlaps(&self, tokens: &Range<usize>) -> bool {
        self.used[tokens.clone()].iter().any(|used| *used)
    }

    /// What is told of it: the period, the condition, whether the newest come first. `parsed` is the query as
    /// it was before [`Understanding::strip`].
    pub(crate) fn told(&self, text: &str, parsed: &Parsed) -> Understood {
        let tokens = Tokens::new(text, &parsed.tokens);
        let period = self.period.as_ref().map(|p| UnderstoodPeriod {
            query: tokens.typed(&p.tokens).into(),
            from: p.from,
            to: p.to,
            month: p.month,
        });
        let value = self.condition.as_ref().map(|c| UnderstoodValue {
            query: tokens.typed(&c.tokens).into(),
            measure: c.measures.first().and_then(|id| concept(*id)).map_or("", |c| c.label).into(),
            least: c.bounds.least,
            most: c.bounds.most,
            unit: c.unit.as_deref().map(Text::from),
        });
        let newest = self.order.map(|order| order == Order::Newest);
        Understood { types: types(&parsed.words), period, value, newest, ..Understood::default() }
    }

    /// Takes the words that are used up out of what is looked for.
    pub(crate) fn strip(&self, parsed: &mut Parsed) {
        let left: Vec<&str> = parsed
            .tokens
            .iter()
            .zip(&self.used)
            .filter(|(_, used)| !**used)
            .map(|(t, _)| t.surface.as_str())
            .collect();
        parsed.words.retain(|word| left.contains(&word.token.surface.as_str()));
        let mut used = self.used.iter();
        parsed.tokens.retain(|_| !used.next().is_some_and(|used| *used));
    }
}
