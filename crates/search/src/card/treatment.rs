//! The card of a treatment: whether it is taken, how, since when, by whom, and what says so.

use super::focus::Wanted;
use super::{Card, CardKind, Fields, Maker, notes, who};
use crate::Error;
use crate::concept;
use crate::cross::{drug_key, say, upwards};
use crate::leg;
use crate::row::Row;
use crate::schema::Field;
use record::{Item, Kind, NoteKind, PartialDate, ResourceType};

/// Types of document (JDV_J07) that prescribe, and that dispense.
const PRESCRIBING: &[&str] = &["57833-6", "29551-9", "75468-9"];
const DISPENSING: &[&str] = &["60593-1", "29550-1", "DISP_AUT"];
const EVERYWHERE: [Field; 5] = [Field::Title, Field::Codes, Field::Entries, Field::Notes, Field::Body];

/// Whether a treatment is taken, as far as the record says.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    Current,
    Unknown,
    Over,
}

/// A treatment: its entries, newest first, with what they say.
struct Treatment {
    entries: Vec<(u32, Item)>,
    state: State,
    /// How the state is known, and from which entry.
    how: (String, u32),
}

impl Maker<'_> {
    pub(super) fn treatments(&self, wanted: &Wanted) -> Result<Vec<Card>, Error> {
        let wants = |row: &Row| !super::is_absence(row) && self.wants_drug(wanted, row);
        let fits = |group: &&Vec<u32>| group.iter().any(|i| wants(self.row(*i)));
        let mut found: Vec<Treatment> = Vec::new();
        for group in self.cross.drugs.iter().filter(fits) {
            let timely: Vec<u32> = group.iter().copied().filter(|i| self.in_time(self.row(*i))).collect();
            if !timely.is_empty() {
                found.push(self.treatment(&timely)?);
            }
        }
        let many = wanted.about.is_empty();
        // "Mes médicaments" are those that are taken.
        if many
            && (self.focus.current || !self.focus.has_period())
            && found.iter().any(|t| t.state != State::Over)
        {
            found.retain(|t| t.state != State::Over);
        }
        let newest = |t: &Treatment| t.entries.first().and_then(|(i, _)| self.row(*i).date());
        found.sort_by(|a, b| a.state.cmp(&b.state).then_with(|| newest(b).cmp(&newest(a))));
        found.into_iter().map(|treatment| self.treatment_card(&treatment)).collect()
    }

    fn wants_drug(&self, wanted: &Wanted, row: &Row) -> bool {
        let keys = row.about.as_deref().unwrap_or_default();
        let above = || keys.iter().flat_map(|key| upwards(key));
        let named = wanted.about.is_empty() || keys.iter().any(|key| wanted.about.contains(key));
        let treats = wanted.treating.is_empty() || above().any(|id| wanted.treating.contains(&id));
        named && treats && self.holds_words(row, &wanted.words)
    }

    fn treatment(&self, group: &[u32]) -> Result<Treatment, Error> {
        let mut entries =
            group.iter().map(|i| Ok((*i, self.item(*i)?))).collect::<Result<Vec<_>, Error>>()?;
        entries.reverse();
        let states: Vec<(State, String)> = entries.iter().map(|(_, item)| self.state(item)).collect();
        // The newest entry that says it; entries that say nothing leave the word to others.
        let telling = states.iter().position(|(state, _)| *state != State::Unknown);
        let at = telling.unwrap_or(0);
        let (state, how) = states[at].clone();
        Ok(Treatment { state, how: (how, entries[at].0), entries })
    }

    /// Whether an entry says that the drug is taken today, and how it says so.
    fn state(&self, item: &Item) -> (State, String) {
        let over = |date: PartialDate| self.query.today.is_some_and(|today| date.span().1 < today.span().0);
        match (item.clinical_status.as_deref(), item.end) {
            (_, Some(end)) if over(end) => (State::Over, format!("date de fin : {}", say::date(end))),
            (Some("completed" | "stopped"), _) => (State::Over, "noté comme terminé ou arrêté".to_owned()),
            (Some("not-taken" | "cancelled"), _) => (State::Over, "noté comme non pris".to_owned()),
            (_, Some(end)) => (State::Current, format!("prévu jusqu'au {}", say::date(end))),
            (Some("active"), None) if item.id.resource() == ResourceType::MedicationStatement => {
                (State::Current, "noté comme actif, sans date de fin".to_owned())
            }
            (Some("active"), None) => (State::Current, "prescription active, sans date de fin".to_owned()),
            (Some("on-hold"), None) => (State::Unknown, "noté comme suspendu".to_owned()),
            _ => (State::Unknown, "aucune entrée ne dit s'il est encore pris".to_owned()),
        }
    }

    fn treatment_card(&self, treatment: &Treatment) -> Result<Card, Error> {
        // The record's own statement names it, before a prescription that a document states.
        let own = treatment.entries.iter().find(|(i, _)| self.view.parent(*i as usize).is_none());
        let row = self.row(own.unwrap_or(&treatment.entries[0]).0);
        let mut fields = Fields::default();
        let (state, what) = match treatment.state {
            State::Current => ("en cours", "En cours"),
            State::Over => ("terminé", "Terminé"),
            State::Unknown => ("non précisé", "Traitement"),
        };
        fields.say("state", "État", state, self.sources(treatment.how.1));
        fields.say("state-how", "D'après", treatment.how.0.clone(), self.sources(treatment.how.1));
        let main = own.unwrap_or(&treatment.entries[0]);
        let dosage =
            std::iter::once(main).chain(&treatment.entries).find_map(|(i, item)| Some((*i, dosage(item)?)));
        if let Some((i, dosage)) = &dosage {
            fields.say("dosage", "Posologie", dosage.clone(), self.sources(*i));
        }
        self.times(treatment, &mut fields);
        let prescriber = treatment.entries.iter().find_map(|(i, _)| Some((*i, who(self.row(*i))?)));
        if let Some((i, who)) = prescriber {
            fields.say("prescriber", "Prescripteur ou auteur", who, self.sources(i));
        }
        let papers = self.papers(treatment, &mut fields)?;
        let indication = treatment.entries.iter().map(|(i, item)| (*i, notes(item, NoteKind::Reason)));
        if let Some((i, indication)) = indication.into_iter().find(|(_, text)| !text.is_empty()) {
            fields.say("indication", "Pour", indication, self.sources(i));
        }
        fields.say(
            "disagreement",
            "Les sources ne s'accordent pas",
            self.disagreement(treatment),
            Vec::new(),
        );
        let own = treatment.entries.iter().map(|(i, _)| *i);
        let stated =
            own.clone().filter_map(|i| self.view.parent(i as usize)).filter(|p| self.cross.visible[*p]);
        let items = self.ids(own.chain(stated.map(|p| p as u32)).chain(papers));
        let text = dosage.map_or_else(|| what.to_owned(), |(_, dosage)| format!("{what} : {dosage}"));
        Ok(Card {
            kind: CardKind::Treatment,
            title: row.title.clone(),
            text: text.into(),
            item: row.id.clone(),
            date: row.date(),
            fields: fields.0,
            items,
            series: None,
            why: self.why(&row.title, self.why_treatment(row)),
        })
    }

    fn why_treatment(&self, row: &Row) -> String {
        if self.focus.typed.is_empty() {
            return "Répond à la demande de la liste des traitements".to_owned();
        }
        format!("« {} » correspond au traitement « {} »", self.focus.typed, &*row.title)
    }

    /// Since when, and until when.
    fn times(&self, treatment: &Treatment, fields: &mut Fields) {
        let dated = |of: fn(&Item) -> Option<PartialDate>| {
            treatment.entries.iter().filter_map(move |(i, item)| Some((of(item)?, *i)))
        };
        // The record's own entry says since when; a letter lists what was taken on its day.
        let own = |(_, i): &(PartialDate, u32)| self.view.parent(*i as usize).is_none();
        let earliest = |(date, i): &(PartialDate, u32)| (date.first_day_number(), *i);
        let first = dated(|item| item.start).filter(own).min_by_key(earliest);
        let first = first.or_else(|| dated(|item| item.start).min_by_key(earliest));
        if let Some((date, i)) = first {
            fields.date("since", "Depuis", Some(date), self.sources(i));
        }
        let last = dated(|item| item.end).max_by_key(|(date, i)| (date.first_day_number(), *i));
        if let Some((date, i)) = last.filter(|_| treatment.state != State::Unknown) {
            fields.date("until", "Jusqu'au", Some(date), self.sources(i));
        }
    }

    /// The documents that prescribe and dispense the drug, newest first, and when they did so last.
    fn papers(&self, treatment: &Treatment, fields: &mut Fields) -> Result<Vec<u32>, Error> {
        let key = drug_key(self.row(treatment.entries[0].0));
        let terms: Vec<String> = key.split('+').map(concept::term_of).collect();
        let mut holders = leg::holders(self.view, &self.cross.visible, &EVERYWHERE, &terms)?;
        holders.retain(|i| self.cross.shows(*i as usize) && self.row(*i).id.kind() == Kind::Document);
        holders.sort_by_key(|i| std::cmp::Reverse((self.day(*i), *i)));
        let of = |types: &[&str]| -> Vec<u32> {
            let typed = |i: &&u32| {
                self.row(**i).type_.as_ref().is_some_and(|(code, _)| types.contains(&code.as_str()))
            };
            holders.iter().filter(typed).copied().collect()
        };
        let requests = treatment
            .entries
            .iter()
            .filter(|(_, item)| item.id.resource() == ResourceType::MedicationRequest);
        let (prescribing, dispensing) = (of(PRESCRIBING), of(DISPENSING));
        let prescribed = requests.map(|(i, _)| *i).chain(prescribing.iter().copied());
        let newest = |items: &mut dyn Iterator<Item = u32>| {
            items
                .filter_map(|i| Some((self.row(i).date()?, i)))
                .max_by_key(|(date, i)| (date.first_day_number(), *i))
        };
        if let Some((date, i)) = newest(&mut prescribed.into_iter()) {
            fields.date("last-prescription", "Dernière prescription", Some(date), self.sources(i));
        }
        if let Some((date, i)) = newest(&mut dispensing.iter().copied()) {
            fields.date("last-dispensation", "Dernière délivrance", Some(date), self.sources(i));
        }
        Ok(prescribing.into_iter().chain(dispensing).collect())
    }

    /// What entries say differently: whether it is taken, and how.
    fn disagreement(&self, treatment: &Treatment) -> String {
        let say = |(i, item): &(u32, Item)| {
            let row = self.row(*i);
            let by = who(row).map(|who| format!(", {who}")).unwrap_or_default();
            let date = row.date().map(|d| format!(" {}", say::on(d))).unwrap_or_default();
            let (_, how) = self.state(item);
            let dosage = dosage(item).map(|d| format!("{d}, ")).unwrap_or_default();
            format!("{dosage}{how} (noté{date}{by})")
        };
        let current: Vec<&(u32, Item)> =
            treatment.entries.iter().filter(|(_, item)| self.state(item).0 == State::Current).collect();
        let ended = treatment.entries.iter().any(|(_, item)| self.state(item).0 == State::Over);
        let mut dosages: Vec<String> = current.iter().filter_map(|(_, item)| dosage(item)).collect();
        dosages.sort_by_key(|d| record::french::fold(d));
        dosages.dedup_by_key(|d| record::french::fold(d));
        let stale = treatment.state == State::Over && !current.is_empty() && ended;
        if dosages.len() > 1 || stale {
            let told: Vec<String> = treatment.entries.iter().take(3).map(say).collect();
            return told.join(" ; ");
        }
        String::new()
    }
}

fn dosage(item: &Item) -> Option<String> {
    Some(notes(item, NoteKind::Dosage)).filter(|text| !text.is_empty())
}
