//! Dates in words or figures, as the days that they may mean.

use super::tokens::Tokens;
use record::PartialDate;

/// A span of whole days, by day numbers.
pub(super) type Days = (i64, i64);

/// Articles and prepositions before a date, which say nothing.
const INTRODUCING: &[&str] =
    &["le", "la", "les", "l", "en", "au", "a", "de", "du", "des", "dans", "courant", "mois", "annee"];

const WEEKDAYS: [&str; 7] = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"];

/// Times of the year: first month and day, and how many days they last.
const SEASONS: [(&str, u8, u8, i64); 6] = [
    ("printemps", 3, 1, 112),
    ("ete", 6, 1, 112),
    ("automne", 9, 1, 112),
    ("hiver", 12, 1, 112),
    ("noel", 12, 18, 17),
    ("rentree", 9, 1, 30),
];

/// Reads the dates of a query asked on a day.
pub(super) struct Calendar<'a> {
    pub(super) tokens: &'a Tokens<'a>,
    pub(super) today: PartialDate,
}

impl Calendar<'_> {
    /// A date that begins at `at`, and the token after it.
    pub(super) fn date(&self, at: usize) -> Option<(Days, usize)> {
        let start = self.tokens.skip(at, INTRODUCING);
        // "mois" and "année" are part of some dates: "mois dernier".
        (at..=start).rev().find_map(|at| self.bare(at))
    }

    fn bare(&self, at: usize) -> Option<(Days, usize)> {
        self.figures(at)
            .or_else(|| self.part(at))
            .or_else(|| self.day_month_year(at))
            .or_else(|| self.relative(at))
            .or_else(|| self.weekday(at))
            .or_else(|| self.season(at))
            .or_else(|| self.quarter(at))
            .or_else(|| self.year(at))
    }

    fn year(&self, at: usize) -> Option<(Days, usize)> {
        let t = self.tokens;
        if t.word(at) == "annees"
            && let Some(decade) = t.number(at + 1).filter(|n| n % 10 == 0)
        {
            let first = t.year(at + 1).or((decade < 100).then_some(1900 + decade))?;
            return Some(((span(first, None, None)?.0, span(first + 9, None, None)?.1), at + 2));
        }
        t.year(at).and_then(|y| span(y, None, None)).map(|days| (days, at + 1))
    }

    /// "début 2020", "fin mars 2024", "mi-2021": a third of it.
    fn part(&self, at: usize) -> Option<(Days, usize)> {
        let third = ["debut", "mi", "fin"].iter().position(|word| self.tokens.word(at) == *word)?;
        let next = self.tokens.skip(at + 1, &["de", "du", "l", "la", "le", "d", "mois", "annee"]);
        let ((first, last), end) =
            self.figures(next).or_else(|| self.day_month_year(next)).or_else(|| self.year(next))?;
        let length = last - first + 1;
        let from = first + length * i64::try_from(third).ok()? / 3;
        Some(((from, (from + length / 3).min(last)), end))
    }

    /// `14/03/2024`, `14-03-24`, `14.03.2024`, `2024-03-14`, `03/2024`, `14/03`.
    fn figures(&self, at: usize) -> Option<(Days, usize)> {
        let t = self.tokens;
        let joined = |i: usize| matches!(t.between(i), "/" | "-" | ".");
        if let [day, month, year] = t.word(at).split('.').collect::<Vec<_>>()[..] {
            let (day, month, year) = (day.parse().ok()?, month.parse().ok()?, year.parse().ok()?);
            return Some((span(century(year), Some(month), Some(day))?, at + 1));
        }
        if joined(at) && joined(at + 1) {
            if let (Some(year), Some(month), Some(day)) =
                (t.year(at), t.small(at + 1, 12), t.small(at + 2, 31))
            {
                return Some((span(year, Some(month), Some(day))?, at + 3));
            }
            let year = t.year(at + 2).or_else(|| t.number(at + 2).filter(|y| *y < 100).map(century))?;
            let (day, month) = (t.small(at, 31)?, t.small(at + 1, 12)?);
            return Some((span(year, Some(month), Some(day))?, at + 3));
        }
        if joined(at)
            && let Some(year) = t.year(at + 1)
        {
            return Some((span(year, Some(t.small(at, 12)?), None)?, at + 2));
        }
        if joined(at) && t.two_figures(at + 1) && t.word(at + 1).starts_with('0') {
            return Some((self.last_such(t.small(at + 1, 12)?, Some(t.small(at, 31)?))?, at + 2));
        }
        None
    }

    /// `14 mars 2024`, `mars 2024`, `14 mars`, `1er avril`, `mars dernier`.
    fn day_month_year(&self, at: usize) -> Option<(Days, usize)> {
        let t = self.tokens;
        let after_day = if t.word(at + 1) == "er" { at + 2 } else { at + 1 };
        let (day, at) = match t.small(at, 31).filter(|_| t.month(after_day).is_some()) {
            Some(day) => (Some(day), after_day),
            None => (None, at),
        };
        let month = t.month(at)?;
        let next = t.skip(at + 1, &["de", "l", "annee"]);
        if let Some(year) = t.year(next) {
            return Some((span(year, Some(month), day)?, next + 1));
        }
        let short = t
            .number(at + 1)
            .filter(|y| t.two_figures(at + 1) && (10..=self.today.year() % 100 + 1).contains(y));
        if let Some(year) = short.filter(|_| t.unit_days(at + 2).is_none() && t.between(at + 1) != "/") {
            return Some((span(century(year), Some(month), day)?, at + 2));
        }
        if t.is_any(at + 1, &["dernier", "passe"]) {
            return Some((self.last_such(month, day)?, at + 2));
        }
        day.and_then(|day| Some((self.last_such(month, Some(day))?, at + 1)))
    }

    /// A month without a year, where the wording asks for one time: the last one.
    pub(super) fn bare_month(&self, at: usize) -> Option<(u8, usize)> {
        let at = self.tokens.skip(at, INTRODUCING);
        Some((self.tokens.month(at)?, at + 1))
    }

    /// The last such day or month that is over or has begun.
    pub(super) fn last_such(&self, month: u8, day: Option<u8>) -> Option<Days> {
        let year = self.today.year();
        let this = span(year, Some(month), day)?;
        if this.0 > self.now() { span(year - 1, Some(month), day) } else { Some(this) }
    }

    fn relative(&self, at: usize) -> Option<(Days, usize)> {
        let t = self.tokens;
        let (year, month) = (self.today.year(), self.today.month()?);
        let now = self.now();
        let monday = now - (now + 3).rem_euclid(7);
        let previous = if month == 1 { (year - 1, 12) } else { (year, month - 1) };
        let following = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
        let last_year = span(year - 1, None, None);
        let last_month = span(previous.0, Some(previous.1), None);
        let last_week = Some((monday - 7, monday - 1));
        let day = |days: i64| Some((now + days, now + days));
        let table: [(&[&str], Option<Days>); 31] = [
            (&["annee", "derniere"], last_year),
            (&["an", "dernier"], last_year),
            (&["annee", "passee"], last_year),
            (&["an", "passe"], last_year),
            (&["annee", "precedente"], last_year),
            (&["annee", "d", "avant"], last_year),
            (&["annee", "avant"], last_year),
            (&["cette", "annee"], span(year, None, None)),
            (&["annee", "en", "cours"], span(year, None, None)),
            (&["annee", "prochaine"], span(year + 1, None, None)),
            (&["mois", "dernier"], last_month),
            (&["mois", "passe"], last_month),
            (&["mois", "precedent"], last_month),
            (&["dernier", "mois"], last_month),
            (&["ce", "mois", "ci"], span(year, Some(month), None)),
            (&["ce", "mois"], span(year, Some(month), None)),
            (&["mois", "en", "cours"], span(year, Some(month), None)),
            (&["mois", "prochain"], span(following.0, Some(following.1), None)),
            (&["semaine", "derniere"], last_week),
            (&["semaine", "passee"], last_week),
            (&["semaine", "prochaine"], Some((monday + 7, monday + 13))),
            (&["cette", "semaine"], Some((monday, monday + 6))),
            (&["nuit", "derniere"], Some((now - 1, now))),
            (&["cette", "nuit"], Some((now - 1, now))),
            (&["ce", "matin"], day(0)),
            (&["ce", "soir"], day(0)),
            (&["avant", "hier"], day(-2)),
            (&["hier"], day(-1)),
            (&["aujourd", "hui"], day(0)),
            (&["aujourdhui"], day(0)),
            (&["demain"], day(1)),
        ];
        let (days, end) = table.into_iter().find_map(|(words, days)| Some((days?, t.phrase(at, words)?)))?;
        // "hier soir" is yesterday too.
        let end = if days.0 == days.1 { t.skip(end, &["soir", "matin", "midi", "apres"]) } else { end };
        Some((days, end))
    }

    /// `mardi`, `mardi dernier`, `lundi prochain`.
    fn weekday(&self, at: usize) -> Option<(Days, usize)> {
        let t = self.tokens;
        let at = if t.word(at) == "ce" { at + 1 } else { at };
        let wanted = i64::try_from(WEEKDAYS.iter().position(|name| t.is(at, name))?).ok()?;
        let today = (self.now() + 3).rem_euclid(7);
        if t.is(at + 1, "prochain") {
            let ahead = (wanted - today - 1).rem_euclid(7) + 1;
            return Some(((self.now() + ahead, self.now() + ahead), at + 2));
        }
        let ago = (today - wanted - 1).rem_euclid(7) + 1;
        let end = at + 1 + usize::from(t.is_any(at + 1, &["dernier", "passe"]));
        Some(((self.now() - ago, self.now() - ago), end))
    }

    /// `l'été dernier`, `cet hiver`, `printemps 2024`, `à Noël dernier`.
    fn season(&self, at: usize) -> Option<(Days, usize)> {
        let t = self.tokens;
        let this = t.exactly(at, &["cet", "cette", "ce"]);
        let at = at + usize::from(this);
        let (_, month, day, length) = SEASONS.iter().find(|(name, ..)| t.is(at, name))?;
        let season = |year: u16| {
            let (start, _) = span(year, Some(*month), Some(*day))?;
            Some((start, start + length - 1))
        };
        let next = t.skip(at + 1, &["de", "l", "annee"]);
        if let Some(year) = t.year(next) {
            return Some((season(year)?, next + 1));
        }
        let last = t.is_any(at + 1, &["dernier", "passe"]);
        if !this && !last {
            return None;
        }
        // The last one that is over; for "cet été" the one that has begun.
        let years = (self.today.year() - 2..=self.today.year()).rev();
        let over = |days: &Days| if this { days.0 <= self.now() } else { days.1 <= self.now() };
        let days = years.filter_map(season).find(over)?;
        Some((days, at + 1 + usize::from(last)))
    }

    /// `1er trimestre 2023`, `second semestre 2022`.
    fn quarter(&self, at: usize) -> Option<(Days, usize)> {
        let t = self.tokens;
        let named = ["premier", "deuxieme", "troisieme", "quatrieme"].iter().position(|w| t.is(at, w));
        let number = t.small(at, 4).or(named.and_then(|n| u8::try_from(n + 1).ok()));
        let number = number.or((t.is(at, "second") || t.is(at, "dernier")).then_some(2))?;
        let unit = t.skip(at + 1, &["er", "e", "eme", "ere", "nd"]);
        let months = if t.is(unit, "trimestre") {
            3
        } else if t.is(unit, "semestre") {
            6
        } else {
            return None;
        };
        let next = t.skip(unit + 1, &["de", "l", "annee"]);
        let last = number.checked_mul(months).filter(|m| *m <= 12)?;
        let year = t.year(next)?;
        let first = span(year, Some(last + 1 - months), None)?;
        Some(((first.0, span(year, Some(last), None)?.1), next + 1))
    }

    pub(super) fn now(&self) -> i64 {
        self.today.first_day_number()
    }
}

/// A year in two figures: this century's.
fn century(year: u16) -> u16 {
    if year < 100 { 2000 + year } else { year }
}

/// The days of a year, a month or a day.
pub(super) fn span(year: u16, month: Option<u8>, day: Option<u8>) -> Option<Days> {
    let date = PartialDate::new(year, month, day).ok()?;
    let (_, (y, m, d)) = date.span();
    Some((date.first_day_number(), PartialDate::new(y, Some(m), Some(d)).ok()?.first_day_number()))
}
