//! Images: pages that want recognition. What they say comes later, from whoever is shown their pictures.

use super::Content;
use crate::ocr::Pictures;
use crate::{Limits, MediaType, Turn, Watch};
use record::{Fault, Outcome, Page, Triage};

/// An image has one page, a TIFF as many as it has directories. A page that is passed over wants nothing.
pub(super) fn read(media: MediaType, bytes: &[u8], limits: &Limits, watch: &mut dyn Watch) -> Content {
    let pictures = Pictures::new(media, bytes);
    // one more than the limit tells that there are more
    let page_count = pictures.count(limits.pages.saturating_add(1));
    let mut pages = Vec::new();
    for number in 1..=page_count.min(limits.pages) {
        let wanted = watch.turn() == Turn::Read;
        let (triage, fault) = if wanted { (Some(Triage::Image), Fault::NoOcr) } else { (None, Fault::Limit) };
        let page = Page { number: Some(number), triage, fault: Some(fault), ..Page::default() };
        watch.page(&page, page_count);
        if wanted {
            watch.picture(&mut || pictures.page(number).map_err(|(fault, _)| fault));
        }
        pages.push(page);
    }
    let cut = page_count > limits.pages;
    let warnings = cut.then(|| "image has more pages than the limit".to_owned()).into_iter().collect();
    let fault = pages.iter().find_map(|page| page.fault).unwrap_or(Fault::Limit);
    Content { pages, outcome: Outcome::Unread(fault), page_count, warnings, file: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::Unwatched;

    /// A little-endian TIFF of `count` directories without entries.
    fn tiff(count: u32) -> Vec<u8> {
        let mut bytes = b"II*\0\x08\0\0\0".to_vec();
        for n in 1..=count {
            bytes.extend([0, 0]);
            bytes.extend((if n < count { 8 + 6 * n } else { 0 }).to_le_bytes());
        }
        bytes
    }

    fn check(media: MediaType, bytes: &[u8], pages: usize, page_count: u32) {
        let limits = Limits { pages: 10, ..Limits::default() };
        let content = read(media, bytes, &limits, &mut Unwatched);
        assert_eq!((content.pages.len(), content.page_count), (pages, page_count));
        assert!(content.pages.iter().all(|page| page.triage == Some(Triage::Image)));
        assert_eq!(content.outcome, Outcome::Unread(Fault::NoOcr));
        assert_eq!(content.warnings.len(), usize::from(page_count > 10));
    }

    #[test]
    fn pages_are_counted_and_want_recognition() {
        check(MediaType::Png, b"rubbish", 1, 1);
        check(MediaType::Tiff, &tiff(3), 3, 3);
        check(MediaType::Tiff, &tiff(60), 10, 11);
    }
}
