//! What one source says of a document, completed by another and by the value sets.

use record::french::fold;
use record::{Author, Category, Coded, DocumentEntry, Item, Relation, Text};

/// Code system of `classCode` (TRE_A03).
pub(crate) const TRE_A03: &str = "1.2.250.1.213.1.1.4.1";

/// Fills what `item` lacks from what a second source says of the same document. Confidentiality flags add
/// up, whatever each source says: a flag in one place is a flag.
pub(crate) fn fill(item: &mut Item, other: Item) {
    if item.title.is_empty() {
        item.title = other.title;
    }
    item.flags = item.flags | other.flags;
    item.start = item.start.or(other.start);
    item.end = item.end.or(other.end);
    item.created = item.created.or(other.created);
    or(&mut item.language, other.language);
    or(&mut item.clinical_status, other.clinical_status);
    fill_authors(&mut item.authors, other.authors);
    if item.codes.is_empty() {
        item.codes = other.codes;
    }
    for note in other.notes {
        if !item.notes.contains(&note) {
            item.notes.push(note);
        }
    }
    // Two sources name the replaced document in two ways; the first suffices.
    let replaces = item.links.iter().any(|l| l.relation == Relation::Replaces);
    for link in other.links {
        let known = item.links.contains(&link) || (replaces && link.relation == Relation::Replaces);
        if !known {
            item.links.push(link);
        }
    }
    if let (Some(entry), Some(other)) = (&mut item.document, other.document) {
        fill_entry(entry, other);
    }
}

fn fill_entry(entry: &mut DocumentEntry, other: DocumentEntry) {
    if entry.event_codes.is_empty() {
        entry.event_codes = other.event_codes;
    }
    // A class and a category go with the type that they were derived from.
    if entry.type_code.is_none() {
        entry.type_code = other.type_code;
        or(&mut entry.class_code, other.class_code);
        or(&mut entry.category, other.category);
    }
    or(&mut entry.format_code, other.format_code);
    or(&mut entry.facility_type, other.facility_type);
    or(&mut entry.practice_setting, other.practice_setting);
    or(&mut entry.unique_id, other.unique_id);
    or(&mut entry.logical_id, other.logical_id);
    or(&mut entry.entry_uuid, other.entry_uuid);
    or(&mut entry.version, other.version);
    or(&mut entry.media_type, other.media_type);
    or(&mut entry.legal_authenticator, other.legal_authenticator);
}

fn fill_authors(authors: &mut Vec<Author>, others: Vec<Author>) {
    if authors.is_empty() {
        *authors = others;
        return;
    }
    for other in others {
        let Some(author) = authors.iter_mut().find(|a| is_same(a, &other)) else { continue };
        if author.family.is_none() {
            author.kind = other.kind;
        }
        or(&mut author.family, other.family);
        or(&mut author.given, other.given);
        or(&mut author.role, other.role);
        or(&mut author.specialty, other.specialty);
        or(&mut author.institution, other.institution);
        or(&mut author.identifier, other.identifier);
    }
}

/// One person, by the family name, else by the professional number.
fn is_same(a: &Author, b: &Author) -> bool {
    match (&a.family, &b.family) {
        (Some(a), Some(b)) => fold(a) == fold(b),
        _ => a.identifier.is_some() && a.identifier == b.identifier,
    }
}

fn or<T>(field: &mut Option<T>, other: Option<T>) {
    if field.is_none() {
        *field = other;
    }
}

/// Derives class and category from the type, and gives the labels that the source left out.
fn classify(entry: &mut DocumentEntry) {
    let known = entry.type_code.as_ref().and_then(|t| lexicon::document_type(&t.code));
    if let (Some(known), Some(code)) = (known, &mut entry.type_code) {
        code.display.get_or_insert_with(|| Text::from(known.label));
        if code.system.is_empty() {
            known.system.clone_into(&mut code.system);
        }
        if entry.class_code.is_none() && !known.class.is_empty() {
            entry.class_code = Some(Coded::new(TRE_A03, known.class, None));
        }
    }
    if let Some(class) = &mut entry.class_code
        && class.display.is_none()
    {
        class.display = lexicon::class_label(&class.code).map(Text::from);
    }
    let code = |coded: &Option<Coded>| coded.as_ref().map(|c| c.code.clone());
    if entry.category.is_none() {
        let (type_code, class_code) = (code(&entry.type_code), code(&entry.class_code));
        entry.category = lexicon::category_of(type_code.as_deref(), class_code.as_deref());
    }
}

/// Derives what the value sets tell, and names the document: by its own title, else by `name`, else by the
/// label of its type.
pub(crate) fn finish(item: &mut Item, name: Option<&str>) {
    let entry = item.document.get_or_insert_default();
    classify(entry);
    if item.title.is_empty() {
        let name = name.map(str::trim).filter(|n| !n.is_empty());
        item.title = Text::from(name.or_else(|| type_label(entry)).unwrap_or("Document"));
    }
}

/// The label of a document's type; `None` where it has none but its code.
fn type_label(entry: &DocumentEntry) -> Option<&str> {
    entry.type_code.as_ref()?.display.as_deref().filter(|l| !l.is_empty())
}

/// Whether a type code is one of JDV_J07, or a retired one that is still read.
pub(crate) fn is_known_type(code: &Coded) -> bool {
    lexicon::document_type(&code.code).is_some()
}

/// A `classCode`, or a category of Mon espace santé: FHIR and uploads put either in one place.
pub(crate) enum ClassOrCategory {
    /// A class.
    Class(Coded),
    /// A category.
    Category(Category),
}

/// Tells a category code of Mon espace santé from a class code.
pub(crate) fn class_or_category(code: Coded) -> ClassOrCategory {
    match code.code.parse() {
        Ok(category) => ClassOrCategory::Category(category),
        Err(_) => ClassOrCategory::Class(code),
    }
}
