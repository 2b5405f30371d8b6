//! Deposits, changes, deletions: idempotent, in any order the same, and each by its right.

use super::server::{Body, RECORD, Server, claims, document, items, service, signed, token};
use serde_json::{Value, json};

fn entries() -> Vec<Value> {
    let text =
        |i: usize| format!("Consultation numéro {i} pour une toux grasse et de la fièvre depuis {i} jours.");
    let mut entries: Vec<Value> = (1..=6)
        .map(|i| document(&format!("d-{i}"), &format!("Consultation {i}"), "Jean Martin", &text(i), &[]))
        .collect();
    entries.push(json!({
        "resourceType": "AllergyIntolerance", "id": "a-1", "code": {"text": "Pénicilline"},
    }));
    entries
}

/// What searches answer, without the time that they took.
fn answers(server: &Server) -> String {
    let token = token("patient");
    let mut out = String::new();
    for query in ["toux", "pénicilline", "consultation fièvre", "Martin", "", "consultaton"] {
        let mut answer = server.search(&token, query);
        answer["took_ms"].take();
        out += &answer.to_string();
        out.push('\n');
    }
    out
}

fn patch(server: &Server, token: &str, id: &str, change: &Value) -> super::server::Answer {
    let path = format!("/v1/records/{RECORD}/items/DocumentReference/{id}");
    server.call("PATCH", &path, Some(token), Body::Json(change.clone()))
}

fn delete(server: &Server, token: &str, id: &str) -> u16 {
    let path = format!("/v1/records/{RECORD}/items/DocumentReference/{id}");
    server.call("DELETE", &path, Some(token), Body::None).status
}

#[test]
fn the_same_bundle_again_changes_nothing() {
    let server = Server::start();
    let first = server.put(RECORD, &entries());
    assert_eq!(
        (&first["accepted"], &first["unchanged"], &first["rejected"]),
        (&json!(7), &json!(0), &json!([]))
    );
    let before = answers(&server);
    let second = server.put(RECORD, &entries());
    assert_eq!((&second["accepted"], &second["unchanged"]), (&json!(0), &json!(7)));
    assert_eq!(second["sequence"], first["sequence"]);
    assert_eq!(answers(&server), before);
}

#[test]
fn any_order_of_documents_gives_the_same_answers() {
    let [one, other] = [Server::start(), Server::start()];
    one.put(RECORD, &entries());
    let mut reversed = entries();
    reversed.reverse();
    for entry in &reversed {
        other.put(RECORD, std::slice::from_ref(entry));
    }
    assert_eq!(answers(&one), answers(&other));
}

#[test]
fn metadata_are_found_before_the_text_is_read() {
    let server = Server::start();
    let path = format!("/v1/records/{RECORD}/bundle");
    server.call("PUT", &path, Some(&service(RECORD)), Body::Json(super::server::bundle(&entries()))).ok();
    let answer = server.search(&token("patient"), "consultation 3");
    assert!(items(&answer).contains(&"DocumentReference/d-3".to_owned()), "{answer}");
}

#[test]
fn who_may_change_what() {
    let server = Server::start();
    server.put(RECORD, &entries());
    let masked = json!({"visibility": ["MASQUE_PS"]});
    let hidden = json!({"visibility": ["INVISIBLE_PATIENT"]});
    let archived = json!({"status": "archived"});
    let professional = token("professional");
    // Fed by a service: the holder masks, and no more; a professional who is not its author does nothing.
    for (role, change, status) in [
        ("patient", &masked, 200),
        ("patient", &hidden, 403),
        ("patient", &archived, 403),
        ("representative", &hidden, 403),
        ("delegate", &archived, 403),
        ("service", &archived, 200),
    ] {
        assert_eq!(patch(&server, &token(role), "d-1", change).status, status, "{role} {change}");
    }
    assert_eq!(patch(&server, &professional, "d-2", &hidden).status, 403);
    assert_eq!(patch(&server, &professional, "d-2", &archived).status, 403);
    for role in ["patient", "representative", "delegate", "professional"] {
        assert_eq!(delete(&server, &token(role), "d-2"), 403, "{role}");
    }
    assert_eq!(delete(&server, &token("service"), "d-2"), 204);
    assert_eq!(delete(&server, &token("service"), "d-2"), 404);
    assert_eq!(delete(&server, &token("patient"), "nothing"), 404);
}

