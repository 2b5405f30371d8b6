//! The process that draws one page, under limits that it sets upon itself.

use super::Request;
use crate::reader::{Budget, Duty, confine, lower};
use ingest::{Limits, MediaType, PageView};
use record::{Fault, Rect};
use rustix::process::Resource;
use std::io::{Read, Result, Write};
use std::process::ExitCode;

/// First byte of an answer that is a PNG…
pub(super) const PICTURE: u8 = b'P';
/// …and of one that is a [`Fault`] as CBOR.
pub(super) const FAULT: u8 = b'F';

/// The subcommand `draw-worker`: one request from the standard input (its length as u32, little-endian, then
/// JSON, then the document up to the end), one answer on the standard output.
#[must_use]
pub fn draw_main() -> ExitCode {
    match serve(&mut std::io::stdin().lock(), &mut std::io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn serve(input: &mut impl Read, output: &mut impl Write) -> Result<()> {
    let budget = Budget::default();
    // no core dump of patient text, no file written, next to no file opened
    for (resource, value) in [
        (Resource::Core, 0),
        (Resource::Fsize, 0),
        (Resource::Nofile, 8),
        (Resource::As, budget.memory),
        (Resource::Cpu, budget.cpu_seconds),
    ] {
        lower(resource, value)?;
    }
    confine(Duty::Read, &[]);
    let mut length = [0; 4];
    input.read_exact(&mut length)?;
    let mut request = Vec::new();
    input.take(u64::from(u32::from_le_bytes(length))).read_to_end(&mut request)?;
    let request: Request = serde_json::from_slice(&request)?;
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes)?;
    // what draws is not ours: where it panics, the file is named as damaged
    let drawn = std::panic::catch_unwind(|| draw(&request, &bytes)).unwrap_or(Err(Fault::Damaged));
    let (kind, body) = match drawn {
        Ok(picture) => (PICTURE, picture),
        Err(fault) => (FAULT, record::encode(&fault)),
    };
    output.write_all(&[kind])?;
    output.write_all(&body)?;
    output.flush()
}

fn draw(request: &Request, bytes: &[u8]) -> std::result::Result<Vec<u8>, Fault> {
    let media = MediaType::from_name(&request.media).map_err(|_| Fault::MediaType)?;
    let highlights = request.highlights.iter().map(|&[x0, y0, x1, y1]| Rect { x0, y0, x1, y1 }).collect();
    let view = PageView { longest_side: request.longest_side, highlights };
    let limits = Limits { document_bytes: request.document_bytes, ..Limits::default() };
    ingest::preview(media, bytes, request.page, &view, &limits)
}
