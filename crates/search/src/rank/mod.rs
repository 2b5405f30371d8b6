//! From a query to an answer: the bar, the order, the page.

mod tell;

use crate::answer::{Answer, AuthorName, Hit, Timings, TypeName, Understood, WhyReason};
use crate::cross::Cross;
use crate::fold::versions;
use crate::fuse::{Candidate, Verdict};
use crate::leg::{self, Found, FoundIn, Statistics};
use crate::link::LinkKind;
use crate::parse::{Parsed, parse};
use crate::policy::Grant;
use crate::query::{Cursor, Filters, Query, fingerprint};
use crate::row::Row;
use crate::schema::stem_terms;
use crate::semantic::{Embed, NoModel, Semantic};
use crate::stretch::{self, Coverage, Stretch};
use crate::understand::{Direction, Understanding};
use crate::value::Test;
use crate::view::View;
use crate::wanted::{Asked, Wanted};
use crate::{QueryError, Weights, correct, coverage, facet, snippet};
use record::{Category, Kind, french};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

const MOST_NEAR: usize = 5;

/// Answers a query over what the grant sees.
///
/// # Errors
/// A query over the limits, a foreign cursor, or a damaged pack.
pub fn search(view: &View, grant: &Grant, query: &Query) -> Result<Answer, QueryError> {
    search_with(view, grant, query, &NoModel)
}

/// Answers a query by words and by meaning: `embedder` makes its vector, for the model that the view's
/// vectors name.
///
/// # Errors
/// As [`search`].
pub fn search_with(
    view: &View,
    grant: &Grant,
    query: &Query,
    embedder: &dyn Embed,
) -> Result<Answer, QueryError> {
    if query.limit == 0 || query.limit > Query::MAX_LIMIT {
        return Err(QueryError::Limit(Query::MAX_LIMIT));
    }
    let started = Instant::now();
    let mut parsed = parse(&query.text)?;
    let cross = view.cross(view.visible(grant))?;
    let visible = &cross.visible;
    let mut understanding = Understanding::new(query, &parsed);
    let corrections = correct::correct(view, visible, query, &understanding, &mut parsed)?;
    if !corrections.is_empty() {
        understanding = Understanding::new(query, &parsed);
    }
    let stats = Statistics::new(view, visible, query);
    let mut told = understanding.told(&query.text, &parsed);
    told.corrections.extend(corrections.into_iter().map(|(typed, read)| (typed.into(), read.into())));
    let asked = Asked { view, visible, stats: &stats, query, parsed: &parsed };
    let wanted = Wanted::new(&asked, &mut understanding, &mut told)?;
    understanding.strip(&mut parsed);
    let condition = understanding.condition.as_ref().map(Test::new);
    let understood_at = Instant::now();
    let embed = |text: &str| view.model().and_then(|model| embedder.embed(model, text));
    let vector = parsed.meant(&query.text).and_then(|text| embed(&text));
    let words = parsed.words.iter().filter(|_| query.explain && vector.is_some());
    let meant = words.filter_map(|w| Some((w.typed.clone(), embed(&w.token.surface)?.values))).collect();
    let embedded_at = Instant::now();
    let semantic = vector.map_or_else(Semantic::default, |v| Semantic::measure(view, visible, &v));
    let of_family = understanding.family.is_some();
    let search = Search {
        view,
        grant,
        query,
        cross: cross.clone(),
        understanding,
        wanted,
        condition,
        told,
        semantic,
        meant,
    };
    let found = stretch::look_up(view, &cross.visible, &stats, query, &parsed, of_family)?;
    let (results, near) = search.candidates(&parsed, &found)?;
    let legs_at = Instant::now();
    let mut answer = search.answer(&parsed, &found, &results, &near)?;
    answer.timings = Timings {
        understand: milliseconds(started, understood_at),
        embed: milliseconds(understood_at, embedded_at),
        legs: milliseconds(embedded_at, legs_at),
        rank: milliseconds(legs_at, Instant::now()),
    };
    Ok(answer)
}

fn milliseconds(from: Instant, to: Instant) -> f64 {
    (to - from).as_secs_f64() * 1000.0
}

struct Search<'a> {
    view: &'a View,
    grant: &'a Grant,
    query: &'a Query,
    cross: Arc<Cross>,
    understanding: Understanding,
    wanted: Wanted,
    condition: Option<Test>,
    /// What was understood, as it is told.
    told: Understood,
    semantic: Semantic,
    /// Words of the query with their vectors, where it is to be explained.
    meant: Vec<(String, Vec<f32>)>,
}

