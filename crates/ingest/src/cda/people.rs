//! Who wrote, did or signed (`author`, `performer`, `legalAuthenticator`).

use super::value::words;
use super::xml::{attribute, child, children, path, text_of};
use record::{Author, AuthorKind, Coded, Text};
use roxmltree::Node;

/// Root of RPPS and ADELI numbers (ASIP OID tree, "identification des professionnels").
const PROFESSIONAL_ROOT: &str = "1.2.250.1.71.4.2.1";

/// Roots of the national identity of patients: INS-NIR, INS-NIA, and their test roots.
pub(super) const PATIENT_ROOTS: [&str; 4] =
    ["1.2.250.1.213.1.4.8", "1.2.250.1.213.1.4.9", "1.2.250.1.213.1.4.10", "1.2.250.1.213.1.4.11"];

/// The author that a participation names; `None` where it names neither person, institution nor software.
pub(super) fn author(participation: Node<'_, '_>) -> Option<Author> {
    let entity = child(participation, "assignedAuthor").or_else(|| child(participation, "assignedEntity"))?;
    let (family, given) = child(entity, "assignedPerson").map(name).unwrap_or_default();
    let software = child(entity, "assignedAuthoringDevice").and_then(|device| {
        ["softwareName", "manufacturerModelName"].into_iter().find_map(|n| label(child(device, n)?))
    });
    let institution = path(entity, &["representedOrganization", "name"]).and_then(label);
    let ids: Vec<Node<'_, '_>> = children(entity, "id").collect();
    let is_patient = ids.iter().any(|id| attribute(*id, "root").is_some_and(|r| PATIENT_ROOTS.contains(&r)));
    let kind = match (is_patient, family.is_some() || given.is_some()) {
        (true, _) => AuthorKind::Patient,
        (_, true) => AuthorKind::Practitioner,
        _ if child(entity, "assignedAuthoringDevice").is_some() => AuthorKind::Device,
        _ => AuthorKind::Organization,
    };
    let author = Author {
        kind,
        family: family.map(Text::from),
        given: given.map(Text::from),
        role: child(participation, "functionCode").and_then(role).map(Text::from),
        specialty: child(entity, "code").and_then(specialty),
        institution: institution.or(software).map(Text::from),
        identifier: if is_patient { None } else { identifier(&ids) },
    };
    author.name().is_some().then_some(author)
}

/// The authors of a document or an entry, each once.
pub(super) fn authors(node: Node<'_, '_>, participation: &'static str) -> Vec<Author> {
    let mut authors = Vec::new();
    for author in children(node, participation).filter_map(author) {
        if !authors.contains(&author) {
            authors.push(author);
        }
    }
    authors
}

/// Family and given names. A person may have several of each: the used ones come first.
fn name(person: Node<'_, '_>) -> (Option<String>, Option<String>) {
    let Some(name) = child(person, "name") else { return (None, None) };
    let part = |element| {
        let used = children(name, element).find(|n| matches!(attribute(*n, "qualifier"), Some("CL" | "SP")));
        used.or_else(|| child(name, element)).and_then(label)
    };
    let (family, given) = (part("family"), part("given"));
    if family.is_none() && given.is_none() { (label(name), None) } else { (family, given) }
}

/// The text of an element; a lone full stop is how some producers fill a mandatory element.
fn label(node: Node<'_, '_>) -> Option<String> {
    text_of(node).filter(|t| t.chars().any(char::is_alphanumeric))
}

fn role(function: Node<'_, '_>) -> Option<String> {
    attribute(function, "displayName")
        .map(words)
        .or_else(|| child(function, "originalText").and_then(text_of))
}

fn specialty(code: Node<'_, '_>) -> Option<Coded> {
    let label = attribute(code, "displayName").map(words);
    let value = attribute(code, "code").unwrap_or("");
    if value.is_empty() && label.is_none() {
        return None;
    }
    Some(Coded::new(attribute(code, "codeSystem").unwrap_or(""), value, label.as_deref()))
}

/// The professional's national identifier, else the first one.
fn identifier(ids: &[Node<'_, '_>]) -> Option<Text> {
    let national = ids.iter().find(|id| attribute(**id, "root") == Some(PROFESSIONAL_ROOT));
    national.or(ids.first()).and_then(|id| attribute(*id, "extension")).map(Text::from)
}
