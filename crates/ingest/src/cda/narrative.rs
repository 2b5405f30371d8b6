//! The narrative of a structured body as lines (CDA R2 §4.3.5, "Section Narrative Block").
//!
//! A section title is a heading; a paragraph, a list item and a row of a table are a line each. The cells
//! of a row are joined by tabs, and the header row comes first, so that a value stands under its column.

use super::xml::{attribute, child, children, push_words};
use record::{Line, Text};
use roxmltree::Node;

/// No cell takes more columns or rows than this.
const WIDEST: usize = 50;

/// What the narrative says.
pub(super) struct Narrative {
    pub(super) lines: Vec<Line>,
    /// Whether it was longer than the limit.
    pub(super) cut: bool,
}

/// Reads the sections of a body, in order.
pub(super) fn read(body: Node<'_, '_>, longest: usize) -> Narrative {
    let mut writer = Writer { room: longest, ..Writer::default() };
    for section in sections(body) {
        writer.section(section);
    }
    writer.end_line();
    Narrative { lines: writer.lines, cut: writer.cut }
}

/// The sections directly below a body or a section.
pub(super) fn sections<'a, 'i>(node: Node<'a, 'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    children(node, "component").filter_map(|c| child(c, "section"))
}

#[derive(Default)]
struct Writer {
    lines: Vec<Line>,
    /// The line being written.
    open: String,
    /// Whether it begins a block.
    block: bool,
    /// How many bytes may still be written.
    room: usize,
    cut: bool,
}

impl Writer {
    fn section(&mut self, section: Node<'_, '_>) {
        if let Some(title) = child(section, "title") {
            self.begin_block();
            self.inline(title);
            self.end_line_as(true);
        }
        if let Some(text) = child(section, "text") {
            self.begin_block();
            self.flow(text);
            self.end_line();
        }
        for section in sections(section) {
            self.section(section);
        }
    }

    /// Mixed content: text, inline elements and blocks.
    fn flow(&mut self, node: Node<'_, '_>) {
        for child in node.children() {
            if child.is_text() {
                push_words(child.text().unwrap_or(""), &mut self.open);
            } else if child.is_element() {
                self.element(child);
            }
        }
    }

    fn element(&mut self, node: Node<'_, '_>) {
        match node.tag_name().name() {
            "br" => self.end_line(),
            "paragraph" | "table" | "caption" => {
                self.begin_block();
                if node.tag_name().name() == "table" {
                    self.table(node)
                } else {
                    self.flow(node)
                }
                self.begin_block();
            }
            "list" => self.list(node),
            "footnote" => {
                self.end_line();
                self.flow(node);
                self.end_line();
            }
            // The file itself is read apart; a caption below it is text of the document.
            "renderMultiMedia" => self.flow(node),
            // content, sub, sup, linkHtml, and what a later version of the format may bring.
            _ => self.flow(node),
        }
    }

    fn list(&mut self, list: Node<'_, '_>) {
        self.begin_block();
        for node in list.children().filter(Node::is_element) {
            self.end_line();
            self.flow(node);
        }
        self.begin_block();
    }

    fn table(&mut self, table: Node<'_, '_>) {
        let mut covered = Vec::new();
        for node in table.children().filter(Node::is_element) {
            match node.tag_name().name() {
                "tr" => self.row(node, &mut covered),
                "thead" | "tbody" | "tfoot" => {
                    covered.clear();
                    children(node, "tr").for_each(|row| self.row(row, &mut covered));
                }
                "col" | "colgroup" => {}
                _ => self.element(node),
            }
        }
    }

    /// One line. `covered` says for how many rows to come each column is taken by a cell from above: an
    /// empty cell stands there, so that every value keeps its column.
    fn row(&mut self, row: Node<'_, '_>, covered: &mut Vec<usize>) {
        self.end_line();
        let mut column = 0;
        for cell in row.children().filter(Node::is_element) {
            while let Some(rows @ 1..) = covered.get_mut(column) {
                *rows -= 1;
                self.next_cell(column);
                column += 1;
            }
            self.next_cell(column);
            self.inline(cell);
            for extra in 0..span(cell, "colspan") {
                if extra > 0 {
                    self.next_cell(column);
                }
                if covered.len() <= column {
                    covered.resize(column + 1, 0);
                }
                covered[column] = span(cell, "rowspan") - 1;
                column += 1;
            }
        }
        for rows in covered.iter_mut().skip(column) {
            *rows = rows.saturating_sub(1);
        }
        self.end_line();
    }

    fn next_cell(&mut self, column: usize) {
        let kept = self.open.trim_end_matches(' ').len();
        self.open.truncate(kept);
        if column > 0 {
            self.open.push('\t');
        }
    }

    /// Everything below a node on one line: blocks inside a cell or a title do not break it.
    fn inline(&mut self, node: Node<'_, '_>) {
        for child in node.children() {
            if child.is_text() {
                push_cell_words(child.text().unwrap_or(""), &mut self.open);
            } else if child.is_element() {
                // A break or a block parts words; `H<sub>2</sub>O` is one.
                let parts = is_block(child);
                if parts {
                    push_cell_words(" ", &mut self.open);
                }
                self.inline(child);
                if parts {
                    push_cell_words(" ", &mut self.open);
                }
            }
        }
    }

    fn begin_block(&mut self) {
        self.end_line();
        self.block = true;
    }

    fn end_line(&mut self) {
        self.end_line_as(false);
    }

    fn end_line_as(&mut self, heading: bool) {
        let open = std::mem::take(&mut self.open);
        let text = open.trim_end();
        if text.trim_start().is_empty() {
            return;
        }
        if text.len() > self.room {
            self.cut = true;
            self.room = 0;
            return;
        }
        self.room -= text.len();
        // An empty first cell keeps its tab: the others stay under their columns.
        let text = text.trim_start_matches(' ');
        let starts_block = std::mem::take(&mut self.block);
        self.lines.push(Line { text: Text::from(text), starts_block, heading, ..Line::default() });
    }
}

/// How many columns or rows a cell takes.
fn span(cell: Node<'_, '_>, name: &str) -> usize {
    attribute(cell, name).and_then(|s| s.parse().ok()).unwrap_or(1).clamp(1, WIDEST)
}

fn is_block(node: Node<'_, '_>) -> bool {
    matches!(
        node.tag_name().name(),
        "br" | "paragraph" | "list" | "item" | "table" | "tr" | "td" | "th" | "caption"
    )
}

/// Like [`push_words`], with no space after a tab.
fn push_cell_words(text: &str, out: &mut String) {
    if out.is_empty() || out.ends_with(['\t', ' ']) {
        push_words(text.trim_start(), out);
    } else {
        push_words(text, out);
    }
}
