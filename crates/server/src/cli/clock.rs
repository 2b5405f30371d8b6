//! The date of today: read in one place, so that everything else can be given another one.

use record::PartialDate;
use std::time::{SystemTime, UNIX_EPOCH};

/// Today in UTC.
///
/// # Errors
/// A clock that stands outside 1970–2200.
pub(super) fn today() -> anyhow::Result<PartialDate> {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let (year, month, day) = civil(i64::try_from(seconds / 86_400)?);
    Ok(PartialDate::new(u16::try_from(year)?, Some(month), Some(day))?)
}

/// Seconds since 1970.
pub(super) fn now() -> anyhow::Result<u64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())
}

/// Days since 1970-01-01 → year, month, day (Howard Hinnant, "chrono-compatible low-level date algorithms",
/// `civil_from_days`).
fn civil(days: i64) -> (i64, u8, u8) {
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

/// Whole years between a birth date, at its earliest, and a day.
pub(super) fn age(birth: PartialDate, today: PartialDate) -> u16 {
    let ((year, month, day), _) = birth.span();
    let ((this_year, this_month, this_day), _) = today.span();
    let before_birthday = (this_month, this_day) < (month, day);
    this_year.saturating_sub(year).saturating_sub(u16::from(before_birthday))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn day_numbers_become_dates_of_the_calendar() {
        for (days, expected) in
            [(0, (1970, 1, 1)), (59, (1970, 3, 1)), (11_016, (2000, 2, 29)), (20_779, (2026, 11, 22))]
        {
            assert_eq!(civil(days), expected);
            let (year, month, day) = expected;
            let date = PartialDate::new(u16::try_from(year).unwrap(), Some(month), Some(day)).unwrap();
            assert_eq!(date.first_day_number(), days);
        }
    }

    #[test]
    fn a_birthday_counts_from_the_day_itself() {
        let date = |text| PartialDate::parse_iso(text).unwrap();
        for (birth, today, expected) in
            [("2008-11-22", "2026-11-22", 18), ("2008-11-23", "2026-11-22", 17), ("1958", "2026-11-22", 68)]
        {
            assert_eq!(age(date(birth), date(today)), expected, "{birth}");
        }
    }
}
