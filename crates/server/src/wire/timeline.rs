//! What the timeline answers.

use super::answer::{CoverageBody, FacetsBody, ResultBody, references, results};
use record::Text;
use search::{Answer, EpisodeView, Timeline};
use serde::Serialize;

/// The answer to `…/timeline`.
#[derive(Serialize)]
pub struct TimelineBody {
    results: Vec<ResultBody>,
    /// The episodes that the results are a part of.
    episodes: Vec<EpisodeBody>,
    facets: FacetsBody,
    total: usize,
    coverage: CoverageBody,
    next_cursor: Option<String>,
}

#[derive(Serialize)]
struct EpisodeBody {
    id: String,
    kind: &'static str,
    title: String,
    from: String,
    to: String,
    place: Option<String>,
    count: usize,
    items: Vec<String>,
}

impl From<Timeline> for TimelineBody {
    fn from(Timeline { answer, episodes }: Timeline) -> Self {
        let Answer { hits, facets, total, coverage, next, .. } = answer;
        TimelineBody {
            results: results(hits),
            episodes: episodes.into_iter().map(EpisodeBody::from).collect(),
            facets: facets.into(),
            total,
            coverage: coverage.into(),
            next_cursor: next.map(|cursor| cursor.as_str().to_owned()),
        }
    }
}

impl From<EpisodeView> for EpisodeBody {
    fn from(EpisodeView { id, kind, title, from, to, place, items }: EpisodeView) -> Self {
        EpisodeBody {
            id: id.into_string(),
            kind: kind.as_str(),
            title: title.into_string(),
            from: from.to_string(),
            to: to.to_string(),
            place: place.map(Text::into_string),
            count: items.len(),
            items: references(items),
        }
    }
}
