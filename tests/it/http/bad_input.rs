//! Bad input: a clear problem, and the batch goes on.

use super::server::{Answer, Body, RECORD, Server, bundle, document, service, token};
use serde_json::{Value, json};

fn post(server: &Server, media: &'static str, parameters: &str, bytes: Vec<u8>) -> Answer {
    let path = format!("/v1/records/{RECORD}/documents{parameters}");
    server.call("POST", &path, Some(&service(RECORD)), Body::Bytes(media, bytes))
}

fn put(server: &Server, bytes: Vec<u8>) -> Answer {
    let path = format!("/v1/records/{RECORD}/bundle");
    server.call("PUT", &path, Some(&service(RECORD)), Body::Bytes("application/fhir+json", bytes))
}

fn good() -> Value {
    document("good", "Consultation", "Jean Martin", "toux", &[])
}

#[test]
fn documents_that_are_refused() {
    let server = Server::start();
    let nested = [b"<a>".repeat(1_000_000), b"</a>".repeat(1_000_000)].concat();
    let cda =
        std::fs::read(crate::support::fixture("records/suzanne-beaumanoir/cda/bio-2024-01.xml")).unwrap();
    let doctype =
        b"<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b \"c\">]><ClinicalDocument>&b;</ClinicalDocument>";
    for (what, media, bytes, status) in [
        ("truncated XML", "application/xml", cda[..cda.len() / 2].to_vec(), 422),
        ("DOCTYPE", "text/xml", doctype.to_vec(), 422),
        ("nesting", "application/xml", nested, 413),
        ("XML that is no CDA", "application/xml", b"<?xml version=\"1.0\"?><a/>".to_vec(), 422),
        ("no archive", "application/zip", b"PK\x03\x04rubbish".to_vec(), 422),
        ("unknown media type", "application/msword", b"d0cf".to_vec(), 415),
        ("not what it says", "application/pdf", b"plain text".to_vec(), 415),
        ("6 MB", "text/plain", vec![b'a'; 6_000_000], 413),
    ] {
        let answer = post(&server, media, "?title=t", bytes);
        assert_eq!(answer.status, status, "{what}: {}", answer.text());
        answer.problem(status);
    }
    // None of it made a record.
    server.of_record("coverage", &token("patient")).problem(404);
    assert_eq!(put(&server, bundle(&[good()]).to_string().into_bytes()).ok()["accepted"], 1);
}

#[test]
fn archives_that_attack() {
    let server = Server::start();
    for (what, name) in [("path that climbs", "../../etc/passwd"), ("absolute path", "/etc/passwd")] {
        let answer = post(&server, "application/zip", "", stored_zip(&[(name, b"x")]));
        assert_eq!(answer.status, 422, "{what}: {}", answer.text());
        answer.problem(422);
    }
}

#[test]
fn bundles_that_are_refused_whole() {
    let server = Server::start();
    let deep = [b"[".repeat(200_000), b"]".repeat(200_000)].concat();
    for (what, bytes, status) in [
        ("not JSON", b"{\"resourceType\": \"Bundle\",".to_vec(), 400),
        ("invalid UTF-8", b"{\"resourceType\": \"Bundle\xff\"}".to_vec(), 400),
        ("nesting", deep, 422),
        ("no bundle", b"{\"resourceType\": \"Patient\"}".to_vec(), 422),
        ("an array", b"[]".to_vec(), 422),
    ] {
        let answer = put(&server, bytes);
        assert_eq!(answer.status, status, "{what}: {}", answer.text());
        answer.problem(status);
    }
}

#[test]
fn entries_that_are_refused_alone() {
    let server = Server::start();
    let with = |id: &str, change: &dyn Fn(&mut Value)| {
        let mut resource = good();
        resource["id"] = json!(id);
        change(&mut resource);
        resource
    };
    let bad = [
        json!({"resourceType": "Spaceship", "id": "s-1"}),
        with("base64", &|r| r["content"][0]["attachment"]["data"] = json!("%%%")),
        with("day", &|r| r["context"]["period"]["start"] = json!("2023-02-31")),
        with("flag", &|r| r["securityLabel"] = json!([{"coding": [{"code": "TOP_SECRET"}]}])),
        with("bad id!", &|_| {}),
        with("heavy", &|r| r["content"][0]["attachment"]["data"] = json!("QUFB".repeat(1_700_000))),
        with("good", &|_| {}),
    ];
    let entries: Vec<Value> = [good()].into_iter().chain(bad).collect();
    let answer = put(&server, bundle(&entries).to_string().into_bytes()).ok();
    assert_eq!(answer["accepted"], 1, "{answer}");
    let indexes: Vec<u64> =
        answer["rejected"].as_array().unwrap().iter().map(|r| r["index"].as_u64().unwrap()).collect();
    assert_eq!(indexes, [1, 2, 3, 4, 5, 6, 7], "{answer}");
    assert!(answer["rejected"].as_array().unwrap().iter().all(|r| !r["reason"].as_str().unwrap().is_empty()));
}

