//! Dates that may lack their day or month.

use minicbor::{Decode, Encode};
use std::fmt;

/// A calendar date of which the day, or the day and the month, may be unknown.
///
/// Ordered by year, month, day; an unknown part stands before every known one. The time of day, where a
/// source gives one, is kept to order what happened on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
pub struct PartialDate {
    #[n(0)]
    year: u16,
    #[n(1)]
    month: u8,
    #[n(2)]
    day: u8,
    #[n(3)]
    minute: Option<u16>,
}

/// Why a date was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DateError {
    /// Neither `YYYY[MM[DD…]]` (HL7 TS) nor `YYYY[-MM[-DD…]]` (ISO 8601).
    #[error("not a date of the form YYYY[MM[DD]] or YYYY[-MM[-DD]]")]
    Form,
    /// A day that the calendar does not have.
    #[error("no such day in the calendar")]
    Calendar,
}

impl PartialDate {
    /// A date; `month` and `day` may be unknown.
    ///
    /// # Errors
    /// A day that the calendar does not have, a day without a month, a year outside 1800–2200.
    pub fn new(year: u16, month: Option<u8>, day: Option<u8>) -> Result<Self, DateError> {
        let known = match (month, day) {
            (None, Some(_)) => false,
            (None, None) => true,
            (Some(m), d) => (1..=12).contains(&m) && d.is_none_or(|d| d >= 1 && d <= days_in(year, m)),
        };
        if !known || !(1800..=2200).contains(&year) {
            return Err(DateError::Calendar);
        }
        Ok(PartialDate { year, month: month.unwrap_or(0), day: day.unwrap_or(0), minute: None })
    }

    /// Parses an HL7 time stamp (`YYYY[MM[DD[HHMM[SS[.f]]]]][±ZZZZ]`, CDA R2 data type TS).
    ///
    /// # Errors
    /// Another form, or a day that the calendar does not have.
    pub fn parse_hl7(text: &str) -> Result<Self, DateError> {
        let text = text.trim();
        let digits = text.split(['+', '-', '.']).next().unwrap_or("");
        let zone = text[digits.len()..].trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
        let zone_is_right = zone.is_empty()
            || (matches!(zone.len(), 3 | 5) && zone.as_bytes()[1..].iter().all(|b| b.is_ascii_digit()));
        if !zone_is_right
            || !digits.bytes().all(|b| b.is_ascii_digit())
            || !matches!(digits.len(), 4 | 6 | 8 | 10 | 12 | 14)
        {
            return Err(DateError::Form);
        }
        let number = |range: std::ops::Range<usize>| digits.get(range).and_then(|d| d.parse::<u16>().ok());
        // Some producers pad an unknown month or day with zeros.
        let part = |range| number(range).filter(|n| *n != 0).map(|n| n as u8);
        let month = part(4..6);
        let day = if month.is_some() { part(6..8) } else { None };
        let date = Self::new(number(0..4).ok_or(DateError::Form)?, month, day)?;
        Ok(date.at(number(8..10), number(10..12)))
    }

    /// Parses an ISO 8601 date or date-time, as FHIR writes them.
    ///
    /// # Errors
    /// Another form, or a day that the calendar does not have.
    pub fn parse_iso(text: &str) -> Result<Self, DateError> {
        let text = text.trim();
        let (date, time) = text.split_once('T').map_or((text, None), |(d, t)| (d, Some(t)));
        let mut parts = date.split('-');
        let mut number = |length: usize| match parts.next() {
            None => Ok(None),
            Some(p) if p.len() == length && p.bytes().all(|b| b.is_ascii_digit()) => {
                p.parse::<u16>().map(Some).map_err(|_| DateError::Form)
            }
            Some(_) => Err(DateError::Form),
        };
        let year = number(4)?.ok_or(DateError::Form)?;
        let (month, day) = (number(2)?, number(2)?);
        if parts.next().is_some() {
            return Err(DateError::Form);
        }
        let date = Self::new(year, month.map(|m| m as u8), day.map(|d| d as u8))?;
        let clock =
            |range: std::ops::Range<usize>| time.and_then(|t| t.get(range)).and_then(|t| t.parse().ok());
        Ok(date.at(clock(0..2), clock(3..5)))
    }

    fn at(mut self, hour: Option<u16>, minute: Option<u16>) -> Self {
        self.minute = match (self.day, hour) {
            (1.., Some(h @ 0..=23)) => Some(h * 60 + minute.filter(|m| *m < 60).unwrap_or(0)),
            _ => None,
        };
        self
    }

    /// The year.
    #[must_use]
    pub fn year(self) -> u16 {
        self.year
    }

    /// The month (1–12) where it is known.
    #[must_use]
    pub fn month(self) -> Option<u8> {
        (self.month != 0).then_some(self.month)
    }