/// An item with its score.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Scored {
    item: u32,
    score: f32,
    /// The result that it is linked with, where it is here by that alone.
    via: Option<(u32, LinkKind)>,
}

impl Search<'_> {
    /// Items above the bar and, if there are none, those near it; each best first.
    fn candidates(
        &self,
        parsed: &Parsed,
        found: &[Stretch],
    ) -> Result<(Vec<Scored>, Vec<Scored>), QueryError> {
        let allowed = self.allowed(parsed)?;
        let (mut results, mut near) = (Vec::new(), Vec::new());
        let weights = &self.query.weights;
        let needed = parsed.words.iter().any(|word| !word.optional);
        if !needed {
            let all = |i: &usize| allowed[*i] && self.fits(*i) && !self.wanted.is_outside(*i);
            let score = |i: usize| self.timely(i) * self.wanted.factor(i);
            let scored = |i: usize| Scored { item: i as u32, score: score(i), via: None };
            results.extend((0..self.view.len()).filter(all).map(scored));
        } else {
            let coverage = Coverage::new(found, self.view.len(), weights);
            let listed = |i: usize| self.wanted.lists(i);
            // What is only related to what is meant answers beside what is meant, not in its place.
            let answers = |i: &usize| {
                allowed[*i] && self.fits(*i) && (listed(*i) || coverage.direct(*i) >= weights.bar)
            };
            let bar = if (0..self.view.len()).any(|i| answers(&i)) { weights.bar } else { f32::INFINITY };
            let candidate = |i: usize| {
                let share = if listed(i) { 1.0 } else { coverage.share(i) };
                let origin = if self.view.parent(i).is_some() { weights.derived } else { 1.0 };
                let factor = origin * self.timely(i) * self.wanted.factor(i);
                let own = if listed(i) { coverage.score(i).max(coverage.total) } else { coverage.score(i) };
                Candidate {
                    words: own * share.powf(weights.coordination) * factor,
                    share,
                    answers: share >= bar,
                    nearly: share >= weights.near_bar,
                    strength: self.semantic.of(i).map(|near| near.strength),
                    factor,
                    fits: self.fits(i),
                }
            };
            let items: Vec<usize> = (0..self.view.len()).filter(|i| allowed[*i]).collect();
            let candidates: Vec<Candidate> = items.iter().map(|i| candidate(*i)).collect();
            let verdicts = self.query.fusion.judge(&candidates, coverage.total);
            for (item, verdict) in items.into_iter().zip(verdicts) {
                let scored = |score| Scored { item: item as u32, score, via: None };
                match verdict {
                    Verdict::Result(score) => results.push(scored(score)),
                    Verdict::Near(score) => near.push(scored(score)),
                    Verdict::Nothing => {}
                }
            }
        }
        self.sort(&mut results);
        if needed {
            self.follow_links(&allowed, &mut results);
            self.sort(&mut results);
        }
        self.newest_first(&mut results);
        self.sort(&mut near);
        near.truncate(if results.is_empty() { MOST_NEAR } else { 0 });
        Ok((results, near))
    }

    /// Adds what the best results are linked with.
    fn follow_links(&self, allowed: &[bool], results: &mut Vec<Scored>) {
        let Some(best) = results.first().map(|r| r.score) else { return };
        let mut places: HashMap<u32, usize> =
            results.iter().enumerate().map(|(at, r)| (r.item, at)).collect();
        for at in 0..results.partition_point(|r| r.score >= best * self.query.weights.follow) {
            let from = results[at];
            for (target, kind) in self.cross.links(from.item as usize) {
                let i = *target as usize;
                // What a letter measured in passing is not what the letter is about.
                let observed = *kind == LinkKind::Stated && self.view.row(i).id.kind() == Kind::Observation;
                let report = self.view.row(from.item as usize).category == Some(Category::Biology);
                let in_passing = observed && !report;
                if !allowed[i] || !self.fits(i) || in_passing || kind.share() == 0.0 {
                    continue;
                }
                let score = from.score * kind.share();
                match places.get(target) {
                    Some(known) if results[*known].via.is_none() => {}
                    Some(known) => results[*known].score = results[*known].score.max(score),
                    None => {
                        places.insert(*target, results.len());
                        results.push(Scored { item: *target, score, via: Some((from.item, *kind)) });
                    }
                }
            }
        }
    }

    /// Which items may be results at all: visible, not folded away, through the filters, with every phrase
    /// and no excluded word.
    fn allowed(&self, parsed: &Parsed) -> Result<Vec<bool>, QueryError> {
        let wanted = self.query.filters.episode.as_deref();
        let episode = wanted.map(|id| self.cross.episode(self.view, id));
        // An episode that nobody knows has no items.
        let in_episode =
            |i: usize| episode.is_none_or(|e| e.is_some_and(|e| e.items.binary_search(&(i as u32)).is_ok()));
        let mut allowed: Vec<bool> = (0..self.view.len())
            .map(|i| {
                self.cross.visible[i]
                    && !self.cross.folded.hidden[i]
                    && self.passes(i)
                    && in_episode(i)
                    && !self.wanted.leaves_out(i)
            })
            .collect();
        for phrase in &parsed.phrases {
            let terms: Vec<Vec<String>> = phrase.iter().map(|t| vec![t.surface.clone()]).collect();
            let holders = leg::phrase(self.view, &self.cross.visible, &terms)?;
            for (i, allowed) in allowed.iter_mut().enumerate() {
                *allowed &= holders.binary_search(&(i as u32)).is_ok();
            }
        }
        for phrase in &parsed.excluded {
            // Who wants no "prothèse" wants no "prothèses" either; a phrase is meant as written.
            let inflected = |t: &french::Token| stem_terms(t).into_iter().filter(|_| phrase.len() == 1);
            let alternatives = |t| inflected(t).chain([t.surface.clone()]).collect();
            let terms: Vec<Vec<String>> = phrase.iter().map(alternatives).collect();
            for holder in leg::phrase(self.view, &self.cross.visible, &terms)? {
                allowed[holder as usize] = false;
            }
        }
        Ok(allowed)
    }

    fn passes(&self, i: usize) -> bool {
        let Filters { kinds, types, categories, authors, from, to, status, episode: _ } = &self.query.filters;
        let row = self.view.row(i);
        (kinds.is_empty() || kinds.contains(&row.id.kind()))
            && (status.is_empty() || status.contains(&self.cross.folded.status[i]))
            && (categories.is_empty() || row.category.is_some_and(|c| categories.contains(&c)))
            && (types.is_empty() || row.type_.as_ref().is_some_and(|(code, _)| types.contains(code)))
            && (authors.is_empty() || authors.iter().any(|name| has_author(row, name)))
            && row.lies_in(*from, *to)
    }

    /// Whether an item lies in the period and meets the condition that the query names.
    fn fits(&self, i: usize) -> bool {
        let row = self.view.row(i);
        let in_time = self.understanding.period.as_ref().is_none_or(|period| row.is_in(period));
        let values = || row.values.as_deref().unwrap_or_default();
        in_time && self.condition.as_ref().is_none_or(|test| test.met(values()))
    }

    /// The factor of an item's age, where the query asks for the last or the first.
    fn timely(&self, i: usize) -> f32 {
        let (Some(order), Some(today)) = (&self.understanding.order, self.query.today) else { return 1.0 };
        let Some(date) = self.view.row(i).date() else { return 1.0 };
        let age = (today.first_day_number() - date.first_day_number()).max(0) as f32;
        let Weights { timely, timely_days, .. } = self.query.weights;
        let fresh = (-age / timely_days).exp();
        1.0 + timely * if order.direction == Direction::Newest { fresh } else { 1.0 - fresh }
    }

    /// Best first; then newest; then by reference, so that the order never depends on chance.
    fn sort(&self, results: &mut [Scored]) {
        let row = |s: &Scored| self.view.row(s.item as usize);
        results.sort_by(|a, b| {
            let newest = || row(b).date().cmp(&row(a).date());
            b.score.total_cmp(&a.score).then_with(newest).then_with(|| row(a).id.cmp(&row(b).id))
        });
    }

    /// "Les 3 derniers": so many of the good results, by their dates, come first.
    fn newest_first(&self, results: &mut [Scored]) {
        let Some((order, count)) = self.understanding.order.as_ref().and_then(|o| Some((o, o.count?))) else {
            return;
        };
        let Some(best) = results.first().map(|r| r.score) else { return };
        let good = results.partition_point(|r| r.score >= best * self.query.weights.follow);
        let date = |s: &Scored| self.view.row(s.item as usize).date();
        let mut dated: Vec<Scored> = results[..good].to_vec();
        dated.sort_by(|a, b| match order.direction {
            Direction::Newest => date(b).cmp(&date(a)),
            Direction::Oldest => date(a).cmp(&date(b)),
        });
        dated.truncate(usize::from(count));
        let is_dated = |s: &Scored| dated.iter().any(|d| d.item == s.item);
        let rest = results.iter().copied().filter(|s| !is_dated(s));
        let first = dated.iter().map(|s| Scored { score: best, ..*s });
        let all: Vec<Scored> = first.chain(rest).collect();
        results.copy_from_slice(&all);
    }

    fn answer(
        &self,
        parsed: &Parsed,
        found: &[Stretch],
        results: &[Scored],
        near: &[Scored],
    ) -> Result<Answer, QueryError> {
        let items: Vec<u32> = results.iter().map(|r| r.item).collect();
        let start = self.page_start(results)?;
        let page = &results[start..(start + self.query.limit).min(results.len())];
        let next = (start + page.len() < results.len()).then_some(page.last()).flatten();
        let hits = |list: &[Scored]| -> Result<Vec<Hit>, QueryError> {
            list.iter().map(|scored| self.hit(parsed, found, *scored)).collect()
        };
        Ok(Answer {
            matched: !results.is_empty(),
            hits: hits(page)?,
            near: hits(near)?,
            cards: if start == 0 { self.cards(parsed)? } else { Vec::new() },
            facets: facet::facets(self.view, &items),
            total: results.len(),
            understood: self.understood(found, results),
            coverage: coverage::coverage(self.view, &self.cross.visible),
            next: next.map(|last| {
                let id = self.view.row(last.item as usize).id.to_string();
                Cursor::new(fingerprint(self.query), last.score, &id)
            }),
            timings: Timings::default(),
        })
    }

    /// Where the page begins: after the item that the cursor names or, if it is gone, after its score.
    fn page_start(&self, results: &[Scored]) -> Result<usize, QueryError> {
        let Some(cursor) = &self.query.cursor else { return Ok(0) };
        let (score, reference) = cursor.position(fingerprint(self.query))?;
        let last = self.view.find(reference);
        let place = results.iter().position(|r| Some(r.item as usize) == last);
        Ok(place.map_or_else(|| results.partition_point(|r| r.score >= score), |p| p + 1))
    }

    fn hit(&self, parsed: &Parsed, found: &[Stretch], scored: Scored) -> Result<Hit, QueryError> {
        let i = scored.item as usize;
        let row = self.view.row(i);
        let words: Vec<(&Found, FoundIn)> = found.iter().flat_map(|s| s.in_item(scored.item)).collect();
        let author = row.authors.first().map(|a| AuthorName {
            name: a.name.clone(),
            specialty: a.specialty.clone(),
            institution: a.institution.clone(),
        });
        let mut snippets = snippet::snippets(self.view, i, &words, &parsed.phrases)?;
        let mut why = self.why(parsed, &words, scored.via);
        if let Some(near) = self.semantic.of(i).filter(|near| near.strength >= self.query.fusion.floor) {
            let excerpt = near.excerpt(self.view, i)?;
            let text = excerpt.as_ref().map_or(&row.title, |excerpt| &excerpt.text);
            why.retain(|why| why.reason != WhyReason::Filter);
            why.push(near.why(self.view, &self.meant, text, self.query.explain));
            snippets.extend(excerpt.filter(|_| snippets.is_empty()));
        }
        Ok(Hit {
            item: row.id.clone(),
            title: row.title.clone(),
            date: row.date(),
            type_: row.type_.clone().map(|(code, display)| TypeName { code, display }),
            author,
            status: self.cross.folded.status[i],
            flags: self.grant.shows_flags().then(|| self.view.flags(i)),
            score: scored.score,
            context: snippet::context(&snippets),
            snippets,
            why,
            versions: versions(self.view, &self.cross.visible, i),
            related: self.related(i),
            episode: self.episode(i),
        })
    }
}

fn has_author(row: &Row, name: &str) -> bool {
    let wanted = french::fold(name);
    let names = row.authors.iter().flat_map(|a| [&a.name, &a.institution]).flatten();
    names.into_iter().any(|own| french::fold(own) == wanted)
}
