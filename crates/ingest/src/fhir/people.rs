//! Who did what: references to professionals, establishments, patients and devices → authors.

use super::context::{Context, relative};
use super::json::{coded, label, text, walk};
use record::{Author, AuthorKind, Coded, Text};
use serde_json::Value;

/// Somebody or something that a reference names.
#[derive(Debug, PartialEq)]
pub(super) enum Party {
    /// A person, a device, or the patient.
    Person(Author),
    /// An establishment, a service or a place.
    Institution(String),
}

/// Who a list of references names, as authors. An establishment in the list is the institution of the
/// persons named before it, an author of its own only where no person is named.
pub(super) fn authors<'a>(
    references: Vec<&'a Value>,
    within: &'a Value,
    context: &Context<'a>,
) -> Vec<Author> {
    let parties = references.into_iter().filter_map(|r| party(r, within, context)).collect();
    merge(parties)
}

fn merge(parties: Vec<Party>) -> Vec<Author> {
    let mut authors: Vec<Author> = Vec::new();
    let mut institutions: Vec<String> = Vec::new();
    for party in parties {
        match party {
            Party::Person(author) => {
                if !authors.contains(&author) {
                    authors.push(author);
                }
            }
            Party::Institution(name) => {
                give_institution(&mut authors, &name);
                institutions.push(name);
            }
        }
    }
    match institutions.first() {
        Some(first) if !authors.is_empty() => give_institution(&mut authors, first),
        _ => authors.extend(institutions.iter().map(|name| institution(name))),
    }
    authors
}

/// Names the institution of those professionals that have none.
pub(super) fn give_institution(authors: &mut [Author], name: &str) {
    let lacking = |a: &&mut Author| a.institution.is_none() && a.kind == AuthorKind::Practitioner;
    for author in authors.iter_mut().filter(lacking) {
        author.institution = Some(Text::from(name));
    }
}

/// An establishment as author.
pub(super) fn institution(name: &str) -> Author {
    Author { kind: AuthorKind::Organization, institution: Some(Text::from(name)), ..Author::default() }
}

/// What a `Reference` names; `None` where it names nothing that can be shown.
pub(super) fn party<'a>(reference: &'a Value, within: &'a Value, context: &Context<'a>) -> Option<Party> {
    let target = text(reference, "reference");
    let display = text(reference, "display");
    let resource = target.and_then(|r| context.resolve(r, within));
    let stated = text(reference, "type").map(str::to_owned);
    let by_reference = || target.and_then(relative).and_then(|r| Some(r.split_once('/')?.0.to_owned()));
    let kind = match resource {
        Some(resource) => text(resource, "resourceType").map(str::to_owned),
        None => stated.or_else(by_reference),
    };
    match kind.as_deref() {
        Some("Organization" | "Location" | "HealthcareService") => {
            resource.and_then(|r| text(r, "name")).or(display).map(|name| Party::Institution(name.to_owned()))
        }
        Some("PractitionerRole") => role(resource, display, within, context).map(Party::Person),
        Some("Practitioner") => practitioner(resource, display).map(Party::Person),
        Some("Patient" | "RelatedPerson") => Some(Party::Person(patient(resource, display))),
        Some("Device") => device(resource, display).map(Party::Person),
        Some(_) => None,
        None => display.map(by_display),
    }
}

fn practitioner(resource: Option<&Value>, display: Option<&str>) -> Option<Author> {
    let mut author = resource.map(named).unwrap_or_default();
    if let Some(resource) = resource {
        author.specialty = walk(resource, "qualification.code").into_iter().find_map(coded);
        author.identifier = professional_identifier(resource).map(Text::from);
    }
    if let Some(shown) = display.map(person) {
        if author.family.is_none() {
            (author.family, author.given) = (shown.family, shown.given);
        }
        author.specialty = author.specialty.or(shown.specialty);
    }
    // A number alone still tells who the author is, for the rules of access.
    (author.family.is_some() || author.identifier.is_some()).then_some(author)
}

