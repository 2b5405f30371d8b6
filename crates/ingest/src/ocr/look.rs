//! Recognising the pictures of a document while it is read.

use super::{Grey, Tesseract};
use crate::{Turn, Watch};
use record::{Fault, Page};
use std::collections::BTreeSet;

/// Follows a reading and recognises the pictures that are wanted; each page goes out as soon as it is done.
pub struct Look<'a, F> {
    /// What recognises.
    pub tesseract: &'a Tesseract,
    /// The language of the document, where it is known.
    pub language: Option<&'a str>,
    /// Numbers of the pictures to recognise, see [`super::wanted`].
    pub wanted: BTreeSet<u32>,
    /// Numbers of pages that are not to be read: they ended a process before.
    pub pass_over: BTreeSet<u32>,
    /// Takes what was recognised, with the number of its picture.
    pub take: F,
    /// Numbers of the next page and of the next picture.
    pub next: (u32, u32),
}

impl<F: FnMut(u32, Page)> Watch for Look<'_, F> {
    fn turn(&mut self) -> Turn {
        let number = self.next.0;
        self.next.0 += 1;
        if self.pass_over.contains(&number) { Turn::PassOver } else { Turn::Read }
    }

    fn picture(&mut self, draw: &mut dyn FnMut() -> Result<Grey, Fault>) {
        let number = self.next.1;
        self.next.1 += 1;
        if self.wanted.contains(&number) {
            let page = match draw() {
                Ok(picture) => self.tesseract.recognise(&picture, self.language),
                Err(fault) => Page { fault: Some(fault), ..Page::default() },
            };
            (self.take)(number, page);
        }
    }
}
