//! What a query is about, if it is about one thing.

use super::reach::{closure, protecting, treated_by};
use crate::concept;
use crate::cross::Cross;
use crate::cross::series::Measured;
use crate::parse::Parsed;
use crate::row::Row;
use crate::understand::{Direction, Period, Person, Understanding, says_kind};
use crate::value::Value;
use crate::view::View;
use crate::{Query, Reading};
use lexicon::{ConceptId, ConceptKind};
use record::Kind;
use std::collections::BTreeSet;

/// What a query is about.
#[derive(Default)]
pub(crate) struct Focus {
    /// The cards that it may wish, likeliest first: the first that the record can fill is shown.
    pub(crate) wishes: Vec<Wish>,
    /// The words that say it.
    pub(crate) typed: String,
    period: Option<Period>,
    /// Whether the oldest comes first.
    pub(crate) oldest: bool,
    /// Whether only what holds today is wanted.
    pub(crate) current: bool,
    /// Whether what is to come is wanted.
    pub(crate) next: bool,
    pub(crate) people: Vec<Person>,
    /// Whether the wording is of a stay in a hospital.
    pub(crate) stay: bool,
}

/// The cards that a query wishes.
pub(crate) enum Wish {
    /// Measures, each a card.
    Measure(Vec<Measured>),
    /// Treatments.
    Treatments(Wanted),
    /// Events and operations.
    Events(Wanted),
    /// What is agreed for a day to come.
    Appointments(Wanted),
    /// Vaccinations.
    Vaccines(Wanted),
    /// Allergies.
    Allergies(Wanted),
    /// Conditions.
    Conditions(Wanted),
}

/// Which entries of a kind are wanted.
#[derive(Default)]
pub(crate) struct Wanted {
    /// Keys of concepts: an entry about one of them. Empty where all are wanted.
    pub(crate) about: BTreeSet<String>,
    /// Keys of conditions: an entry that treats one of them.
    pub(crate) treating: BTreeSet<ConceptId>,
    /// Words that the title must hold, stemmed, beside the concepts.
    pub(crate) words: Vec<String>,
    /// The words that name the concepts, stemmed, but for those that say the kind.
    pub(crate) named: Vec<String>,
    /// The kind of entry that the wording names.
    pub(crate) kind: Option<Kind>,
    /// Whether all of the kind are asked for.
    pub(crate) all: bool,
    /// Whether the title alone may hold the words.
    pub(crate) by_title: bool,
}

/// Words that ask for a value and say nothing more of it.
const OF_MEASURES: &[&str] = &[
    "taux",
    "valeur",
    "resultat",
    "mesure",
    "dosage",
    "analyse",
    "chiffre",
    "niveau",
    "courbe",
    "evolution",
    "sang",
];
/// Words that ask for a vaccination.
const OF_VACCINES: &[&str] = &[
    "vaccin",
    "vaccination",
    "rappel",
    "dose",
    "injection",
    "piqure",
    "vaccine",
    "premiere",
    "deuxieme",
    "troisieme",
];
/// Words that ask for a treatment and say nothing more of it.
const OF_TREATMENTS: &[&str] = &[
    "dose",
    "posologie",
    "prise",
    "prendre",
    "prends",
    "prend",
    "pris",
    "encore",
    "toujours",
    "arrete",
    "arreter",
    "commence",
    "quand",
    "dosage",
    "comprime",
    "gelule",
];
/// Words that ask for what is to come.
const NEXT: &[&str] =
    &["prochain", "prochains", "prochaine", "prochaines", "prevu", "prevus", "futur", "futurs", "venir"];
/// Concepts of staying in a hospital.
const STAYS: &[&str] = &[
    "hospitalisation",
    "hospitalisations",
    "sejour",
    "sejours",
    "hospitalise",
    "hospitalisee",
    "hopital",
    "hospi",
];

