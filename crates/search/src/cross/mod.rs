//! What of a record belongs together, as far as one grant sees it: links, treatments of one drug, episodes.
//!
//! Everything here is worked out over visible items alone, and kept with the set that it was worked out for:
//! what is hidden makes no link, opens no episode and gives no name, exactly as if it were not there.

mod drug;
mod episode;
mod links;
pub(crate) mod say;
pub(crate) mod series;
#[cfg(test)]
mod tests;

pub(crate) use drug::key as drug_key;
pub(crate) use episode::Episode;
pub use episode::EpisodeKind;
pub(crate) use links::upwards;

use crate::Error;
use crate::fold::{Folded, fold};
use crate::link::LinkKind;
use crate::row::Row;
use crate::view::View;
use record::{PartialDate, Status};
use std::sync::Arc;

/// What belongs together among the items that one grant sees.
#[derive(Debug)]
pub(crate) struct Cross {
    pub(crate) visible: Vec<bool>,
    pub(crate) folded: Folded,
    /// For each item, those that it is linked with, each once, in order.
    links: Vec<Vec<(u32, LinkKind)>>,
    /// Entries of one drug, each treatment in one group; oldest first.
    pub(crate) drugs: Vec<Vec<u32>>,
    /// Oldest first.
    pub(crate) episodes: Vec<Episode>,
}

impl Cross {
    fn new(view: &View, visible: Vec<bool>) -> Result<Cross, Error> {
        let folded = fold(view, &visible);
        let mut out = Cross { visible, folded, links: Vec::new(), drugs: Vec::new(), episodes: Vec::new() };
        out.drugs = drug::groups(view, &out);
        out.links = links::links(view, &out);
        out.episodes = episode::episodes(view, &out)?;
        Ok(out)
    }

    /// Items that are shown: visible, and no other stands for them.
    pub(crate) fn shown<'a>(&'a self, view: &'a View) -> impl Iterator<Item = (usize, &'a Row)> {
        (0..view.len()).filter(|i| self.shows(*i)).map(|i| (i, view.row(i)))
    }

    /// Whether the item is shown.
    pub(crate) fn shows(&self, item: usize) -> bool {
        self.visible[item] && !self.folded.hidden[item] && self.folded.status[item] == Status::Current
    }

    pub(crate) fn links(&self, item: usize) -> &[(u32, LinkKind)] {
        self.links.get(item).map_or(&[], Vec::as_slice)
    }

    /// The episode of that name.
    pub(crate) fn episode(&self, view: &View, id: &str) -> Option<&Episode> {
        self.episodes.iter().find(|e| e.id(view) == id)
    }

    /// The episodes that an item is a part of, the narrowest first.
    pub(crate) fn episodes_of(&self, item: usize) -> impl Iterator<Item = &Episode> {
        let item = item as u32;
        let mut own: Vec<&Episode> =
            self.episodes.iter().filter(|e| e.items.binary_search(&item).is_ok()).collect();
        own.sort_by_key(|e| (e.kind, e.to.first_day_number() - e.from.first_day_number()));
        own.into_iter()
    }
}

/// How many grants' sights of one view are kept: a patient, a representative, some professionals.
const KEPT: usize = 4;

/// The sights of one view, by what they see.
#[derive(Debug, Default)]
pub(crate) struct Sights(std::sync::Mutex<Vec<Arc<Cross>>>);

impl Sights {
    /// What belongs together among these visible items.
    pub(crate) fn get(&self, view: &View, visible: Vec<bool>) -> Result<Arc<Cross>, Error> {
        let known = |kept: &Vec<Arc<Cross>>| kept.iter().find(|cross| cross.visible == visible).cloned();
        if let Some(cross) = known(&self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)) {
            return Ok(cross);
        }
        let cross = Arc::new(Cross::new(view, visible)?);
        let mut kept = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if kept.len() == KEPT {
            kept.remove(0);
        }
        kept.push(cross.clone());
        Ok(cross)
    }
}

/// The number of the first day of a date.
fn day(date: PartialDate) -> i64 {
    date.first_day_number()
}

/// The number of the last day of a date.
fn last_day(date: PartialDate) -> i64 {
    let (year, month, day) = date.span().1;
    PartialDate::new(year, Some(month), Some(day)).unwrap_or(date).first_day_number()
}
