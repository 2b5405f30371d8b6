//! Recognising the pictures of a document that was read.

use super::frame::{Answer, Pictures, Task};
use super::{MOST_LOST, Reader};
use ingest::MediaType;
use ingest::ocr;
use record::{Fault, Item, Page, Reading};
use std::collections::BTreeSet;

impl Reader {
    /// Recognises up to `most` of the pictures that the reading of a document still wants, one by one; each goes to `take`
    /// with its number as soon as it is done. A picture that ends the worker is given up, and says why. It
    /// waits for a free worker; it never fails. Nothing happens where nothing recognises.
    pub async fn recognise(
        &self,
        media: MediaType,
        bytes: &[u8],
        item: &Item,
        reading: &Reading,
        most: usize,
        mut take: impl FnMut(u32, Page),
    ) {
        let Some(tesseract) = self.tesseract() else { return };
        let language = reading.language.clone().or_else(|| item.language.clone());
        let pass_over: BTreeSet<u32> = ocr::passed_over(reading).into_iter().collect();
        let mut wanted: BTreeSet<u32> = ocr::wanted(reading).into_iter().take(most).collect();
        let _permit = self.recognition.permits.acquire().await;
        let mut lost = 0;
        while !wanted.is_empty() {
            let pictures = Pictures::new(tesseract, wanted.clone(), language.clone());
            let task = Task { pass_over: pass_over.clone(), pictures: Some(pictures) };
            let seen = |answer| match answer {
                Answer::Seen(number, page) => {
                    if wanted.remove(&number) {
                        take(number, page);
                    }
                    false
                }
                Answer::Page(..) => false,
                Answer::Done(_) => true,
            };
            let limits = &self.config.limits;
            let asked = self.ask(&self.recognition, media, bytes, item, limits, &task, seen).await;
            let given_up: Vec<u32> = match asked {
                // pictures that the document does not have after all, or the rest of one long trap
                Ok(()) => wanted.iter().copied().collect(),
                Err(_) if lost == MOST_LOST => wanted.iter().copied().collect(),
                Err(_) => wanted.first().copied().into_iter().collect(),
            };
            lost += 1;
            for number in given_up {
                wanted.remove(&number);
                take(number, Page { fault: Some(Fault::Limit), ..Page::default() });
            }
        }
    }
}
