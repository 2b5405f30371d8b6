//! The text of a concept file → drafts. The format is described in `data/concepts/README.md`.

use std::collections::HashMap;
use std::path::Path;

/// What class of term, in the order of trust.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    Preferred,
    Clinical,
    Lay,
    Abbreviation,
    Brand,
}

impl Class {
    pub(crate) fn variant(self) -> &'static str {
        match self {
            Class::Preferred => "Preferred",
            Class::Clinical => "Clinical",
            Class::Lay => "Lay",
            Class::Abbreviation => "Abbreviation",
            Class::Brand => "Brand",
        }
    }
}

/// A concept as its block says it; relations name their target.
#[derive(Debug, Default, Clone)]
pub(crate) struct Draft {
    pub(crate) label: String,
    pub(crate) kind: String,
    pub(crate) terms: Vec<(String, Class)>,
    pub(crate) cues: Vec<String>,
    pub(crate) codes: Vec<(String, String)>,
    pub(crate) relations: Vec<(&'static str, String)>,
    pub(crate) near: Vec<(String, String)>,
    /// Terms that another concept rightly has too, folded.
    pub(crate) shared: Vec<String>,
    pub(crate) units: Vec<String>,
    pub(crate) specimen: String,
    pub(crate) source: String,
    /// File and line, for messages.
    pub(crate) place: String,
}

const KINDS: [(&str, &str); 13] = [
    ("disease", "Disease"),
    ("symptom", "Symptom"),
    ("examination", "Examination"),
    ("laboratory", "Laboratory"),
    ("act", "Act"),
    ("device", "Device"),
    ("body-part", "BodyPart"),
    ("drug", "Drug"),
    ("drug-class", "DrugClass"),
    ("vaccine", "Vaccine"),
    ("specialty", "Specialty"),
    ("document-type", "DocumentType"),
    ("administrative", "Administrative"),
];

const RELATIONS: [(&str, &str); 6] = [
    ("measured-by", "MeasuredBy"),
    ("treated-by", "TreatedBy"),
    ("examined-by", "ExaminedBy"),
    ("followed-by", "FollowedBy"),
    ("part-of", "PartOf"),
    ("broader", "Broader"),
];

pub(crate) fn kind_variant(name: &str) -> Option<&'static str> {
    KINDS.iter().find(|(kind, _)| *kind == name).map(|(_, variant)| *variant)
}

pub(crate) fn parse(path: &Path, text: &str) -> Vec<Draft> {
    let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut out: Vec<Draft> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let place = format!("{file}:{}", number + 1);
        let line = line.trim_end();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(label) = line.strip_prefix("= ") {
            let label = label.trim().to_owned();
            let terms = vec![(label.clone(), Class::Preferred)];
            out.push(Draft { label, terms, source: "ours".to_owned(), place, ..Draft::default() });
            continue;
        }
        let Some(draft) = out.last_mut() else { panic!("{place}: a field before the first concept") };
        let (field, value) = line.split_once(' ').unwrap_or_else(|| panic!("{place}: a field without value"));
        add(draft, field, value.trim(), &place);
    }
    for draft in &out {
        assert!(kind_variant(&draft.kind).is_some(), "{}: kind `{}` is not known", draft.place, draft.kind);
    }
    out
}

fn add(draft: &mut Draft, field: &str, value: &str, place: &str) {
    let list = || value.split('|').map(|part| part.trim().to_owned());
    let noted =
        || value.split_once(':').unwrap_or_else(|| panic!("{place}: a note after a colon is missing"));
    match field {
        "kind" => value.clone_into(&mut draft.kind),
        "clinical" => draft.terms.extend(list().map(|term| (term, Class::Clinical))),
        "lay" => draft.terms.extend(list().map(|term| (term, Class::Lay))),
        "abbr" => draft.terms.extend(list().map(|term| (term, Class::Abbreviation))),
        "units" => draft.units.extend(list()),
        "system" => value.clone_into(&mut draft.specimen),
        "source" => value.clone_into(&mut draft.source),
        "codes" => draft.codes.extend(list().map(|code| match code.split_once(':') {
            Some((system, code)) => (system.to_owned(), code.to_owned()),
            None => panic!("{place}: code `{code}` has no system"),
        })),
        "near" => {
            let (label, note) = noted();
            draft.near.push((label.trim().to_owned(), note.trim().to_owned()));
        }
        "shared" => draft.shared.push(record::french::fold(noted().0.trim())),
        relation => match RELATIONS.iter().find(|(name, _)| *name == relation) {
            Some((_, variant)) => draft.relations.extend(list().map(|target| (*variant, target))),
            None => panic!("{place}: field `{relation}` is not known"),
        },
    }
}

/// Adds the senses of `abbreviations.tsv`: to the concept that the sense names, else as a concept of its own.
pub(crate) fn add_abbreviations(drafts: &mut Vec<Draft>, text: &str) {
    let mut places: HashMap<String, usize> = HashMap::new();
    for (at, draft) in drafts.iter().enumerate() {
        for (term, class) in &draft.terms {
            if *class <= Class::Clinical {
                places.entry(record::french::fold(term)).or_insert(at);
            }
        }
    }
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.starts_with('#')) {
        let columns: Vec<&str> = line.split('\t').collect();
        let [abbreviation, sense, kind, cues, source] = columns[..] else {
            panic!("abbreviations.tsv:{}: five columns are wanted", number + 1)
        };
        let at = *places.entry(record::french::fold(sense)).or_insert_with(|| {
            drafts.push(Draft {
                label: sense.to_owned(),
                kind: kind.to_owned(),
                terms: vec![(sense.to_owned(), Class::Preferred)],
                source: source.to_owned(),
                place: format!("abbreviations.tsv:{}", number + 1),
                ..Draft::default()
            });
            drafts.len() - 1
        });
        let draft = &mut drafts[at];
        if !draft.terms.iter().any(|(term, _)| term == abbreviation) {
            draft.terms.push((abbreviation.to_owned(), Class::Abbreviation));
        }
        draft
            .cues
            .extend(cues.split('|').map(|cue| record::french::fold(cue.trim())).filter(|c| !c.is_empty()));
    }
}
