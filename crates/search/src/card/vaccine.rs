//! The card of a vaccine: the last dose, those before, and what is written about the next one.

use super::focus::Wanted;
use super::{Card, CardKind, Fields, Maker, notes, place, who};
use crate::Error;
use crate::concept;
use crate::cross::series::Source;
use crate::cross::{say, upwards};
use crate::leg;
use crate::row::Row;
use crate::schema::Field;
use record::french::{fold, tokens};
use record::{Item, Kind, NoteKind, Text};
use std::collections::BTreeMap;

/// Types of document (JDV_J07) that speak of vaccinations.
const VACCINATION_TYPES: &[&str] = &["87273-9", "11369-6", "96874-3"];
/// Words that a line about the next dose has.
const NEXT: &[&str] = &["prochain", "prochaine", "prevoir", "prevu"];
/// Longest line that is quoted, in characters.
const LONGEST_QUOTE: usize = 160;

impl Maker<'_> {
    pub(super) fn vaccines(&self, wanted: &Wanted) -> Result<Vec<Card>, Error> {
        let fits = |row: &Row| {
            let keys = row.about.as_deref().unwrap_or_default();
            row.id.kind() == Kind::Immunization
                && !super::is_absence(row)
                && (wanted.about.is_empty() || keys.iter().any(|key| wanted.about.contains(key)))
                && self.in_time(row)
                && self.fits_words(row, wanted)
        };
        let mut doses: Vec<u32> =
            self.cross.shown(self.view).filter(|(_, row)| fits(row)).map(|(i, _)| i as u32).collect();
        doses.sort_by_key(|i| std::cmp::Reverse((self.day(*i), *i)));
        if !wanted.all {
            return Ok(if doses.is_empty() { Vec::new() } else { vec![self.vaccine(&doses)?] });
        }
        let mut groups: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        for dose in doses {
            let row = self.row(dose);
            let vaccines = narrowest(row);
            let key = if vaccines.is_empty() { fold(&row.title) } else { vaccines.join("+") };
            groups.entry(key).or_default().push(dose);
        }
        let mut groups: Vec<Vec<u32>> = groups.into_values().collect();
        groups.sort_by_key(|g| std::cmp::Reverse((self.day(g[0]), g[0])));
        groups.into_iter().map(|doses| self.vaccine(&doses)).collect()
    }

    /// The card of doses, newest first.
    fn vaccine(&self, doses: &[u32]) -> Result<Card, Error> {
        let last = doses[0];
        let (row, item) = (self.row(last), self.item(last)?);
        let sources = || self.sources(last);
        let mut fields = Fields::default();
        fields.date("last-dose", "Dernière dose", row.date(), sources());
        let next = self.next_dose(doses)?;
        if let Some((text, source)) = &next {
            fields.say("next-dose", "Ce qui est écrit de la prochaine", text.clone(), vec![source.clone()]);
        }
        let dates: Vec<String> =
            doses.iter().rev().filter_map(|i| self.row(*i).date()).map(say::date).collect();
        if dates.len() > 1 {
            let text = format!("{} doses : {}", dates.len(), say::list(&dates));
            let all = doses.iter().flat_map(|i| self.sources(*i)).collect();
            fields.say("doses", "Doses connues", text, all);
        }
        fields.say("lot", "Lot", lot(&item).unwrap_or_default(), sources());
        fields.say("who", "Qui", who(row).unwrap_or_default(), sources());
        fields.say("where", "Où", place(row, &item).unwrap_or_default(), sources());
        fields.say("target", "Protège contre", notes(&item, NoteKind::Target), sources());
        let on = row.date().map(say::on).unwrap_or_default();
        let papers =
            doses.iter().filter_map(|i| self.view.parent(*i as usize)).filter(|p| self.cross.visible[*p]);
        let quoted = next.iter().filter_map(|(_, source)| self.view.find(&source.item.to_string()));
        let others = papers.chain(quoted).map(|p| p as u32);
        let why = if self.focus.typed.is_empty() {
            "Répond à la demande de la liste des vaccins".to_owned()
        } else {
            format!("« {} » correspond au vaccin « {} »", self.focus.typed, &*row.title)
        };
        let mut target = notes(&item, NoteKind::Target);
        if target.is_empty() {
            let vaccines = row.about.iter().flatten().filter_map(|key| lexicon::by_key(key));
            let named = vaccines.filter(|c| c.kind == lexicon::ConceptKind::Vaccine).map(|c| c.label);
            target = named.max_by_key(|label| label.len()).map(say::capital).unwrap_or_default();
        }
        let named = target.is_empty() || fold(&target) == fold(&row.title);
        let title = if named { row.title.to_string() } else { format!("{target} ({})", &*row.title) };
        Ok(Card {
            kind: CardKind::Vaccine,
            title: title.into(),
            text: format!("dernière dose {on}").into(),
            item: row.id.clone(),
            date: row.date(),
            fields: fields.0,
            items: self.ids(doses.iter().copied().chain(others)),
            series: None,
            why: self.why(&row.title, why),
        })
    }

    /// What a document about vaccinations says of the next dose, in its own words.
    fn next_dose(&self, doses: &[u32]) -> Result<Option<(String, Source)>, Error> {
        let keys = doses.iter().flat_map(|i| self.row(*i).about.iter().flatten());
        let terms: Vec<String> = keys.map(|key| concept::term_of(key)).collect();
        let fields = [Field::Title, Field::Entries, Field::Body];
        let mut holders = leg::holders(self.view, &self.cross.visible, &fields, &terms)?;
        let typed = |row: &Row| {
            row.type_.as_ref().is_some_and(|(code, _)| VACCINATION_TYPES.contains(&code.as_str()))
        };
        holders.retain(|i| self.cross.shows(*i as usize) && typed(self.row(*i)));
        holders.sort_by_key(|i| std::cmp::Reverse((self.day(*i), *i)));
        let targets = doses.iter().map(|i| Ok(notes(&self.item(*i)?, NoteKind::Target)));
        let targets = targets.collect::<Result<Vec<String>, Error>>()?;
        for holder in holders {
            let Some(reading) = self.view.reading(holder as usize)? else { continue };
            for page in &reading.pages {
                let sentences = page.lines.iter().flat_map(|line| line.text.split_inclusive(". "));
                let found = sentences.map(str::trim).find(|text| is_next_dose(text, &terms, &targets));
                if let Some(text) = found {
                    let text: String = text.replace('\t', " ").chars().take(LONGEST_QUOTE).collect();
                    let quote = Some(Text::from(text.as_str()));
                    return Ok(Some((text, Source { item: self.id(holder), page: page.number, quote })));
                }
            }
        }
        Ok(None)
    }
}

