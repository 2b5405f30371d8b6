//! The date of today: read in one place, so that everything else can be given another one.

use record::PartialDate;
use std::time::{SystemTime, UNIX_EPOCH};

/// Today in UTC.
///
/// # Errors
/// A clock that stands outside 1970–2200.
pub(super) fn today() -> anyhow::Result<PartialDate> {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    Ok(PartialDate::from_day_number(i64::try_from(seconds / 86_400)?)?)
}

/// Seconds since 1970.
pub(super) fn now() -> anyhow::Result<u64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())
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
    fn a_birthday_counts_from_the_day_itself() {
        let date = |text| PartialDate::parse_iso(text).unwrap();
        for (birth, today, expected) in
            [("2008-11-22", "2026-11-22", 18), ("2008-11-23", "2026-11-22", 17), ("1958", "2026-11-22", 68)]
        {
            assert_eq!(age(date(birth), date(today)), expected, "{birth}");
        }
    }
}
