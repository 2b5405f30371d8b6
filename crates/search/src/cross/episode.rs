//! Episodes: stays, pregnancies, operations with what belongs to them, the follow-up of a condition.
//!
//! An episode grows from entries that say it (a stay, an operation, a condition) and takes in what its dates,
//! its place, its author or its concept tie to it. It is named by what it grew from.

use super::{Cross, day, last_day, say};
use crate::leg;
use crate::link::LinkKind;
use crate::row::{EventKind, Row};
use crate::schema::Field;
use crate::view::View;
use crate::{Error, concept};
use lexicon::{ConceptId, ConceptKind, Relation};
use record::{ItemId, Kind, PartialDate};
use std::collections::BTreeSet;

/// What an episode is. The order is that of narrowness: an item is told as a part of the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EpisodeKind {
    /// A stay in a hospital.
    Stay,
    /// An operation, with the consultations before and after.
    Operation,
    /// A pregnancy.
    Pregnancy,
    /// The follow-up of a lasting condition.
    FollowUp,
}

impl EpisodeKind {
    /// The name in the HTTP contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            EpisodeKind::Stay => "stay",
            EpisodeKind::Operation => "operation",
            EpisodeKind::Pregnancy => "pregnancy",
            EpisodeKind::FollowUp => "follow-up",
        }
    }
}

/// Items of one story, as far as a grant sees them.
#[derive(Debug, Clone)]
pub(crate) struct Episode {
    pub(crate) kind: EpisodeKind,
    /// The entry that it grew from.
    pub(crate) anchor: u32,
    /// In plain French.
    pub(crate) title: String,
    pub(crate) from: PartialDate,
    pub(crate) to: PartialDate,
    pub(crate) place: Option<String>,
    /// All of it, by number.
    pub(crate) items: Vec<u32>,
}

impl Episode {
    /// The name by which clients ask for it: the same as long as its first entry is there.
    pub(crate) fn id(&self, view: &View) -> String {
        let anchor: &ItemId = &view.row(self.anchor as usize).id;
        format!("{}:{anchor}", self.kind.as_str())
    }

    fn spans(&self) -> (i64, i64) {
        (day(self.from), last_day(self.to))
    }
}

/// A discharge letter may be written some days after the stay.
const LETTER_DAYS: i64 = 10;
/// A document whose act lasts longer is a summary of years, not the report of a stay.
const LONGEST_STAY: i64 = 120;
/// Days around an operation in which its surgeon's letters are about it.
const BEFORE_OPERATION: i64 = 60;
const AFTER_OPERATION: i64 = 200;
/// Two signs of one pregnancy are at most so many days apart, and all of it at most so long.
const PREGNANCY_GAP: i64 = 120;
const LONGEST_PREGNANCY: i64 = 320;
/// Keys of what ends or goes with a pregnancy.
const SIGNS_OF_PREGNANCY: &[&str] = &["accouchement", "diabete gestationnel", "consultation postnatale"];
/// A follow-up has at least so many entries over so many days.
const LEAST_FOLLOW_UP: usize = 3;
const SHORTEST_FOLLOW_UP: i64 = 150;

/// Types of document about a stay (JDV_J07): discharge letter, reports of a stay, of admission, of a birth,
/// certificate of a stay.
const STAY_TYPES: &[&str] = &["11490-0", "34112-3", "11493-4", "67851-6", "15508-5", "86531-1"];
/// Type of an operative report.
const OPERATIVE: &str = "34874-8";
const EVERYWHERE: [Field; 5] = [Field::Title, Field::Type, Field::Codes, Field::Notes, Field::Body];
const ABOUT: [Field; 3] = [Field::Title, Field::Type, Field::Codes];

