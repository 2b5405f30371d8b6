//! One file at a time, originals, the page, and what who runs the service asks.

use super::server::{Body, RECORD, Server, document, items, service, token};
use serde_json::json;

const PDF: &str = "records/clemence-vauquelin/upload/ordonnance-hgpo-2025.pdf";
const PNG: &str = "records/suzanne-beaumanoir/upload/tension-2026.png";

#[test]
fn pictures_of_pages_with_what_was_found_marked() {
    let server = Server::start();
    let pdf = std::fs::read(crate::support::fixture(PDF)).unwrap();
    let path = format!("/v1/records/{RECORD}/documents?wait=content&id=shown&title=Ordonnance");
    server.call("POST", &path, Some(&service(RECORD)), Body::Bytes("application/pdf", pdf)).ok();
    let note = format!("/v1/records/{RECORD}/documents?wait=content&id=note&title=Note");
    server.call("POST", &note, Some(&service(RECORD)), Body::Bytes("text/plain", b"glycemie".to_vec())).ok();

    let token = token("patient");
    let found = server.search(&token, "ferritine");
    let hit =
        found["results"].as_array().unwrap().iter().find(|r| r["item"] == "DocumentReference/shown").unwrap();
    let snippet = &hit["snippets"][0];
    let boxes = snippet["boxes"].as_array().unwrap();
    assert!(!boxes.is_empty(), "{snippet}");
    let marks: Vec<String> = boxes
        .iter()
        .map(|b| b.as_array().unwrap().iter().map(ToString::to_string).collect::<Vec<_>>().join(","))
        .map(|numbers| format!("highlight={numbers}"))
        .collect();

    let pages = format!("/v1/records/{RECORD}/items/DocumentReference/shown/pages");
    let picture = |query: &str| {
        let answer = server.get(&format!("{pages}/{query}"), &token);
        assert_eq!((answer.status, answer.media.as_str()), (200, "image/png"), "{query}");
        answer.bytes
    };
    let plain = picture("1.png?size=800");
    let marked = picture(&format!("1.png?size=800&{}", marks.join("&")));
    assert_eq!(&plain[..8], b"\x89PNG\r\n\x1a\n");
    // the longest side, in the header of the picture
    assert_eq!(plain[20..24], 800u32.to_be_bytes());
    assert_eq!(plain[16..24], marked[16..24]);
    assert!(plain != marked, "nothing is marked");

    for (query, status) in [
        ("0.png", 404),
        ("99.png", 404),
        ("1.jpg", 404),
        ("1.png?highlight=0,0,2,1", 400),
        ("1.png?highlight=NaN,0,1,1", 400),
        ("1.png?size=99999", 400),
        ("1.png?colour=red", 400),
    ] {
        server.get(&format!("{pages}/{query}"), &token).problem(status);
    }
    let of_text = format!("/v1/records/{RECORD}/items/DocumentReference/note/pages/1.png");
    server.get(&of_text, &token).problem(422);
    let of_other = super::server::signed(&super::server::claims("patient", "somebody-else"));
    server.get(&format!("{pages}/1.png"), &of_other).problem(404);
}

#[test]
fn a_picture_is_kept_sealed_until_its_record_is_erased() {
    let server = Server::start();
    let pdf = std::fs::read(crate::support::fixture(PDF)).unwrap();
    let path = format!("/v1/records/{RECORD}/documents?wait=content&id=shown&title=Ordonnance");
    server.call("POST", &path, Some(&service(RECORD)), Body::Bytes("application/pdf", pdf)).ok();
    let token = token("patient");
    let page = format!("/v1/records/{RECORD}/items/DocumentReference/shown/pages/1.png?size=300");
    let first = server.get(&page, &token);
    let files = server.files("blobs/preview");
    assert_eq!(files.len(), 1);
    assert!(!std::fs::read(&files[0]).unwrap().windows(4).any(|part| part == b"\x89PNG"));
    assert_eq!(server.get(&page, &token).bytes, first.bytes);
    let server = server.restart();
    assert_eq!(server.get(&page, &token).bytes, first.bytes);
    assert_eq!(server.files("blobs/preview"), files, "it was drawn again");
    // who may not see the document does not see the picture that is there
    let of_other = super::server::signed(&super::server::claims("patient", "somebody-else"));
    server.get(&page, &of_other).problem(404);
    let erased = server.call("DELETE", &format!("/v1/records/{RECORD}"), Some(&token), Body::None);
    assert_eq!(erased.status, 204);
    assert!(server.files("blobs/preview").is_empty());
    server.get(&page, &token).problem(404);
}

