//! Periods in a query: absolute, partial, relative to today.
//!
//! A period is taken only from wording that means time: a month, a year from 1900 to 2100, a season with a
//! year or "dernier", "il y a", "depuis"… A number alone is never a date.

use super::calendar::{Calendar, Days, span};
use super::tokens::Tokens;
use record::PartialDate;
use std::ops::Range;

/// A stretch of time that a query names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Period {
    /// Tokens that say it.
    pub(crate) tokens: Range<usize>,
    /// First day; `None` where it has no beginning.
    pub(crate) from: Option<PartialDate>,
    /// Last day, included; `None` where it has no end.
    pub(crate) to: Option<PartialDate>,
    /// A month of any year, where the query names no year.
    pub(crate) month: Option<u8>,
}

/// The period that a query names, if it names one outside the tokens that are `used`.
pub(crate) fn period(tokens: &Tokens, today: PartialDate, used: &[bool]) -> Option<Period> {
    let reader = Reader { t: tokens, calendar: Calendar { tokens, today } };
    let free = |period: &Period| !used[period.tokens.clone()].iter().any(|used| *used);
    (0..tokens.len()).find_map(|at| {
        let found = reader.bounded(at).filter(free).or_else(|| reader.plain(at).filter(free));
        found.or_else(|| reader.month_alone(at).filter(free))
    })
}

struct Reader<'a> {
    t: &'a Tokens<'a>,
    calendar: Calendar<'a>,
}

