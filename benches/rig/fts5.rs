//! The alternative: SQLite FTS5 in the same process, over the same texts, as durable as the engine.
//!
//! One database a record, as a home-made per-record index would be: WAL, `synchronous=FULL`, the
//! tokenizer `unicode61` with accents folded, BM25 with the title weighted. It has no stems, no typo
//! tolerance, no visibility, no pages, no facets: it is the floor of what a search costs.

use crate::rig::corpus::Document;
use rusqlite::{Connection, params};
use std::path::Path;

/// An FTS5 index of one record.
pub(crate) struct Fts5 {
    connection: Connection,
}

impl Fts5 {
    /// Opens or makes the index.
    pub(crate) fn open(path: &Path) -> Self {
        let connection = Connection::open(path).unwrap();
        connection
            .execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
                 CREATE VIRTUAL TABLE IF NOT EXISTS document USING fts5(
                     id UNINDEXED, title, body, tokenize = 'unicode61 remove_diacritics 2');",
            )
            .unwrap();
        Fts5 { connection }
    }

    /// Adds documents, durable at return.
    pub(crate) fn add(&mut self, documents: &[Document]) {
        let transaction = self.connection.transaction().unwrap();
        for d in documents {
            transaction
                .prepare_cached("INSERT INTO document (id, title, body) VALUES (?1, ?2, ?3)")
                .unwrap()
                .execute(params![d.id, d.title, d.text])
                .unwrap();
        }
        transaction.commit().unwrap();
    }

    /// The ten best, with an excerpt: what a result page needs.
    pub(crate) fn search(&self, query: &str) -> usize {
        let terms: Vec<String> =
            query.split_whitespace().map(|w| format!("\"{}\"", w.replace('"', ""))).collect();
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT id, snippet(document, 2, '[', ']', '…', 16) FROM document
                 WHERE document MATCH ?1 ORDER BY bm25(document, 0.0, 2.0, 1.0) LIMIT 10",
            )
            .unwrap();
        let rows = statement
            .query_map([terms.join(" OR ")], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)));
        rows.unwrap().map(Result::unwrap).count()
    }
}