/// The episodes of the items that a grant sees, oldest first.
pub(super) fn episodes(view: &View, cross: &Cross) -> Result<Vec<Episode>, Error> {
    let finder = Finder { view, cross };
    let mut out = finder.stays();
    out.extend(finder.operations(&out)?);
    out.extend(finder.pregnancies()?);
    out.extend(finder.follow_ups()?);
    out.sort_by_key(|e| (e.spans(), e.kind, e.anchor));
    Ok(out)
}

struct Finder<'a> {
    view: &'a View,
    cross: &'a Cross,
}

impl Finder<'_> {
    fn row(&self, item: u32) -> &Row {
        self.view.row(item as usize)
    }

    /// Items that a record's story is made of: no lasting condition, no entry that a document states, unless
    /// that is an act of its own.
    fn tellable(&self) -> impl Iterator<Item = (u32, &Row)> {
        let shown = self.cross.shown(self.view);
        shown
            .filter(|(_, row)| !matches!(row.id.kind(), Kind::Condition | Kind::Allergy))
            .map(|(i, row)| (i as u32, row))
    }

    fn stays(&self) -> Vec<Episode> {
        let mut anchors: Vec<(u32, PartialDate, PartialDate)> = self
            .tellable()
            .filter_map(|(i, row)| {
                let from = row.start?;
                let to = row.end.unwrap_or(from);
                let nights = day(to) - day(from);
                let typed =
                    || row.type_.as_ref().is_some_and(|(code, _)| STAY_TYPES.contains(&code.as_str()));
                let stay = match row.id.kind() {
                    Kind::Event => row.event == Some(EventKind::Stay) && from.day().is_some(),
                    Kind::Document => nights >= 1 && typed(),
                    _ => false,
                };
                (stay && nights <= LONGEST_STAY).then_some((i, from, to))
            })
            .collect();
        // The record's own entry of the stay names it, before a document about it.
        anchors.sort_by_key(|(i, from, _)| (day(*from), self.row(*i).id.kind() != Kind::Event, *i));
        let mut stays: Vec<(u32, PartialDate, PartialDate)> = Vec::new();
        for (i, from, to) in anchors {
            match stays.last_mut().filter(|(_, _, until)| day(from) < last_day(*until).max(day(*until) + 1)) {
                Some((anchor, _, until)) => {
                    if self.row(*anchor).id.kind() != Kind::Event && self.row(i).id.kind() == Kind::Event {
                        *anchor = i;
                    }
                    *until = if last_day(to) > last_day(*until) { to } else { *until };
                }
                None => stays.push((i, from, to)),
            }
        }
        stays.into_iter().map(|(anchor, from, to)| self.stay(anchor, from, to)).collect()
    }

    fn stay(&self, anchor: u32, from: PartialDate, to: PartialDate) -> Episode {
        let (first, last) = (day(from), last_day(to));
        let inside = |row: &Row| {
            let Some(date) = row.date().filter(|d| d.day().is_some()) else { return false };
            let letter = row.category == self.row(anchor).category || row.id.kind() == Kind::Document;
            let about = letter && row.end.is_some_and(|e| day(e) <= last && day(date) >= first);
            (first..=last).contains(&day(date)) && row.event != Some(EventKind::Appointment)
                || about
                || row.type_.as_ref().is_some_and(|(code, _)| STAY_TYPES.contains(&code.as_str()))
                    && (first..=last + LETTER_DAYS).contains(&day(date))
        };
        let mut items: Vec<u32> = self.tellable().filter(|(_, row)| inside(row)).map(|(i, _)| i).collect();
        items.push(anchor);
        let place = self.place(anchor);
        let named = Some(&self.row(anchor).title).filter(|_| self.row(anchor).id.kind() == Kind::Event);
        let name = named.map_or("Hospitalisation", |title| title);
        let mut title = format!("{name} {}", say::period(from, to));
        if let Some(place) = &place {
            title.push_str(&format!(", {place}"));
        }
        self.episode(EpisodeKind::Stay, anchor, title, (from, to), items).at(place)
    }

    fn place(&self, item: u32) -> Option<String> {
        let places = self.row(item).authors.iter().filter_map(|a| a.institution.as_deref());
        places.map(str::to_owned).next()
    }

    fn episode(
        &self,
        kind: EpisodeKind,
        anchor: u32,
        title: String,
        (from, to): (PartialDate, PartialDate),
        mut items: Vec<u32>,
    ) -> Episode {
        items.sort_unstable();
        items.dedup();
        Episode { kind, anchor, title, from, to, place: None, items }
    }

    fn operations(&self, stays: &[Episode]) -> Result<Vec<Episode>, Error> {
        let is_operation = |row: &Row| match row.id.kind() {
            Kind::Procedure => crate::wanted::is_operation(row),
            Kind::Document => row.type_.as_ref().is_some_and(|(code, _)| code == OPERATIVE),
            _ => false,
        };
        let mut anchors: Vec<(u32, PartialDate)> = self
            .tellable()
            .filter(|(_, row)| is_operation(row))
            .filter_map(|(i, row)| Some((i, row.start.filter(|d| d.day().is_some())?)))
            .collect();
        anchors.sort_by_key(|(i, on)| (day(*on), self.row(*i).id.kind() != Kind::Procedure, *i));
        // One operation, its report and its entries: of one day, or of two where both name the same act.
        let same_act = |a: u32, b: u32| {
            let keys = self.row(a).about.as_deref().unwrap_or_default();
            self.row(b).about.iter().flatten().any(|key| keys.contains(key))
        };
        let mut days: Vec<Vec<(u32, PartialDate)>> = Vec::new();
        for (i, on) in anchors {
            let one = |same: &&mut Vec<(u32, PartialDate)>| {
                let apart = day(on) - day(same[0].1);
                apart == 0 || (apart == 1 && same_act(same[0].0, i))
            };
            match days.last_mut().filter(one) {
                Some(same) => same.push((i, on)),
                None => days.push(vec![(i, on)]),
            }
        }
        days.into_iter().map(|same| self.operation(&same, stays)).collect()
    }

    fn operation(&self, same: &[(u32, PartialDate)], stays: &[Episode]) -> Result<Episode, Error> {
        // The record's own entry names it.
        let own = same
            .iter()
            .find(|(i, _)| self.row(*i).parent.is_none() && self.row(*i).id.kind() == Kind::Procedure);
        let (anchor, on) = *own.unwrap_or(&same[0]);
        let near = (day(on) - BEFORE_OPERATION)..=(day(on) + AFTER_OPERATION);
        let mut items: Vec<u32> = same.iter().map(|(i, _)| *i).collect();
        for stay in stays.iter().filter(|stay| (stay.spans().0..=stay.spans().1).contains(&day(on))) {
            let taken_on = |i: &&u32| self.row(**i).id.kind() != Kind::Treatment;
            items.extend(stay.items.iter().filter(taken_on));
        }
        let named: BTreeSet<u32> = self.about_act(same)?;
        let surgeons: BTreeSet<&str> =
            same.iter().flat_map(|(i, _)| &self.row(*i).authors).filter_map(|a| a.name.as_deref()).collect();
        for (i, row) in self.tellable() {
            let Some(date) = row.date().filter(|d| near.contains(&day(*d))) else { continue };
            let story = matches!(row.id.kind(), Kind::Document | Kind::Event | Kind::Procedure);
            let by = row.authors.iter().filter_map(|a| a.name.as_deref()).any(|name| surgeons.contains(name));
            let same_day = day(date) == day(on) && row.parent.is_none();
            if story && (by || same_day || named.contains(&i)) {
                items.push(i);
            }
        }
        let title = format!("{}, {}", &*self.row(anchor).title, say::on(on));
        let dates = items.iter().filter_map(|i| self.row(*i).date());
        let from = dates.clone().min_by_key(|d| day(*d)).unwrap_or(on);
        let to = dates.max_by_key(|d| day(*d)).unwrap_or(on);
        Ok(self.episode(EpisodeKind::Operation, anchor, title, (from, to), items).at(self.place(anchor)))
    }

    /// Items that name the act of an operation.
    fn about_act(&self, same: &[(u32, PartialDate)]) -> Result<BTreeSet<u32>, Error> {
        let keys = same.iter().flat_map(|(i, _)| self.row(*i).about.iter().flatten());
        let acts = keys.filter(|key| {
            lexicon::by_key(key).is_some_and(|c| matches!(c.kind, ConceptKind::Act | ConceptKind::Device))
        });
        let terms: Vec<String> = acts.map(|key| concept::term_of(key)).collect();
        Ok(leg::holders(self.view, &self.cross.visible, &EVERYWHERE, &terms)?.into_iter().collect())
    }

    fn pregnancies(&self) -> Result<Vec<Episode>, Error> {
        let Some(pregnancy) = lexicon::id_by_key("grossesse") else { return Ok(Vec::new()) };
        let mut terms = narrower_terms(pregnancy);
        // What examines it is a sign of it, and so is its end.
        let examined = lexicon::targets(pregnancy, Relation::ExaminedBy);
        let signs = examined.chain(SIGNS_OF_PREGNANCY.iter().filter_map(|key| lexicon::id_by_key(key)));
        terms.extend(signs.filter_map(|id| concept::term(id, concept::CONCEPT)));
        let about: BTreeSet<u32> =
            leg::holders(self.view, &self.cross.visible, &ABOUT, &terms)?.into_iter().collect();
        let carers = carers(pregnancy);
        let mut signs: Vec<(i64, u32)> = leg::holders(self.view, &self.cross.visible, &EVERYWHERE, &terms)?
            .into_iter()
            .filter(|i| self.cross.shows(*i as usize) && self.row(*i).parent.is_none())
            .filter(|i| about.contains(i) || is_by(self.row(*i), &carers))
            .filter_map(|i| Some((day(self.row(i).date().filter(|d| d.month().is_some())?), i)))
            .collect();
        signs.sort_unstable();
        let mut clusters: Vec<Vec<(i64, u32)>> = Vec::new();
        for sign in signs {
            let goes_on = |c: &&mut Vec<(i64, u32)>| {
                let (first, last) = (c[0].0, c[c.len() - 1].0);
                sign.0 - last <= PREGNANCY_GAP && sign.0 - first <= LONGEST_PREGNANCY
            };
            match clusters.last_mut().filter(goes_on) {
                Some(cluster) => cluster.push(sign),
                None => clusters.push(vec![sign]),
            }
        }
        Ok(clusters.into_iter().filter(|c| c.len() >= 2).map(|c| self.pregnancy(&c, pregnancy)).collect())
    }

    fn pregnancy(&self, signs: &[(i64, u32)], pregnancy: ConceptId) -> Episode {
        let condition = signs.iter().find(|(_, i)| self.row(*i).id.kind() == Kind::Condition);
        let anchor = condition.unwrap_or(&signs[0]).1;
        let dates = || signs.iter().flat_map(|(_, i)| [self.row(*i).date(), self.row(*i).end]).flatten();
        let from = dates().min_by_key(|d| day(*d)).unwrap_or_else(|| self.today_of(anchor));
        let to = dates().max_by_key(|d| last_day(*d)).unwrap_or(from);
        let carers = carers(pregnancy);
        let mut items: Vec<u32> = signs.iter().map(|(_, i)| *i).collect();
        let within = |row: &Row| row.date().is_some_and(|d| (day(from)..=last_day(to)).contains(&day(d)));
        items.extend(self.tellable().filter(|(_, row)| within(row) && is_by(row, &carers)).map(|(i, _)| i));
        let month = |d: PartialDate| PartialDate::new(d.year(), d.month(), None).unwrap_or(d);
        let title = format!("Grossesse {}", say::period(month(from), month(to)));
        self.episode(EpisodeKind::Pregnancy, anchor, title, (from, to), items)
    }

    fn today_of(&self, item: u32) -> PartialDate {
        let zero = || PartialDate::from_day_number(0);
        self.row(item).date().or_else(|| zero().ok()).unwrap_or_else(|| unreachable!("day 0 is a date"))
    }

    fn follow_ups(&self) -> Result<Vec<Episode>, Error> {
        let mut out = Vec::new();
        // What a document names in passing is followed up only if the record has it as its own.
        let own = |row: &Row| row.id.kind() == Kind::Condition && row.parent.is_none() && row.end.is_none();
        let conditions = self.cross.shown(self.view).filter(|(_, row)| own(row));
        let mut known: BTreeSet<&[String]> = BTreeSet::new();
        for (i, row) in conditions {
            let about = row.about.as_deref().unwrap_or_default();
            if !about.is_empty() && known.insert(about) {
                out.extend(self.follow_up(i as u32, row, about)?);
            }
        }
        Ok(out)
    }

    fn follow_up(&self, anchor: u32, row: &Row, about: &[String]) -> Result<Option<Episode>, Error> {
        let linked = self.cross.links(anchor as usize).iter();
        let tied = linked.filter(|(_, kind)| matches!(kind, LinkKind::Concept | LinkKind::Stated));
        let mut items: Vec<u32> = tied.map(|(i, _)| *i).filter(|i| self.cross.shows(*i as usize)).collect();
        let diseases = about.iter().filter_map(|key| lexicon::id_by_key(key));
        let own = diseases.filter(|id| lexicon::concept(*id).is_some_and(|c| c.kind == ConceptKind::Disease));
        let terms: Vec<String> = own.flat_map(narrower_terms).collect();
        let named = leg::holders(self.view, &self.cross.visible, &ABOUT, &terms)?;
        items.extend(named.into_iter().filter(|i| self.cross.shows(*i as usize)));
        items.push(anchor);
        items.sort_unstable();
        items.dedup();
        let dates = || items.iter().filter_map(|i| self.row(*i).date());
        let (Some(from), Some(to)) = (dates().min_by_key(|d| day(*d)), dates().max_by_key(|d| day(*d)))
        else {
            return Ok(None);
        };
        let from = row.start.unwrap_or(from);
        let lasts = last_day(to) - day(from) >= SHORTEST_FOLLOW_UP && items.len() >= LEAST_FOLLOW_UP;
        let title = format!("Suivi : {}", &*row.title);
        Ok(lasts.then(|| self.episode(EpisodeKind::FollowUp, anchor, title, (from, to), items)))
    }
}

impl Episode {
    fn at(self, place: Option<String>) -> Episode {
        Episode { place, ..self }
    }
}

/// Whether a document is the report of a stay.
pub(super) fn is_of_stay(row: &Row) -> bool {
    row.type_.as_ref().is_some_and(|(code, _)| STAY_TYPES.contains(&code.as_str()))
}

/// The folded names of the specialties that care for a condition.
fn carers(id: ConceptId) -> Vec<String> {
    let carers = lexicon::targets(id, Relation::FollowedBy);
    carers.filter_map(|target| Some(lexicon::concept(target)?.key())).collect()
}

/// Whether one of the authors practises one of the specialties.
fn is_by(row: &Row, carers: &[String]) -> bool {
    let specialties = row.authors.iter().filter_map(|a| a.specialty.as_deref()).map(record::french::fold);
    specialties.into_iter().any(|own| carers.iter().any(|carer| own.contains(carer.as_str())))
}

/// The terms of a concept and of what is narrower.
fn narrower_terms(id: ConceptId) -> Vec<String> {
    let narrower = lexicon::related_to(id, Relation::Broader).iter().copied();
    std::iter::once(id).chain(narrower).filter_map(|id| concept::term(id, concept::CONCEPT)).collect()
}