#[test]
fn pictures_of_images_turned_as_their_camera_says() {
    let server = Server::start();
    let token = token("patient");
    let png = std::fs::read(crate::support::fixture(PNG)).unwrap();
    let side = |bytes: &[u8], at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    let check = |id: &str, media: &'static str, bytes: Vec<u8>, query: &str, size: (u32, u32)| {
        let path = format!("/v1/records/{RECORD}/documents?id={id}&title=Photo");
        server.call("POST", &path, Some(&service(RECORD)), Body::Bytes(media, bytes)).ok();
        let pages = format!("/v1/records/{RECORD}/items/DocumentReference/{id}/pages");
        let answer = server.get(&format!("{pages}/{query}"), &token);
        assert_eq!((answer.status, answer.media.as_str()), (200, "image/png"), "{id}");
        assert_eq!((side(&answer.bytes, 16), side(&answer.bytes, 20)), size, "{id} {query}");
        answer.bytes
    };
    let (width, height) = (side(&png, 16), side(&png, 20));
    let longest = width.max(height);
    assert!(longest > 400);
    let small = (width * 400 / longest, height * 400 / longest);
    let plain = check("shot", "image/png", png.clone(), "1.png?size=400", small);
    let marked = check("shot", "image/png", png, "1.png?size=400&highlight=0.1,0.1,0.5,0.2", small);
    assert!(plain != marked, "nothing is marked");
    // 24 × 16 in the file, with an orientation that turns it by a quarter; never larger than it is
    let of = crate::fuzz::picture;
    check("turned", "image/jpeg", of("jpeg, turned"), "1.png", (16, 24));
    check("turned-back", "image/tiff", of("tiff, turned"), "1.png", (16, 24));
    check("fax", "image/tiff", of("tiff, fax, two pages"), "2.png?size=100", (24, 16));
    for (path, status) in [("fax/pages/3.png", 404), ("turned/pages/2.png", 404), ("turned/pages/0.png", 404)]
    {
        server.get(&format!("/v1/records/{RECORD}/items/DocumentReference/{path}"), &token).problem(status);
    }
}

