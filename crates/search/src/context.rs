//! The context of a mention in clinical French: denied, of a relative, feared, of the past, asked for.
//!
//! After Chapman et al., "A simple algorithm for identifying negated findings and diseases in discharge
//! summaries" (2001) and ConText (2009): a trigger opens a scope before or after it, which ends at the end of
//! the clause, at a word that turns ("mais", "en revanche") or after some words. The triggers are our own, for
//! the way French letters, laboratories and patients write; they are in `data/context.tsv`.

use record::french::{Token, TokenKind};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::OnceLock;

/// How a mention is meant, other than as a present finding of the patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Context {
    /// Said to be absent: "pas de fièvre", "recherche de BK négative".
    Negated,
    /// Of another person: "mère diabétique".
    Family,
    /// Possible, feared or conditional: "suspicion de", "en cas de fièvre".
    Hypothetical,
    /// Of the past: "antécédent de phlébite".
    History,
    /// Asked for, not done: "faire une IRM", "à contrôler".
    Ordered,
}

impl Context {
    /// The name in the HTTP contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Context::Negated => "negated",
            Context::Family => "family",
            Context::Hypothetical => "hypothetical",
            Context::History => "history",
            Context::Ordered => "ordered",
        }
    }
}

/// On which side of its trigger a mention is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    /// The mention follows: "pas de fièvre".
    After,
    /// The mention comes before: "fièvre absente".
    Before,
}

/// Words that open a context; without one they only look as if they did.
struct Trigger {
    words: Vec<&'static str>,
    context: Option<Context>,
    side: Side,
    /// Tokens over which it reaches.
    reach: usize,
}

const TABLE: &str = include_str!("../data/context.tsv");
/// Stands in a trigger for a year in figures.
const YEAR: &str = "YEAR";

/// The triggers by their first word, longest first.
fn triggers() -> &'static HashMap<&'static str, Vec<Trigger>> {
    static TRIGGERS: OnceLock<HashMap<&'static str, Vec<Trigger>>> = OnceLock::new();
    TRIGGERS.get_or_init(|| {
        let mut out: HashMap<&'static str, Vec<Trigger>> = HashMap::new();
        for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
            let columns: Vec<&'static str> = line.split('\t').collect();
            let [words, context, side, reach] = columns[..] else { continue };
            let words: Vec<&'static str> = words.split(' ').collect();
            let context = ALL.into_iter().find(|c| c.as_str() == context);
            let side = if side == "before" { Side::Before } else { Side::After };
            let trigger = Trigger { words, context, side, reach: reach.parse().unwrap_or(0) };
            out.entry(trigger.words[0]).or_default().push(trigger);
        }
        for list in out.values_mut() {
            list.sort_by_key(|trigger| std::cmp::Reverse(trigger.words.len()));
        }
        out
    })
}

const ALL: [Context; 5] =
    [Context::Negated, Context::Family, Context::Hypothetical, Context::History, Context::Ordered];

/// Words at which a scope ends.
const TURNS: &[&str] =
    &["mais", "cependant", "toutefois", "sauf", "hormis", "malgre", "revanche", "puis", "devant"];

/// After a comma these begin a clause of its own: "sans fièvre, l'enfant présente…".
const CLAUSE_OPENINGS: &[&str] =
    &["l'", "l’", "le ", "la ", "les ", "un ", "une ", "il ", "elle ", "on ", "je ", "nous "];

/// The contexts of each token of a text.
pub(crate) struct Contexts<'a> {
    text: &'a str,
    tokens: &'a [Token],
    scopes: Vec<(Range<usize>, Context)>,
}

