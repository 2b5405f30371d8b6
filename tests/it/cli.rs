//! The command line as its user meets it: the real binary, its output, its exit codes.

use crate::support::{golden, temp_dir};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

const COMMANDS: [&str; 11] = [
    "demo",
    "serve",
    "ingest",
    "search",
    "read",
    "show",
    "reindex",
    "doctor",
    "eval",
    "token",
    "completions",
];

/// Runs the binary in `folder` with nothing of this machine's environment.
fn run(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mes-search"))
        .args(args)
        .current_dir(folder)
        .env_clear()
        .output()
        .unwrap()
}

/// Runs the binary, checks its exit code, and gives its standard output.
fn ok(folder: &Path, args: &[&str], code: i32) -> String {
    let output = run(folder, args);
    let (out, err) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr).into_owned());
    assert_eq!(output.status.code(), Some(code), "{args:?}\n{out}\n{err}");
    out
}

fn json(folder: &Path, args: &[&str], code: i32) -> Value {
    serde_json::from_str(&ok(folder, args, code)).unwrap()
}

/// What a run prints, without its seconds.
fn stable(text: &str) -> String {
    let (before, after) = text.split_once(" in ").unwrap();
    let (_, after) = after.split_once(" s\n").unwrap();
    format!("{before} in # s\n{after}")
}

const BUNDLE: &str = r#"{"resourceType": "Bundle", "type": "collection", "entry": [
  {"resource": {"resourceType": "Patient", "id": "pat-1", "birthDate": "1958-04-02"}},
  {"resource": {"resourceType": "DocumentReference", "id": "doc-1", "status": "current",
    "subject": {"reference": "Patient/pat-1"},
    "type": {"coding": [{"system": "http://loinc.org", "code": "18748-4", "display": "CR d'imagerie médicale"}]},
    "description": "Radiographie du genou droit", "date": "2024-03-14T10:00:00Z",
    "content": [{"attachment": {"contentType": "text/plain", "url": "files/doc-1.txt"}}]}},
  {"resource": {"resourceType": "Condition", "id": "cond-1", "subject": {"reference": "Patient/pat-1"},
    "code": {"text": "Gonarthrose droite"}, "onsetDateTime": "2023"}},
  {"resource": {"resourceType": "Claim", "id": "claim-1"}}
]}"#;

const TEXT: &str = "Pincement fémoro-tibial interne. Pas de fracture visible.\nLigament croisé intact.\n";

/// A folder with a bundle, a file that the bundle names, a file that is refused, and one that is none.
fn inbox() -> tempfile::TempDir {
    let dir = temp_dir();
    std::fs::create_dir_all(dir.path().join("in/files")).unwrap();
    let write = |name: &str, text: &str| std::fs::write(dir.path().join("in").join(name), text).unwrap();
    write("bundle.json", BUNDLE);
    write("files/doc-1.txt", TEXT);
    write("broken.xml", "<?xml version=\"1.0\"?><ClinicalDocument xmlns=\"urn:hl7-org:v3\">");
    write("notes.md", "none of ours");
    dir
}

#[test]
fn help_names_every_command_setting_and_exit_code() {
    let dir = temp_dir();
    let help = ok(dir.path(), &["--help"], 0);
    for name in COMMANDS.iter().chain(&["--data-dir", "MES_SEARCH_DATA_DIR", "--json", "Exit codes"]) {
        assert!(help.contains(name), "{name} is not in the help");
    }
    assert!(!help.contains("read-worker"), "the hidden command is in the help");
    golden("cli/help.txt", &ok(dir.path(), &["-h"], 0));
}