impl Focus {
    /// Reads what a query is about: `parsed` is what is left to look for, `all` what was typed.
    pub(crate) fn new(
        view: &View,
        cross: &Cross,
        query: &Query,
        understanding: &Understanding,
        parsed: &Parsed,
    ) -> Focus {
        let ignored = [Reading::Concepts, Reading::Kinds].iter().any(|r| query.ignore.contains(r));
        let narrowed = !parsed.phrases.is_empty()
            || !parsed.excluded.is_empty()
            || !understanding.exclusions.is_empty()
            || understanding.family.is_some()
            || understanding.event.is_some();
        if ignored || narrowed {
            return Focus::default();
        }
        let reader = Reader {
            view,
            cross,
            query,
            understanding,
            parsed,
            named: concept::named(&query.text, &parsed.tokens),
            typed: record::french::tokens(&query.text).into_iter().map(|t| t.surface).collect(),
        };
        let order = understanding.order.as_ref();
        Focus {
            wishes: reader.wishes(),
            typed: reader.typed(),
            period: understanding.period.clone(),
            oldest: order.is_some_and(|o| o.direction == Direction::Oldest),
            current: order.is_some_and(|o| o.current),
            next: reader.typed_words().any(|word| NEXT.contains(&word)),
            people: understanding.people.clone(),
            stay: reader.is_stay(),
        }
    }

    /// Whether a row lies in the period of the query.
    pub(crate) fn in_time(&self, row: &Row) -> bool {
        self.period.as_ref().is_none_or(|period| row.is_in(period))
    }

    /// Whether the query names a time.
    pub(crate) fn has_period(&self) -> bool {
        self.period.is_some()
    }
}

struct Reader<'a> {
    view: &'a View,
    cross: &'a Cross,
    query: &'a Query,
    understanding: &'a Understanding,
    parsed: &'a Parsed,
    named: Vec<concept::Named>,
    /// All words that were typed, folded.
    typed: Vec<String>,
}

