//! Who is let in: nobody whose token does not hold, and nobody to another person's record.

use super::server::{Answer, Body, RECORD, Server, claims, document, key, now, service, signed, token};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

fn coverage(server: &Server, token: Option<&str>) -> Answer {
    server.call("GET", &format!("/v1/records/{RECORD}/coverage"), token, Body::None)
}

fn server() -> Server {
    let server = Server::start();
    server.put(RECORD, &[document("d-1", "Consultation", "Jean Martin", "toux", &[])]);
    server
}

fn with(member: &str, value: Value) -> Value {
    let mut claims = claims("patient", RECORD);
    claims[member] = value;
    claims
}

fn sign(algorithm: Algorithm, kid: &str, key: &EncodingKey) -> String {
    let header = Header { kid: Some(kid.to_owned()), ..Header::new(algorithm) };
    jsonwebtoken::encode(&header, &claims("patient", RECORD), key).unwrap()
}

/// A token that says it needs no signature (RFC 8725, 2.1).
fn unsigned(kid: &str) -> String {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let header = part(json!({"alg": "none", "typ": "JWT", "kid": kid}));
    format!("{header}.{}.", part(claims("patient", RECORD)))
}

#[test]
fn good_tokens_of_both_algorithms_open_their_record() {
    let server = server();
    let rsa = EncodingKey::from_rsa_pem(&key("rs256.pem")).unwrap();
    let slightly_late = signed(&with("exp", json!(now() - 30)));
    for token in [token("patient"), sign(Algorithm::RS256, "rs", &rsa), slightly_late] {
        assert_eq!(coverage(&server, Some(&token)).status, 200);
    }
}

#[test]
fn tokens_that_do_not_hold_are_refused_alike() {
    let server = server();
    let elliptic = |name| EncodingKey::from_ec_pem(&key(name)).unwrap();
    let public = |name: &str| EncodingKey::from_secret(&key(name));
    let shared = EncodingKey::from_secret(b"a shared secret that nobody should accept");
    let good = token("patient");
    let (head, signature) = good.rsplit_once('.').unwrap();
    let cases = [
        ("expired", signed(&with("exp", json!(now() - 120)))),
        ("not valid yet", signed(&with("nbf", json!(now() + 120)))),
        ("without an end", signed(&with("exp", Value::Null))),
        ("foreign audience", signed(&with("aud", json!("another-service")))),
        ("foreign issuer", signed(&with("iss", json!("https://elsewhere.example")))),
        ("no role", signed(&with("role", Value::Null))),
        ("unknown role", signed(&with("role", json!("admin")))),
        ("foreign key", sign(Algorithm::ES256, "es", &elliptic("foreign.pem"))),
        ("unknown key id", sign(Algorithm::ES256, "other", &elliptic("es256.pem"))),
        ("alg none", unsigned("es")),
        ("public key as a secret", sign(Algorithm::HS256, "es", &public("jwks.json"))),
        ("symmetric key of the set", sign(Algorithm::HS256, "hs", &shared)),
        ("signature of nothing", format!("{head}.")),
        ("signature cut", format!("{head}.{}", &signature[..40])),
        ("rubbish", "a.b.c".to_owned()),
        ("empty", String::new()),
    ];
    for (what, token) in cases {
        let answer = coverage(&server, Some(&token));
        assert_eq!(answer.status, 401, "{what}");
        answer.problem(401);
        assert!(answer.challenge.starts_with("Bearer"), "{what}: {}", answer.challenge);
    }
    let missing = coverage(&server, None);
    missing.problem(401);
    assert_eq!(missing.challenge, "Bearer realm=\"mes-search\"");
}

#[test]
fn another_record_answers_as_one_that_does_not_exist() {
    let server = server();
    server.put("record-b", &[document("d-1", "Consultation", "Anne Blanc", "fièvre", &[])]);
    let token = token("patient");
    let item = "items/DocumentReference/d-1";
    for rest in ["coverage", "timeline", "suggest?q=fi", "search?q=toux", item, &format!("{item}/content")] {
        let of = |record: &str| server.get(&format!("/v1/records/{record}/{rest}"), &token);
        let (foreign, absent) = (of("record-b"), of("record-nobody"));
        foreign.problem(404);
        assert_eq!((absent.status, absent.text()), (foreign.status, foreign.text()), "{rest}");
        // And as a record that the token covers, but that does not exist.
        let own_absent = server.get(&format!("/v1/records/record-c/{rest}"), &service("record-c"));
        assert_eq!(own_absent.text(), foreign.text(), "{rest}");
    }
    for (method, rest) in [("PUT", "bundle"), ("POST", "documents"), ("DELETE", item), ("PATCH", item)] {
        let path = format!("/v1/records/record-b/{rest}");
        server.call(method, &path, Some(&token), Body::Json(json!({"status": "archived"}))).problem(404);
    }
}

#[test]
fn a_record_knows_nothing_of_another_with_the_same_words() {
    let server = server();
    let texts = ["toux rarissimomot", "toux", "toux"];
    for (i, text) in texts.iter().enumerate() {
        server.put("record-b", &[document(&format!("b-{i}"), "Consultation", "Anne Blanc", text, &[])]);
    }
    let token = token("patient");
    let answer = server.search(&token, "toux");
    assert_eq!((&answer["total"], &answer["coverage"]["documents"]), (&json!(1), &json!(1)));
    assert_eq!(server.search(&token, "rarissimomot")["total"], 0);
    assert_eq!(server.of_record("suggest?q=raris", &token).ok()["suggestions"], json!([]));
}

#[test]
fn a_professional_needs_a_profession_and_no_emergency() {
    let server = server();
    let professional = |member: &str, value: Value| {
        let mut claims = claims("professional", RECORD);
        claims[member] = value;
        coverage(&server, Some(&signed(&claims)))
    };
    assert_eq!(professional("purpose", json!("care")).status, 200);
    professional("profession", Value::Null).problem(403);
    professional("profession", json!("99")).problem(403);
    professional("purpose", json!("emergency-btg")).problem(403);
    professional("purpose", json!("curiosity")).problem(401);
}
