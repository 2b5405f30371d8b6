//! Putting what was recognised into what was read.

use record::{Fault, Line, Origin, Outcome, Page, Reading, Rect, Triage};

/// The part of a word that must lie on words of text for it to be one of them.
const COVERED: f32 = 0.5;

/// The pages of a reading that still want recognition, each by its number among those that ever did: the
/// same as [`crate::Watch::picture`] counts.
#[must_use]
pub fn wanted(reading: &Reading) -> Vec<u32> {
    let pictures = (0..).zip(reading.pages.iter().filter(|page| is_picture(page)));
    pictures.filter(|(_, page)| page.fault == Some(Fault::NoOcr)).map(|(number, _)| number).collect()
}

/// Whether the page is one that recognition is asked for.
fn is_picture(page: &Page) -> bool {
    page.triage.is_some_and(Triage::wants_ocr)
}

/// Puts what was recognised on the picture of that number into its page. Text that the page has of its own
/// stays; words that were recognised over it are left out.
pub fn recognised(reading: &mut Reading, number: u32, seen: Page) {
    let pictures = reading.pages.iter_mut().filter(|page| is_picture(page));
    let Some(page) = pictures.zip(0..).find_map(|(page, n)| (n == number).then_some(page)) else { return };
    page.fault = seen.fault;
    page.confidence = seen.confidence;
    let own: Vec<Rect> = page.lines.iter().filter(|l| !l.is_recognised()).flat_map(places).collect();
    page.lines.retain(|line| !line.is_recognised());
    if page.lines.is_empty() {
        page.origin = Origin::Ocr;
    }
    page.lines.extend(seen.lines.into_iter().filter_map(|line| beside(line, &own)));
}

/// The places of the words of a line, or of the line itself where its words have none.
fn places(line: &Line) -> Vec<Rect> {
    if line.words.is_empty() {
        line.area.into_iter().collect()
    } else {
        line.words.iter().map(|w| w.area()).collect()
    }
}

/// A line without the words that lie on text; `None` where none is left.
fn beside(line: Line, own: &[Rect]) -> Option<Line> {
    let is_text = |area: Rect| own.iter().any(|text| covered(area, *text) > COVERED);
    let kept: Vec<_> = line.words.iter().filter(|word| !is_text(word.area())).copied().collect();
    if kept.len() == line.words.len() {
        return Some(line);
    }
    let mut text = String::new();
    let mut words = Vec::new();
    let mut last: Option<u32> = None;
    for word in kept {
        // the gap before the word, a tab where one stood between it and the last that was kept
        if let Some(end) = last {
            let between = line.text.get(range(end, word.start)).unwrap_or(" ");
            text.push(if between.contains('\t') { '\t' } else { ' ' });
        }
        last = Some(word.end);
        let by = i64::try_from(text.len()).unwrap_or(0) - i64::from(word.start);
        text.push_str(line.text.get(range(word.start, word.end)).unwrap_or(""));
        words.extend(word.shifted(by));
    }
    let area = words.iter().map(|w| w.area()).reduce(union);
    (!words.is_empty()).then(|| Line { text: text.into(), words, area, ..line })
}

fn range(start: u32, end: u32) -> std::ops::Range<usize> {
    usize::try_from(start).unwrap_or(usize::MAX)..usize::try_from(end).unwrap_or(usize::MAX)
}

fn union(one: Rect, other: Rect) -> Rect {
    Rect {
        x0: one.x0.min(other.x0),
        y0: one.y0.min(other.y0),
        x1: one.x1.max(other.x1),
        y1: one.y1.max(other.y1),
    }
}

/// The part of an area that another covers.
fn covered(area: Rect, other: Rect) -> f32 {
    let across = (area.x1.min(other.x1) - area.x0.max(other.x0)).max(0.0);
    let down = (area.y1.min(other.y1) - area.y0.max(other.y0)).max(0.0);
    let whole = (area.x1 - area.x0) * (area.y1 - area.y0);
    if whole > 0.0 { across * down / whole } else { 0.0 }
}

/// Numbers of the pages that ended a process and were passed over since, as [`crate::Watch::turn`] counts them.
#[must_use]
pub fn passed_over(reading: &Reading) -> Vec<u32> {
    let asked = reading.pages.iter().filter(|page| page.triage.is_some() || was_passed_over(page));
    (0..).zip(asked).filter(|(_, page)| was_passed_over(page)).map(|(number, _)| number).collect()
}

fn was_passed_over(page: &Page) -> bool {
    let is_paged = page.number.is_some() || page.part.is_some();
    page.triage.is_none() && is_paged && page.fault == Some(Fault::Limit)
}

/// Puts pages that were read before into those that a later reading passed over, in their order; `None` stays
/// passed over.
pub fn restored(reading: &mut Reading, known: Vec<Option<Page>>) {
    let places = reading.pages.iter_mut().filter(|page| was_passed_over(page));
    for (place, page) in places.zip(known) {
        if let Some(mut page) = page {
            // what the structure of the file added does not come from its page
            page.lines.append(&mut place.lines);
            *place =
                Page { number: place.number, label: place.label.take(), part: place.part.take(), ..page };
        }
    }
}

