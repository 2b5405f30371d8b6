
mod support {
    use std::path::{Path,PathBuf};
    pub fn root()->&'static Path{ Path::new("/work/wt-lexicon") }
    pub fn fixture(p:&str)->PathBuf{ root().join("fixtures").join(p) }
    pub fn files(folder: &Path) -> Vec<PathBuf> { let mut f: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_file()).collect(); f.sort(); f }
}
#[path = "../../../tests/it/fixtures.rs"]
mod fixtures;
