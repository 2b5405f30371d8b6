//! The context of a mention in clinical French: denied, of a relative, feared, of the past, asked for.
//!
//! After Chapman et al., "A simple algorithm for identifying negated findings and diseases in discharge
//! summaries" (2001) and ConText (2009): a trigger opens a scope before or after it, which ends at the end of
//! the clause, at a word that turns ("mais", "en revanche") or after some words. The triggers are our own, for
//! the way French letters, laboratories and patients write.

use record::french::Token;

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

use Context::{Family, History, Hypothetical, Negated, Ordered};
use Side::{After, Before};

/// Words, folded, with what they open, on which side, and over how many tokens.
const TRIGGERS: &[(&[&str], Context, Side, usize)] = &[
    (&["pas"], Negated, After, 6),
    (&["aucun"], Negated, After, 6),
    (&["aucune"], Negated, After, 6),
    (&["sans"], Negated, After, 5),
    (&["ni"], Negated, After, 4),
    (&["non"], Negated, After, 2),
    (&["jamais"], Negated, After, 6),
    (&["absence"], Negated, After, 7),
    (&["negatif", "pour"], Negated, After, 6),
    (&["negative", "pour"], Negated, After, 6),
    (&["indemne"], Negated, After, 5),
    (&["exclut"], Negated, After, 6),
    (&["elimine"], Negated, After, 6),
    (&["eliminer"], Hypothetical, After, 6),
    (&["ecarte"], Negated, After, 6),
    (&["infirme"], Negated, After, 6),
    (&["nie"], Negated, After, 5),
    (&["disparition"], Negated, After, 5),
    (&["absent"], Negated, Before, 6),
    (&["absente"], Negated, Before, 6),
    (&["absents"], Negated, Before, 6),
    (&["absentes"], Negated, Before, 6),
    (&["negatif"], Negated, Before, 6),
    (&["negative"], Negated, Before, 6),
    (&["negatifs"], Negated, Before, 6),
    (&["negatives"], Negated, Before, 6),
    (&["non", "retrouve"], Negated, Before, 6),
    (&["non", "retrouvee"], Negated, Before, 6),
    (&["ecartee"], Negated, Before, 6),
    (&["eliminee"], Negated, Before, 6),
    (&["infirmee"], Negated, Before, 6),
    (&["pere"], Family, After, 7),
    (&["mere"], Family, After, 7),
    (&["frere"], Family, After, 7),
    (&["soeur"], Family, After, 7),
    (&["tante"], Family, After, 7),
    (&["oncle"], Family, After, 7),
    (&["cousin"], Family, After, 7),
    (&["cousine"], Family, After, 7),
    (&["grand", "mere"], Family, After, 7),
    (&["grand", "pere"], Family, After, 7),
    (&["grands", "parents"], Family, After, 7),
    (&["antecedents", "familiaux"], Family, After, 14),
    (&["antecedent", "familial"], Family, After, 10),
    (&["atcd", "familiaux"], Family, After, 14),
    (&["heredite"], Family, After, 5),
    (&["familial"], Family, Before, 4),
    (&["familiale"], Family, Before, 4),
    (&["familiaux"], Family, Before, 4),
    (&["chez", "la", "mere"], Family, Before, 6),
    (&["chez", "le", "pere"], Family, Before, 6),
    (&["chez", "sa", "mere"], Family, Before, 6),
    (&["chez", "son", "pere"], Family, Before, 6),
    (&["chez", "son", "frere"], Family, Before, 6),
    (&["chez", "sa", "soeur"], Family, Before, 6),
    (&["avec", "femme", "enceinte"], Family, After, 0),
    (&["si"], Hypothetical, After, 8),
    (&["en", "cas", "de"], Hypothetical, After, 8),
    (&["en", "cas", "d"], Hypothetical, After, 8),
    (&["risque"], Hypothetical, After, 5),
    (&["suspicion"], Hypothetical, After, 6),
    (&["suspecte"], Hypothetical, After, 5),
    (&["possible"], Hypothetical, After, 4),
    (&["possible"], Hypothetical, Before, 3),
    (&["probable"], Hypothetical, Before, 3),
    (&["eventuel"], Hypothetical, After, 4),
    (&["eventuelle"], Hypothetical, After, 4),
    (&["evoque"], Hypothetical, After, 5),
    (&["evoquant"], Hypothetical, After, 5),
    (&["craint"], Hypothetical, After, 6),
    (&["crainte"], Hypothetical, After, 6),
    (&["peur"], Hypothetical, After, 6),
    (&["prevention"], Hypothetical, After, 5),
    (&["prophylaxie"], Hypothetical, After, 5),
    (&["depistage"], Hypothetical, After, 5),
    (&["recherche"], Hypothetical, After, 5),
    (&["rechercher"], Hypothetical, After, 5),
    (&["surveiller"], Hypothetical, After, 6),
    (&["antecedent"], History, After, 8),
    (&["antecedents"], History, After, 10),
    (&["atcd"], History, After, 10),
    (&["ancien"], History, After, 3),
    (&["ancienne"], History, After, 3),
    (&["ancienne"], History, Before, 3),
    (&["sequelle"], History, After, 4),
    (&["sequelles"], History, After, 4),
    (&["faire"], Ordered, After, 6),
    (&["realiser"], Ordered, After, 6),
    (&["prevoir"], Ordered, After, 6),
    (&["programmer"], Ordered, After, 6),
    (&["demande"], Ordered, After, 5),
    (&["demander"], Ordered, After, 6),
    (&["prescription"], Ordered, After, 5),
    (&["je", "prescris"], Ordered, After, 6),
    (&["a", "prevoir"], Ordered, Before, 5),
    (&["a", "faire"], Ordered, Before, 5),
    (&["a", "realiser"], Ordered, Before, 5),
    (&["a", "controler"], Ordered, Before, 5),
    (&["a", "programmer"], Ordered, Before, 5),
    (&["est", "prevu"], Ordered, Before, 5),
    (&["est", "prevue"], Ordered, Before, 5),
];