/// Tells anew what the pages decide, once some of them changed: how the reading ended, and in what language.
/// Faults that are of the document and not of a page stay.
pub fn complete(reading: &mut Reading) {
    let of_document = match &reading.outcome {
        Outcome::Read => Vec::new(),
        Outcome::Partly(faults) => faults.clone(),
        Outcome::Unread(fault) => vec![*fault],
    };
    let of_pages =
        |fault: Fault| matches!(fault, Fault::NoOcr | Fault::Waiting | Fault::Handwriting | Fault::Empty);
    let mut faults: Vec<Fault> = of_document.into_iter().filter(|fault| !of_pages(*fault)).collect();
    faults.extend(reading.pages.iter().filter_map(|page| page.fault));
    let has_text = reading.pages.iter().any(|page| !page.lines.is_empty());
    reading.outcome = crate::reading::outcome(has_text || !reading.items.is_empty(), faults);
    reading.language = crate::reading::language(&reading.pages);
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::{Text, WordBox};

    /// A line whose words are one after the other, each a tenth of the page wide from `x` on.
    fn line(text: &str, x: f32, y: f32, confidence: Option<u8>) -> Line {
        let mut at = 0;
        let words = text.split([' ', '\t']).zip(0u8..).map(|(word, n)| {
            let x0 = x + 0.1 * f32::from(n);
            let area = Rect { x0, y0: y, x1: x0 + 0.1, y1: y + 0.02 };
            let start = at;
            at += word.len() + 1;
            WordBox::new(start, start + word.len(), area, confidence)
        });
        Line { words: words.collect(), text: Text::from(text), ..Line::default() }
    }

    fn page(triage: Triage, lines: Vec<Line>) -> Page {
        let fault = triage.wants_ocr().then_some(Fault::NoOcr);
        Page { triage: Some(triage), fault, lines, ..Page::default() }
    }

    fn reading(pages: Vec<Page>) -> Reading {
        let outcome = Outcome::Partly(vec![Fault::NoOcr, Fault::Damaged]);
        Reading {
            extractor: 1,
            pages,
            items: Vec::new(),
            outcome,
            language: None,
            page_count: 3,
            warnings: Vec::new(),
            file: None,
        }
    }

    fn texts(page: &Page) -> Vec<&str> {
        page.lines.iter().map(|line| line.text.as_str()).collect()
    }

    #[test]
    fn recognition_fills_pages_and_spares_their_text() {
        let stamp = line("Reçu le", 0.1, 0.1, None);
        let mut document = reading(vec![
            page(Triage::Text, vec![line("un", 0.1, 0.1, None)]),
            page(Triage::Image, Vec::new()),
            page(Triage::Mixed, vec![stamp]),
        ]);
        assert_eq!(wanted(&document), [0, 1]);
        let seen = |lines: Vec<Line>| Page { lines, confidence: Some(90), ..Page::default() };
        recognised(&mut document, 0, seen(vec![line("Potassium\t3,4", 0.1, 0.2, Some(91))]));
        assert_eq!(wanted(&document), [1]);
        complete(&mut document);
        assert_eq!(document.outcome, Outcome::Partly(vec![Fault::NoOcr, Fault::Damaged]));
        let over = line("Recu le 4\tmars", 0.1, 0.1, Some(80));
        recognised(&mut document, 1, seen(vec![over, line("Sodium", 0.1, 0.5, Some(80))]));
        assert_eq!(texts(&document.pages[1]), ["Potassium\t3,4"]);
        assert_eq!(texts(&document.pages[2]), ["Reçu le", "4\tmars", "Sodium"]);
        assert_eq!((document.pages[1].origin, document.pages[2].origin), (Origin::Ocr, Origin::Text));
        let words = &document.pages[2].lines[1].words;
        assert_eq!((words[1].start, words[1].end, words[1].confidence), (2, 6, Some(80)));
        complete(&mut document);
        assert_eq!(document.outcome, Outcome::Partly(vec![Fault::Damaged]));
        // recognised again, by a later version
        recognised(&mut document, 1, seen(Vec::new()));
        assert_eq!(texts(&document.pages[2]), ["Reçu le"]);
    }

    #[test]
    fn pages_read_before_come_back_where_they_were_passed_over() {
        let lost = |number| Page { number: Some(number), fault: Some(Fault::Limit), ..Page::default() };
        let narrative = Page { lines: vec![line("un", 0.1, 0.1, None)], ..Page::default() };
        let last = page(Triage::Text, vec![line("trois", 0.1, 0.1, None)]);
        let mut document = reading(vec![narrative, lost(1), lost(2), last]);
        let first = page(Triage::Text, vec![line("deux", 0.1, 0.1, None)]);
        restored(&mut document, vec![Some(first), None]);
        assert_eq!(document.pages.iter().flat_map(texts).collect::<Vec<_>>(), ["un", "deux", "trois"]);
        assert_eq!(passed_over(&document), [1]);
    }

    #[test]
    fn what_recognition_cannot_read_is_named() {
        let mut document = reading(vec![page(Triage::Image, Vec::new()), page(Triage::Image, Vec::new())]);
        document.outcome = Outcome::Unread(Fault::NoOcr);
        let seen = |fault| Page { fault, ..Page::default() };
        recognised(&mut document, 0, seen(Some(Fault::Handwriting)));
        recognised(&mut document, 1, seen(None));
        recognised(&mut document, 7, seen(None));
        complete(&mut document);
        assert_eq!(document.outcome, Outcome::Unread(Fault::Handwriting));
        recognised(&mut document, 0, seen(None));
        complete(&mut document);
        assert_eq!(document.outcome, Outcome::Unread(Fault::Empty));
    }
}
