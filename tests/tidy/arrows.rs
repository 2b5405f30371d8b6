//! The crates' arrows: a library imports `record` and `lexicon`, and no other crate of ours; only the root
//! package, with its sources in `crates/server`, imports the libraries.

use crate::{File, none, root, sources};

/// What a crate may import of ours, and what of others it must not touch, in its manifest or its sources.
struct Rule {
    name: &'static str,
    ours: &'static [&'static str],
    never: &'static [&'static str],
}

const PURE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::time::Instant",
    "std::time::SystemTime",
    "tokio",
    "serde",
    "candle_core",
    "tantivy",
    "lopdf",
    "hayro_interpret",
    "axum",
    "object_store",
    "rusqlite",
];

const RULES: &[Rule] = &[
    Rule { name: "record", ours: &[], never: PURE },
    Rule { name: "lexicon", ours: &["record"], never: PURE },
    Rule {
        name: "ingest",
        ours: &["record", "lexicon"],
        never: &["std::net", "candle_core", "tantivy", "axum", "object_store", "rusqlite", "tokio", "ureq"],
    },
    Rule {
        name: "inference",
        ours: &["record", "lexicon"],
        never: &["std::net", "lopdf", "tantivy", "axum", "tokio", "ureq"],
    },
    Rule {
        name: "search",
        ours: &["record", "lexicon"],
        never: &["std::fs", "std::net", "candle_core", "lopdf", "axum", "tokio", "object_store", "ureq"],
    },
    Rule {
        name: "store",
        ours: &["record", "lexicon"],
        never: &["candle_core", "lopdf", "hayro_interpret", "tantivy", "axum", "ureq"],
    },
    Rule {
        name: "server",
        ours: &["ingest", "inference", "lexicon", "record", "search", "store"],
        never: &["lopdf", "hayro_interpret", "candle_core", "tantivy"],
    },
];

const OURS: &[&str] = &["ingest", "inference", "lexicon", "record", "search", "store", "mes_search"];

/// The names under `[dependencies]` and `[build-dependencies]` of a manifest, with `_` for `-`.
fn dependencies(manifest: &str) -> Vec<String> {
    let mut inside = false;
    let mut names = Vec::new();
    for line in manifest.lines() {
        if let Some(header) = line.trim().strip_prefix('[') {
            inside = matches!(header, "dependencies]" | "build-dependencies]");
        } else if inside && line.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let end = line.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'));
            names.push(line[..end.unwrap_or(line.len())].replace('-', "_"));
        }
    }
    names
}

#[test]
fn manifests_follow_the_arrows() {
    let mut wrong = Vec::new();
    for rule in RULES {
        let path = if rule.name == "server" {
            "Cargo.toml".to_owned()
        } else {
            format!("crates/{}/Cargo.toml", rule.name)
        };
        let names = dependencies(&std::fs::read_to_string(root().join(&path)).unwrap());
        assert!(!names.is_empty() || rule.ours.is_empty(), "{path} was not read");
        for name in names {
            let ours = OURS.contains(&name.as_str());
            if (ours && !rule.ours.contains(&name.as_str())) || rule.never.contains(&name.as_str()) {
                wrong.push(format!("{path}: {} must not depend on {name}", rule.name));
            }
        }
    }
    none(wrong);
}

/// Whether `line` of code names the path `path` (`tantivy::…`, `use tantivy;`), not a part of a longer word.
fn names(line: &str, path: &str) -> bool {
    let code = line.split("//").next().unwrap_or("");
    code.match_indices(path).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = &code[at + path.len()..];
        let starts = !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':' || c == '"');
        let item = path.contains("::");
        let ends = if item {
            !after.starts_with(|c: char| c.is_alphanumeric() || c == '_')
        } else {
            after.starts_with("::") || (code.trim_start().starts_with("use ") && after.starts_with(';'))
        };
        starts && ends
    })
}

fn foreign(file: &File, rule: &Rule) -> Vec<String> {
    let ours = OURS.iter().filter(|n| !rule.ours.contains(*n) && **n != rule.name && **n != "mes_search");
    let forbidden: Vec<&str> = rule.never.iter().chain(ours).copied().collect();
    let mut wrong = Vec::new();
    // A test may read files: what ends with the tests is not in the library.
    let library = file.text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or("");
    for (n, line) in file.lines().take(library.lines().count()) {
        for name in forbidden.iter().filter(|name| names(line, name)) {
            // A module of the crate may bear the name of a crate: `crate::search::…` is not an import.
            if file.text.contains(&format!("mod {name};")) {
                continue;
            }
            wrong.push(file.at(n, &format!("{} must not use {name}", rule.name)));
        }
    }
    wrong
}

/// Whether `declaring` declares `file` as a module of tests alone.
fn declares_as_test(declaring: &File, file: &File) -> bool {
    let stem = file.path.trim_end_matches(".rs").rsplit('/').next().unwrap_or("");
    declaring.text.contains(&format!("#[cfg(test)]\nmod {stem};"))
}

#[test]
fn sources_follow_the_arrows() {
    let mut wrong = Vec::new();
    for rule in RULES {
        let folder = format!("crates/{}/src/", rule.name);
        let sources: Vec<File> = sources().into_iter().filter(|f| f.path.starts_with(&folder)).collect();
        let is_library = |f: &&File| !sources.iter().any(|declaring| declares_as_test(declaring, f));
        for file in sources.iter().filter(is_library) {
            wrong.extend(foreign(file, rule));
        }
    }
    none(wrong);
}

#[test]
fn imports_are_recognised() {
    for (line, path, expected) in [
        ("use tantivy::Index;", "tantivy", true),
        ("    let x = tantivy::Index::create();", "tantivy", true),
        ("use tantivy_fst::Map;", "tantivy", false),
        ("// tantivy::Index", "tantivy", false),
        ("use std::fs;", "std::fs", true),
        ("use std::fs::File;", "std::fs", true),
        ("let store = my_store::open();", "store", false),
        ("crate::search::view()", "search", false),
    ] {
        assert_eq!(names(line, path), expected, "{line}");
    }
    assert_eq!(dependencies("[dependencies]\na-b.workspace = true\n[lints]\nx = 1\n"), ["a_b"]);
}
