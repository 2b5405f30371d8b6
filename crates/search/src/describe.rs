//! What an item is found by: its words, field by field.

use crate::row::{EventKind, RowAuthor};
use crate::schema::Field;
use crate::{concept, unit};
use record::french::fold;
use record::{Author, AuthorKind, Coded, Comparator, Item, Kind, Measure, NoteKind, PartialDate, Text};

/// The texts of each field but the body, in the order of [`Field::ALL`].
pub(crate) type Texts = [Vec<String>; Field::COUNT];

/// Describes an item. `derived` are the items that its coded entries state.
pub(crate) fn texts(item: &Item, derived: &[&Item]) -> Texts {
    let mut out = Texts::default();
    let mut put = |field: Field, text: &str| {
        if !text.is_empty() {
            out[field as usize].push(text.to_owned());
        }
    };
    put(Field::Title, &item.title);
    for text in type_texts(item) {
        put(Field::Type, &text);
    }
    for author in &item.authors {
        for text in [&author.given, &author.family, &author.role].into_iter().flatten() {
            put(Field::Author, text);
        }
        for text in specialty_texts(author) {
            put(Field::Specialty, &text);
        }
        put(Field::Place, author.institution.as_deref().unwrap_or(""));
    }
    for date in [item.start.or(item.created), item.end].into_iter().flatten() {
        put(Field::Date, &date_words(date));
    }
    if let Some(document) = &item.document {
        for code in &document.event_codes {
            put(Field::Codes, &coded_words(code));
        }
        for code in [&document.facility_type, &document.practice_setting].into_iter().flatten() {
            put(Field::Place, code.display.as_deref().unwrap_or(""));
        }
    }
    for code in item.codes.iter().chain(item.measures.iter().map(|m| &m.code)) {
        put(Field::Codes, &coded_words(code));
    }
    for measure in &item.measures {
        put(Field::Notes, &measure_words(measure));
    }
    for note in &item.notes {
        let field = if note.kind == NoteKind::Location { Field::Place } else { Field::Notes };
        put(field, &note.text);
    }
    for entry in derived {
        put(Field::Entries, &entry.title);
        for code in entry.codes.iter().filter(|c| c.display.as_deref() != Some(&*entry.title)) {
            put(Field::Entries, code.display.as_deref().unwrap_or(""));
        }
    }
    out
}

/// All codes that say what an item is about.
pub(crate) fn codes(item: &Item) -> impl Iterator<Item = &Coded> {
    let events = item.document.iter().flat_map(|d| &d.event_codes);
    item.codes.iter().chain(item.measures.iter().map(|m| &m.code)).chain(events)
}

/// What the type is called, by its label, by patients, and by its category.
fn type_texts(item: &Item) -> Vec<String> {
    let Some(document) = &item.document else {
        return kind_words(item).iter().map(|w| (*w).to_owned()).collect();
    };
    let mut out = Vec::new();
    if let Some(code) = &document.type_code {
        out.extend(code.display.as_deref().map(str::to_owned));
        if let Some(known) = lexicon::document_type(&code.code) {
            out.push(known.label.to_owned());
            out.extend(known.synonyms.iter().map(|s| (*s).to_owned()));
        }
    }
    if let Some(class) = document.class_code.as_ref().and_then(|c| lexicon::class_label(&c.code)) {
        out.push(class.to_owned());
    }
    // Not the category's label: "Radio, écho, scanner, IRM" would make every image answer to "IRM".
    if let Some(category) = document.category {
        out.extend(lexicon::category_synonyms(category).iter().map(|s| (*s).to_owned()));
    }
    let mut seen = std::collections::HashSet::new();
    out.retain(|text| seen.insert(fold(text)));
    out
}

/// What patients call an item of that kind.
fn kind_words(item: &Item) -> &'static [&'static str] {
    use record::ResourceType as R;
    match item.id.resource() {
        R::DocumentReference => &[],
        R::MedicationStatement => &["traitement", "médicament"],
        R::MedicationRequest => &["traitement", "médicament", "prescription"],
        R::Encounter => &["consultation", "visite", "passage", "séjour"],
        R::Appointment => &["rendez-vous", "rdv"],
        R::Procedure => &["acte", "intervention", "opération"],
        R::Observation => &["mesure", "résultat"],
        R::Condition => &["maladie", "problème de santé", "diagnostic"],
        R::AllergyIntolerance => &["allergie", "intolérance"],
        R::Immunization => &["vaccin", "vaccination"],
    }
}

fn specialty_texts(author: &Author) -> Vec<String> {
    let Some(code) = &author.specialty else { return Vec::new() };
    let mut out: Vec<String> = code.display.iter().map(|d| d.to_string()).collect();
    let known = lexicon::specialty(&code.code).or_else(|| lexicon::specialty(code.label()));
    out.extend(known.into_iter().flat_map(|s| s.names.iter().map(|n| (*n).to_owned())));
    out
}

/// `14 mars 2024`, as far as it is known.
fn date_words(date: PartialDate) -> String {
    let mut words = Vec::new();
    words.extend(date.day().map(|d| d.to_string()));
    words.extend(date.month().map(|m| lexicon::month_name(m).to_owned()));
    words.push(date.year().to_string());
    words.join(" ")
}

