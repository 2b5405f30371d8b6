//! Texts cut into tokens.

use crate::Error;
use std::path::Path;
use tokenizers::{PostProcessor, TruncationDirection};

/// A tokenizer that cuts at a number of tokens.
#[derive(Debug)]
pub(crate) struct Tokenizer {
    inner: tokenizers::Tokenizer,
    /// Tokens of a text, special ones included.
    most: usize,
    special: usize,
}

impl Tokenizer {
    /// Reads the text of a `tokenizer.json`. `vocabulary` is how many tokens the model knows.
    pub(crate) fn parse(
        json: &[u8],
        file: &Path,
        most: usize,
        vocabulary: usize,
    ) -> Result<Tokenizer, Error> {
        let wrong = |problem: String| Error::Format { file: file.to_owned(), problem };
        let mut inner = tokenizers::Tokenizer::from_bytes(json).map_err(|e| wrong(e.to_string()))?;
        // The file may ask to pad and to cut for the training's batches.
        inner.with_padding(None);
        inner.with_truncation(None).map_err(|e| wrong(e.to_string()))?;
        let id = inner.get_vocab(true).into_values().max().unwrap_or(0);
        if id as usize >= vocabulary {
            return Err(Error::Vocabulary { id, vocabulary });
        }
        let special = inner.get_post_processor().map_or(0, |p| p.added_tokens(false));
        if special >= most {
            return Err(wrong("the special tokens leave no room for a text".to_owned()));
        }
        Ok(Tokenizer { inner, most, special })
    }

    /// The ids of a text between its special tokens; the text's end is cut where it is too long.
    pub(crate) fn ids(&self, text: &str) -> Result<Vec<u32>, Error> {
        let mut encoding = self.inner.encode_fast(text, false).map_err(|_| Error::Tokenize)?;
        encoding.truncate(self.most - self.special, 0, TruncationDirection::Right);
        let encoding = self.inner.post_process(encoding, None, true).map_err(|_| Error::Tokenize)?;
        Ok(encoding.get_ids().to_vec())
    }

    /// Tokens of a text, without the special ones, never cut.
    pub(crate) fn count(&self, text: &str) -> Result<usize, Error> {
        Ok(self.inner.encode_fast(text, false).map_err(|_| Error::Tokenize)?.len())
    }

    /// Tokens of what stands before texts: its own, and the special one before it.
    pub(crate) fn before(&self, prefix: &str) -> Result<usize, Error> {
        Ok(self.count(prefix)? + self.special.min(1))
    }

    /// Tokens of a text that are read, without the special ones.
    pub(crate) fn room(&self) -> usize {
        self.most - self.special
    }
}
