//! Dates and periods in a query: absolute, partial, relative to today.
//!
//! A period is taken only from wording that means time: a month, a year from 1900 to 2100, a season with a
//! year or "dernier", "il y a", "depuis"… A number alone is never a date.

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

/// A span of whole days, by day numbers.
type Days = (i64, i64);

/// The period that a query names, if it names one.
pub(crate) fn period(tokens: &Tokens, today: PartialDate) -> Option<Period> {
    let reader = Reader { tokens, today };
    (0..tokens.len())
        .find_map(|at| reader.bounded(at).or_else(|| reader.plain(at)).or_else(|| reader.month_alone(at)))
}

struct Reader<'a> {
    tokens: &'a Tokens<'a>,
    today: PartialDate,
}

impl Reader<'_> {
    /// "depuis 2019", "avant mars 2020", "entre 2019 et 2021", "de 2019 à 2021".
    fn bounded(&self, at: usize) -> Option<Period> {
        let t = self.tokens;
        if let Some(next) =
            t.phrase(at, &["entre"]).or_else(|| t.phrase(at, &["de"])).or_else(|| t.phrase(at, &["du"]))
            && let Some(((first, _), end)) = self.date(next)
            && let Some(next) = ["et", "a", "au", "jusqu"].iter().find_map(|w| t.phrase(end, &[w]))
            && let Some(((_, last), end)) = self.date(next)
        {
            return self.between(at..end, Some(first), Some(last));
        }
        for words in [&["depuis"][..], &["a", "partir", "de"], &["des"], &["apres"]] {
            if let Some(next) = t.phrase(at, words) {
                if let Some(((first, last), end)) = self.date(next) {
                    let strict = words == ["apres"];
                    return self.between(at..end, Some(if strict { last + 1 } else { first }), None);
                }
                if words == ["depuis"]
                    && let Some((days, end)) = self.duration(next)
                {
                    return self.between(at..end, Some(self.now() - days), None);
                }
            }
        }
        for words in [&["avant"][..], &["jusqu", "en"], &["jusqu", "a"]] {
            if let Some(next) = t.phrase(at, words)
                && let Some(((first, last), end)) = self.date(next)
            {
                let until = if words == ["avant"] { first - 1 } else { last };
                return self.between(at..end, None, Some(until));
            }
        }
        None
    }

    /// A date, a stretch of time relative to today.
    fn plain(&self, at: usize) -> Option<Period> {
        if let Some(((first, last), end)) = self.date(at) {
            return self.between(at..end, Some(first), Some(last));
        }
        if let Some(next) = self.tokens.phrase(at, &["il", "y", "a"])
            && let Some((days, end)) = self.duration(next)
        {
            // "il y a deux ans" is no day: half a unit on either side.
            let around = self.now() - days;
            let slack = (days / 4).clamp(3, 183);
            return self.between(at..end, Some(around - slack), Some(around + slack));
        }
        let ces = ["ces", "les"].iter().find_map(|w| self.tokens.phrase(at, &[w]));
        if let Some((days, end)) = ces.and_then(|next| self.last_units(next)) {
            return self.between(at..end, Some(self.now() - days), Some(self.now()));
        }
        None
    }

    fn month_alone(&self, at: usize) -> Option<Period> {
        let month = self.tokens.month(at)?;
        Some(Period { tokens: at..at + 1, from: None, to: None, month: Some(month) })
    }

    /// A date in words or figures, as the days that it may mean.
    fn date(&self, at: usize) -> Option<(Days, usize)> {
        let t = self.tokens;
        // Articles and prepositions before a date say nothing.
        let at = ["le", "la", "l", "en", "au", "de", "du", "debut", "fin", "mois", "annee"]
            .iter()
            .find_map(|w| t.phrase(at, &[w]).filter(|next| *next < t.len()))
            .filter(|_| t.month(at).is_none())
            .unwrap_or(at);
        self.figures(at)
            .or_else(|| self.day_month_year(at))
            .or_else(|| self.relative(at))
            .or_else(|| self.season(at))
            .or_else(|| t.year(at).and_then(|y| span(y, None, None)).map(|days| (days, at + 1)))
    }

    /// `14/03/2024`, `14-03-24`, `03/2024`.
    fn figures(&self, at: usize) -> Option<(Days, usize)> {
        let t = self.tokens;
        let joined = |i: usize| matches!(t.between(i), "/" | "-" | ".");
        if joined(at) && joined(at + 1) {
            let year = t.year(at + 2).or_else(|| t.number(at + 2).filter(|y| *y < 100).map(|y| 2000 + y))?;
            let (day, month) = (t.small(at, 31)?, t.small(at + 1, 12)?);
            return Some((span(year, Some(month), Some(day))?, at + 3));
        }
        if joined(at) {
            return Some((span(t.year(at + 1)?, Some(t.small(at, 12)?), None)?, at + 2));
        }
        None
    }

    /// `14 mars 2024`, `mars 2024`, `14 mars`.
    fn day_month_year(&self, at: usize) -> Option<(Days, usize)> {
        let t = self.tokens;
        let (day, at) = match t.small(at, 31).filter(|_| t.month(at + 1).is_some()) {
            Some(day) => (Some(day), at + 1),
            None => (None, at),
        };
        let month = t.month(at)?;
        if let Some(year) = t.year(at + 1).or_else(|| t.year(at + 2).filter(|_| t.is(at + 1, "de"))) {
            let end = if t.year(at + 1).is_some() { at + 2 } else { at + 3 };
            return Some((span(year, Some(month), day)?, end));
        }
        if t.is(at + 1, "dernier") || day.is_some() {
            // The last such day or month that is over or has begun.
            let year = self.today.year();
            let this = span(year, Some(month), day)?;
            let days = if this.0 > self.now() { span(year - 1, Some(month), day)? } else { this };
            return Some((days, at + 1 + usize::from(t.is(at + 1, "dernier"))));
        }
        None
    }

    fn relative(&self, at: usize) -> Option<(Days, usize)> {
        let t = self.tokens;
        let (year, month) = (self.today.year(), self.today.month()?);
        let now = self.now();
        let weekday = (now + 3).rem_euclid(7);
        let previous = if month == 1 { (year - 1, 12) } else { (year, month - 1) };
        let table: [(&[&str], Option<Days>); 20] = [
            (&["annee", "derniere"], span(year - 1, None, None)),
            (&["an", "dernier"], span(year - 1, None, None)),
            (&["annee", "passee"], span(year - 1, None, None)),
            (&["an", "passe"], span(year - 1, None, None)),
            (&["annee", "precedente"], span(year - 1, None, None)),
            (&["cette", "annee"], span(year, None, None)),
            (&["mois", "dernier"], span(previous.0, Some(previous.1), None)),
            (&["mois", "passe"], span(previous.0, Some(previous.1), None)),
            (&["dernier", "mois"], span(previous.0, Some(previous.1), None)),
            (&["ce", "mois", "ci"], span(year, Some(month), None)),
            (&["ce", "mois"], span(year, Some(month), None)),
            (&["semaine", "derniere"], Some((now - weekday - 7, now - weekday - 1))),
            (&["semaine", "passee"], Some((now - weekday - 7, now - weekday - 1))),
            (&["cette", "semaine"], Some((now - weekday, now - weekday + 6))),
            (&["avant", "hier"], Some((now - 2, now - 2))),
            (&["hier"], Some((now - 1, now - 1))),
            (&["aujourd", "hui"], Some((now, now))),
            (&["aujourdhui"], Some((now, now))),
            (&["demain"], Some((now + 1, now + 1))),
            (&["annee", "prochaine"], span(year + 1, None, None)),
        ];
        table.into_iter().find_map(|(words, days)| Some((days?, t.phrase(at, words)?)))
    }

    /// `l'été dernier`, `cet hiver`, `printemps 2024`.
    fn season(&self, at: usize) -> Option<(Days, usize)> {
        let t = self.tokens;
        let (this, at) = match ["cet", "cette", "ce"].iter().find_map(|w| t.phrase(at, &[w])) {
            Some(next) => (true, next),
            None => (false, at),
        };
        let first_month = [("printemps", 3u8), ("ete", 6), ("automne", 9), ("hiver", 12)]
            .into_iter()
            .find_map(|(name, month)| t.is(at, name).then_some(month))?;
        let season = |year: u16| {
            let (start, _) = span(year, Some(first_month), Some(21))?;
            Some((start - 20, start + 91))
        };
        if let Some(year) = t.year(at + 1) {
            return Some((season(year)?, at + 2));
        }
        let last = t.is(at + 1, "dernier") || t.is(at + 1, "passe");
        if !this && !last {
            return None;
        }
        // The last one that is over; for "cet été" the one that has begun.
        let years = (self.today.year() - 2..=self.today.year()).rev();
        let over = |days: &Days| if this { days.0 <= self.now() } else { days.1 <= self.now() };
        let days = years.filter_map(season).find(over)?;
        Some((days, at + 1 + usize::from(last)))
    }

    /// `2 ans`, `six mois`, `quinze jours`: days, and the token after.
    fn duration(&self, at: usize) -> Option<(i64, usize)> {
        let count = self.tokens.count(at)?;
        Some((i64::from(count) * self.tokens.unit_days(at + 1)?, at + 2))
    }

    /// `6 derniers mois`, `dernières années`.
    fn last_units(&self, at: usize) -> Option<(i64, usize)> {
        let t = self.tokens;
        let (count, at) = t.count(at).map_or((3, at), |count| (count, at + 1));
        let at = t.phrase(at, &["dernier"])?;
        Some((i64::from(count) * t.unit_days(at)?, at + 1))
    }

    fn now(&self) -> i64 {
        self.today.first_day_number()
    }

    fn between(&self, tokens: Range<usize>, from: Option<i64>, to: Option<i64>) -> Option<Period> {
        let date = |days: Option<i64>| days.map(PartialDate::from_day_number).transpose().ok();
        Some(Period { tokens, from: date(from)?, to: date(to)?, month: None })
    }
}

/// The days of a year, a month or a day.
fn span(year: u16, month: Option<u8>, day: Option<u8>) -> Option<Days> {
    let (_, (y, m, d)) = PartialDate::new(year, month, day).ok()?.span();
    let first = PartialDate::new(year, month, day).ok()?.first_day_number();
    Some((first, PartialDate::new(y, Some(m), Some(d)).ok()?.first_day_number()))
}
