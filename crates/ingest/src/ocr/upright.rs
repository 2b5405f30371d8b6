//! Which way up the text of a picture is, told from the words.
//!
//! Tesseract turns a page that lies on its side or on its head before it reads it, and then gives the places
//! of the words on the picture as it was. Rows are made of words that stand upright.

use super::tsv::Seen;

/// A picture's size, and by how many quarters its text is turned clockwise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Upright {
    width: f64,
    height: f64,
    quarters: u8,
}

impl Upright {
    /// Looks at which way the words of each line follow each other.
    #[expect(clippy::cast_precision_loss, reason = "a picture has far fewer than 2^52 pixels a side")]
    pub(super) fn new(words: &[Seen], width: usize, height: usize) -> Upright {
        let middle = |w: &Seen| (f64::midpoint(w.x0, w.x1), f64::midpoint(w.y0, w.y1));
        let mut ways = [0.0; 4];
        for pair in words.windows(2).filter(|pair| pair[0].line == pair[1].line) {
            let ((x0, y0), (x1, y1)) = (middle(&pair[0]), middle(&pair[1]));
            let (dx, dy) = (x1 - x0, y1 - y0);
            let way = match (dx.abs() >= dy.abs(), dx >= 0.0, dy >= 0.0) {
                (true, true, _) => 0,
                (false, _, true) => 1,
                (true, false, _) => 2,
                (false, _, false) => 3,
            };
            ways[way] += dx.abs().max(dy.abs());
        }
        let most = (0..4u8).zip(ways).fold((0, 0.0), |best, way| if way.1 > best.1 { way } else { best });
        Upright { width: width as f64, height: height as f64, quarters: most.0 }
    }

    /// Width and height of the picture with its text upright.
    pub(super) fn size(&self) -> (f64, f64) {
        if self.quarters.is_multiple_of(2) { (self.width, self.height) } else { (self.height, self.width) }
    }

    /// A word where it is once its text stands upright.
    pub(super) fn stand(&self, word: Seen) -> Seen {
        let (w, h) = (self.width, self.height);
        let (x0, y0, x1, y1) = match self.quarters {
            0 => (word.x0, word.y0, word.x1, word.y1),
            1 => (word.y0, w - word.x1, word.y1, w - word.x0),
            2 => (w - word.x1, h - word.y1, w - word.x0, h - word.y0),
            _ => (h - word.y1, word.x0, h - word.y0, word.x1),
        };
        Seen { x0, y0, x1, y1, ..word }
    }

    /// A place in the picture as it is, of one where the text stands upright.
    pub(super) fn lie(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let (w, h) = (self.width, self.height);
        match self.quarters {
            0 => (x, y),
            1 => (w - y, x),
            2 => (w - x, h - y),
            _ => (y, h - x),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(x0: f64, y0: f64, x1: f64, y1: f64) -> Seen {
        Seen { text: "mot".to_owned(), line: [1, 1, 1], x0, y0, x1, y1, confidence: 90.0 }
    }

    /// Words that follow each other on a picture of 100 × 200, and where the second stands upright.
    fn check(words: [Seen; 2], quarters: u8, expected: [f64; 4]) {
        let upright = Upright::new(&words, 100, 200);
        assert_eq!(upright.quarters, quarters);
        let [_, second] = words;
        let lies = upright.lie((expected[0], expected[1]));
        let corners =
            [(second.x0, second.y0), (second.x1, second.y0), (second.x1, second.y1), (second.x0, second.y1)];
        assert!(corners.contains(&lies), "{lies:?}");
        let stands = upright.stand(second);
        assert_eq!([stands.x0, stands.y0, stands.x1, stands.y1], expected, "{quarters}");
    }

    #[test]
    fn the_four_ways() {
        check([seen(10.0, 20.0, 30.0, 26.0), seen(35.0, 20.0, 60.0, 26.0)], 0, [35.0, 20.0, 60.0, 26.0]);
        // downwards: the picture was turned clockwise, its upper edge is on the right
        check([seen(80.0, 10.0, 86.0, 30.0), seen(80.0, 35.0, 86.0, 60.0)], 1, [35.0, 14.0, 60.0, 20.0]);
        check([seen(70.0, 174.0, 90.0, 180.0), seen(40.0, 174.0, 65.0, 180.0)], 2, [35.0, 20.0, 60.0, 26.0]);
        check([seen(14.0, 170.0, 20.0, 190.0), seen(14.0, 140.0, 20.0, 165.0)], 3, [35.0, 14.0, 60.0, 20.0]);
    }
}