fn role<'a>(
    resource: Option<&'a Value>,
    display: Option<&str>,
    within: &'a Value,
    context: &Context<'a>,
) -> Option<Author> {
    let Some(resource) = resource else { return practitioner(None, display) };
    let follow = |name: &str| {
        let reference = resource.get(name)?;
        let target = text(reference, "reference").and_then(|r| context.resolve(r, within));
        Some((target, text(reference, "display")))
    };
    let (person, shown) = follow("practitioner").unwrap_or((None, None));
    let mut author = practitioner(person.or(Some(resource)), shown.or(display))?;
    if let Some(specialty) = walk(resource, "specialty").into_iter().find_map(coded) {
        author.specialty = Some(specialty);
    }
    author.role = walk(resource, "code").into_iter().find_map(label).map(Text::from);
    if let Some((organization, shown)) = follow("organization") {
        author.institution = organization.and_then(|o| text(o, "name")).or(shown).map(Text::from);
    }
    Some(author)
}

fn patient(resource: Option<&Value>, display: Option<&str>) -> Author {
    let author = match (resource, display) {
        (Some(resource), _) => named(resource),
        (None, Some(display)) => person(display),
        (None, None) => Author::default(),
    };
    Author { kind: AuthorKind::Patient, ..author }
}

fn device(resource: Option<&Value>, display: Option<&str>) -> Option<Author> {
    let name = resource.and_then(|r| text(r, "deviceName.name")).or(display)?;
    Some(Author { kind: AuthorKind::Device, family: Some(Text::from(name)), ..Author::default() })
}

/// Family and given names of a resource with `HumanName`s, the official one first.
fn named(resource: &Value) -> Author {
    let names = walk(resource, "name");
    let official = names.iter().find(|n| text(n, "use") == Some("official"));
    let Some(name) = official.or(names.first()) else { return Author::default() };
    let given = walk(name, "given").into_iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ");
    match (text(name, "family"), text(name, "text")) {
        (Some(family), _) => Author {
            family: Some(Text::from(family)),
            given: (!given.trim().is_empty()).then(|| Text::from(given.trim())),
            ..Author::default()
        },
        (None, Some(whole)) => person(whole),
        (None, None) => Author::default(),
    }
}

/// The national number (RPPS), else the first identifier.
fn professional_identifier(resource: &Value) -> Option<&str> {
    let all = walk(resource, "identifier");
    let national = |i: &&&Value| {
        text(i, "system").is_some_and(|s| s.contains("rpps") || s.ends_with("1.2.250.1.71.4.2.1"))
    };
    all.iter().find(national).or(all.first()).and_then(|i| text(i, "value"))
}

/// A name without a resource: of a person where it is written like one, else of an establishment.
fn by_display(display: &str) -> Party {
    let (name, _) = split_specialty(display);
    let mut words = name.split_whitespace().peekable();
    let titled = words.peek().is_some_and(|w| is_title(w));
    let capitals = name.split_whitespace().filter(|w| is_family_name(w)).count();
    let plain = name.split_whitespace().count() - capitals;
    let short = (2..=5).contains(&(capitals + plain));
    // "Karim HADDAD" is a person, "CHU de la Pointe" and "Clinique Saint-Aubin" are not.
    let person_like = short && capitals > 0 && plain > 0 && !name.split_whitespace().any(is_small_word);
    let begins_with_acronym =
        name.split_whitespace().next().is_some_and(|w| is_family_name(w) && w.len() <= 4);
    if titled || (person_like && !begins_with_acronym) {
        Party::Person(person(display))
    } else {
        Party::Institution(display.to_owned())
    }
}

/// "Karim HADDAD (Hépato-gastro-entérologie)": names and specialty. The family name is what stands in
/// capitals, else the last word.
pub(crate) fn person(display: &str) -> Author {
    let (name, specialty) = split_specialty(display);
    let words: Vec<&str> = name.split_whitespace().skip_while(|w| is_title(w)).collect();
    let capitals = words.iter().filter(|w| is_family_name(w)).count();
    let (family, given): (Vec<&str>, Vec<&str>) = if capitals == 0 || capitals == words.len() {
        words.last().map_or((Vec::new(), Vec::new()), |last| (vec![*last], words[..words.len() - 1].to_vec()))
    } else {
        words.iter().partition(|w| is_family_name(w))
    };
    let joined = |words: Vec<&str>| (!words.is_empty()).then(|| Text::from(words.join(" ")));
    Author {
        family: joined(family),
        given: joined(given),
        specialty: specialty.map(|s| Coded::new("", "", Some(s))),
        ..Author::default()
    }
}

fn split_specialty(display: &str) -> (&str, Option<&str>) {
    let parts = display.trim().strip_suffix(')').and_then(|d| d.rsplit_once('('));
    match parts {
        Some((name, specialty)) if !name.trim().is_empty() && !specialty.trim().is_empty() => {
            (name.trim(), Some(specialty.trim()))
        }
        _ => (display.trim(), None),
    }
}