#[test]
fn wrong_usage_ends_with_2() {
    let dir = temp_dir();
    for args in [
        &["fly"][..],
        &["ingest"],
        &["ingest", "nowhere"],
        &["search", "pat-1", "genou", "--as", "king"],
        &["search", "../etc", "genou"],
        &["show", "pat-1", "doc-1"],
        &["search", "--as", "professional", "pat-1", "genou"],
        &["doctor", "--max-reads", "0"],
        &["eval", "."],
        &["reindex"],
        &["demo", "--listen", "0.0.0.0:8321"],
    ] {
        let output = run(dir.path(), args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{args:?}");
    }
}

#[test]
fn a_folder_goes_in_and_what_is_refused_is_in_the_table() {
    let dir = inbox();
    let text = ok(dir.path(), &["ingest", "in"], 1);
    golden("cli/ingest.txt", &stable(&text));

    let again = json(dir.path(), &["ingest", "in", "--json"], 1);
    assert_eq!((&again["accepted"], &again["unchanged"]), (&Value::from(0), &Value::from(2)));
    assert_eq!(again["records"], serde_json::json!(["pat-1"]));
    let refused = again["refused"].as_array().unwrap();
    assert!(refused.iter().any(|r| r["file"] == "in/broken.xml" && r["entry"].is_null()), "{refused:?}");
    assert!(refused.iter().all(|r| r["reason"].as_str().is_some_and(|reason| !reason.is_empty())));
}

#[test]
fn what_went_in_is_searched_and_shown() {
    let dir = inbox();
    ok(dir.path(), &["ingest", "in"], 1);
    let found = ok(dir.path(), &["search", "pat-1", "fracture"], 0);
    assert!(found.contains("Radiographie du genou droit") && found.contains("[fracture]"), "{found}");
    let answer = json(dir.path(), &["search", "--json", "pat-1", "gonarthrose"], 0);
    assert_eq!(answer["results"][0]["item"], "Condition/cond-1");
    ok(dir.path(), &["search", "pat-1", "appendicite"], 1);

    let shown = ok(dir.path(), &["show", "pat-1", "DocumentReference/doc-1"], 0);
    for part in ["Radiographie du genou droit", "2024-03-14", "Ligament croisé intact", "text  read"] {
        assert!(shown.contains(part), "{part} is not in:\n{shown}");
    }
    ok(dir.path(), &["show", "pat-1", "DocumentReference/doc-2"], 1);
}

#[test]
fn a_lost_pack_is_found_and_rebuilt() {
    let dir = inbox();
    ok(dir.path(), &["ingest", "in"], 1);
    assert!(ok(dir.path(), &["doctor"], 0).contains("nothing is wrong"));
    let packs: Vec<_> = files_under(&dir.path().join("data"))
        .into_iter()
        .filter(|p| p.components().any(|c| c.as_os_str() == "pack"))
        .collect();
    assert!(!packs.is_empty());
    packs.iter().for_each(|p| std::fs::remove_file(p).unwrap());
    let wrong = json(dir.path(), &["doctor", "--json"], 3);
    assert_eq!(wrong["findings"][0]["can_be_rebuilt"], true, "{wrong}");
    ok(dir.path(), &["doctor", "--repair"], 0);
    ok(dir.path(), &["search", "pat-1", "fracture"], 0);
    let rebuilt = json(dir.path(), &["reindex", "--all", "--json"], 0);
    assert_eq!(rebuilt["records"], 1);
    ok(dir.path(), &["reindex", "pat-2"], 1);
}

fn files_under(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    entries.flat_map(|p| if p.is_dir() { files_under(&p) } else { vec![p] }).collect()
}

#[test]
fn completions_know_the_commands() {
    let dir = temp_dir();
    for shell in ["bash", "zsh", "fish"] {
        let script = ok(dir.path(), &["completions", shell], 0);
        assert!(COMMANDS.iter().all(|c| script.contains(c)), "{shell}");
    }
}

#[test]
fn a_token_is_signed_by_a_key_that_its_owner_alone_reads() {
    use std::os::unix::fs::PermissionsExt;
    let dir = temp_dir();
    let args = ["token", "pat-1", "--role", "professional", "--profession", "10", "--keys", "k", "--json"];
    let signed = json(dir.path(), &args, 0);
    let mode = std::fs::metadata(dir.path().join("k/signing-key.pem")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let set: jsonwebtoken::jwk::JwkSet =
        serde_json::from_slice(&std::fs::read(dir.path().join("k/jwks.json")).unwrap()).unwrap();
    let key = jsonwebtoken::DecodingKey::from_jwk(&set.keys[0]).unwrap();
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::ES256);
    validation.set_audience(&[signed["audience"].as_str().unwrap()]);
    validation.set_issuer(&[signed["issuer"].as_str().unwrap()]);
    let token = signed["token"].as_str().unwrap();
    let claims = jsonwebtoken::decode::<Value>(token, &key, &validation).unwrap().claims;
    assert_eq!(
        (&claims["role"], &claims["records"][0]),
        (&Value::from("professional"), &Value::from("pat-1"))
    );
    assert_eq!(claims["profession"], "10");

    // The second token is signed by the same key.
    let second = json(dir.path(), &["token", "pat-1", "--keys", "k", "--json"], 0);
    assert!(jsonwebtoken::decode::<Value>(second["token"].as_str().unwrap(), &key, &validation).is_ok());
}

#[test]
fn a_file_is_read_without_a_store() {
    let dir = temp_dir();
    let pdf = crate::support::fixture("records/clemence-vauquelin/upload/ordonnance-hgpo-2025.pdf");
    let read = json(dir.path(), &["--json", "read", pdf.to_str().unwrap()], 0);
    let page = &read["pages"][0];
    assert_eq!(
        (&read["outcome"], &page["triage"], &page["page"]),
        (&"read".into(), &"text".into(), &1.into())
    );
    let lines = page["lines"].as_array().unwrap();
    let ferritin = lines.iter().find(|line| line["text"].as_str().unwrap().contains("ferritine")).unwrap();
    let word = ferritin["words"].as_array().unwrap().iter().find(|word| word["text"] == "ferritine").unwrap();
    assert!(word["area"][0].as_f64() > ferritin["area"][0].as_f64(), "{ferritin}");

    std::fs::write(dir.path().join("coupe.rtf"), r"{\rtf1 texte coup").unwrap();
    let text = ok(dir.path(), &["read", "coupe.rtf"], 1);
    assert!(text.contains("outcome  partly damaged") && text.ends_with("texte coup\n"), "{text}");
    let left: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["coupe.rtf"], "a trial leaves nothing behind");
}
