//! Units of the Unified Code for Units of Measure (UCUM) as French laboratories write them.

/// Units that are written otherwise, as a whole.
const WHOLE: &[(&str, &str)] = &[
    ("1", ""),
    ("/min", "/min"),
    ("10*12/L", "T/L"),
    ("10*3/uL", "G/L"),
    ("10*6/uL", "T/L"),
    ("10*9/L", "G/L"),
    ("Cel", "°C"),
    ("[degF]", "°F"),
    ("a", "ans"),
    ("cm[H2O]", "cmH2O"),
    ("d", "jours"),
    ("kg/m2", "kg/m²"),
    ("mL/min/{1.73_m2}", "mL/min/1,73 m²"),
    ("mm/h", "mm/h"),
    ("mm[Hg]", "mmHg"),
    ("mo", "mois"),
    ("wk", "semaines"),
];

/// A unit as it is shown.
pub(crate) fn shown(unit: &str) -> String {
    if let Some((_, shown)) = WHOLE.iter().find(|(ucum, _)| *ucum == unit) {
        return (*shown).to_owned();
    }
    // `{score}` and the like say what is counted, and are no unit.
    let mut out = String::with_capacity(unit.len());
    let mut depth = 0usize;
    for c in unit.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            c if depth == 0 => out.push(c),
            _ => {}
        }
    }
    let out = out.replace("[IU]", "UI").replace("[iU]", "UI").replace("1.73", "1,73").replace("m2", "m²");
    let out = if out.ends_with("/l") { out.replace("/l", "/L") } else { out };
    // A dot joins what a space would part.
    let out = out.replace("1,73.m²", "1,73 m²").replace("1,73m²", "1,73 m²");
    micro(&out)
}

/// `u` before a unit is micro: `umol/L`, `ng/uL`.
fn micro(unit: &str) -> String {
    const UNITS: &[&str] = &["mol", "g", "L", "l", "m", "UI", "Eq", "kat", "s"];
    let parts = unit.split('/').map(|part| match part.strip_prefix('u') {
        Some(rest) if UNITS.contains(&rest) => format!("µ{rest}"),
        _ => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn units_are_shown_as_laboratories_write_them() {
        let check = |unit: &str, expected: &str| assert_eq!(shown(unit), expected);
        check("mm[Hg]", "mmHg");
        check("umol/L", "µmol/L");
        check("m[IU]/L", "mUI/L");
        check("u[IU]/mL", "µUI/mL");
        check("10*9/L", "G/L");
        check("mL/min/{1.73_m2}", "mL/min/1,73 m²");
        check("mL/min/1,73.m²", "mL/min/1,73 m²");
        check("{score}", "");
        check("g/L", "g/L");
        check("mUI/l", "mUI/L");
        check("%", "%");
    }
}
