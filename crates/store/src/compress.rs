//! Compression before sealing: sealed bytes do not compress any more.
//!
//! One byte says how what follows is kept, so that PDF and JPEG, which gain nothing, stay as they are.

use std::cell::RefCell;
use zstd::bulk::{Compressor, Decompressor};

const STORED: u8 = 0;
const ZSTD: u8 = 1;
/// Level 3 takes XML to a seventh at some 300 MB/s; higher levels gain a few percent for much time.
const LEVEL: i32 = 3;

thread_local! {
    // Making one costs more than most of our values: each thread keeps its own.
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = RefCell::new(Compressor::new(LEVEL).ok());
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = RefCell::new(Decompressor::new().ok());
}

/// Compresses `bytes` if that saves a tenth.
pub(crate) fn compress(bytes: &[u8]) -> Vec<u8> {
    let smaller = COMPRESSOR.with_borrow_mut(|zstd| zstd.as_mut().and_then(|zstd| zstd.compress(bytes).ok()));
    match smaller {
        Some(smaller) if smaller.len() < bytes.len() / 10 * 9 => tagged(ZSTD, &smaller),
        _ => tagged(STORED, bytes),
    }
}

fn tagged(tag: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(1 + bytes.len());
    out.push(tag);
    out.extend_from_slice(bytes);
    out
}

/// Undoes [`compress`]; `None` if the bytes are not from it or give more than `limit` bytes.
pub(crate) fn expand(mut bytes: Vec<u8>, limit: usize) -> Option<Vec<u8>> {
    match *bytes.first()? {
        STORED if bytes.len() - 1 <= limit => {
            bytes.drain(..1);
            Some(bytes)
        }
        ZSTD => DECOMPRESSOR.with_borrow_mut(|zstd| zstd.as_mut()?.decompress(&bytes[1..], limit).ok()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_shrinks_and_noise_stays() {
        let text = "<text>créatinine 85 µmol/L</text>\n".repeat(100).into_bytes();
        let noise: [u8; 3000] = crate::seal::random().unwrap();
        for (plain, shrinks) in [(&text[..], true), (&noise[..], false), (b"", false), (b"a", false)] {
            let kept = compress(plain);
            assert_eq!(kept.len() < plain.len() / 2, shrinks);
            assert!(kept.len() <= plain.len() + 1);
            assert_eq!(expand(kept, plain.len()).as_deref(), Some(plain));
        }
    }

    #[test]
    fn limits_and_foreign_bytes_are_refused() {
        let kept = compress(&[b'a'; 1000]);
        assert_eq!(expand(kept, 999), None);
        assert_eq!(expand(tagged(STORED, b"abc"), 2), None);
        assert_eq!(expand(Vec::new(), 10), None);
        assert_eq!(expand(vec![2, 0], 10), None);
        assert_eq!(expand(vec![ZSTD, 0, 1, 2], 10), None);
    }
}
