//! The record by date, with its episodes; the series of a measure; what an entry is linked with.

use crate::cross::series::{Measured, Series, series};
use crate::cross::{Cross, Episode, EpisodeKind};
use crate::link::LinkKind;
use crate::policy::Grant;
use crate::query::{Cursor, Filters, Query};
use crate::view::View;
use crate::{Answer, Error, QueryError, search};
use record::{ItemId, PartialDate, Relation, Text};
use std::collections::BTreeMap;

/// The record by date.
#[derive(Debug, Clone, PartialEq)]
pub struct Timeline {
    /// The entries: an answer to the empty query.
    pub answer: Answer,
    /// The episodes that they are a part of, oldest first.
    pub episodes: Vec<EpisodeView>,
}

/// An episode, as far as a grant sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct EpisodeView {
    /// The name for programs.
    pub id: Text,
    /// What it is.
    pub kind: EpisodeKind,
    /// In plain French.
    pub title: Text,
    /// First day.
    pub from: PartialDate,
    /// Last day.
    pub to: PartialDate,
    /// Where, if it is at one place.
    pub place: Option<Text>,
    /// Its entries.
    pub items: Vec<ItemId>,
}

/// An entry that another is linked with.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkedItem {
    /// The entry.
    pub item: ItemId,
    /// Its title.
    pub title: Text,
    /// Its date.
    pub date: Option<PartialDate>,
    /// What the link rests on.
    pub kind: LinkKind,
    /// How the two relate.
    pub relation: &'static str,
    /// In plain French.
    pub text: Text,
}

/// The items that pass the filters, newest first, undated ones last, with the episodes that they are a part of.
///
/// # Errors
/// A limit out of bounds, a foreign cursor, or a damaged pack.
pub fn timeline(
    view: &View,
    grant: &Grant,
    filters: Filters,
    limit: usize,
    cursor: Option<Cursor>,
) -> Result<Timeline, QueryError> {
    let answer = search(view, grant, &Query { filters, limit, cursor, ..Query::new("") })?;
    let cross = view.cross(view.visible(grant))?;
    let listed: Vec<u32> =
        answer.hits.iter().filter_map(|hit| view.find(&hit.item.to_string())).map(|i| i as u32).collect();
    let shown = |e: &&Episode| listed.iter().any(|i| e.items.binary_search(i).is_ok());
    let episodes = cross.episodes.iter().filter(shown).map(|e| episode(view, e)).collect();
    Ok(Timeline { answer, episodes })
}

fn episode(view: &View, episode: &Episode) -> EpisodeView {
    EpisodeView {
        id: episode.id(view).into(),
        kind: episode.kind,
        title: episode.title.as_str().into(),
        from: episode.from,
        to: episode.to,
        place: episode.place.as_deref().map(Text::from),
        items: episode.items.iter().map(|i| view.row(*i as usize).id.clone()).collect(),
    }
}

/// The series of a measure by its LOINC code; `None` where the grant sees no value of it.
///
/// # Errors
/// A damaged pack.
pub fn measure(view: &View, grant: &Grant, code: &str) -> Result<Option<Series>, Error> {
    let cross = view.cross(view.visible(grant))?;
    series(view, &cross, &Measured::of_loinc(code))
}

/// What an entry is linked with, strongest links first; `None` where the grant does not see it.
///
/// # Errors
/// A damaged pack.
pub fn links(view: &View, grant: &Grant, id: &ItemId) -> Result<Option<Vec<LinkedItem>>, Error> {
    let cross = view.cross(view.visible(grant))?;
    let Some(i) = view.find(&id.to_string()).filter(|i| cross.visible[*i]) else { return Ok(None) };
    let linker = Linker { view, cross: &cross, item: i };
    Ok(Some(linker.all()?))
}

/// Most entries of one episode that are listed as links.
const MOST_OF_EPISODE: usize = 40;

struct Linker<'a> {
    view: &'a View,
    cross: &'a Cross,
    item: usize,
}

impl Linker<'_> {
    fn all(&self) -> Result<Vec<LinkedItem>, Error> {
        let stated = self.stated()?;
        let mut found: BTreeMap<u32, (LinkKind, &'static str, String)> = BTreeMap::new();
        for (other, kind) in self.cross.links(self.item) {
            let relation = match kind {
                LinkKind::Stated => stated.get(other).copied().unwrap_or("related"),
                LinkKind::Identity => self.same(),
                LinkKind::Visit => "same-visit",
                LinkKind::Concept => self.treats_or_follows(*other),
                LinkKind::Episode => "same-episode",
            };
            found.insert(*other, (*kind, relation, format!("Rattaché {}", kind.evidence())));
        }
        for episode in self.cross.episodes_of(self.item).filter(|e| e.kind != EpisodeKind::FollowUp) {
            for other in episode.items.iter().filter(|o| **o as usize != self.item).take(MOST_OF_EPISODE) {
                let text =
                    format!("Rattaché au même épisode, {} : {}", episode.title, LinkKind::Episode.evidence());
                found.entry(*other).or_insert((LinkKind::Episode, "same-episode", text));
            }
        }
        let mut out: Vec<LinkedItem> = found
            .into_iter()
            .filter(|(other, _)| self.cross.visible[*other as usize])
            .map(|(other, (kind, relation, text))| {
                let row = self.view.row(other as usize);
                let (item, title, date) = (row.id.clone(), row.title.clone(), row.date());
                LinkedItem { item, title, date, kind, relation, text: text.into() }
            })
            .collect();
        out.sort_by(|a, b| (a.kind, b.date, &a.item).cmp(&(b.kind, a.date, &b.item)));
        Ok(out)
    }

    /// How the entry says that it relates to others.
    fn stated(&self) -> Result<BTreeMap<u32, &'static str>, Error> {
        let mut out = BTreeMap::new();
        for link in self.view.stored(self.item)?.links {
            if let Some(other) = self.view.find(&link.target) {
                out.insert(other as u32, relation(link.relation));
            }
        }
        if let Some(parent) = self.view.parent(self.item) {
            out.insert(parent as u32, relation(Relation::DerivedFrom));
        }
        for (other, _) in self.cross.links(self.item) {
            if self.view.parent(*other as usize) == Some(self.item) {
                out.insert(*other, "states");
            }
        }
        Ok(out)
    }

    fn same(&self) -> &'static str {
        match self.view.row(self.item).id.kind() {
            record::Kind::Treatment => "same-drug",
            _ => "same-act",
        }
    }

    fn treats_or_follows(&self, other: u32) -> &'static str {
        let kinds = [self.item, other as usize].map(|i| self.view.row(i).id.kind());
        if kinds.contains(&record::Kind::Treatment) { "treats" } else { "follows" }
    }
}

/// The name of a relation in the HTTP contract.
fn relation(relation: Relation) -> &'static str {
    match relation {
        Relation::Replaces => "replaces",
        Relation::Appends => "appends",
        Relation::Transforms => "transforms",
        Relation::DerivedFrom => "derived-from",
        Relation::Related => "related",
    }
}
