//! What a search answers.

use record::{ItemId, PartialDate, Rect};
use search::{
    Answer, AuthorName, Coverage, EpisodeName, FacetValue, Facets, Hit, Snippet, Suggestion, Timings,
    TypeName, Unreadable, Why,
};
use serde::Serialize;
use std::time::Duration;

use super::card::CardBody;
use super::understood::UnderstoodBody;

/// The answer to `…/search`.
#[derive(Serialize)]
pub struct AnswerBody {
    matched: bool,
    results: Vec<ResultBody>,
    near: Vec<ResultBody>,
    cards: Vec<CardBody>,
    facets: FacetsBody,
    total: usize,
    understood: UnderstoodBody,
    coverage: CoverageBody,
    took_ms: Took,
    next_cursor: Option<String>,
}

#[derive(Serialize)]
pub(super) struct ResultBody {
    item: String,
    kind: &'static str,
    title: String,
    date: Option<String>,
    #[serde(rename = "type")]
    type_: Option<TypeBody>,
    author: Option<AuthorBody>,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    visibility: Option<Vec<&'static str>>,
    score: f32,
    snippets: Vec<SnippetBody>,
    context: Vec<&'static str>,
    why: Vec<WhyBody>,
    versions: usize,
    related: Vec<String>,
    episode: Option<EpisodeNameBody>,
}

#[derive(Serialize)]
struct EpisodeNameBody {
    id: String,
    title: String,
}

#[derive(Serialize)]
pub(super) struct TypeBody {
    code: String,
    display: String,
}

#[derive(Serialize)]
struct AuthorBody {
    name: Option<String>,
    specialty: Option<String>,
    institution: Option<String>,
}

#[derive(Serialize)]
struct SnippetBody {
    text: String,
    highlights: Vec<(usize, usize)>,
    page: Option<u32>,
    boxes: Vec<[f32; 4]>,
    ocr_confidence: Option<f32>,
}

#[derive(Serialize)]
pub(super) struct WhyBody {
    reason: &'static str,
    query: String,
    matched: String,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<f32>,
}

#[derive(Serialize)]
pub(super) struct FacetsBody {
    kind: Vec<FacetBody>,
    #[serde(rename = "type")]
    type_: Vec<FacetBody>,
    category: Vec<FacetBody>,
    author: Vec<FacetBody>,
    year: Vec<FacetBody>,
}

#[derive(Serialize)]
struct FacetBody {
    value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    display: Option<String>,
    count: usize,
}

/// `coverage`.
#[derive(Serialize)]
pub struct CoverageBody {
    documents: usize,
    searched: usize,
    by_meaning: usize,
    pending: usize,
    unreadable: Vec<UnreadableBody>,
}

#[derive(Serialize)]
struct UnreadableBody {
    item: String,
    reason: &'static str,
    message: &'static str,
    partly: bool,
}

/// Milliseconds.
#[derive(Serialize)]
struct Took {
    total: f64,
    understand: f64,
    embed: f64,
    legs: f64,
    rank: f64,
}

/// The answer to `…/suggest`.
#[derive(Serialize)]
pub struct SuggestionsBody {
    suggestions: Vec<SuggestionBody>,
}

#[derive(Serialize)]
struct SuggestionBody {
    text: String,
    kind: &'static str,
    count: usize,
}

impl AnswerBody {
    /// The answer as the contract has it; `took` is the time of the whole call.
    #[must_use]
    pub fn new(answer: Answer, took: Duration) -> Self {
        let Answer { matched, hits, near, cards, facets, total, understood, coverage, next, timings } =
            answer;
        let Timings { understand, embed, legs, rank } = timings;
        AnswerBody {
            matched,
            results: results(hits),
            near: results(near),
            cards: cards.into_iter().map(CardBody::from).collect(),
            facets: facets.into(),
            total,
            understood: understood.into(),
            coverage: coverage.into(),
            took_ms: Took {
                total: milliseconds(took.as_secs_f64() * 1e3),
                understand: milliseconds(understand),
                embed: milliseconds(embed),
                legs: milliseconds(legs),
                rank: milliseconds(rank),
            },
            next_cursor: next.map(|cursor| cursor.as_str().to_owned()),
        }
    }
}

