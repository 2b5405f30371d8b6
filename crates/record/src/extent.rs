//! How much of a document was read, and how.

use crate::{Fault, Origin, Page, Reading, Triage};

/// How far the pages of a document were read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Extent {
    /// How many pages the document has; 0 where its format has none.
    pub pages: u32,
    /// Pages read as text, blank ones included.
    pub text: u32,
    /// Pages of which all or a part was recognised on their image, here or by somebody else before.
    pub recognised: u32,
    /// Mean confidence of what was recognised here, in percent, by words.
    pub confidence: Option<u8>,
    /// Pages that were not read, or not whole, and why; no number for those of embedded files.
    pub unreadable: Vec<(Option<u32>, Fault)>,
    /// Whether the file was damaged and was repaired.
    pub repaired: bool,
}

impl Reading {
    /// How far the pages were read.
    #[must_use]
    pub fn extent(&self) -> Extent {
        let mut extent = Extent {
            pages: self.page_count,
            repaired: self.file.as_ref().is_some_and(|file| file.repaired),
            ..Extent::default()
        };
        let (mut sum, mut words) = (0, 0);
        for page in &self.pages {
            if is_recognised(page) {
                extent.recognised += 1;
            } else if !page.lines.is_empty() || page.triage == Some(Triage::Blank) {
                extent.text += 1;
            }
            extent.unreadable.extend(page.fault.map(|fault| (page.number, fault)));
            for confidence in page.lines.iter().flat_map(|l| &l.words).filter_map(|w| w.confidence) {
                sum += u32::from(confidence);
                words += 1;
            }
        }
        extent.confidence = (words > 0).then(|| u8::try_from(sum / words).unwrap_or(100));
        extent
    }
}

fn is_recognised(page: &Page) -> bool {
    page.origin != Origin::Text || page.confidence.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Line, Outcome, Rect, WordBox};

    fn line(confidence: Option<u8>) -> Line {
        let area = Rect { x0: 0.0, y0: 0.0, x1: 0.1, y1: 0.1 };
        Line { text: "mot".into(), words: vec![WordBox::new(0, 3, area, confidence)], ..Line::default() }
    }

    #[test]
    fn pages_are_counted_by_how_they_were_read() {
        let page = |number: u32| Page { number: Some(number), ..Page::default() };
        let pages = vec![
            Page { lines: vec![line(None)], triage: Some(Triage::Text), ..page(1) },
            Page {
                lines: vec![line(Some(80)), line(Some(91))],
                origin: Origin::Ocr,
                confidence: Some(85),
                ..page(2)
            },
            Page { lines: vec![line(None), line(Some(60))], confidence: Some(60), ..page(3) },
            Page { lines: vec![line(None)], origin: Origin::Layer, ..page(4) },
            Page { triage: Some(Triage::Blank), ..page(5) },
            Page { triage: Some(Triage::Image), fault: Some(Fault::Handwriting), ..page(6) },
        ];
        let reading = Reading {
            extractor: 1,
            pages,
            items: Vec::new(),
            outcome: Outcome::Partly(vec![Fault::Handwriting]),
            language: None,
            page_count: 6,
            warnings: Vec::new(),
            file: None,
        };
        let expected = Extent {
            pages: 6,
            text: 2,
            recognised: 3,
            confidence: Some(77),
            unreadable: vec![(Some(6), Fault::Handwriting)],
            repaired: false,
        };
        assert_eq!(reading.extent(), expected);
    }
}