fn form(parts: &[(&str, &str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (disposition, media, data) in parts {
        let head = format!(
            "--limit\r\ncontent-disposition: form-data; {disposition}\r\ncontent-type: {media}\r\n\r\n"
        );
        out.extend([head.as_bytes(), data, b"\r\n"].concat());
    }
    out.extend(b"--limit--\r\n");
    out
}

#[test]
fn a_file_by_parameters_or_by_form_and_its_original_back() {
    let server = Server::start();
    let pdf = std::fs::read(crate::support::fixture(PDF)).unwrap();
    let path = format!("/v1/records/{RECORD}/documents");
    let parameters =
        "?wait=content&id=by-query&title=Ordonnance&type=57833-6&date=2025-11-02&author=Anne%20Blanc";
    let query = format!("{path}{parameters}");
    let created =
        server.call("POST", &query, Some(&service(RECORD)), Body::Bytes("application/pdf", pdf.clone()));
    assert_eq!((created.status, created.ok()["item"].clone()), (201, json!("DocumentReference/by-query")));
    let location = format!("/v1/records/{RECORD}/items/DocumentReference/by-query");
    assert_eq!(created.location, location);

    let metadata = json!({"id": "by-form", "title": "Ordonnance", "type": "57833-6", "date": "2025-11-02"});
    let parts = [
        ("name=\"metadata\"", "application/json", metadata.to_string().into_bytes()),
        ("name=\"file\"; filename=\"o.pdf\"", "application/pdf", pdf.clone()),
    ];
    let parts: Vec<(&str, &str, &[u8])> = parts.iter().map(|(d, m, b)| (*d, *m, b.as_slice())).collect();
    let send = |parts: &[(&str, &str, &[u8])]| {
        let body = Body::Bytes("multipart/form-data; boundary=limit", form(parts));
        server.call("POST", &path, Some(&service(RECORD)), body)
    };
    assert_eq!(send(&parts).ok()["item"], "DocumentReference/by-form");
    send(&parts[..1]).problem(400);
    send(&[parts[1], parts[1]]).problem(400);
    let heavy = vec![b'a'; 5_100_000];
    send(&[("name=\"file\"; filename=\"a.txt\"", "text/plain", &heavy)]).problem(413);

    let token = token("patient");
    let original = server.get(&format!("{location}/content"), &token);
    assert_eq!((original.status, original.media.as_str()), (200, "application/pdf"));
    assert_eq!(original.bytes, pdf);
    let item = server.get(&location, &token).ok();
    assert_eq!(
        (&item["title"], &item["document"]["type"]["code"]),
        (&json!("Ordonnance"), &json!("57833-6"))
    );
}

#[test]
fn pages_follow_each_other_without_gap_or_repeat() {
    let server = Server::start();
    let entries: Vec<_> =
        (0..23).map(|i| document(&format!("d-{i}"), "Consultation", "Jean Martin", "toux", &[])).collect();
    server.put(RECORD, &entries);
    let token = token("patient");
    for path in ["search?q=toux&limit=5", "timeline?limit=5"] {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let answer = server.of_record(&format!("{path}&cursor={cursor}"), &token).ok();
            assert_eq!(answer["total"], 23);
            seen.extend(items(&answer));
            match answer["next_cursor"].as_str() {
                Some(next) => cursor = next.replace('/', "%2F"),
                None => break,
            }
        }
        let distinct: std::collections::BTreeSet<&String> = seen.iter().collect();
        assert_eq!((seen.len(), distinct.len()), (23, 23), "{path}");
    }
}

#[test]
fn the_answer_has_every_member_of_the_contract() {
    let server = Server::start();
    server
        .put(RECORD, &[document("d-1", "Consultation", "Jean Martin", "Le patient présente une toux.", &[])]);
    let answer = server.search(&token("patient"), "toux");
    for member in [
        "matched",
        "results",
        "near",
        "cards",
        "facets",
        "total",
        "understood",
        "coverage",
        "took_ms",
        "next_cursor",
    ] {
        assert!(answer.get(member).is_some(), "{member}");
    }
    let result = &answer["results"][0];
    assert_eq!((&result["item"], &result["kind"]), (&json!("DocumentReference/d-1"), &json!("document")));
    assert_eq!((&result["date"], &result["type"]["code"]), (&json!("2024-03-14"), &json!("11488-4")));
    let snippet = &result["snippets"][0];
    let text: Vec<char> = snippet["text"].as_str().unwrap().chars().collect();
    let [start, end] = [0, 1].map(|i| snippet["highlights"][0][i].as_u64().unwrap() as usize);
    assert_eq!(text[start..end].iter().collect::<String>(), "toux");
    for member in ["total", "understand", "embed", "legs", "rank"] {
        assert!(answer["took_ms"][member].is_number(), "{member}");
    }
    let by_parameters = server.of_record("search?q=toux&limit=50", &token("patient")).ok();
    assert_eq!(by_parameters["results"], answer["results"]);
    let warm = format!("/v1/records/{RECORD}/warm");
    assert_eq!(server.call("POST", &warm, Some(&token("patient")), Body::None).status, 204);
}

#[test]
fn health_metrics_and_page_need_no_token_and_tell_nothing() {
    let server = Server::start();
    server.put(RECORD, &[document("d-1", "Consultation", "Jean Martin", "toux", &[])]);
    server.search(&token("patient"), "toux");
    let open = |path: &str| server.call("GET", path, None, Body::None);
    assert_eq!((open("/healthz").status, open("/readyz").status), (200, 200));
    let metrics = open("/metrics").text();
    assert!(metrics.contains("mes_search_items_accepted_total 1"), "{metrics}");
    assert!(
        metrics.contains(r#"route="/v1/records/{record}/search",method="POST",status="200""#),
        "{metrics}"
    );
    assert!(!metrics.contains(RECORD) && !metrics.contains("toux"), "{metrics}");
    let page = open("/");
    assert!(page.status == 200 && page.media.starts_with("text/html"));
    assert_eq!((open("/page/app.js").status, open("/page/app.css").status), (200, 200));
    assert_eq!(open("/page/session").ok(), json!({"login": "token", "records": []}));
}

#[test]
fn a_demonstration_stays_on_the_loopback_address() {
    let server = Server::with(|config| config.login = mes_search::config::Login::Demo);
    let path = format!("/v1/records/{RECORD}/coverage");
    server.call("GET", &path, None, Body::None).problem(404);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let refused = runtime.block_on(async {
        let dir = crate::support::temp_dir();
        let settings =
            mes_search::config::Settings { data_dir: Some(dir.path().into()), ..Default::default() };
        let mut config = settings.resolve().unwrap();
        config.login = mes_search::config::Login::Demo;
        let service = mes_search::Service::open(&config, "unused".into()).await.unwrap();
        let listener = tokio::net::TcpListener::bind("0.0.0.0:0").await.unwrap();
        mes_search::http::serve(&config, service.into(), Vec::new(), listener, async {}).await
    });
    assert!(refused.is_err());
}
