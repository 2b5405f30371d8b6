//! `search`: a query to one record of this machine.

use super::engine;
use super::exit::Exit;
use super::output::Output;
use super::person::Person;
use crate::Error;
use crate::config::Config;
use crate::wire::AnswerBody;
use record::RecordId;
use search::{Answer, Hit, Query, Snippet};
use std::fmt::Write;
use std::io::Write as _;
use std::time::Instant;

/// Search a record
#[derive(Debug, clap::Args)]
pub(super) struct SearchArgs {
    /// The record
    record: RecordId,
    /// The words, as one would type them: 'douleur -genou "sans fièvre"'
    #[arg(required = true)]
    query: Vec<String>,
    /// Results to show
    #[arg(long, short = 'n', default_value_t = 10, value_name = "N")]
    limit: usize,
    #[command(flatten)]
    person: Person,
}

/// Runs the command.
pub(super) async fn run(args: &SearchArgs, config: Config, output: Output) -> anyhow::Result<Exit> {
    let actor = args.person.actor()?;
    let service = engine::open(&config).await?;
    let query = Query { limit: args.limit, ..Query::new(&args.query.join(" ")) };
    let start = Instant::now();
    let answer = match service.search(&args.record, &actor, query).await {
        Err(Error::NotFound) => {
            let _ = writeln!(std::io::stderr(), "mes-search: there is no such record");
            return Ok(Exit::Partly);
        }
        answer => answer?,
    };
    let found = answer.matched;
    output.print(&AnswerBody::new(answer.clone(), start.elapsed()), |_| text(&answer))?;
    Ok(if found { Exit::Done } else { Exit::Partly })
}

fn text(answer: &Answer) -> String {
    let t = &answer.timings;
    let mut text = format!("{} results in {:.1} ms\n", answer.total, t.understand + t.legs + t.rank);
    for (typed, searched) in &answer.understood.corrections {
        let _ = writeln!(text, "searched for `{}` where you typed `{}`", &**searched, &**typed);
    }
    for hit in &answer.hits {
        write_hit(&mut text, hit);
    }
    let c = &answer.coverage;
    let _ = write!(text, "\n{} documents, {} searched by their text", c.documents, c.searched);
    if c.pending > 0 {
        let _ = write!(text, ", {} not read yet", c.pending);
    }
    if !c.unreadable.is_empty() {
        let _ = write!(text, ", {} not readable or not whole", c.unreadable.len());
    }
    text.push('\n');
    text
}

fn write_hit(text: &mut String, hit: &Hit) {
    let date = hit.date.map(|d| d.to_string()).unwrap_or_default();
    let author = hit.author.as_ref().and_then(|a| a.name.as_deref()).unwrap_or("");
    let _ = writeln!(text, "\n{}  {}  {author}", &*hit.title, date);
    let _ = writeln!(text, "  {}  {:.2}", hit.item, hit.score);
    for snippet in &hit.snippets {
        let page = snippet.page.map(|p| format!(" (page {p})")).unwrap_or_default();
        let _ = writeln!(text, "  {}{page}", marked(snippet));
    }
}

/// The excerpt on one line, matched words in brackets.
fn marked(snippet: &Snippet) -> String {
    let mut marked = String::new();
    for (at, c) in snippet.text.chars().enumerate() {
        if snippet.highlights.iter().any(|(start, _)| *start == at) {
            marked.push('[');
        }
        marked.push(if c.is_whitespace() { ' ' } else { c });
        if snippet.highlights.iter().any(|(_, end)| *end == at + 1) {
            marked.push(']');
        }
    }
    marked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matched_words_stand_in_brackets() {
        let snippet = Snippet {
            text: "Céphalées\nsévères".into(),
            highlights: vec![(0, 9), (10, 17)],
            contexts: Vec::new(),
            page: None,
            boxes: Vec::new(),
            ocr_confidence: None,
        };
        assert_eq!(marked(&snippet), "[Céphalées] [sévères]");
    }
}
