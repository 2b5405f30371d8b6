//! The fields of the full-text index, and how an item's words become its terms.
//!
//! At each position stand the folded surface form, the marked stems, where the word has accents the marked
//! accented form, and the marked concepts that begin there. The marks keep them apart in one term
//! dictionary: prefix search, spelling and suggestions walk over unmarked terms alone.

use crate::{Weights, concept};
use record::french::{Token, TokenKind, tokens};
use tantivy::schema::{Field as IndexField, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{PreTokenizedString, Token as IndexToken};

/// Mark of a stem.
pub(crate) const STEM: char = '\u{1}';
/// Mark of a form with accents.
pub(crate) const ACCENTED: char = '\u{2}';

/// Positions between two texts of one field: no phrase spans them.
const GAP: usize = 16;

macro_rules! fields {
    ($($name:ident $text:literal $weight:ident $norm:literal),+ $(,)?) => {
        /// The fields, with their weight in BM25F and how much their length counts (`b`).
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Field { $($name),+ }

        impl Field {
            pub(crate) const ALL: [Field; [$(Field::$name),+].len()] = [$(Field::$name),+];
            pub(crate) const COUNT: usize = Self::ALL.len();

            fn name(self) -> &'static str {
                match self { $(Field::$name => $text),+ }
            }
            pub(crate) fn weight(self, weights: &Weights) -> f32 {
                match self { $(Field::$name => weights.$weight),+ }
            }
            pub(crate) fn b(self) -> f32 {
                match self { $(Field::$name => $norm),+ }
            }
        }
    };
}

fields! {
    Title "title" title 0.3,
    Type "type" type_ 0.3,
    Author "author" author_name 0.3,
    Specialty "specialty" specialty 0.3,
    Place "place" place 0.3,
    Date "date" date 0.0,
    Codes "codes" codes 0.4,
    Entries "entries" entries 0.6,
    Notes "notes" notes 0.5,
    Body "body" body 0.75,
}

/// The tantivy schema: one field for each [`Field`], in order, with positions and without field norms
/// (exact lengths are in the rows).
pub(crate) fn schema() -> Schema {
    let indexing = TextFieldIndexing::default()
        .set_tokenizer("raw")
        .set_fieldnorms(false)
        .set_index_option(IndexRecordOption::WithFreqsAndPositions);
    let mut builder = Schema::builder();
    for field in Field::ALL {
        builder.add_text_field(field.name(), TextOptions::default().set_indexing_options(indexing.clone()));
    }
    builder.build()
}

pub(crate) fn index_field(field: Field) -> IndexField {
    IndexField::from_field_id(field as u32)
}

/// The terms of one field of one item.
#[derive(Default)]
pub(crate) struct FieldTerms {
    tokens: Vec<IndexToken>,
    next: usize,
    /// How many words it has.
    pub(crate) length: u32,
}

impl FieldTerms {
    /// Adds a text and says at which position it starts.
    pub(crate) fn add(&mut self, text: &str) -> u32 {
        let start = self.next;
        let tokens = tokens(text);
        let mut concepts = concept::text_terms(text, &tokens).into_iter().peekable();
        for (at, token) in tokens.iter().enumerate() {
            while let Some((_, term)) = concepts.next_if(|(place, _)| *place == at) {
                self.push(term);
            }
            self.add_token(token);
        }
        if self.next > start {
            self.next += GAP;
        }
        u32::try_from(start).unwrap_or(u32::MAX)
    }

    /// Adds a marked term at a position of its own, which counts as no word.
    pub(crate) fn add_term(&mut self, term: String) {
        self.push(term);
        self.next += 1;
    }

    fn push(&mut self, text: String) {
        self.tokens.push(IndexToken { position: self.next, text, ..IndexToken::default() });
    }

    fn add_token(&mut self, token: &Token) {
        for term in marked_terms(token) {
            self.push(term);
        }
        self.push(token.surface.clone());
        self.next += 1;
        self.length += 1;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    pub(crate) fn into_value(self) -> PreTokenizedString {
        PreTokenizedString { text: String::new(), tokens: self.tokens }
    }
}

/// The stems of a token, marked; a word that is its own stem gives itself.
pub(crate) fn stem_terms(token: &Token) -> Vec<String> {
    if token.kind != TokenKind::Word {
        return Vec::new();
    }
    let own = token.stems.is_empty().then_some(&token.surface);
    token.stems.iter().chain(own).map(|stem| format!("{STEM}{stem}")).collect()
}

fn marked_terms(token: &Token) -> impl Iterator<Item = String> {
    let accented = token.accented.as_ref().map(|form| format!("{ACCENTED}{form}"));
    stem_terms(token).into_iter().chain(accented)
}