impl Reader<'_> {
    fn typed_words(&self) -> impl Iterator<Item = &str> {
        self.typed.iter().map(String::as_str)
    }

    /// The words that what is asked for is named by.
    fn typed(&self) -> String {
        let tokens = self.named.iter().flat_map(|n| &self.parsed.tokens[n.tokens.clone()]);
        let ranges: Vec<_> = tokens.map(|t| t.range.clone()).collect();
        let start = ranges.iter().map(|r| r.start).min();
        let end = ranges.iter().map(|r| r.end).max();
        let text = start.zip(end).and_then(|(start, end)| self.query.text.get(start..end));
        text.map_or_else(|| self.query.text.trim().to_owned(), str::to_owned)
    }

    /// Senses of what the query names, but for those mentions that only repeat the kind.
    fn senses(&self, kind: Option<Kind>) -> Vec<(ConceptId, ConceptKind)> {
        let words = |n: &&concept::Named| {
            let tokens = &self.parsed.tokens[n.tokens.clone()];
            let told = |t: &record::french::Token, kind| {
                says_kind(&t.surface, kind) || record::french::is_function_word(&t.surface)
            };
            !kind.is_some_and(|kind| tokens.iter().all(|t| told(t, kind)))
        };
        // Who wrote it is no matter of what it is about.
        let people = !self.understanding.people.is_empty();
        let about = |(_, kind): &(ConceptId, ConceptKind)| !people || *kind != ConceptKind::Specialty;
        let senses = self.named.iter().filter(words).flat_map(|n| &n.senses);
        senses.filter_map(|s| Some((s.concept, lexicon::concept(s.concept)?.kind))).filter(about).collect()
    }

    /// Needed words that no concept, no kind and none of `fillers` accounts for, stemmed.
    fn rest(&self, kind: Option<Kind>, fillers: &[&str]) -> Vec<String> {
        let covered: BTreeSet<&str> = self
            .named
            .iter()
            .flat_map(|n| &self.parsed.tokens[n.tokens.clone()])
            .map(|t| t.surface.as_str())
            .collect();
        let needed = self.parsed.words.iter().filter(|w| !w.optional);
        let words = needed.filter(|w| {
            let surface = w.token.surface.as_str();
            let plural = surface.strip_suffix('s').unwrap_or(surface);
            !covered.contains(surface)
                && !self.understanding.names(surface)
                && !kind.is_some_and(|kind| says_kind(surface, kind))
                && !fillers.contains(&surface)
                && !fillers.contains(&plural)
                && !NEXT.contains(&surface)
        });
        words.map(|w| w.token.stems.first().unwrap_or(&w.token.surface).clone()).collect()
    }

    fn wishes(&self) -> Vec<Wish> {
        if let Some(condition) = &self.understanding.condition {
            let plain = self.rest(None, OF_MEASURES).is_empty();
            return plain.then(|| self.measures(&condition.measures)).flatten().into_iter().collect();
        }
        let kind = self.understanding.kinds.as_ref().map(|kinds| kinds.kind);
        let senses = self.senses(kind);
        let wish = match kind {
            Some(Kind::Document) => None,
            Some(Kind::Treatment) => self.treatments(&senses),
            Some(Kind::Immunization) => self.vaccines(&senses),
            Some(Kind::Allergy) => self.allergies(&senses),
            Some(Kind::Event | Kind::Procedure) => self.events(kind),
            Some(Kind::Condition) => self.entries(Kind::Condition, &senses).map(Wish::Conditions),
            Some(Kind::Observation) | None => return self.by_what_is_named(kind, &senses),
        };
        wish.into_iter().collect()
    }

    /// Where no kind of entry is named: what the concepts may be.
    fn by_what_is_named(&self, kind: Option<Kind>, senses: &[(ConceptId, ConceptKind)]) -> Vec<Wish> {
        use ConceptKind as K;
        let has = |wanted: &[K]| senses.iter().any(|(_, kind)| wanted.contains(kind));
        let says = |stem: &str| self.typed_words().any(|word| word.starts_with(stem));
        let mut out = Vec::new();
        if self.names_paper(senses) {
            return out;
        }
        if says("allerg") || says("intoleran") {
            return self.allergies(senses).into_iter().collect();
        }
        let is_allergy = |(id, _): &(ConceptId, ConceptKind)| {
            lexicon::concept(*id).is_some_and(|c| c.key().starts_with("allergie "))
        };
        if senses.iter().any(is_allergy) {
            out.extend(self.allergies(senses));
        }
        let laboratory: Vec<ConceptId> =
            senses.iter().filter(|(_, kind)| *kind == K::Laboratory).map(|(id, _)| *id).collect();
        if !laboratory.is_empty() && self.rest(kind, OF_MEASURES).is_empty() {
            out.extend(self.measures(&laboratory));
        }
        if has(&[K::Vaccine]) {
            out.extend(self.vaccines(senses));
        }
        if has(&[K::Drug, K::DrugClass]) {
            out.extend(self.treatments(senses));
        }
        let happened = ["oper", "urgence", "enlev"].iter().any(|stem| says(stem));
        if has(&[K::Act]) || happened || self.is_stay() || self.is_pregnancy(senses) {
            out.extend(self.events(kind));
        }
        if has(&[K::Disease]) {
            out.extend(self.entries(Kind::Condition, senses).map(Wish::Conditions));
            out.extend(self.against(senses));
        }
        out.extend(self.by_name());
        out
    }

    /// Vaccines against a disease that is named alone.
    fn against(&self, senses: &[(ConceptId, ConceptKind)]) -> Option<Wish> {
        let diseases = senses.iter().filter(|(_, kind)| *kind == ConceptKind::Disease);
        let about: BTreeSet<String> = diseases.flat_map(|(id, _)| protecting(*id)).collect();
        let words = self.rest(None, OF_VACCINES);
        (!about.is_empty()).then(|| Wish::Vaccines(Wanted { about, words, ..Wanted::default() }))
    }

    /// Entries whose title holds every word: "latex", "stérilet", "shingrix".
    fn by_name(&self) -> Vec<Wish> {
        let fillers: Vec<&str> =
            OF_VACCINES.iter().copied().chain(["reaction", "reactions", "numero", "lot", "pose"]).collect();
        let mut words = self.named_words();
        words.extend(self.rest(None, &fillers));
        words.retain(|w| !fillers.iter().any(|f| w == f));
        if words.is_empty() {
            return Vec::new();
        }
        let wanted = |words: &[String]| Wanted { words: words.to_vec(), by_title: true, ..Wanted::default() };
        vec![
            Wish::Allergies(wanted(&words)),
            Wish::Vaccines(wanted(&words)),
            Wish::Appointments(wanted(&words)),
            Wish::Conditions(wanted(&words)),
            Wish::Events(wanted(&words)),
        ]
    }

    fn allergies(&self, senses: &[(ConceptId, ConceptKind)]) -> Option<Wish> {
        // "Allergique" names no allergy.
        let told = |(id, _): &&(ConceptId, ConceptKind)| {
            lexicon::concept(*id).is_some_and(|c| !c.key().starts_with("allergi") || c.key().contains(' '))
        };
        let senses: Vec<(ConceptId, ConceptKind)> = senses.iter().filter(told).copied().collect();
        self.entries(Kind::Allergy, &senses).map(Wish::Allergies)
    }

    /// Whether the words name a paper, or who wrote it: documents are wanted then.
    fn names_paper(&self, senses: &[(ConceptId, ConceptKind)]) -> bool {
        use ConceptKind as K;
        let paper = |kind: K| matches!(kind, K::DocumentType | K::Examination | K::Administrative);
        !self.understanding.people.is_empty()
            || !senses.is_empty() && senses.iter().all(|(_, kind)| paper(*kind))
            || self.typed_words().any(|word| {
                ["ordonnance", "ordo", "courrier", "lettre", "compte", "certificat", "bilan", "rapport"]
                    .contains(&word)
            })
    }

    fn is_stay(&self) -> bool {
        self.typed_words().any(|word| STAYS.contains(&word))
    }

    fn is_pregnancy(&self, senses: &[(ConceptId, ConceptKind)]) -> bool {
        senses.iter().any(|(id, _)| Some(*id) == lexicon::id_by_key("grossesse"))
    }

    /// Measures of which the record has values; where a measure has none, those narrower.
    fn measures(&self, ids: &[ConceptId]) -> Option<Wish> {
        let has = |measured: &Measured| {
            let mut rows = (0..self.view.len()).filter(|i| self.cross.visible[*i]).map(|i| self.view.row(i));
            let values = |row: &Row| {
                row.values.as_deref().unwrap_or_default().iter().any(|value: &Value| measured.has(value))
            };
            rows.any(|row| values(row) || measured.is_worded(row))
        };
        let known = |id: &ConceptId| Measured::of_concept(*id).filter(|m| has(m));
        let mut out: Vec<Measured> = ids.iter().filter_map(known).collect();
        if out.is_empty() {
            out = ids.iter().flat_map(|id| concept::narrower(*id)).filter_map(|id| known(&id)).collect();
        }
        if out.is_empty() {
            out = self.of_same_name().iter().filter_map(known).collect();
        }
        (!out.is_empty()).then_some(Wish::Measure(out))
    }

    /// Measures of the record whose name holds the words: LDL and HDL, who asks for "cholestérol" and has no total.
    fn of_same_name(&self) -> BTreeSet<ConceptId> {
        let typed = record::french::fold(&self.typed());
        let items = (0..self.view.len()).filter(|i| self.cross.visible[*i]);
        let keys = items
            .flat_map(|i| self.view.row(i).values.as_deref().unwrap_or_default())
            .flat_map(|v| &v.measures);
        let same = keys.filter(|key| key.split([' ', '-']).any(|word| word == typed));
        same.filter_map(|key| lexicon::id_by_key(key)).collect()
    }

    fn treatments(&self, senses: &[(ConceptId, ConceptKind)]) -> Option<Wish> {
        use ConceptKind as K;
        let mut wanted = Wanted { kind: Some(Kind::Treatment), ..Wanted::default() };
        for (id, kind) in senses {
            match kind {
                K::Drug | K::DrugClass => wanted.about.extend(closure(*id)),
                K::Disease | K::Symptom | K::Laboratory => {
                    wanted.treating.extend(treated_by(*id));
                }
                // "Médicaments pour le cœur" would need to know which drugs are for it.
                _ => return None,
            }
        }
        wanted.all = wanted.about.is_empty() && wanted.treating.is_empty();
        wanted.words = self.rest(Some(Kind::Treatment), OF_TREATMENTS);
        if wanted.all && !self.lists() { None } else { Some(Wish::Treatments(wanted)) }
    }

    fn vaccines(&self, senses: &[(ConceptId, ConceptKind)]) -> Option<Wish> {
        use ConceptKind as K;
        let fits = |(_, kind): &&(ConceptId, ConceptKind)| matches!(kind, K::Vaccine | K::Disease);
        let about: BTreeSet<String> =
            senses.iter().filter(fits).flat_map(|(id, _)| protecting(*id)).collect();
        let words = self.rest(Some(Kind::Immunization), OF_VACCINES);
        let all = about.is_empty();
        let asked = self.typed_words().any(|w| OF_VACCINES.contains(&w.strip_suffix('s').unwrap_or(w)));
        let named = senses.iter().any(|(_, kind)| *kind == K::Vaccine);
        (asked || named).then_some(Wish::Vaccines(Wanted {
            about,
            words,
            all,
            kind: Some(Kind::Immunization),
            ..Wanted::default()
        }))
    }

    /// Entries of a kind about what is named, or all of them.
    fn entries(&self, kind: Kind, senses: &[(ConceptId, ConceptKind)]) -> Option<Wanted> {
        let about: BTreeSet<String> = senses.iter().flat_map(|(id, _)| closure(*id)).collect();
        let words =
            self.rest(Some(kind), &["allergique", "allergiques", "intolerant", "reaction", "reactions"]);
        let all = about.is_empty() && words.is_empty();
        if all && !self.lists() && kind != Kind::Allergy {
            return None;
        }
        let named = if kind == Kind::Allergy { self.named_words() } else { Vec::new() };
        Some(Wanted { about, words, named, all, kind: Some(kind), ..Wanted::default() })
    }

    /// "Pénicilline" of "allergie à la pénicilline": an allergy is named by its substance.
    fn named_words(&self) -> Vec<String> {
        let tokens = self.named.iter().flat_map(|n| &self.parsed.tokens[n.tokens.clone()]);
        let content = tokens.filter(|t| {
            !record::french::is_function_word(&t.surface)
                && !t.surface.starts_with("allerg")
                && !t.surface.starts_with("intoleran")
                && !t.surface.starts_with("reaction")
        });
        content.map(|t| t.stems.first().unwrap_or(&t.surface).clone()).collect()
    }

    fn events(&self, kind: Option<Kind>) -> Option<Wish> {
        let senses = self.senses(kind);
        // An operation is named by the act, or by its place in its title.
        let place = |kind: &ConceptKind| *kind == ConceptKind::BodyPart;
        let acts = senses.iter().filter(|(_, kind)| !place(kind));
        let about: BTreeSet<String> = acts.flat_map(|(id, _)| closure(*id)).collect();
        let mut words = self.rest(kind, STAYS);
        if senses.iter().any(|(_, kind)| place(kind)) && about.is_empty() {
            words.extend(self.named_words());
        }
        let said = ["medecin", "docteur", "oper", "urgenc", "passag", "temp", "rest", "enlev", "pos"];
        words.retain(|w| !said.iter().any(|stem| w.starts_with(stem)));
        let all = about.is_empty() && words.is_empty();
        let mut named = self.named_words();
        named.extend(words.iter().cloned());
        Some(Wish::Events(Wanted { about, words, named, all, kind, ..Wanted::default() }))
    }

    /// Whether all entries of a kind are asked for.
    fn lists(&self) -> bool {
        self.understanding.kinds.as_ref().is_some_and(|kinds| kinds.list)
    }
}
