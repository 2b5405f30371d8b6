//! Words of a query that say how to answer, not what to look for: the last, the first, questions, fillers.

use super::tokens::{Tokens, same};
use lexicon::{ConceptKind, Mention, TermClass, concept};
use std::ops::Range;

/// Which end of the time a query wants first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// "dernier", "récent", "actuel".
    Newest,
    /// "premier", "début".
    Oldest,
}

/// The order that a query wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Order {
    /// Tokens that say it.
    pub(crate) tokens: Range<usize>,
    pub(crate) direction: Direction,
    /// How many are wanted: "les 3 derniers".
    pub(crate) count: Option<u16>,
    /// Whether only what holds today is wanted: "traitement actuel".
    pub(crate) current: bool,
}

const NEWEST: &[&str] =
    &["dernier", "recent", "recemment", "nouveau", "nouvelle", "prochain", "prochainement"];
const OLDEST: &[&str] = &["premier", "premiere", "ancien", "ancienne"];
const CURRENT: [&[&str]; 5] =
    [&["en", "cours"], &["en", "ce", "moment"], &["actuel"], &["actuellement"], &["maintenant"]];

/// Word groups that open a question or a wish; longest first.
const OPENINGS: &[&[&str]] = &[
    &["est", "ce", "que", "je", "suis"],
    &["est", "ce", "que", "j", "ai"],
    &["est", "ce", "que"],
    &["qu", "est", "ce", "que"],
    &["qu", "est", "ce", "qui"],
    &["a", "eu", "lieu"],
    &["ai", "je", "eu"],
    &["ai", "je", "fait"],
    &["combien", "de", "temps"],
    &["combien", "de", "fois"],
    &["a", "quelle", "date"],
    &["a", "quel", "moment"],
    &["je", "cherche"],
    &["je", "voudrais"],
    &["je", "veux"],
    &["montre", "moi"],
    &["donne", "moi"],
    &["faut", "il"],
    &["y", "a", "t", "il"],
    &["il", "faut"],
    &["on", "m", "a"],
    &["dois", "je"],
    &["peut", "on"],
    &["c", "est", "quoi"],
    &["c", "est", "quand"],
    &["a", "quel", "age"],
    &["qu", "a", "dit"],
    &["que", "dit"],
    &["ou", "est"],
    &["ou", "sont"],
    &["ou", "en", "est"],
    &["est", "il"],
    &["est", "elle"],
    &["a", "t", "on"],
    &["a", "t", "il"],
    &["a", "t", "elle"],
    &["ai", "je", "deja"],
    &["je", "dois"],
    &["j", "aimerais"],
    &["j", "ai", "besoin", "de"],
    &["s", "il", "vous", "plait"],
    &["s", "il", "te", "plait"],
    &["tout", "ce", "qui", "concerne"],
    &["tout", "sur"],
];

/// Words that only ask or wish. Sorted.
const FILLERS: &[&str] = &[
    "affiche",
    "afficher",
    "ai",
    "aimerais",
    "ait",
    "alle",
    "allee",
    "aller",
    "appelle",
    "avais",
    "avoir",
    "besoin",
    "bonjour",
    "cherchais",
    "cherche",
    "chercher",
    "combien",
    "comment",
    "concernant",
    "connaitre",
    "deja",
    "dire",
    "dis",
    "disait",
    "dit",
    "dois",
    "doit",
    "donne",
    "donner",
    "eu",
    "eue",
    "faire",
    "fait",
    "faite",
    "faites",
    "faudra",
    "faut",
    "garder",
    "il",
    "lieu",
    "liste",
    "merci",
    "montre",
    "montrer",
    "on",
    "ou",
    "parlait",
    "parle",
    "peux",
    "plait",
    "pourquoi",
    "pourrais",
    "prenais",
    "prend",
    "prendre",
    "prends",
    "quand",
    "que",
    "quel",
    "quelle",
    "quelles",
    "quels",
    "qui",
    "quoi",
    "regarder",
    "retrouver",
    "sais",
    "savoir",
    "sera",
    "suis",
    "svp",
    "temps",
    "tous",
    "tout",
    "toute",
    "toutes",
    "trouve",
    "trouver",
    "vais",
    "vas",
    "veux",
    "voir",
    "voudrais",
    "vouloir",
];

/// Words that are read here or beside: no other word is put in their place.
const OWN: &[&str] = &[
    "hormis",
    "excepte",
    "exception",
    "sauf",
    "depuis",
    "avant",
    "apres",
    "pendant",
    "durant",
    "entre",
    "jusque",
    "lundi",
    "mardi",
    "mercredi",
    "jeudi",
    "vendredi",
    "samedi",
    "dimanche",
    "printemps",
    "automne",
    "hiver",
    "semaine",
    "trimestre",
    "semestre",
    "annee",
    "hier",
    "demain",
    "aujourd",
    "dessus",
    "dessous",
    "superieur",
    "inferieur",
    "superieure",
    "inferieure",
    "depasse",
    "depassant",
    "depassait",
    "egal",
    "egale",
    "plus",
    "moins",
    "passe",
    "passee",
    "prochain",
    "prochaine",
    "gauche",
    "droite",
    "droit",
    "docteur",
    "rentree",
    "matin",
    "derniers",
    "dernieres",
    "environ",
    "partir",
    "compter",
    "debut",
];