impl<'a> Contexts<'a> {
    /// Reads a text. `tokens` are those of `text`.
    pub(crate) fn new(text: &'a str, tokens: &'a [Token]) -> Contexts<'a> {
        let mut out = Contexts { text, tokens, scopes: Vec::new() };
        let mut at = 0;
        while at < tokens.len() {
            let found = out.longest_at(at);
            let length = found.first().map_or(1, |trigger| trigger.words.len());
            if found.iter().all(|trigger| trigger.context.is_some()) {
                for trigger in found {
                    let scope = match trigger.side {
                        Side::After => out.after(at + length, trigger.reach),
                        Side::Before => out.before(at, trigger.reach),
                    };
                    out.scopes.extend(trigger.context.map(|context| (scope, context)));
                }
            }
            at += length;
        }
        out
    }

    /// The contexts of a stretch of tokens, each once, in order.
    pub(crate) fn of(&self, tokens: &Range<usize>) -> Vec<Context> {
        let covers = |scope: &Range<usize>| scope.start <= tokens.start && tokens.start < scope.end;
        let mut out: Vec<Context> = self.scopes.iter().filter(|(s, _)| covers(s)).map(|(_, c)| *c).collect();
        let asked = tokens
            .end
            .checked_sub(1)
            .and_then(|last| self.tokens.get(last))
            .is_some_and(|last| self.text[last.range.end..].trim_start().starts_with('?'));
        out.extend(asked.then_some(Context::Hypothetical));
        // "Antécédents familiaux" are not the patient's past.
        if out.contains(&Context::Family) {
            out.retain(|c| *c != Context::History);
        }
        out.sort_unstable();
        out.dedup();
        out
    }

    /// The triggers with the most words at a place.
    fn longest_at(&self, at: usize) -> Vec<&'static Trigger> {
        let first = self.tokens[at].surface.as_str();
        let named = triggers().get(first).into_iter();
        let dated = triggers().get(YEAR).filter(|_| is_year(&self.tokens[at])).into_iter();
        let standing: Vec<&Trigger> =
            named.chain(dated).flatten().filter(|t| self.stands(at, &t.words)).collect();
        let longest = standing.iter().map(|t| t.words.len()).max().unwrap_or(0);
        standing.into_iter().filter(|t| t.words.len() == longest).collect()
    }

    fn stands(&self, at: usize, words: &[&str]) -> bool {
        let is = |token: &Token, word: &str| token.surface == word || (word == YEAR && is_year(token));
        words.iter().enumerate().all(|(i, word)| self.tokens.get(at + i).is_some_and(|t| is(t, word)))
    }

    /// From `at` on, at most `reach` tokens, to the end of the clause.
    fn after(&self, at: usize, reach: usize) -> Range<usize> {
        let limit = self.tokens.len().min(at + reach);
        let ends = |i: &usize| self.turns(*i) || (*i > 0 && self.ends_between(i - 1));
        let end = (at..limit).find(ends).unwrap_or(limit);
        at..end.max(at)
    }

    fn before(&self, at: usize, reach: usize) -> Range<usize> {
        let limit = at.saturating_sub(reach);
        let ends = |i: &usize| self.turns(*i) || self.ends_between(*i);
        (limit..at).rev().find(ends).map_or(limit, |i| i + 1)..at
    }

    fn turns(&self, at: usize) -> bool {
        TURNS.contains(&self.tokens[at].surface.as_str())
    }

    /// Whether a clause ends between the token and the next.
    fn ends_between(&self, at: usize) -> bool {
        let (Some(a), Some(b)) = (self.tokens.get(at), self.tokens.get(at + 1)) else { return true };
        let gap = self.text.get(a.range.end..b.range.start).unwrap_or("");
        if gap.contains(['.', ';', '!', '?', '\t']) || gap.matches('\n').count() > 1 {
            return true;
        }
        let Some(next) = self.text[a.range.end..].strip_prefix(',').map(str::trim_start) else {
            return false;
        };
        CLAUSE_OPENINGS.iter().any(|opening| next.starts_with(opening))
    }
}

fn is_year(token: &Token) -> bool {
    token.kind == TokenKind::Number && token.surface.len() == 4 && token.surface.starts_with(['1', '2'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::french::tokens;
    use std::collections::BTreeMap;

    const LABELLED: &str = include_str!("../data/mentions.tsv");

    /// The contexts of the mention in brackets.
    fn read(sentence: &str) -> Vec<Context> {
        let text = sentence.replace(['[', ']'], "");
        let (start, end) = (sentence.find('[').unwrap(), sentence.find(']').unwrap() - 1);
        let tokens = tokens(&text);
        let first = tokens.iter().position(|t| t.range.end > start).unwrap();
        let last = tokens.iter().rposition(|t| t.range.start < end).unwrap();
        Contexts::new(&text, &tokens).of(&(first..last + 1))
    }

    #[test]
    #[expect(clippy::print_stdout, reason = "the figures are read")]
    fn labelled_mentions() {
        // Right, said too much, missed.
        let mut counts: BTreeMap<Context, [usize; 3]> = BTreeMap::new();
        let mut wrong = Vec::new();
        for line in LABELLED.lines().filter(|l| !l.starts_with('#')) {
            let (sentence, labels) = line.split_once('\t').unwrap();
            let expected: Vec<Context> =
                ALL.into_iter().filter(|c| labels.split(',').any(|l| l.trim() == c.as_str())).collect();
            let found = read(sentence);
            for context in ALL {
                let place = match (expected.contains(&context), found.contains(&context)) {
                    (true, true) => 0,
                    (false, true) => 1,
                    (true, false) => 2,
                    (false, false) => continue,
                };
                counts.entry(context).or_default()[place] += 1;
            }
            if found != expected {
                wrong.push(format!("{sentence}: {found:?}, not {expected:?}"));
            }
        }
        for (context, [right, more, missed]) in counts {
            let (precision, recall) = (ratio(right, right + more), ratio(right, right + missed));
            println!("{:<13} precision {precision:.3} recall {recall:.3}", context.as_str());
            let least = if context == Context::Negated { 0.90 } else { 0.80 };
            assert!(precision >= least && recall >= least, "{context:?}\n{}", wrong.join("\n"));
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "counts")]
    fn ratio(part: usize, whole: usize) -> f64 {
        part as f64 / whole.max(1) as f64
    }
}