impl Reader<'_> {
    /// "depuis 2019", "avant mars 2020", "entre 2019 et 2021", "de 2019 à 2021", "jusqu'en 2020".
    fn bounded(&self, at: usize) -> Option<Period> {
        self.range(at).or_else(|| self.since(at)).or_else(|| self.until(at))
    }

    fn range(&self, at: usize) -> Option<Period> {
        if !self.t.exactly(at, &["entre", "de", "du", "d"]) {
            return None;
        }
        let next = at + 1;
        if let Some(((first, _), end)) = self.calendar.date(next)
            && let Some(((_, last), end)) = self.end_of_range(end)
        {
            return self.between(at..end, Some(first), Some(last));
        }
        // "de mars à juin 2024": the year stands once.
        let (month, end) = self.calendar.bare_month(next)?;
        let ((first, last), end) = self.end_of_range(end)?;
        let second = PartialDate::from_day_number(first).ok()?;
        let year = if Some(month) > second.month() { second.year() - 1 } else { second.year() };
        self.between(at..end, Some(span(year, Some(month), None)?.0), Some(last))
    }

    fn end_of_range(&self, at: usize) -> Option<(Days, usize)> {
        let joins = self.t.exactly(at, &["et", "a", "au", "en"]) || self.until_word(at);
        if joins { self.calendar.date(at + 1).or_else(|| self.calendar.date(at)) } else { None }
    }

    fn until_word(&self, at: usize) -> bool {
        self.t.elided(at) == "jusqu" || self.t.word(at) == "jusque"
    }

    fn since(&self, at: usize) -> Option<Period> {
        let openings: [&[&str]; 6] =
            [&["depuis"], &["a", "partir"], &["a", "compter"], &["au", "dela"], &["des"], &["apres"]];
        let next = self.t.any_phrase(at, &openings)?;
        // "Dès" and "des" are one word without accents: a plural follows the article alone.
        if self.t.word(next) == "annees" {
            return None;
        }
        if let Some(((first, last), end)) = self.one_time(next) {
            let strict = matches!(self.t.word(at), "apres" | "au");
            return self.between(at..end, Some(if strict { last + 1 } else { first }), None);
        }
        if self.t.word(at) == "depuis" {
            let next = self.t.skip(next, &["plus", "moins", "de", "environ", "les", "ces", "d"]);
            let (days, end) = self.duration(next).or_else(|| self.last_units(next))?;
            return self.between(at..end, Some(self.calendar.now() - days), None);
        }
        None
    }

    fn until(&self, at: usize) -> Option<Period> {
        let next = if self.t.word(at) == "avant" && self.t.word(at + 1) != "hier" {
            at + 1
        } else if self.until_word(at) {
            at
        } else {
            return None;
        };
        let next = self.t.skip(next, &["jusque"]);
        let ((first, last), end) = self.one_time(next)?;
        let until = if self.t.word(at) == "avant" { first - 1 } else { last };
        self.between(at..end, None, Some(until))
    }

    /// A date, or a month without a year where one time is asked for: the last one.
    fn one_time(&self, at: usize) -> Option<(Days, usize)> {
        self.calendar.date(at).or_else(|| {
            let (month, end) = self.calendar.bare_month(at)?;
            Some((self.calendar.last_such(month, None)?, end))
        })
    }

    /// A date, a stretch of time relative to today.
    fn plain(&self, at: usize) -> Option<Period> {
        if let Some(((first, last), end)) = self.calendar.date(at) {
            return self.between(at..end, Some(first), Some(last));
        }
        if let Some(next) = self.t.any_phrase(at, &[&["il", "y", "a"], &["y", "a"], &["voila"]]) {
            return self.ago(at, next);
        }
        let openings = ["ces", "les", "des", "mes", "sur", "aux"];
        let next = self.t.exactly(at, &openings).then(|| self.t.skip(at, &openings))?;
        let (days, end) = self.last_units(next)?;
        self.between(at..end, Some(self.calendar.now() - days), Some(self.calendar.now()))
    }

    /// "il y a deux ans" is no day: some time on either side. "Il y a plus de", "moins de" are bounds.
    fn ago(&self, at: usize, next: usize) -> Option<Period> {
        let start = self
            .t
            .skip(next, &["environ", "a", "peu", "pres", "plus", "moins", "de", "presque", "d", "bien"]);
        let (days, end) = self.duration(start)?;
        let around = self.calendar.now() - days;
        let says = |word| (next..start).any(|at| self.t.word(at) == word);
        if says("plus") {
            return self.between(at..end, None, Some(around));
        }
        if says("moins") {
            return self.between(at..end, Some(around), Some(self.calendar.now()));
        }
        let slack = (days / 4).clamp(3, 183);
        self.between(at..end, Some(around - slack), Some(around + slack))
    }

    fn month_alone(&self, at: usize) -> Option<Period> {
        let month = self.t.month(at).filter(|_| self.t.word(at) != "sept")?;
        let mois = (0..at).rev().find(|i| !self.t.exactly(*i, &["de", "d"]));
        let start = mois.filter(|i| self.t.word(*i) == "mois").unwrap_or(at);
        Some(Period { tokens: start..at + 1, from: None, to: None, month: Some(month) })
    }

    /// `2 ans`, `six mois`, `quinze jours`, `un an et demi`: days, and the token after.
    fn duration(&self, at: usize) -> Option<(i64, usize)> {
        let count = self.t.count(at)?;
        let unit = self.t.unit_days(at + 1)?;
        match self.t.phrase(at + 2, &["et", "demi"]) {
            Some(end) => Some((i64::from(count) * unit + unit / 2, end)),
            None => Some((i64::from(count) * unit, at + 2)),
        }
    }

    /// `6 derniers mois`, `dernières années`, `derniers temps`.
    fn last_units(&self, at: usize) -> Option<(i64, usize)> {
        let (count, at) = self.t.count(at).map_or((3, at), |count| (count, at + 1));
        let at = self.t.phrase(at, &["dernier"])?;
        if self.t.word(at) == "temps" {
            return Some((90, at + 1));
        }
        let (count, at) = self.t.count(at).map_or((count, at), |count| (count, at + 1));
        Some((i64::from(count) * self.t.unit_days(at)?, at + 1))
    }

    fn between(&self, tokens: Range<usize>, from: Option<i64>, to: Option<i64>) -> Option<Period> {
        let date = |days: Option<i64>| days.map(PartialDate::from_day_number).transpose().ok();
        Some(Period { tokens, from: date(from)?, to: date(to)?, month: None })
    }
}
