//! Dates, numbers and stretches of time in French.

use record::PartialDate;

/// `14 mars 2024`, `mars 2024`, `2024`, as far as it is known; `1er` for the first of a month.
pub(crate) fn date(date: PartialDate) -> String {
    let year = date.year();
    match (date.day(), date.month()) {
        (Some(day), Some(month)) => format!("{} {} {year}", day_of_month(day), lexicon::month_name(month)),
        (None, Some(month)) => format!("{} {year}", lexicon::month_name(month)),
        _ => year.to_string(),
    }
}

fn day_of_month(day: u8) -> String {
    if day == 1 { "1er".to_owned() } else { day.to_string() }
}

/// `le 14 mars 2024`, `en mars 2024`.
pub(crate) fn on(day: PartialDate) -> String {
    if day.day().is_some() { format!("le {}", date(day)) } else { format!("en {}", date(day)) }
}

/// `depuis le 14 mars 2024`, `depuis mars 2024`.
pub(crate) fn since(day: PartialDate) -> String {
    if day.day().is_some() { format!("depuis le {}", date(day)) } else { format!("depuis {}", date(day)) }
}

/// `du 3 au 9 mars 2023`, `du 28 février au 3 mars 2023`, `de mars 2021 à mai 2022`, `le 3 mars 2023`.
pub(crate) fn period(from: PartialDate, to: PartialDate) -> String {
    if from == to {
        return on(from);
    }
    let (Some(first), Some(_)) = (from.day(), to.day()) else {
        return if from.day().is_none() && to.day().is_none() {
            format!("de {} à {}", date(from), date(to))
        } else {
            format!("{}, jusqu'à {}", since(from), date(to))
        };
    };
    let first = day_of_month(first);
    let month = from.month().map_or("", lexicon::month_name);
    if from.year() != to.year() {
        format!("du {} au {}", date(from), date(to))
    } else if from.month() != to.month() {
        format!("du {first} {month} au {}", date(to))
    } else {
        format!("du {first} au {}", date(to))
    }
}

/// A number with a decimal comma, without needless decimals.
pub(crate) fn number(value: f64) -> String {
    // Conversion leaves a tail that nobody measured.
    let rounded = (value * 1e4).round() / 1e4;
    rounded.to_string().replace('.', ",")
}

/// A number with its unit, if any: `7,2 %`, `142 mmHg`.
pub(crate) fn quantity(value: &str, unit: Option<&str>) -> String {
    unit.filter(|u| !u.is_empty()).map_or_else(|| value.to_owned(), |unit| format!("{value} {unit}"))
}

/// A stretch of days in the largest unit that fits: `6 mois`, `2 ans`, `12 jours`.
pub(crate) fn length(days: i64) -> String {
    match days {
        ..=1 => format!("{days} jour"),
        2..=60 => format!("{days} jours"),
        61..=729 => format!("{} mois", (days + 15) / 30),
        _ => format!("{} ans", (days + 182) / 365),
    }
}

/// `1 document`, `3 documents`.
pub(crate) fn count(n: usize, singular: &str, plural: &str) -> String {
    if n > 1 { format!("{n} {plural}") } else { format!("{n} {singular}") }
}

/// The text with a capital letter first.
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Names in a row: `a, b et c`.
pub(crate) fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [head @ .., last] => format!("{} et {last}", head.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> PartialDate {
        PartialDate::parse_iso(text).unwrap()
    }

    #[test]
    fn times_are_said_as_people_say_them() {
        let check = |from: &str, to: &str, expected: &str| {
            assert_eq!(period(day(from), day(to)), expected);
        };
        check("2023-03-03", "2023-03-09", "du 3 au 9 mars 2023");
        check("2023-02-28", "2023-03-01", "du 28 février au 1er mars 2023");
        check("2022-12-30", "2023-01-02", "du 30 décembre 2022 au 2 janvier 2023");
        check("2023-03-03", "2023-03-03", "le 3 mars 2023");
        check("2021-03", "2022-05", "de mars 2021 à mai 2022");
        check("2021", "2022", "de 2021 à 2022");
        check("2021-03-04", "2022", "depuis le 4 mars 2021, jusqu'à 2022");
    }

    #[test]
    fn numbers_and_lengths_are_french() {
        assert_eq!(number(7.20), "7,2");
        assert_eq!(number(0.1 + 0.2), "0,3");
        assert_eq!(quantity("142/81", Some("mmHg")), "142/81 mmHg");
        assert_eq!(length(1), "1 jour");
        assert_eq!(length(183), "6 mois");
        assert_eq!(length(365 * 3), "3 ans");
        assert_eq!(list(&["a".into(), "b".into(), "c".into()]), "a, b et c");
    }
}
