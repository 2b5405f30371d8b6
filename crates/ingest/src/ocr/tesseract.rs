//! Tesseract as a child process: the one place where this crate starts a program.
//!
//! **Key decision.** The command line, not the library: C++ that reads hostile pictures cannot be stopped
//! inside a process, and the bindings that exist are old or build Tesseract themselves. The picture goes in
//! as PGM through a pipe, the table of words comes out through another; no file is written.

use super::grey::Grey;
use super::tsv::{self, Seen};
use record::Fault;
use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What recognising one page may cost, in wall and in processor time.
pub const LONGEST: Duration = Duration::from_secs(60);
/// Address space of the child, bytes: an A4 page at 300 dpi takes a tenth of it.
const MEMORY: u64 = 1 << 30;
/// Bytes of a table of words: a dense page has a few hundred kilobytes.
const TABLE: u64 = 16 << 20;
/// How often a running child is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// The Tesseract of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tesseract {
    program: PathBuf,
    /// Where its models are, if the environment says so.
    models: Option<OsString>,
    /// Names of the models that it has, in Tesseract's own codes.
    languages: Vec<String>,
}

/// BCP 47 → Tesseract's code, for the languages that documents of a French record are written in.
const LANGUAGES: [(&str, &str); 13] = [
    ("fr", "fra"),
    ("en", "eng"),
    ("de", "deu"),
    ("es", "spa"),
    ("it", "ita"),
    ("pt", "por"),
    ("nl", "nld"),
    ("ar", "ara"),
    ("pl", "pol"),
    ("ro", "ron"),
    ("ru", "rus"),
    ("tr", "tur"),
    ("uk", "ukr"),
];
const FRENCH: &str = "fra";

impl Tesseract {
    /// Looks for `tesseract` on the path, with a model of French.
    ///
    /// # Errors
    /// What is missing, in words for whoever runs the machine.
    pub fn find() -> Result<Tesseract, &'static str> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let program = std::env::split_paths(&path).map(|folder| folder.join("tesseract"));
        let Some(program) = program.into_iter().find(|program| program.is_file()) else {
            return Err("tesseract is not installed");
        };
        Tesseract::at(&program, std::env::var_os("TESSDATA_PREFIX"))
    }

    /// Asks a Tesseract for its models.
    ///
    /// # Errors
    /// As [`Tesseract::find`].
    pub fn at(program: &Path, models: Option<OsString>) -> Result<Tesseract, &'static str> {
        let mut found = Tesseract { program: program.to_owned(), models, languages: Vec::new() };
        let listed = found.command().arg("--list-langs").output();
        let listed = listed.map_err(|_| "tesseract does not start")?;
        // a heading, then one name a line
        let names = String::from_utf8_lossy(&listed.stdout).into_owned();
        found.languages = names.lines().skip(1).map(|name| name.trim().to_owned()).collect();
        if found.languages.iter().any(|name| name == FRENCH) {
            Ok(found)
        } else {
            Err("tesseract has no model of French")
        }
    }

    /// The program, the folder of its models and their names, as [`Tesseract::known`] takes them.
    #[must_use]
    pub fn parts(&self) -> (&Path, Option<&OsString>, &[String]) {
        (&self.program, self.models.as_ref(), &self.languages)
    }

    /// A Tesseract that another process has found.
    #[must_use]
    pub fn known(program: PathBuf, models: Option<OsString>, languages: Vec<String>) -> Tesseract {
        Tesseract { program, models, languages }
    }

    /// The model for a document of that language; French where the language is not known or has no model.
    fn model(&self, language: Option<&str>) -> &str {
        let primary = language.map(|l| l.split('-').next().unwrap_or(l).to_ascii_lowercase());
        let code = primary.and_then(|p| LANGUAGES.iter().find(|(bcp, _)| *bcp == p)).map(|(_, code)| *code);
        code.filter(|code| self.languages.iter().any(|name| name == code)).unwrap_or(FRENCH)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        // one thread: pages are recognised side by side, and more threads of one page mostly wait
        command.env_clear().env("OMP_THREAD_LIMIT", "1").stdin(Stdio::null()).stderr(Stdio::null());
        if let Some(models) = &self.models {
            command.env("TESSDATA_PREFIX", models);
        }
        command
    }

    /// The words of a picture of `dpi` dots per inch.
    pub(super) fn words(&self, picture: &Grey, dpi: u32, language: Option<&str>) -> Result<Vec<Seen>, Fault> {
        let mut command = self.command();
        command.args(["stdin", "stdout", "-l", self.model(language), "--psm", "1"]);
        command.args(["--dpi", &dpi.to_string(), "-c", "tessedit_create_tsv=1"]);
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = child.map_err(|_| Fault::Limit)?;
        limit(&child);
        let table = exchange(&mut child, picture);
        // whatever happened, no child is left
        drop(child.kill());
        drop(child.wait());
        table.map(|table| tsv::words(&table))
    }
}