fn is_title(word: &str) -> bool {
    const TITLES: [&str; 11] = [
        "dr",
        "docteur",
        "docteure",
        "pr",
        "professeur",
        "professeure",
        "m",
        "mme",
        "mlle",
        "monsieur",
        "madame",
    ];
    let word = word.trim_end_matches('.').to_lowercase();
    TITLES.contains(&word.as_str())
}

fn is_small_word(word: &str) -> bool {
    matches!(word, "de" | "du" | "des" | "la" | "le" | "les" | "et" | "d'imagerie")
}

/// Two capital letters or more, and no small one.
fn is_family_name(word: &str) -> bool {
    word.chars().filter(|c| c.is_uppercase()).count() > 1 && !word.chars().any(char::is_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fhir::context::Entry;
    use serde_json::json;

    /// `kind family/given/specialty/institution`.
    fn shown(author: &Author) -> String {
        let text = |t: &Option<Text>| t.as_deref().unwrap_or("-").to_owned();
        let specialty = author.specialty.as_ref().map_or("-", |s| s.label());
        format!("{}/{}/{specialty}/{}", text(&author.family), text(&author.given), text(&author.institution))
    }

    fn check_person(display: &str, expected: &str) {
        assert_eq!(shown(&person(display)), expected, "{display}");
    }

    #[test]
    fn names_as_they_are_displayed() {
        check_person("Karim HADDAD (Hépato-gastro-entérologie)", "HADDAD/Karim/Hépato-gastro-entérologie/-");
        check_person("Marie LE GOFF", "LE GOFF/Marie/-/-");
        check_person("Dr LE GOFF Marie", "LE GOFF/Marie/-/-");
        check_person("Pr. Jean-Pierre Durand", "Durand/Jean-Pierre/-/-");
        check_person("HADDAD", "HADDAD/-/-/-");
        check_person("(Pédiatrie)", "(Pédiatrie)/-/-/-");
    }

    fn check(references: &Value, expected: &[&str]) {
        let resources = [
            json!({"resourceType": "Practitioner", "id": "p1", "name": [{"family": "MARTIN", "given": ["Sophie", "A."]}],
                "qualification": [{"code": {"text": "Médecine générale"}}]}),
            json!({"resourceType": "Organization", "id": "o1", "name": "Cabinet des Lilas"}),
            json!({"resourceType": "PractitionerRole", "id": "r1", "practitioner": {"reference": "Practitioner/p1"},
                "organization": {"display": "CHU de la Pointe"}, "specialty": [{"text": "Cardiologie"}]}),
        ];
        let entries: Vec<Entry<'_>> = resources
            .iter()
            .map(|resource| Entry { index: 0, full_url: None, request: None, resource })
            .collect();
        let context = Context::new(&entries);
        let within = json!({"contained": [{"resourceType": "Practitioner", "id": "c", "name": [{"text": "Anne DELMAS"}]}]});
        let found = authors(walk(references, ""), &within, &context);
        assert_eq!(found.iter().map(shown).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn references_are_resolved_and_establishments_go_with_their_persons() {
        let one = |r: &str| json!({"": [{"reference": r}]});
        check(&one("Practitioner/p1"), &["MARTIN/Sophie A./Médecine générale/-"]);
        check(
            &one("http://x.org/fhir/Practitioner/p1/_history/3"),
            &["MARTIN/Sophie A./Médecine générale/-"],
        );
        check(&one("PractitionerRole/r1"), &["MARTIN/Sophie A./Cardiologie/CHU de la Pointe"]);
        check(&one("#c"), &["DELMAS/Anne/-/-"]);
        check(&one("Organization/o1"), &["-/-/-/Cabinet des Lilas"]);
        check(&one("Practitioner/nobody"), &[]);
        check(
            &json!({"": [{"reference": "Practitioner/p1"}, {"reference": "Organization/o1"}]}),
            &["MARTIN/Sophie A./Médecine générale/Cabinet des Lilas"],
        );
        check(
            &json!({"": [{"display": "Imagerie médicale du Parc"}, {"display": "Anne DELMAS (Radiologie)"}]}),
            &["DELMAS/Anne/Radiologie/Imagerie médicale du Parc"],
        );
        check(&json!({"": [{"display": "CHU de la Pointe"}]}), &["-/-/-/CHU de la Pointe"]);
    }
}