/// Expressions that only look like triggers.
const FALSE: &[&[&str]] = &[
    &["pas", "seulement"],
    &["sans", "doute"],
    &["pas", "a", "pas"],
    &["sans", "modification"],
    &["sans", "changement"],
    &["non", "insulino"],
    &["non", "steroidien"],
    &["non", "steroidiens"],
    &["non", "proliferante"],
    &["non", "hodgkinien"],
    &["non", "compliquee"],
    &["pas", "mieux"],
    &["bon", "pere"],
];

/// Words at which a scope ends.
const TURNS: &[&str] =
    &["mais", "cependant", "toutefois", "sauf", "hormis", "malgre", "revanche", "puis", "devant"];

/// The contexts of each token of a text.
pub(crate) struct Contexts {
    scopes: Vec<(std::ops::Range<usize>, Context)>,
}

impl Contexts {
    /// Reads a text. `tokens` are those of `text`.
    pub(crate) fn new(text: &str, tokens: &[Token]) -> Contexts {
        let reader = Reader { text, tokens };
        let mut scopes = Vec::new();
        let mut at = 0;
        while at < tokens.len() {
            if let Some(words) = FALSE.iter().find(|words| reader.stands(at, words)) {
                at += words.len();
                continue;
            }
            let triggers = TRIGGERS.iter().filter(|(words, ..)| reader.stands(at, words));
            for (words, context, side, reach) in triggers {
                let scope = match side {
                    After => reader.after(at + words.len(), *reach),
                    Before => reader.before(at, *reach),
                };
                scopes.push((scope, *context));
            }
            at += 1;
        }
        Contexts { scopes }
    }

    /// The contexts of a stretch of tokens, each once, in order.
    pub(crate) fn of(&self, tokens: &std::ops::Range<usize>) -> Vec<Context> {
        let covers = |scope: &std::ops::Range<usize>| scope.start <= tokens.start && tokens.start < scope.end;
        let mut out: Vec<Context> = self.scopes.iter().filter(|(s, _)| covers(s)).map(|(_, c)| *c).collect();
        out.sort_unstable();
        out.dedup();
        out
    }
}

struct Reader<'a> {
    text: &'a str,
    tokens: &'a [Token],
}

impl Reader<'_> {
    fn stands(&self, at: usize, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(i, word)| self.tokens.get(at + i).is_some_and(|t| t.surface == *word))
    }

    /// From `at` on, at most `reach` tokens, to the end of the clause.
    fn after(&self, at: usize, reach: usize) -> std::ops::Range<usize> {
        let limit = self.tokens.len().min(at + reach);
        let end =
            (at..limit).find(|i| self.turns(*i) || (*i > 0 && self.ends_between(i - 1))).unwrap_or(limit);
        at..end.max(at)
    }

    fn before(&self, at: usize, reach: usize) -> std::ops::Range<usize> {
        let limit = at.saturating_sub(reach);
        let start =
            (limit..at).rev().find(|i| self.turns(*i) || self.ends_between(*i)).map_or(limit, |i| i + 1);
        start..at
    }

    fn turns(&self, at: usize) -> bool {
        TURNS.contains(&self.tokens[at].surface.as_str())
    }

    /// Whether a clause ends between the token and the next.
    fn ends_between(&self, at: usize) -> bool {
        let (Some(a), Some(b)) = (self.tokens.get(at), self.tokens.get(at + 1)) else { return true };
        let gap = self.text.get(a.range.end..b.range.start).unwrap_or("");
        gap.contains(['.', ';', '!', '?', '\t']) || gap.contains("\n\n") || gap.matches('\n').count() > 1
    }
}