impl From<Vec<Suggestion>> for SuggestionsBody {
    fn from(suggestions: Vec<Suggestion>) -> Self {
        let body =
            |Suggestion { text, kind, count }| SuggestionBody { text: text.into_string(), kind, count };
        SuggestionsBody { suggestions: suggestions.into_iter().map(body).collect() }
    }
}

pub(super) fn results(hits: Vec<Hit>) -> Vec<ResultBody> {
    hits.into_iter().map(ResultBody::from).collect()
}

fn milliseconds(ms: f64) -> f64 {
    (ms * 1e3).round() / 1e3
}

pub(super) fn date(date: Option<PartialDate>) -> Option<String> {
    date.map(|d| d.to_string())
}

pub(super) fn references(items: Vec<ItemId>) -> Vec<String> {
    items.iter().map(ItemId::to_string).collect()
}

impl From<Hit> for ResultBody {
    fn from(hit: Hit) -> Self {
        let Hit {
            item,
            title,
            date: day,
            type_,
            author,
            status,
            flags,
            score,
            snippets,
            context,
            why,
            versions,
            related,
            episode,
        } = hit;
        ResultBody {
            kind: item.kind().as_str(),
            item: item.to_string(),
            title: title.into_string(),
            date: date(day),
            type_: type_.map(TypeBody::from),
            author: author.map(AuthorBody::from),
            status: status.as_str(),
            visibility: flags.map(record::Flags::codes),
            score,
            snippets: snippets.into_iter().map(SnippetBody::from).collect(),
            context: context.into_iter().map(search::Context::as_str).collect(),
            why: why.into_iter().map(WhyBody::from).collect(),
            versions,
            related: references(related),
            episode: episode.map(EpisodeNameBody::from),
        }
    }
}

impl From<EpisodeName> for EpisodeNameBody {
    fn from(EpisodeName { id, title }: EpisodeName) -> Self {
        EpisodeNameBody { id: id.into_string(), title: title.into_string() }
    }
}

impl From<TypeName> for TypeBody {
    fn from(TypeName { code, display }: TypeName) -> Self {
        TypeBody { code, display: display.into_string() }
    }
}

impl From<AuthorName> for AuthorBody {
    fn from(AuthorName { name, specialty, institution }: AuthorName) -> Self {
        let text = |text: Option<record::Text>| text.map(record::Text::into_string);
        AuthorBody { name: text(name), specialty: text(specialty), institution: text(institution) }
    }
}

impl From<Snippet> for SnippetBody {
    fn from(Snippet { text, highlights, page, boxes, ocr_confidence, contexts: _ }: Snippet) -> Self {
        let corners = |Rect { x0, y0, x1, y1 }| [x0, y0, x1, y1];
        SnippetBody {
            text: text.into_string(),
            highlights,
            page,
            boxes: boxes.into_iter().map(corners).collect(),
            ocr_confidence,
        }
    }
}

impl From<Why> for WhyBody {
    fn from(Why { reason, query, matched, text, score }: Why) -> Self {
        WhyBody {
            reason: reason.as_str(),
            query: query.into_string(),
            matched: matched.into_string(),
            text: text.into_string(),
            score,
        }
    }
}

impl From<Facets> for FacetsBody {
    fn from(Facets { kind, type_, category, author, year }: Facets) -> Self {
        let facet = |values: Vec<FacetValue>| {
            let value = |FacetValue { value, display, count }| FacetBody {
                value: value.into_string(),
                display: display.map(record::Text::into_string),
                count,
            };
            values.into_iter().map(value).collect()
        };
        FacetsBody {
            kind: facet(kind),
            type_: facet(type_),
            category: facet(category),
            author: facet(author),
            year: facet(year),
        }
    }
}

impl From<Coverage> for CoverageBody {
    fn from(Coverage { documents, searched, by_meaning, pending, unreadable }: Coverage) -> Self {
        let body = |Unreadable { item, fault, partly }| UnreadableBody {
            item: item.to_string(),
            reason: fault.code(),
            message: fault.message(),
            partly,
        };
        CoverageBody {
            documents,
            searched,
            by_meaning,
            pending,
            unreadable: unreadable.into_iter().map(body).collect(),
        }
    }
}