#[test]
fn a_document_of_another_patient_is_refused() {
    let server = Server::start();
    let of = |id: &str, patient: &str| {
        let mut resource = good();
        (resource["id"], resource["subject"]) =
            (json!(id), json!({"reference": format!("Patient/{patient}")}));
        resource
    };
    let entries = [of("first", "p-1"), of("second", "p-2"), of("third", "p-1")];
    let answer = put(&server, bundle(&entries).to_string().into_bytes()).ok();
    assert_eq!(answer["accepted"], 2, "{answer}");
    assert_eq!(answer["rejected"][0]["index"], 1, "{answer}");
}

#[test]
fn questions_that_are_refused() {
    let server = Server::start();
    server.put(RECORD, &[good()]);
    let token = token("patient");
    let path = format!("/v1/records/{RECORD}/search");
    let words = (1..=33).map(|n| format!("mot{n}")).collect::<Vec<_>>().join(" ");
    for body in [
        json!({"query": "a".repeat(10_000)}).to_string().into_bytes(),
        json!({"query": words}).to_string().into_bytes(),
        json!({"query": "toux", "limit": 0}).to_string().into_bytes(),
        json!({"query": "toux", "limit": 1_000_000}).to_string().into_bytes(),
        json!({"query": "toux", "cursor": "rubbish"}).to_string().into_bytes(),
        json!({"query": "toux", "filtres": {}}).to_string().into_bytes(),
        json!({"query": "toux", "filters": {"from": "20230231"}}).to_string().into_bytes(),
        b"{\"query\": \"\xff\xfe\"}".to_vec(),
        b"{\"query\": ".to_vec(),
        b"".to_vec(),
    ] {
        let answer = server.call("POST", &path, Some(&token), Body::Bytes("application/json", body.clone()));
        let detail = answer.problem(400);
        assert!(!detail.contains("toux") && !detail.contains("rubbish"), "{detail}");
    }
    for parameters in
        ["q=%FF", "q=%", "q=a&colour=red", "q=a&limit=many", "q=a&from=2023-02-31", "kinds=spaceship"]
    {
        server.get(&format!("{path}?{parameters}"), &token).problem(400);
    }
    server.get(&format!("{path}?q={}", "a".repeat(10_000)), &token).problem(400);
    let heavy = json!({"query": "a".repeat(100_000)});
    server.call("POST", &path, Some(&token), Body::Json(heavy)).problem(413);
    assert_eq!(server.search(&token, "toux")["total"], 1);
}

#[test]
fn paths_and_methods_that_are_not_there() {
    let server = Server::start();
    let token = token("patient");
    for path in ["/v2", "/v1/records", "/v1/records/record-a/items/Spaceship/1", "/v1/records/a%2Fb/coverage"]
    {
        server.get(path, &token).problem(404);
    }
    server.call("PUT", &format!("/v1/records/{RECORD}/search"), Some(&token), Body::None).problem(405);
    let patch = |body: Value| {
        let path = format!("/v1/records/{RECORD}/items/DocumentReference/d");
        server.call("PATCH", &path, Some(&token), Body::Json(body))
    };
    patch(json!({})).problem(400);
    patch(json!({"visibility": ["TOP_SECRET"]})).problem(400);
    patch(json!({"title": "autre"})).problem(400);
}

#[test]
fn too_many_calls_at_once_are_refused_at_once() {
    let server = Server::with(|config| (config.max_reads, config.max_writes) = (1, 1));
    server.put(RECORD, &[good()]);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let calls: Vec<_> = (0..24)
            .map(|i| {
                let server = &server;
                let slow = document(&format!("d-{i}"), "t", "Jean Martin", &"mot ".repeat(100_000), &[]);
                scope.spawn(move || put(server, bundle(&[slow]).to_string().into_bytes()).status)
            })
            .collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });
    assert!(statuses.iter().all(|s| [200, 503].contains(s)), "{statuses:?}");
    assert!(statuses.contains(&200) && statuses.contains(&503), "{statuses:?}");
}

/// A zip of stored entries, made by hand: archives with such names are what no writer makes.
fn stored_zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, data) in entries {
        let (offset, length, named) = (out.len() as u32, data.len() as u32, name.len() as u16);
        let common: Vec<u8> = [
            &[20, 0, 0, 0, 0, 0, 0, 0, 0, 0][..],
            &crc32(data).to_le_bytes(),
            &length.to_le_bytes(),
            &length.to_le_bytes(),
            &named.to_le_bytes(),
            &[0, 0],
        ]
        .concat();
        out.extend([b"PK\x03\x04", &common[..], name.as_bytes(), data].concat());
        directory.extend(
            [b"PK\x01\x02\x14\x00", &common[..], &[0; 10], &offset.to_le_bytes(), name.as_bytes()].concat(),
        );
    }
    let (count, start) = (entries.len() as u16, out.len() as u32);
    let end = [
        &count.to_le_bytes()[..],
        &count.to_le_bytes(),
        &(directory.len() as u32).to_le_bytes(),
        &start.to_le_bytes(),
    ];
    out.extend(directory);
    out.extend([b"PK\x05\x06\0\0\0\0", &end.concat()[..], &[0, 0]].concat());
    out
}

fn crc32(data: &[u8]) -> u32 {
    !data.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 },
        )
    })
}