fn coded_words(code: &Coded) -> String {
    match &code.display {
        Some(display) => format!("{} {}", code.code, &**display),
        None => code.code.clone(),
    }
}

/// `7,9 %`, with the comparator that the source gave; the words of a result in words.
pub(crate) fn measure_words(measure: &Measure) -> String {
    let mut out = String::new();
    if let Some(quantity) = &measure.quantity {
        out.push_str(match quantity.comparator {
            Comparator::Equal => "",
            Comparator::Less => "< ",
            Comparator::AtMost => "≤ ",
            Comparator::Greater => "> ",
            Comparator::AtLeast => "≥ ",
        });
        out.push_str(&quantity.value.to_string().replace('.', ","));
        if let Some(unit) = &quantity.unit {
            // The same statement by two channels has its unit in two spellings.
            let unit = unit::shown(unit);
            out.push_str(if unit.is_empty() { "" } else { " " });
            out.push_str(&unit);
        }
    }
    if let Some(text) = &measure.text {
        if !out.is_empty() {
            out.push_str(", ");
        }
        out.push_str(text);
    }
    out
}

/// A line that says what a structured item is; empty for a document.
pub(crate) fn summary(item: &Item) -> String {
    if item.kind() == Kind::Document {
        return String::new();
    }
    let measures = item.measures.iter().map(|m| {
        let value = measure_words(m);
        let named = item.measures.len() > 1 && !m.code.label().is_empty();
        if named { format!("{} : {value}", m.code.label()) } else { value }
    });
    let notes = item.notes.iter().filter(|n| n.kind != NoteKind::Section).map(|n| n.text.to_string());
    let parts: Vec<String> = measures.chain(notes).filter(|p| !p.is_empty()).collect();
    parts.join(" · ")
}

/// What is shown as the title: the source's, unless it is a file name or nothing.
pub(crate) fn title(item: &Item) -> Text {
    let own = item.title.trim();
    if !own.is_empty() {
        return Text::from(own);
    }
    let code = item.document.as_ref().and_then(|d| d.type_code.as_ref()).or(item.codes.first());
    Text::from(code.map_or("Sans titre", Coded::label))
}

/// Type of a document, first code of another kind.
pub(crate) fn type_name(item: &Item) -> Option<(String, Text)> {
    let code = item.document.as_ref().and_then(|d| d.type_code.as_ref()).or(item.codes.first())?;
    let known = lexicon::document_type(&code.code).filter(|_| item.document.is_some());
    let label = known.map_or_else(|| code_label(code, item), |known| known.label);
    let code = if code.code.is_empty() { fold(label) } else { code.code.clone() };
    Some((code, Text::from(label)))
}

/// Classes of an encounter (HL7 ActCode) that are a stay.
const STAYS: &[&str] = &["IMP", "ACUTE", "NONAC", "OBSENC"];

/// What a code is called: by its source, or else by the lexicon; where neither knows it, by the entry's title.
fn code_label<'a>(code: &'a Coded, item: &'a Item) -> &'a str {
    if code.display.is_some() {
        return code.label();
    }
    let concept = concept::code_terms(code).into_iter().find_map(|term| concept::label(&term));
    concept.unwrap_or(&item.title)
}

/// What kind of event an item is.
pub(crate) fn event(item: &Item) -> Option<EventKind> {
    let status = item.clinical_status.as_deref().unwrap_or_default();
    let off = matches!(status, "cancelled" | "noshow" | "not-done");
    let kind = match item.id.resource() {
        record::ResourceType::Encounter if !off => {
            let nights =
                item.start.zip(item.end).is_some_and(|(a, b)| b.first_day_number() > a.first_day_number());
            let class = item.codes.iter().any(|c| STAYS.contains(&c.code.as_str()));
            if nights || class { EventKind::Stay } else { EventKind::Visit }
        }
        record::ResourceType::Appointment if !off => EventKind::Appointment,
        record::ResourceType::Encounter | record::ResourceType::Appointment => EventKind::Cancelled,
        _ => return None,
    };
    Some(kind)
}

pub(crate) fn authors(item: &Item) -> Vec<RowAuthor> {
    let shown = |author: &Author| {
        let person = author.kind != AuthorKind::Organization;
        let name = author.name().filter(|_| person || author.institution.is_none());
        RowAuthor {
            name: name.or_else(|| author.name()).map(Text::from),
            specialty: author.specialty.as_ref().map(|s| Text::from(s.label())),
            institution: author.institution.clone(),
        }
    };
    item.authors.iter().map(shown).filter(|a| a.name.is_some() || a.institution.is_some()).collect()
}

/// Items with the same key are the same statement, once from a document, once from the profile.
pub(crate) fn twin_key(item: &Item) -> Option<String> {
    if item.kind() == Kind::Document {
        return None;
    }
    let date = item.start.or(item.created)?;
    let value = item.measures.first().map(measure_words).unwrap_or_default();
    let named = |c: &&Coded| !c.code.is_empty() && !c.system.is_empty();
    let what = match item.codes.iter().find(named) {
        Some(code) => format!("{}|{}", code.system, code.code),
        None => fold(&item.title),
    };
    Some(format!("{}|{what}|{date}|{value}", item.kind().as_str()))
}