/// Whether a folded word says how to answer or when, wherever it stands.
pub(crate) fn is_wording(folded: &str) -> bool {
    OWN.contains(&folded)
        || FILLERS.contains(&folded)
        || lexicon::month_number(folded).is_some()
        || OPENINGS.iter().any(|words| words.contains(&folded))
        || NEWEST.iter().chain(OLDEST).chain(CURRENT.concat().iter()).any(|word| same(folded, word))
}

/// The order that the wording asks for, with the tokens that say so marked in `used`.
pub(crate) fn order(tokens: &Tokens, used: &mut [bool]) -> Option<Order> {
    let mut found: Option<Order> = None;
    for at in 0..tokens.len() {
        if used[at] {
            continue;
        }
        let current = tokens.any_phrase(at, &CURRENT);
        let direction = if current.is_some() || tokens.is_any(at, NEWEST) {
            Direction::Newest
        } else if tokens.is_any(at, OLDEST) {
            Direction::Oldest
        } else {
            continue;
        };
        // "Le premier et le dernier": one of them orders, the other stays a word.
        let end = current.unwrap_or(at + 1);
        if let Some(order) = &found {
            if order.direction == direction {
                used[at..end].fill(true);
            }
            continue;
        }
        let mut order = Order { tokens: at..end, direction, count: None, current: current.is_some() };
        let counted = |i: usize| tokens.count(i).filter(|n| (2..=50).contains(n) && !used[i]);
        if let Some(count) = at.checked_sub(1).and_then(counted) {
            (order.tokens.start, order.count) = (at - 1, Some(count));
        } else if let Some(count) = (at + 1 < tokens.len()).then(|| counted(at + 1)).flatten() {
            (order.tokens.end, order.count) = (at + 2, Some(count));
        }
        used[order.tokens.clone()].fill(true);
        found = Some(order);
    }
    found
}

/// Relatives, as patients call them.
const RELATIVES: &[&str] = &[
    "famille",
    "familial",
    "familiaux",
    "frere",
    "grand-mere",
    "grand-pere",
    "grands-parents",
    "mamie",
    "maman",
    "mere",
    "oncle",
    "papa",
    "papi",
    "parents",
    "pere",
    "soeur",
    "tante",
    "hereditaire",
    "heredite",
];

/// Whether a folded word is a relative.
pub(crate) fn is_relative(folded: &str) -> bool {
    RELATIVES.iter().any(|word| same(folded, word))
}

/// The token by which the query asks about a relative; the tokens that say so are marked in `used`, unless nothing else
/// would be left.
pub(crate) fn of_family(tokens: &Tokens, used: &mut [bool]) -> Option<usize> {
    let relatives: Vec<usize> = (0..tokens.len()).filter(|at| is_relative(tokens.word(*at))).collect();
    let content = |at: usize| !used[at] && !record::french::is_function_word(tokens.word(at));
    let more = (0..tokens.len()).filter(|at| content(*at)).count() > relatives.len();
    if relatives.is_empty() || !more {
        return None;
    }
    relatives.iter().for_each(|at| used[*at] = true);
    relatives.first().copied()
}

/// Marks questions and fillers, unless nothing else would be left. A word inside the clinical name of a measure is none:
/// "temps dans la cible".
pub(crate) fn fillers(tokens: &Tokens, mentions: &[Mention], used: &mut [bool]) {
    let is_measure = |m: &&Mention| {
        let clinical = m.senses.iter().filter(|s| s.class <= TermClass::Clinical);
        let kinds = clinical.filter_map(|s| concept(s.concept)).map(|c| c.kind);
        m.tokens.len() > 1 && kinds.into_iter().any(|kind| kind == ConceptKind::Laboratory)
    };
    let measures: Vec<&Mention> = mentions.iter().filter(is_measure).collect();
    let terms: Vec<bool> =
        (0..tokens.len()).map(|at| measures.iter().any(|m| m.tokens.contains(&at))).collect();
    let mut marked = used.to_vec();
    let mut at = 0;
    while at < tokens.len() {
        if let Some(end) = OPENINGS.iter().find_map(|words| tokens.phrase(at, words)) {
            marked[at..end].fill(true);
            at = end;
            continue;
        }
        marked[at] |= !terms[at] && FILLERS.contains(&tokens.word(at));
        at += 1;
    }
    let says_more =
        (0..tokens.len()).any(|at| !marked[at] && !record::french::is_function_word(tokens.word(at)));
    if says_more {
        used.copy_from_slice(&marked);
    }
}