/// Gives the child its picture and takes its table, as long as there is time.
fn exchange(child: &mut Child, picture: &Grey) -> Result<String, Fault> {
    let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(Fault::Limit);
    };
    let end = Instant::now() + LONGEST;
    std::thread::scope(|threads| {
        threads.spawn(move || {
            let header = format!("P5\n{} {}\n255\n", picture.width(), picture.height());
            // a child that does not take its picture says nothing, which is seen below
            drop(input.write_all(header.as_bytes()).and_then(|()| input.write_all(picture.pixels())));
        });
        let table = threads.spawn(move || {
            let mut table = Vec::new();
            output.take(TABLE).read_to_end(&mut table).map(|_| table)
        });
        let ended = loop {
            match child.try_wait() {
                Ok(Some(status)) => break Some(status),
                Ok(None) if Instant::now() < end => std::thread::sleep(LOOK),
                _ => {
                    drop(child.kill());
                    break None;
                }
            }
        };
        let table = table.join().ok().and_then(Result::ok).unwrap_or_default();
        match ended {
            Some(status) if status.success() => Ok(String::from_utf8_lossy(&table).into_owned()),
            // ended by a limit, or by itself with an error
            Some(status) if status.code().is_some() => Err(Fault::Damaged),
            _ => Err(Fault::Limit),
        }
    })
}

/// Bounds the memory and the processor time of a child that waits for its picture.
#[cfg(target_os = "linux")]
fn limit(child: &Child) {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};
    let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) else { return };
    for (resource, value) in [(Resource::As, MEMORY), (Resource::Cpu, LONGEST.as_secs()), (Resource::Core, 0)]
    {
        let limit = Rlimit { current: Some(value), maximum: Some(value) };
        // a process that is bounded more already keeps that bound
        let _ = prlimit(Some(pid), resource, limit);
    }
}

/// Elsewhere the wall time alone bounds it.
#[cfg(not(target_os = "linux"))]
fn limit(_: &Child) {
    let _ = MEMORY;
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn check(language: Option<&str>, expected: &str) {
        let names = ["fra", "eng", "osd"].map(str::to_owned).to_vec();
        let found = Tesseract::known(PathBuf::from("/nowhere"), None, names);
        assert_eq!(found.model(language), expected, "{language:?}");
    }

    #[test]
    fn the_language_of_the_document_is_respected_where_there_is_a_model() {
        check(None, "fra");
        check(Some("fr-FR"), "fra");
        check(Some("en-GB"), "eng");
        check(Some("de"), "fra");
        check(Some("xx"), "fra");
    }

    /// A program of a few lines of shell that poses as Tesseract.
    fn impostor(script: &str) -> (tempfile::TempDir, Tesseract) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tesseract");
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        (dir, Tesseract::known(path, None, vec!["fra".to_owned()]))
    }

    #[test]
    fn a_tesseract_that_fails_gives_a_fault() {
        let picture = Grey::from_fn(900, 900, |_, _| 255);
        let check = |script: &str, expected| {
            let (_dir, tesseract) = impostor(script);
            assert_eq!(tesseract.words(&picture, 300, None).map(|words| words.len()), expected, "{script}");
        };
        check("exit 1", Err(Fault::Damaged));
        check("kill -9 $$", Err(Fault::Limit));
        check("exec /bin/cat /dev/zero", Err(Fault::Limit));
        check("/bin/cat > /dev/null; printf '5\\t1\\t1\\t1\\t1\\t1\\t1\\t2\\t3\\t4\\t90\\tmot\\n'", Ok(1));
        let nowhere = Tesseract::known(PathBuf::from("/nowhere/tesseract"), None, Vec::new());
        assert_eq!(nowhere.words(&picture, 300, None).map(|words| words.len()), Err(Fault::Limit));
    }

    #[test]
    fn what_is_missing_is_said() {
        let (dir, _) = impostor("echo List of available languages; echo eng");
        let found = Tesseract::at(&dir.path().join("tesseract"), None);
        assert_eq!(found, Err("tesseract has no model of French"));
        assert_eq!(Tesseract::at(Path::new("/nowhere"), None), Err("tesseract does not start"));
    }
}