    /// The day (1–31) where it is known.
    #[must_use]
    pub fn day(self) -> Option<u8> {
        (self.day != 0).then_some(self.day)
    }

    /// The first and the last day that this date can mean, as `(year, month, day)`.
    #[must_use]
    pub fn span(self) -> ((u16, u8, u8), (u16, u8, u8)) {
        match (self.month, self.day) {
            (0, _) => ((self.year, 1, 1), (self.year, 12, 31)),
            (m, 0) => ((self.year, m, 1), (self.year, m, days_in(self.year, m))),
            (m, d) => ((self.year, m, d), (self.year, m, d)),
        }
    }

    /// The day that many days after 1970-01-01 (proleptic Gregorian).
    ///
    /// # Errors
    /// A day outside the years 1800–2200.
    pub fn from_day_number(days: i64) -> Result<Self, DateError> {
        let (year, month, day) = civil_from_days(days);
        Self::new(u16::try_from(year).map_err(|_| DateError::Calendar)?, Some(month), Some(day))
    }

    /// Days since 1970-01-01 of the first day that this date can mean (proleptic Gregorian).
    #[must_use]
    pub fn first_day_number(self) -> i64 {
        let ((y, m, d), _) = self.span();
        days_from_civil(i64::from(y), i64::from(m), i64::from(d))
    }
}

/// Howard Hinnant's `days_from_civil`.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let year_of_era = y - era * 400;
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Howard Hinnant, "chrono-compatible low-level date algorithms", `civil_from_days`.
fn civil_from_days(days: i64) -> (i64, u8, u8) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to 12 and 1 to 31")]
    (year, month as u8, day as u8)
}

fn days_in(year: u16, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 31,
    }
}

/// ISO 8601, as far as the date is known: `2023`, `2023-03`, `2023-03-14`.
impl fmt::Display for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.year)?;
        if let Some(month) = self.month() {
            write!(f, "-{month:02}")?;
        }
        if let Some(day) = self.day() {
            write!(f, "-{day:02}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(
        parse: fn(&str) -> Result<PartialDate, DateError>,
        input: &str,
        expected: Result<&str, DateError>,
    ) {
        assert_eq!(parse(input).map(|d| d.to_string()), expected.map(str::to_owned), "{input}");
    }

    #[test]
    fn day_numbers_become_dates_of_the_calendar() {
        for (days, expected) in
            [(0, "1970-01-01"), (59, "1970-03-01"), (11_016, "2000-02-29"), (20_779, "2026-11-22")]
        {
            let date = PartialDate::from_day_number(days);
            assert_eq!(date.map(|d| d.to_string()), Ok(expected.to_owned()));
            assert_eq!(date.map(PartialDate::first_day_number), Ok(days));
        }
        assert_eq!(PartialDate::from_day_number(i64::from(i32::MAX)), Err(DateError::Calendar));
    }

    #[test]
    fn hl7_time_stamps() {
        let hl7 = PartialDate::parse_hl7;
        check(hl7, "20200319111700+0100", Ok("2020-03-19"));
        check(hl7, "202302091130+0100", Ok("2023-02-09"));
        check(hl7, "2015", Ok("2015"));
        check(hl7, "201506", Ok("2015-06"));
        check(hl7, "20150000", Ok("2015"));
        check(hl7, "20150600", Ok("2015-06"));
        check(hl7, "20230231", Err(DateError::Calendar));
        check(hl7, "20240229", Ok("2024-02-29"));
        check(hl7, "19000229", Err(DateError::Calendar));
        check(hl7, "2023-02-01", Err(DateError::Form));
        check(hl7, "20231", Err(DateError::Form));
        check(hl7, "", Err(DateError::Form));
    }

    #[test]
    fn iso_dates() {
        let iso = PartialDate::parse_iso;
        check(iso, "2020-02-11T17:54:00+01:00", Ok("2020-02-11"));
        check(iso, "2020-02", Ok("2020-02"));
        check(iso, "2023-02-31", Err(DateError::Calendar));
        check(iso, "20230214", Err(DateError::Form));
        check(iso, "2023-2-14", Err(DateError::Form));
        check(iso, "2023-02-14-05", Err(DateError::Form));
    }

    #[test]
    fn order_and_day_numbers() {
        let d = |t| PartialDate::parse_iso(t).unwrap_or_else(|e| unreachable!("{e}"));
        assert!(d("2020") < d("2020-01") && d("2020-01") < d("2020-01-01"));
        assert!(d("2020-01-01T08:00:00Z") < d("2020-01-01T09:30:00Z"));
        assert_eq!(d("1970-01-01").first_day_number(), 0);
        assert_eq!(d("2000-03-01").first_day_number(), 11_017);
    }
}
