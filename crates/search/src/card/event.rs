//! The card of an event: a stay, a visit, an appointment, an operation, a pregnancy.

use super::focus::Wanted;
use super::{Card, CardKind, Fields, Maker, notes, place, who};
use crate::cross::{Episode, EpisodeKind, say};
use crate::leg;
use crate::row::{EventKind, Row};
use crate::schema::Field;
use crate::wanted::written_by;
use crate::{Error, concept};
use record::french::{Token, fold, tokens};
use record::{Kind, NoteKind};

/// Most events of a list.
const MOST_LISTED: usize = 3;
/// Most entries that a card lists.
const MOST_ITEMS: usize = 20;

impl Maker<'_> {
    pub(super) fn events(&self, wanted: &Wanted) -> Result<Vec<Card>, Error> {
        if wanted.about.contains("grossesse") {
            return self.told_by_episodes(EpisodeKind::Pregnancy, &Wanted::default());
        }
        if self.focus.stay {
            return self.told_by_episodes(EpisodeKind::Stay, wanted);
        }
        if wanted.kind == Some(Kind::Event) || fold(&self.query.text).contains("urgence") {
            return self.visits(wanted);
        }
        self.operations(wanted)
    }

    /// Cards of episodes of a kind, newest first; one, unless several are asked for.
    fn told_by_episodes(&self, kind: EpisodeKind, wanted: &Wanted) -> Result<Vec<Card>, Error> {
        let terms: Vec<String> = wanted.about.iter().map(|key| concept::term_of(key)).collect();
        let about = leg::holders(self.view, &self.cross.visible, &Field::ALL, &terms)?;
        let fits = |e: &&Episode| {
            let mut own = e.items.iter().map(|i| self.row(*i));
            let by = |row: &Row| self.is_by(row);
            e.kind == kind
                && (self.in_time(self.row(e.anchor)) || own.clone().any(|row| self.overlaps(e, row)))
                && (about.is_empty() && wanted.about.is_empty()
                    || e.items.iter().any(|i| about.binary_search(i).is_ok()))
                && (self.focus.people.is_empty() || own.clone().any(by))
                && (wanted.words.is_empty() || own.any(|row| self.holds_words(row, &wanted.words)))
        };
        let mut found: Vec<&Episode> = self.cross.episodes.iter().filter(fits).collect();
        if !self.focus.oldest {
            found.reverse();
        }
        found.truncate(if self.query.text.contains("mes ") { MOST_LISTED } else { 1 });
        found.into_iter().map(|episode| self.episode_card(episode)).collect()
    }

    /// Whether the episode itself lies in the time that is asked for: its anchor may be a year long.
    fn overlaps(&self, episode: &Episode, row: &Row) -> bool {
        self.focus.has_period() && episode.kind != EpisodeKind::Stay && self.in_time(row)
    }

    fn episode_card(&self, episode: &Episode) -> Result<Card, Error> {
        let item = self.item(episode.anchor)?;
        let row = self.row(episode.anchor);
        let sources = || self.sources(episode.anchor);
        let mut fields = Fields::default();
        // An operation has a day; what belongs to it lies around.
        let (from, to) = match (episode.kind, row.date()) {
            (EpisodeKind::Operation, Some(on)) => (on, on),
            _ => (episode.from, episode.to),
        };
        let when = self.query.today.filter(|today| from > *today).map_or("passé", |_| "à venir");
        fields.say("when", "Quand", when, Vec::new());
        fields.date("date", if from == to { "Date" } else { "Début" }, Some(from), sources());
        if to != from {
            fields.date("end", "Fin", Some(to), sources());
        }
        fields.say("who", "Qui", who(row).unwrap_or_default(), sources());
        let place = episode.place.clone().or_else(|| place(row, &item));
        fields.say("where", "Où", place.unwrap_or_default(), sources());
        fields.say("reason", "Motif", notes(&item, NoteKind::Reason), sources());
        let documents = episode.items.iter().filter(|i| self.row(**i).id.kind() == Kind::Document).count();
        if documents > 0 {
            fields.say("documents", "Documents", say::count(documents, "document", "documents"), Vec::new());
        }
        let mut members: Vec<u32> = episode.items.clone();
        members.sort_by_key(|i| (*i != episode.anchor, self.day(*i), *i));
        members.truncate(MOST_ITEMS);
        let why = format!(
            "« {} » correspond à « {} » ; {} par les dates, le lieu ou l'auteur",
            self.focus.typed,
            episode.title,
            say::count(episode.items.len(), "entrée rattachée", "entrées rattachées")
        );
        Ok(Card {
            kind: CardKind::Event,
            title: episode.title.as_str().into(),
            text: say::period(from, to).into(),
            item: row.id.clone(),
            date: Some(from),
            fields: fields.0,
            items: self.ids(members),
            series: None,
            why: self.why(&row.title, why),
        })
    }

    /// Operations, newest first.
    fn operations(&self, wanted: &Wanted) -> Result<Vec<Card>, Error> {
        let fits = |e: &&Episode| {
            let row = self.row(e.anchor);
            e.kind == EpisodeKind::Operation
                && self.in_time(row)
                && (wanted.about.is_empty()
                    || names(row, wanted)
                    || self.is_generic(wanted)
                    || (!wanted.named.is_empty() && self.holds_words(row, &wanted.named)))
                && self.fits_words(row, wanted)
                && (self.focus.people.is_empty() || self.is_by(row))
        };
        let mut found: Vec<&Episode> = self.cross.episodes.iter().filter(fits).collect();
        found.sort_by_key(|e| std::cmp::Reverse(self.row(e.anchor).date().map(|d| d.first_day_number())));
        found.truncate(if self.query.text.contains("mes ") { MOST_LISTED } else { 1 });
        found.into_iter().map(|episode| self.episode_card(episode)).collect()
    }

    /// Whether what is named is an operation and no more.
    fn is_generic(&self, wanted: &Wanted) -> bool {
        let generic = ["operation", "operation chirurgicale", "intervention chirurgicale", "chirurgie"];
        wanted.about.iter().any(|key| generic.contains(&key.as_str()))
    }

    /// Visits and appointments: those to come, the next first; or those that were, the last first.
    fn visits(&self, wanted: &Wanted) -> Result<Vec<Card>, Error> {
        let Some(today) = self.query.today else { return Ok(Vec::new()) };
        let emergency = self.query.text.to_lowercase().contains("urgence");
        let appointments = tokens(&self.query.text)
            .iter()
            .any(|t| matches!(t.surface.as_str(), "rdv" | "rendez" | "rendezvous"));
        let fits = |row: &Row| {
            row.id.kind() == Kind::Event
                && matches!(row.event, Some(EventKind::Visit | EventKind::Appointment))
                && self.in_time(row)
                && (self.focus.people.is_empty() || self.is_by(row) || self.is_for(row))
                && (!emergency || fold(&row.title).contains("urgence"))
                && (wanted.about.is_empty() || names(row, wanted))
                && self.holds_words(row, &wanted.words)
        };
        let all: Vec<u32> =
            self.cross.shown(self.view).filter(|(_, row)| fits(row)).map(|(i, _)| i as u32).collect();
        let day = |i: &u32| self.day(*i);
        let is_next = |i: &u32| day(i).is_some_and(|d| d >= today.first_day_number());
        let (mut next, mut past): (Vec<u32>, Vec<u32>) =
            all.into_iter().filter(|i| day(i).is_some()).partition(is_next);
        next.sort_by_key(|i| (day(i), *i));
        past.sort_by_key(|i| std::cmp::Reverse((day(i), *i)));
        let asks_last = self.query.text.to_lowercase().contains("derni");
        let chosen = if self.focus.next || (appointments && !asks_last && !next.is_empty()) {
            next
        } else {
            // What was agreed for a day and never noted as a visit is no visit.
            if !appointments {
                past.retain(|i| self.row(*i).event != Some(EventKind::Appointment));
            }
            past
        };
        let most = if wanted.all && !self.focus.next && !asks_last && self.focus.people.is_empty() {
            MOST_LISTED
        } else {
            1
        };
        chosen.into_iter().take(most).map(|i| self.visit(i, is_next(&i))).collect()
    }

    /// What is agreed for a day to come and has the words in its title, the next one.
    pub(super) fn appointments(&self, wanted: &Wanted) -> Result<Vec<Card>, Error> {
        let Some(today) = self.query.today else { return Ok(Vec::new()) };
        let to_come =
            |row: &Row| row.date().is_some_and(|d| d.first_day_number() >= today.first_day_number());
        let fits = |row: &Row| {
            row.event == Some(EventKind::Appointment) && to_come(row) && self.fits_words(row, wanted)
        };
        let found = self.cross.shown(self.view).filter(|(_, row)| fits(row)).map(|(i, _)| i as u32);
        let next = found.min_by_key(|i| (self.day(*i), *i));
        next.map(|i| self.visit(i, true)).into_iter().collect()
    }

    fn visit(&self, event: u32, next: bool) -> Result<Card, Error> {
        let (row, item) = (self.row(event), self.item(event)?);
        let sources = || self.sources(event);
        let mut fields = Fields::default();
        fields.say("when", "Quand", if next { "à venir" } else { "passé" }, Vec::new());
        fields.date("date", "Date", row.start, sources());
        let day = |date: record::PartialDate| date.first_day_number();
        if row.end.map(day) != row.start.map(day) {
            fields.date("end", "Fin", row.end, sources());
        }
        fields.say("who", "Qui", who(row).unwrap_or_default(), sources());
        fields.say("where", "Où", place(row, &item).unwrap_or_default(), sources());
        fields.say("reason", "Motif", notes(&item, NoteKind::Reason), sources());
        let linked = self.cross.links(event as usize).iter().map(|(i, _)| *i);
        let linked: Vec<u32> = linked.filter(|i| self.cross.shows(*i as usize)).collect();
        let documents = linked.iter().filter(|i| self.row(**i).id.kind() == Kind::Document).count();
        if documents > 0 {
            fields.say("documents", "Documents", say::count(documents, "document", "documents"), Vec::new());
        }
        let on = row.date().map(say::on).unwrap_or_default();
        let text = who(row).map_or_else(|| on.clone(), |who| format!("{on}, {who}"));
        let what = if next { "à venir" } else { "passé" };
        let why = self.why(&row.title, format!("« {} » correspond à cet événement {what}", self.focus.typed));
        Ok(Card {
            kind: CardKind::Event,
            title: row.title.clone(),
            text: text.into(),
            item: row.id.clone(),
            date: row.date(),
            fields: fields.0,
            items: self.ids(std::iter::once(event).chain(linked)),
            series: None,
            why,
        })
    }

    fn is_by(&self, row: &Row) -> bool {
        self.focus.people.iter().all(|person| written_by(row, person).is_some())
    }

    /// Whether the title names the field of care: an appointment may have no author.
    fn is_for(&self, row: &Row) -> bool {
        self.focus.people.iter().all(|person| crate::wanted::titled_for(row, person))
    }

    /// Whether an entry has the words that are wanted of it.
    pub(super) fn fits_words(&self, row: &Row, wanted: &Wanted) -> bool {
        if !wanted.by_title {
            return self.holds_words(row, &wanted.words);
        }
        let own: Vec<String> = tokens(&fold(&row.title)).iter().map(stem).collect();
        !wanted.words.is_empty() && wanted.words.iter().all(|word| own.contains(word))
    }

    /// Whether the title, an author or the place holds all of these stems.
    pub(super) fn holds_words(&self, row: &Row, words: &[String]) -> bool {
        if words.is_empty() {
            return true;
        }
        let authors = row.authors.iter().flat_map(|a| [&a.name, &a.specialty, &a.institution]).flatten();
        let texts = std::iter::once(&row.title).chain(authors).chain([&row.summary]);
        let own: Vec<String> = texts.flat_map(|text| tokens(&fold(text))).map(|t| stem(&t)).collect();
        words.iter().all(|word| own.contains(word))
    }
}

fn stem(token: &Token) -> String {
    token.stems.first().unwrap_or(&token.surface).clone()
}

/// Whether an entry is about one of the concepts.
fn names(row: &Row, wanted: &Wanted) -> bool {
    row.about.iter().flatten().any(|key| wanted.about.contains(key))
}
