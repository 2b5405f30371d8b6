//! Recognition of characters.

mod grey;
mod image;
mod prepare;
mod projection;
mod sheet;
mod skew;
mod tesseract;
mod tsv;

pub use grey::Grey;
pub use tesseract::Tesseract;

/// try
pub fn try_out(path: &std::path::Path, out: &std::path::Path) {
    let bytes = std::fs::read(path).unwrap();
    let media = crate::MediaType::sniff(&bytes).unwrap();
    let t = std::time::Instant::now();
    let page = image::Pictures::new(media, &bytes).page(1).unwrap();
    let a = t.elapsed();
    let p = prepare::Prepared::new(&page);
    let b = t.elapsed();
    let t = Tesseract::find().unwrap();
    let words = t.words(&p.picture, p.dpi, None).unwrap();
    let mut s = format!("{} {}\n", p.picture.width(), p.picture.height());
    for w in words {
        s += &format!("{} {} {}\t{} {} {} {}\t{}\t{}\n", w.line[0], w.line[1], w.line[2], w.x0, w.y0, w.x1, w.y1, w.confidence, w.text);
    }
    std::fs::write(out, s).unwrap();
    eprintln!("{} decode {:?} prep {:?} dpi {} place {:?}", path.display(), a, b - a, p.dpi, p.on_page(0.0, 0.0));
}
