//! Two legs, one order.
//!
//! The lexical leg says which words of the query an item answers, the semantic one how near its texts are.
//! Meaning adds to words, never takes away from an item that has them all; by itself it brings an item only
//! from a stricter bar on; and where an item has but a part of the words and its texts are far, it is held
//! to be there by chance.

/// How the legs are joined.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fusion {
    /// The rule.
    pub method: Method,
    /// Most that meaning adds to a score, as a share of the weight of the query's words.
    pub weight: f32,
    /// Strength (deviations above unrelated texts) from which on meaning adds…
    pub floor: f32,
    /// …and at which it adds all of its weight.
    pub full: f32,
    /// Strength from which on meaning alone is an answer.
    pub alone: f32,
    /// Strength from which on it is near one.
    pub near: f32,
    /// An item that has but a part of the words answers only from this strength on.
    pub doubt: f32,
}

/// The rules. All but the last are there to be measured against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Words alone.
    Lexical,
    /// Meaning alone.
    Semantic,
    /// Sum of reciprocal ranks in both legs (Cormack, Clarke, Büttcher 2009), without any bar of meaning.
    ReciprocalRanks,
    /// Words, and calibrated meaning above its bars.
    Calibrated,
}

impl Default for Fusion {
    /// Set by `mes-search eval --tune`.
    fn default() -> Self {
        Fusion {
            method: Method::Calibrated,
            weight: 0.5,
            floor: 2.0,
            full: 6.0,
            alone: 4.0,
            near: 3.0,
            doubt: -10.0,
        }
    }
}

/// The constant of reciprocal rank fusion.
const RANKS: f32 = 60.0;
/// An item that has this share of the query's words has them all.
const WHOLE: f32 = 0.85;

/// What the legs say of an item.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate {
    /// Score of its words; 0 where it has none.
    pub(crate) words: f32,
    /// Share of the query's words that it answers.
    pub(crate) share: f32,
    /// Whether that is enough for an answer…
    pub(crate) answers: bool,
    /// …or nearly.
    pub(crate) nearly: bool,
    /// Strength of its meaning.
    pub(crate) strength: Option<f32>,
    /// What the item is by itself: its age, where it comes from.
    pub(crate) factor: f32,
    /// Whether it may be a result: it lies in the period that the query names.
    pub(crate) fits: bool,
}

/// The place of a candidate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Verdict {
    Result(f32),
    Near(f32),
    Nothing,
}

impl Fusion {
    /// Judges all candidates; `total` is the weight of the query's words.
    pub(crate) fn judge(&self, candidates: &[Candidate], total: f32) -> Vec<Verdict> {
        match self.method {
            Method::Lexical => {
                candidates.iter().map(|c| self.calibrated(&c.without_meaning(), total)).collect()
            }
            Method::Calibrated => candidates.iter().map(|c| self.calibrated(c, total)).collect(),
            Method::Semantic => candidates.iter().map(|c| self.semantic(c)).collect(),
            Method::ReciprocalRanks => reciprocal_ranks(candidates),
        }
    }

    fn calibrated(&self, c: &Candidate, total: f32) -> Verdict {
        let strength = c.strength.unwrap_or(f32::NEG_INFINITY);
        let meant = ((strength - self.floor) / (self.full - self.floor)).clamp(0.0, 1.0);
        let score = c.words + self.weight * total * meant * c.factor;
        let by_words = c.answers && (c.share >= WHOLE || c.strength.is_none_or(|s| s >= self.doubt));
        if c.fits && (by_words || strength >= self.alone) {
            Verdict::Result(score)
        } else if c.answers || c.nearly || strength >= self.near {
            Verdict::Near(score)
        } else {
            Verdict::Nothing
        }
    }

    fn semantic(&self, c: &Candidate) -> Verdict {
        match c.strength {
            Some(s) if s >= self.alone && c.fits => Verdict::Result(s),
            Some(s) if s >= self.near => Verdict::Near(s),
            _ => Verdict::Nothing,
        }
    }
}

impl Candidate {
    fn without_meaning(self) -> Candidate {
        Candidate { strength: None, ..self }
    }
}

fn reciprocal_ranks(candidates: &[Candidate]) -> Vec<Verdict> {
    let mut scores = vec![0.0; candidates.len()];
    let by_words = |c: &Candidate| (c.answers && c.fits).then_some(c.words);
    let by_meaning = |c: &Candidate| c.strength.filter(|_| c.fits);
    type Leg<'a> = &'a dyn Fn(&Candidate) -> Option<f32>;
    let legs: [Leg<'_>; 2] = [&by_words, &by_meaning];
    for leg in legs {
        let scored = candidates.iter().enumerate().filter_map(|(at, c)| Some((at, leg(c)?)));
        let mut ranked: Vec<(usize, f32)> = scored.collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        for (rank, (at, _)) in ranked.into_iter().enumerate() {
            scores[at] += 1.0 / (RANKS + 1.0 + rank as f32);
        }
    }
    scores.into_iter().map(|s| if s > 0.0 { Verdict::Result(s) } else { Verdict::Nothing }).collect()
}
