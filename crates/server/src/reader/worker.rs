//! The worker: reads one document after the other under limits that it sets upon itself.

use super::confine::{Duty, confine};
use super::frame::{self, Answer, Pictures, Request};
use ingest::ocr::{Look, Tesseract};
use ingest::{Turn, Watch};
use record::Page;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};
use std::collections::BTreeSet;
use std::io::{ErrorKind, Read, Result, Write};
use std::process::ExitCode;

/// Files that a worker may have open: its pipes, and for recognition those to a child.
const FILES: [(Duty, u64); 2] = [(Duty::Read, 8), (Duty::Recognise, 64)];

/// How much recognition gives way to everything else.
const NICE: i32 = 10;

/// The subcommand `read-worker`: answers requests from the standard input on the standard output until the
/// input ends. It writes nothing else anywhere.
#[must_use]
pub fn worker_main() -> ExitCode {
    match serve(&mut std::io::stdin().lock(), &mut std::io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn serve(input: &mut impl Read, output: &mut impl Write) -> Result<()> {
    let mut confined = None;
    while let Some(media) = next_frame(input)? {
        let mut more = || next_frame(input)?.ok_or_else(|| std::io::Error::from(ErrorKind::UnexpectedEof));
        let request = frame::request([media, more()?, more()?, more()?, more()?])?;
        let duty = if request.task.pictures.is_some() { Duty::Recognise } else { Duty::Read };
        limit(duty, &request)?;
        match confined {
            // the first request decides what this process is for; nothing foreign was looked at so far
            None => {
                if duty == Duty::Recognise {
                    // whoever waits for an answer goes first
                    let _ = rustix::process::nice(NICE);
                }
                confine(duty, &request.task.pictures.as_ref().map(Pictures::places).unwrap_or_default());
            }
            Some(confined) if confined != duty => return Err(ErrorKind::InvalidInput.into()),
            Some(_) => {}
        }
        confined = Some(duty);
        answer(request, output)?;
    }
    Ok(())
}

fn limit(duty: Duty, request: &Request) -> Result<()> {
    let files = FILES.iter().find(|(d, _)| *d == duty).map_or(8, |(_, n)| *n);
    // no core dump of patient text, no file written, next to no file opened
    for (resource, value) in [(Resource::Core, 0), (Resource::Fsize, 0), (Resource::Nofile, files)] {
        lower(resource, value)?;
    }
    lower(Resource::As, request.budget.memory)?;
    // processor time counts from the start of the process: this document gets its share from now on
    let used = u64::try_from(clock_gettime(ClockId::ProcessCPUTime).tv_sec).unwrap_or(0);
    lower(Resource::Cpu, used + 1 + request.budget.cpu_seconds)
}

fn answer(request: Request, output: &mut impl Write) -> Result<()> {
    let Request { media, limits, item, task, bytes, .. } = request;
    let mut written = Ok(());
    let mut send = |answer: &Answer| {
        if written.is_ok() {
            written = send(output, answer);
        }
    };
    let reading = match task.pictures {
        None => {
            let mut stream = Stream { pass_over: task.pass_over, next: 0, send: &mut send };
            ingest::read_watched(media, &bytes, &item, &limits, &mut stream)
        }
        Some(pictures) => {
            let tesseract: Tesseract = pictures.tesseract();
            let mut look = Look {
                tesseract: &tesseract,
                language: pictures.language.as_deref(),
                wanted: pictures.wanted,
                pass_over: task.pass_over,
                take: |number, page| send(&Answer::Seen(number, page)),
                next: (0, 0),
            };
            ingest::read_watched(media, &bytes, &item, &limits, &mut look)
        }
    };
    send(&Answer::Done(Box::new(reading)));
    written
}

/// Sends each page as soon as it is read.
struct Stream<'a> {
    pass_over: BTreeSet<u32>,
    next: u32,
    send: &'a mut dyn FnMut(&Answer),
}

impl Watch for Stream<'_> {
    fn turn(&mut self) -> Turn {
        let number = self.next;
        self.next += 1;
        if self.pass_over.contains(&number) { Turn::PassOver } else { Turn::Read }
    }

    fn page(&mut self, page: &Page, of: u32) {
        // where there is one page alone, its loss is that of the document
        if of > 1 {
            (self.send)(&Answer::Page(page.clone(), of));
        }
    }
}

fn send(output: &mut impl Write, answer: &Answer) -> Result<()> {
    let bytes = record::encode(answer);
    output.write_all(&frame::length(&bytes).to_le_bytes())?;
    output.write_all(&bytes)?;
    output.flush()
}

/// Sets a soft limit, never above the hard one.
pub(crate) fn lower(resource: Resource, value: u64) -> Result<()> {
    let maximum = getrlimit(resource).maximum;
    let current = Some(maximum.map_or(value, |m| m.min(value)));
    Ok(setrlimit(resource, Rlimit { current, maximum })?)
}
/// The next frame; `None` where the input ends before it.
fn next_frame(input: &mut impl Read) -> Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    match input.read_exact(&mut length) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let length = u32::from_le_bytes(length);
    if length > frame::LONGEST {
        return Err(ErrorKind::InvalidData.into());
    }
    let mut bytes = Vec::new();
    input.take(u64::from(length)).read_to_end(&mut bytes)?;
    if bytes.len() < length as usize {
        return Err(std::io::Error::from(ErrorKind::UnexpectedEof));
    }
    Ok(Some(bytes))
}
