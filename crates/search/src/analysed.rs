//! What the passages of open records name, analysed once: an excerpt needs the words and the concepts of a
//! passage with their places, and a person who refines a query sees the same passages again and again.

use crate::concept::{self, Mentioned};
use record::french::tokens;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// The words and concepts of a passage.
#[derive(Debug)]
pub(crate) struct Analysed {
    /// Bytes of each token.
    pub(crate) words: Vec<Range<u32>>,
    /// What is named, in order.
    pub(crate) mentions: Vec<Mentioned>,
}

impl Analysed {
    pub(crate) fn new(text: &str) -> Analysed {
        let tokens = tokens(text);
        let words = tokens.iter().map(|t| t.range.start as u32..t.range.end as u32).collect();
        Analysed { words, mentions: concept::mentioned(text, &tokens) }
    }
}

/// Passages of one view that are kept, at most: some kilobytes each.
const KEPT: usize = 2_048;

/// The analysed passages of one view, by item and passage.
#[derive(Debug, Default)]
pub(crate) struct Passages(Mutex<HashMap<(usize, usize), Arc<Analysed>>>);

impl Passages {
    /// The passage of an item, whose text is `text`.
    pub(crate) fn get(&self, item: usize, passage: usize, text: &str) -> Arc<Analysed> {
        let kept = |passages: &Mutex<HashMap<(usize, usize), Arc<Analysed>>>| {
            passages.lock().unwrap_or_else(PoisonError::into_inner).get(&(item, passage)).cloned()
        };
        if let Some(analysed) = kept(&self.0) {
            return analysed;
        }
        let analysed = Arc::new(Analysed::new(text));
        let mut passages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if passages.len() >= KEPT {
            passages.clear();
        }
        passages.insert((item, passage), analysed.clone());
        analysed
    }
}