/// Whether a sentence speaks of a next dose of one of the vaccines, by its name or by what it protects against.
fn is_next_dose(text: &str, terms: &[String], targets: &[String]) -> bool {
    let tokens = tokens(text);
    let holds = |word: &str| tokens.iter().any(|t| t.surface == word);
    let target = targets
        .iter()
        .flat_map(|t| record::french::tokens(t))
        .any(|t| t.surface.len() > 3 && holds(&t.surface));
    let named = || concept::text_terms(text, &tokens).iter().any(|(_, term)| terms.contains(term));
    NEXT.iter().any(|word| holds(word)) && (target || named())
}

/// The vaccines that an entry is of, those left out that another of them holds: what it protects against may be
/// coded beside it or not.
fn narrowest(row: &Row) -> Vec<&str> {
    let keys = row.about.iter().flatten().map(String::as_str);
    let is_vaccine =
        |key: &&str| lexicon::by_key(key).is_some_and(|c| c.kind == lexicon::ConceptKind::Vaccine);
    let vaccines: Vec<&str> = keys.filter(is_vaccine).collect();
    let held = |key: &str| {
        vaccines.iter().any(|other| {
            *other != key && upwards(other).iter().any(|id| Some(*id) == lexicon::id_by_key(key))
        })
    };
    vaccines.iter().copied().filter(|key| !held(key)).collect()
}

fn lot(item: &Item) -> Option<String> {
    let products = item.notes.iter().filter(|n| n.kind == NoteKind::Product);
    let lots = products.filter_map(|n| {
        let rest = n.text.strip_prefix("lot ").or_else(|| n.text.strip_prefix("Lot : "))?;
        Some(rest.trim().to_owned())
    });
    let known = |lot: &String| !lot.is_empty() && !fold(lot).starts_with("inconnu");
    lots.into_iter().find(known)
}
