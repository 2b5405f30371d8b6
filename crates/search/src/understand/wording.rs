//! Words of a query that say how to answer, not what to look for: the last, the first, questions, fillers.

use super::tokens::Tokens;

/// Which end of the time a query wants first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// "dernier", "récent", "actuel".
    Newest,
    /// "premier", "début".
    Oldest,
}

const NEWEST: &[&str] = &["dernier", "recent", "recemment", "actuel", "actuellement", "nouveau", "nouvelle"];
const OLDEST: &[&str] = &["premier", "premiere"];

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
];

/// Words that only ask or wish.
const FILLERS: &[&str] = &[
    "afficher",
    "ai",
    "avoir",
    "chercher",
    "combien",
    "comment",
    "cherche",
    "dois",
    "doit",
    "donner",
    "eu",
    "faut",
    "faudra",
    "fait",
    "faite",
    "garder",
    "il",
    "lieu",
    "montrer",
    "montre",
    "on",
    "ou",
    "pourquoi",
    "quand",
    "que",
    "quel",
    "quelle",
    "quelles",
    "quels",
    "qui",
    "quoi",
    "retrouver",
    "savoir",
    "suis",
    "svp",
    "temps",
    "tous",
    "toutes",
    "tout",
    "trouver",
    "voir",
    "voudrais",
    "vouloir",
];

/// The order that the wording asks for, with the tokens that say so marked in `used`.
pub(crate) fn order(tokens: &Tokens, used: &mut [bool]) -> Option<Order> {
    let mut found = None;
    for (at, used) in used.iter_mut().enumerate().filter(|(_, used)| !**used) {
        let says = |words: &[&str]| words.iter().any(|word| tokens.is(at, word));
        let order = if says(NEWEST) {
            Order::Newest
        } else if says(OLDEST) {
            Order::Oldest
        } else {
            continue;
        };
        found.get_or_insert(order);
        *used = true;
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

/// Whether the query asks about a relative; the tokens that say so are marked in `used`, unless nothing else
/// would be left.
pub(crate) fn of_family(tokens: &Tokens, used: &mut [bool]) -> bool {
    let relatives: Vec<usize> =
        (0..tokens.len()).filter(|at| RELATIVES.iter().any(|word| tokens.is(*at, word))).collect();
    let content = |at: usize| !used[at] && !record::french::is_function_word(tokens.word(at));
    let more = (0..tokens.len()).filter(|at| content(*at)).count() > relatives.len();
    if relatives.is_empty() || !more {
        return false;
    }
    relatives.iter().for_each(|at| used[*at] = true);
    true
}

/// Marks questions and fillers, unless nothing else would be left.
pub(crate) fn fillers(tokens: &Tokens, used: &mut [bool]) {
    let mut marked = used.to_vec();
    let mut at = 0;
    while at < tokens.len() {
        if let Some(end) = OPENINGS.iter().find_map(|words| tokens.phrase(at, words)) {
            marked[at..end].fill(true);
            at = end;
            continue;
        }
        marked[at] |= FILLERS.contains(&tokens.word(at));
        at += 1;
    }
    let says_more =
        (0..tokens.len()).any(|at| !marked[at] && !record::french::is_function_word(tokens.word(at)));
    if says_more {
        used.copy_from_slice(&marked);
    }
}
