//! The worker: reads one document after the other under limits that it sets upon itself.

use super::frame;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};
use std::io::{ErrorKind, Read, Result, Write};
use std::process::ExitCode;

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
    // no core dump of patient text, no file written, next to no file opened
    for (resource, value) in [(Resource::Core, 0), (Resource::Fsize, 0), (Resource::Nofile, 8)] {
        lower(resource, value)?;
    }
    while let Some(media) = next_frame(input)? {
        let mut more = || next_frame(input)?.ok_or_else(|| std::io::Error::from(ErrorKind::UnexpectedEof));
        let frame::Request { media, limits, budget, item, bytes } =
            frame::request([media, more()?, more()?, more()?])?;
        lower(Resource::As, budget.memory)?;
        // processor time counts from the start of the process: this document gets its share from now on
        let used = u64::try_from(clock_gettime(ClockId::ProcessCPUTime).tv_sec).unwrap_or(0);
        lower(Resource::Cpu, used + 1 + budget.cpu_seconds)?;
        let reading = record::encode(&ingest::read(media, &bytes, &item, &limits));
        output.write_all(&frame::length(&reading).to_le_bytes())?;
        output.write_all(&reading)?;
        output.flush()?;
    }
    Ok(())
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
