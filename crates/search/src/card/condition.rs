//! The cards of an allergy and of a condition.

use super::focus::Wanted;
use super::{Card, CardKind, Fields, Maker, notes, who};
use crate::Error;
use crate::cross::{EpisodeKind, drug_key, say};
use crate::row::Row;
use record::{Item, Kind, NoteKind};
use std::collections::BTreeSet;

impl Maker<'_> {
    pub(super) fn allergies(&self, wanted: &Wanted) -> Result<Vec<Card>, Error> {
        self.entries(Kind::Allergy, wanted)?.into_iter().map(|i| self.allergy(i)).collect()
    }

    pub(super) fn conditions(&self, wanted: &Wanted) -> Result<Vec<Card>, Error> {
        self.entries(Kind::Condition, wanted)?.into_iter().map(|i| self.condition(i)).collect()
    }

    /// Entries of a kind that are wanted: active before resolved, then newest first; each thing once, by the
    /// record's own entry where there is one.
    fn entries(&self, kind: Kind, wanted: &Wanted) -> Result<Vec<u32>, Error> {
        let fits = |row: &Row| {
            let keys = row.about.as_deref().unwrap_or_default();
            row.id.kind() == kind
                && self.in_time(row)
                && (wanted.about.is_empty()
                    || keys.iter().any(|key| wanted.about.contains(key))
                    || (!wanted.named.is_empty() && self.holds_words(row, &wanted.named))
                    || (kind == Kind::Allergy && self.is_allergen(row, wanted)))
                && self.fits_words(row, wanted)
                && (!wanted.by_title || kind == Kind::Allergy || self.begins_with(row, wanted))
        };
        let mut found = Vec::new();
        for (i, _) in self.cross.shown(self.view).filter(|(_, row)| fits(row)) {
            found.push((is_over(&self.item(i as u32)?), i as u32));
        }
        // Whether it is over is what the record's own entry says, where there is one.
        let newest = |i: u32| std::cmp::Reverse(self.day(i));
        // The record's own entry says more than what a document states in passing.
        let stated = |i: u32| self.view.parent(i as usize).is_some();
        found.sort_by_key(|(_, i)| (stated(*i), newest(*i), *i));
        let mut kept: Vec<(bool, u32)> = Vec::new();
        for (over, entry) in found {
            if !kept.iter().any(|(_, known)| self.is_same(*known, entry)) {
                kept.push((over, entry));
            }
        }
        let mut found = kept;
        found.sort_by_key(|(over, i)| (*over, stated(*i), newest(*i), *i));
        Ok(found.into_iter().map(|(_, i)| i).collect())
    }

    /// Whether an entry names the substance of an allergy that is wanted: "arachide" of "allergie à l'arachide".
    fn is_allergen(&self, row: &Row, wanted: &Wanted) -> bool {
        let stem = |t: record::french::Token| t.stems.first().unwrap_or(&t.surface).clone();
        let content = |key: &str| {
            let tokens = record::french::tokens(key).into_iter();
            let telling = tokens.filter(|t| !record::french::is_function_word(&t.surface));
            telling.map(stem).collect::<Vec<String>>()
        };
        let substances = wanted.about.iter().filter_map(|key| key.strip_prefix("allergie ")).map(content);
        substances.into_iter().any(|words| !words.is_empty() && self.holds_words(row, &words))
    }

    /// Whether a title begins with what is wanted: "carcinome", and not the place where it is.
    fn begins_with(&self, row: &Row, wanted: &Wanted) -> bool {
        let first = record::french::tokens(&record::french::fold(&row.title)).into_iter().next();
        first.is_some_and(|t| wanted.words.first() == Some(t.stems.first().unwrap_or(&t.surface)))
    }

    /// Whether two entries are of one thing: by name, or by what a document's entry has in common with another.
    fn is_same(&self, known: u32, entry: u32) -> bool {
        let (known, row) = (self.row(known), self.row(entry));
        let own = known.about.as_deref().unwrap_or_default();
        let shared = || row.about.iter().flatten().any(|key| own.contains(key));
        let same = !own.is_empty() && known.about == row.about;
        same || record::french::fold(&known.title) == record::french::fold(&row.title)
            || (row.parent.is_some() && shared())
    }

    fn allergy(&self, entry: u32) -> Result<Card, Error> {
        let (row, item) = (self.row(entry), self.item(entry)?);
        let sources = || self.sources(entry);
        let mut fields = Fields::default();
        fields.say("state", "État", state(&item), sources());
        fields.say("reaction", "Réaction", notes(&item, NoteKind::Reaction), sources());
        fields.say("comment", "Remarque", notes(&item, NoteKind::Comment), sources());
        fields.date("since", "Depuis", item.start.or(item.created), sources());
        fields.say("who", "Noté par", who(row).unwrap_or_default(), sources());
        let reaction = notes(&item, NoteKind::Reaction);
        let text =
            if reaction.is_empty() { state(&item).to_owned() } else { format!("réaction : {reaction}") };
        Ok(self.entry_card(CardKind::Allergy, entry, text, fields, Vec::new()))
    }

    fn condition(&self, entry: u32) -> Result<Card, Error> {
        let (row, item) = (self.row(entry), self.item(entry)?);
        let sources = || self.sources(entry);
        let mut fields = Fields::default();
        fields.say("state", "État", state(&item), sources());
        fields.date("since", "Depuis", item.start, sources());
        fields.date("until", "Jusqu'au", item.end, sources());
        fields.say("who", "Noté par", who(row).unwrap_or_default(), sources());
        fields.say("comment", "Remarque", notes(&item, NoteKind::Comment), sources());
        let follow_up = self.cross.episodes.iter().find(|e| {
            e.kind == EpisodeKind::FollowUp
                && e.items.binary_search(&entry).is_ok()
                && self.same_about(e.anchor, entry)
        });
        let members: Vec<u32> = follow_up.map(|e| e.items.clone()).unwrap_or_default();
        self.lines_of(&members, Kind::Treatment, &mut fields);
        self.lines_of(&members, Kind::Observation, &mut fields);
        let since = item.start.map(|d| format!(", {}", say::since(d))).unwrap_or_default();
        let text = format!("{}{since}", state(&item));
        Ok(self.entry_card(CardKind::Condition, entry, text, fields, members))
    }

    fn same_about(&self, a: u32, b: u32) -> bool {
        self.row(a).about == self.row(b).about
    }

    /// What treats or measures a condition, by name.
    fn lines_of(&self, members: &[u32], kind: Kind, fields: &mut Fields) {
        let own: Vec<u32> = members.iter().copied().filter(|i| self.row(*i).id.kind() == kind).collect();
        let names = self.names_of(&own, kind);
        let (name, label) = match kind {
            Kind::Treatment => ("treatments", "Traitements rattachés"),
            _ => ("measures", "Mesures rattachées"),
        };
        let sources = own.iter().flat_map(|i| self.sources(*i)).collect();
        fields.say(name, label, say::list(&names), sources);
    }

    /// The names of entries, each drug and each measure once, by the record's own entry where there is one.
    fn names_of(&self, entries: &[u32], kind: Kind) -> Vec<String> {
        let mut sorted = entries.to_vec();
        sorted.sort_by_key(|i| (self.view.parent(*i as usize).is_some(), *i));
        let mut known = BTreeSet::new();
        let what = |i: &u32| {
            let row = self.row(*i);
            if kind == Kind::Treatment { drug_key(row) } else { record::french::fold(&row.title) }
        };
        sorted.retain(|i| known.insert(what(i)));
        let mut names: Vec<String> = sorted.iter().map(|i| self.row(*i).title.to_string()).collect();
        names.sort_by_key(|name| record::french::fold(name));
        names
    }

    fn entry_card(
        &self,
        kind: CardKind,
        entry: u32,
        text: String,
        fields: Fields,
        members: Vec<u32>,
    ) -> Card {
        let row = self.row(entry);
        let all = self.focus.typed.is_empty();
        let why = if all {
            "Répond à la demande de la liste".to_owned()
        } else {
            format!("« {} » correspond à « {} »", self.focus.typed, &*row.title)
        };
        let stated = self.view.parent(entry as usize).filter(|p| self.cross.visible[*p]).map(|p| p as u32);
        Card {
            kind,
            title: row.title.clone(),
            text: text.into(),
            item: row.id.clone(),
            date: row.date(),
            fields: fields.0,
            items: self.ids(std::iter::once(entry).chain(stated).chain(members)),
            series: None,
            why: self.why(&row.title, why),
        }
    }
}

/// The clinical status, in French.
fn state(item: &Item) -> &'static str {
    match item.clinical_status.as_deref() {
        Some("active") => "active",
        Some("recurrence" | "relapse") => "récidive",
        Some("inactive") => "inactive",
        Some("remission") => "en rémission",
        Some("resolved" | "completed") => "résolue",
        Some("refuted") => "écartée",
        _ if item.end.is_some() => "terminée",
        _ => "non précisé",
    }
}

fn is_over(item: &Item) -> bool {
    matches!(
        item.clinical_status.as_deref(),
        Some("inactive" | "remission" | "resolved" | "completed" | "refuted")
    ) || item.end.is_some()
}
