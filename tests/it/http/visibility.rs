//! A hidden document is absent from every output, for each role that may not see it.

use super::server::{Body, RECORD, Server, document, items, service, token};
use serde_json::{Value, json};

const ROLES: [&str; 5] = ["patient", "representative", "delegate", "professional", "service"];

/// Each document has a word, a title and an author that no other has. The columns are those of [`ROLES`].
const TABLE: [(&str, &[&str], [bool; 5]); 5] = [
    ("plain", &["N"], [true, true, true, true, true]),
    ("masked", &["MASQUE_PS"], [true, true, true, false, true]),
    ("unannounced", &["INVISIBLE_PATIENT"], [false, false, false, true, true]),
    ("secret", &["INVISIBLE_REPRESENTANTS_LEGAUX"], [true, false, true, true, true]),
    ("closed", &["MASQUE_PS", "INVISIBLE_REPRESENTANTS_LEGAUX"], [true, false, true, false, true]),
];

fn row(name: &str, flags: &[&str]) -> Value {
    document(name, &format!("Titre{name}"), &format!("Anne Auteur{name}"), &format!("toux mot{name}"), flags)
}

fn seen(server: &Server) {
    for (column, role) in ROLES.into_iter().enumerate() {
        let token = token(role);
        let visible = TABLE.iter().filter(|row| row.2[column]).count();
        let all = server.search(&token, "toux");
        assert_eq!(all["total"], visible, "{role}");
        assert_eq!(all["facets"]["kind"], json!([{"value": "document", "count": visible}]), "{role}");
        assert_eq!(server.of_record("coverage", &token).ok()["documents"], visible, "{role}");
        assert_eq!(server.of_record("timeline", &token).ok()["total"], visible, "{role}");
        for (name, _, columns) in TABLE {
            outputs(server, role, &token, name, columns[column]);
        }
    }
}

/// Everything that could tell of the document `name`.
fn outputs(server: &Server, role: &str, token: &str, name: &str, visible: bool) {
    let id = format!("items/DocumentReference/{name}");
    let marks = [
        format!("DocumentReference/{name}\""),
        format!("mot{name}"),
        format!("titre{name}"),
        format!("auteur{name}"),
    ];
    for word in ["toux", "", &marks[1], &marks[2], &marks[3]] {
        let answer = server.search(token, word);
        let found = items(&answer).contains(&format!("DocumentReference/{name}"));
        assert_eq!(found, visible, "{role} {name} by {word:?}: {answer}");
        let mut answer = answer;
        // What was asked comes back in what was understood.
        answer["understood"].take();
        let text = answer.to_string().to_lowercase();
        let told = marks.iter().any(|mark| text.contains(&mark.to_lowercase()));
        assert_eq!(told, visible, "{role} {name} by {word:?}: {answer}");
    }
    for rest in ["timeline", "suggest?q=mot", "suggest?q=aut", "suggest?q=titre"] {
        let text = server.of_record(rest, token).text().to_lowercase();
        assert_eq!(
            marks[1..].iter().any(|mark| text.contains(mark)),
            visible,
            "{role} {name} {rest}: {text}"
        );
    }
    let status = if visible { 200 } else { 404 };
    assert_eq!(server.of_record(&id, token).status, status, "{role} {name}");
    assert_eq!(server.of_record(&format!("{id}/content"), token).status, status, "{role} {name}");
}

#[test]
fn flags_given_with_the_deposit() {
    let server = Server::start();
    let entries: Vec<Value> = TABLE.iter().map(|(name, flags, _)| row(name, flags)).collect();
    server.put(RECORD, &entries);
    seen(&server);
}

#[test]
fn flags_given_later() {
    let server = Server::start();
    let entries: Vec<Value> = TABLE.iter().map(|(name, _, _)| row(name, &["N"])).collect();
    server.put(RECORD, &entries);
    assert_eq!(server.search(&token("patient"), "toux")["total"], TABLE.len());
    for (name, flags, _) in TABLE {
        let path = format!("/v1/records/{RECORD}/items/DocumentReference/{name}");
        server.call("PATCH", &path, Some(&service(RECORD)), Body::Json(json!({"visibility": flags}))).ok();
    }
    seen(&server);
    // The same deposit again does not undo what was decided.
    let again = server.put(RECORD, &entries);
    assert_eq!((&again["accepted"], &again["unchanged"]), (&json!(0), &json!(TABLE.len())));
    seen(&server);
}

#[test]
fn what_a_document_states_is_as_hidden_as_the_document() {
    let server = Server::start();
    let cda =
        std::fs::read(crate::support::fixture("records/suzanne-beaumanoir/cda/bio-2024-01.xml")).unwrap();
    let path = format!("/v1/records/{RECORD}/documents?wait=content&id=labs&confidentiality=MASQUE_PS");
    server.call("POST", &path, Some(&service(RECORD)), Body::Bytes("application/xml", cda)).ok();
    let stated = server.search(&token("patient"), "");
    assert!(stated["total"].as_u64() > Some(1), "{stated}");
    assert_eq!(server.search(&token("professional"), "")["total"], 0);
    for item in items(&stated) {
        assert_eq!(server.of_record(&format!("items/{item}"), &token("professional")).status, 404, "{item}");
    }
}

#[test]
fn a_link_to_a_hidden_document_is_not_shown() {
    let server = Server::start();
    let mut newer = row("newer", &["N"]);
    newer["relatesTo"] = json!([{"code": "appends", "target": {"reference": "DocumentReference/hidden"}}]);
    server.put(RECORD, &[row("hidden", &["INVISIBLE_PATIENT"]), newer]);
    let links =
        |role: &str| server.of_record("items/DocumentReference/newer", &token(role)).ok()["links"].clone();
    assert_eq!(links("patient"), json!([]));
    let link = &links("service")[0];
    assert_eq!((&link["relation"], &link["item"]), (&json!("appends"), &json!("DocumentReference/hidden")));
}