#[test]
fn each_depositor_keeps_the_deposit() {
    let server = Server::start();
    let deposit = |token: &str, id: &str, text: &str| {
        let path = format!(
            "/v1/records/{RECORD}/documents?wait=content&id={id}&title=Lettre&type=11488-4&date=2024-01-02"
        );
        server.call("POST", &path, Some(token), Body::Bytes("text/plain", text.as_bytes().to_vec()))
    };
    let [patient, professional] = [token("patient"), token("professional")];
    let mut other = claims("professional", RECORD);
    (other["sub"], other["rpps"]) = (json!("sub-other"), json!("10000000002"));
    let other = signed(&other);
    assert_eq!(deposit(&patient, "mine", "ma lettre").status, 201);
    assert_eq!(deposit(&professional, "theirs", "leur lettre").status, 201);
    // The same again is no change, whoever sends it; another content is one.
    assert_eq!(deposit(&patient, "theirs", "leur lettre").status, 201);
    deposit(&patient, "theirs", "falsifiée").problem(403);
    deposit(&other, "theirs", "falsifiée").problem(403);
    assert_eq!(deposit(&professional, "theirs", "leur lettre corrigée").status, 201);
    assert_eq!(server.search(&patient, "corrigée")["total"], 1);
    assert_eq!(server.search(&patient, "falsifiée")["total"], 0);
    assert_eq!(
        patch(&server, &professional, "theirs", &json!({"visibility": ["INVISIBLE_PATIENT"]})).status,
        200
    );
    assert_eq!(patch(&server, &patient, "theirs", &json!({"visibility": ["N"]})).status, 404);
    assert_eq!(delete(&server, &other, "theirs"), 403);
    assert_eq!(delete(&server, &professional, "theirs"), 204);
    assert_eq!(delete(&server, &patient, "mine"), 204);
    assert_eq!(server.search(&patient, "")["total"], 0);
}

#[test]
fn a_withdrawn_document_is_shown_to_nobody() {
    let server = Server::start();
    server.put(RECORD, &entries());
    patch(&server, &service(RECORD), "d-1", &json!({"status": "deleted"})).ok();
    for role in ["patient", "professional", "service"] {
        assert_eq!(server.of_record("items/DocumentReference/d-1", &token(role)).status, 404, "{role}");
    }
    assert_eq!(server.search(&token("patient"), "numéro 1 jours")["facets"]["kind"][0]["count"], 5);
}

#[test]
fn an_erased_record_is_gone_and_may_begin_again() {
    let server = Server::start();
    server.put(RECORD, &entries());
    let path = format!("/v1/records/{RECORD}");
    for role in ["representative", "delegate", "professional"] {
        server.call("DELETE", &path, Some(&token(role)), Body::None).problem(403);
    }
    assert_eq!(server.call("DELETE", &path, Some(&token("patient")), Body::None).status, 204);
    server.call("DELETE", &path, Some(&token("patient")), Body::None).problem(404);
    server.of_record("coverage", &token("patient")).problem(404);
    server.of_record("items/DocumentReference/d-1/content", &token("service")).problem(404);
    let again = server.put(RECORD, &entries()[..2]);
    assert_eq!(again["accepted"], 2);
    assert_eq!(server.search(&token("patient"), "toux")["total"], 2);
}

#[test]
fn a_later_deposit_is_searched_with_the_former() {
    let server = Server::start();
    server.put(RECORD, &entries());
    let mut changed = entries()[0].clone();
    changed["content"][0]["attachment"]["data"] = json!("cmh1bWUgZGVzIGZvaW5z");
    let answer = server.put(RECORD, &[changed, document("d-7", "Bilan", "Zoé Noir", "asthme d'effort", &[])]);
    assert_eq!(answer["accepted"], 2);
    let token = token("patient");
    // Documents of one visit follow the one that answers.
    assert_eq!(items(&server.search(&token, "rhume des foins"))[0], "DocumentReference/d-1");
    assert_eq!(items(&server.search(&token, "asthme")), ["DocumentReference/d-7"]);
    assert_eq!(server.search(&token, "grasse")["total"], 5);
}
