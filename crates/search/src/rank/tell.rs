//! What is told of the results: why each is here, what belongs to it, what was understood.

use super::{Scored, Search};
use crate::answer::{EpisodeName, Part, Understood, UnderstoodKind, Why, WhyReason};
use crate::card::{Card, Focus, cards};
use crate::cross::EpisodeKind;
use crate::expand::Match;
use crate::leg::{Found, FoundIn};
use crate::link::LinkKind;
use crate::parse::Parsed;
use crate::stretch::Stretch;
use crate::understand::part;
use crate::{Error, concept};
use record::{ItemId, Text};

/// Most entries that are told as belonging to a result.
const MOST_RELATED: usize = 24;

impl Search<'_> {
    /// What the record holds on the one thing that the query is about.
    pub(super) fn cards(&self, parsed: &Parsed) -> Result<Vec<Card>, Error> {
        let focus = Focus::new(self.view, &self.cross, self.query, &self.understanding, parsed);
        cards(self.view, &self.cross, self.query, &focus)
    }

    pub(super) fn why(
        &self,
        parsed: &Parsed,
        words: &[(&Found, FoundIn)],
        via: Option<(u32, LinkKind)>,
    ) -> Vec<Why> {
        let mut out: Vec<Why> = via.map(|via| self.linked(via)).into_iter().collect();
        for (found, hit) in words {
            let variant = &found.variants[usize::from(hit.variant)];
            let matched = variant.term.trim_start_matches([crate::schema::STEM, crate::schema::ACCENTED]);
            let (reason, matched, text) = match variant.how {
                Match::Exact | Match::Accents => {
                    (WhyReason::Word, found.typed.as_str(), format!("contient « {} »", found.typed))
                }
                Match::Stem => {
                    let text = format!("contient une autre forme de « {} »", found.typed);
                    (WhyReason::Form, found.typed.as_str(), text)
                }
                Match::Prefix => (WhyReason::Prefix, matched, format!("contient « {matched} »")),
                Match::Concept | Match::Denied | Match::Related => concept::reason(found, variant),
                Match::Spelling => {
                    (WhyReason::Spelling, matched, format!("« {} » lu comme « {matched} »", found.typed))
                }
            };
            let score = self.query.explain.then(|| found.score(hit));
            out.push(Why {
                reason,
                query: found.typed.as_str().into(),
                matched: matched.into(),
                text: text.into(),
                score,
            });
        }
        for phrase in &parsed.phrases {
            let words: Vec<&str> = phrase.iter().map(|t| t.surface.as_str()).collect();
            let words = words.join(" ");
            let text = Text::from(format!("contient « {words} » mot pour mot"));
            let (query, matched) = (Text::from(words.as_str()), Text::from(words.as_str()));
            out.push(Why { reason: WhyReason::Phrase, query, matched, text, score: None });
        }
        if out.is_empty() {
            let text = "répond aux filtres".into();
            out.push(Why {
                reason: WhyReason::Filter,
                query: "".into(),
                matched: "".into(),
                text,
                score: None,
            });
        }
        out
    }

    fn linked(&self, (from, kind): (u32, LinkKind)) -> Why {
        let row = self.view.row(from as usize);
        let text = format!("rattaché à « {} » {}", &*row.title, kind.evidence());
        Why {
            reason: WhyReason::Link,
            query: "".into(),
            matched: row.id.to_string().into(),
            text: text.into(),
            score: None,
        }
    }

    /// What belongs to a result, strongest link first: the document that states it, what it refers to, the twins
    /// that it stands for, entries of the same drug or visit, what treats or follows the same condition.
    pub(super) fn related(&self, i: usize) -> Vec<ItemId> {
        let twins = self.view.twins(i).iter().map(|twin| (LinkKind::Stated, *twin as u32));
        let linked = self.cross.links(i).iter().map(|(other, kind)| (*kind, *other));
        let mut all: Vec<(LinkKind, &ItemId)> = twins
            .chain(linked)
            .filter(|(_, o)| *o as usize != i && self.cross.visible[*o as usize])
            .map(|(kind, o)| (kind, &self.view.row(o as usize).id))
            .collect();
        all.sort();
        let mut out: Vec<ItemId> = Vec::new();
        for (_, id) in all {
            if !out.contains(id) && out.len() < MOST_RELATED {
                out.push(id.clone());
            }
        }
        out
    }

    /// The narrowest episode that a result is a part of. The follow-up of years is none to tell with each result.
    pub(super) fn episode(&self, i: usize) -> Option<EpisodeName> {
        let episode = self.cross.episodes_of(i).find(|e| e.kind != EpisodeKind::FollowUp)?;
        Some(EpisodeName { id: episode.id(self.view).into(), title: episode.title.as_str().into() })
    }

    pub(super) fn understood(&self, found: &[Stretch], results: &[Scored]) -> Understood {
        let corrected = |f: &Found| {
            let best = f
                .hits
                .iter()
                .map(|h| &f.variants[usize::from(h.variant)])
                .find(|v| v.how == Match::Spelling)?;
            let term = best.term.trim_start_matches(crate::schema::STEM);
            Some((Text::from(f.typed.as_str()), Text::from(term)))
        };
        let words = || found.iter().flat_map(|s| &s.words);
        let meanings = found.iter().filter_map(|s| s.meaning.as_ref());
        // A word is missing where neither it nor what it means is found.
        let missing = |s: &&Stretch| s.meaning.as_ref().is_none_or(|m| m.hits.is_empty());
        let absent = found.iter().filter(missing).flat_map(|s| &s.words).filter(|f| f.hits.is_empty());
        Understood {
            kind: self.told.kind.clone().map(|kind| {
                let own = |s: &&Scored| self.view.row(s.item as usize).id.kind() == kind.kind;
                UnderstoodKind { count: results.iter().filter(own).count(), ..kind }
            }),
            concepts: meanings.flat_map(|meaning| self.meant(meaning)).collect(),
            corrections: self.told.corrections.iter().cloned().chain(words().filter_map(corrected)).collect(),
            missing: absent.map(|f| f.typed.as_str().into()).collect(),
            ..self.told.clone()
        }
    }

    /// The concepts that a stretch of the query was taken for.
    fn meant(&self, meaning: &Found) -> impl Iterator<Item = (Part, Text)> {
        let text = &*self.query.text;
        let start = text.find(&meaning.typed).unwrap_or(0);
        let words = part(text, start..start + meaning.typed.len());
        let own = meaning.variants.iter().filter(|v| v.how == Match::Concept && v.weight >= 1.0);
        own.filter_map(move |v| Some((words.clone(), concept::label(&v.term)?.into())))
    }
}
