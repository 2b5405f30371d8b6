//! A server of one test, its client, and tokens.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use mes_search::Service;
use mes_search::config::{Config, Settings};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::{SystemTime, UNIX_EPOCH};
use tempfile::TempDir;
use tokio::sync::oneshot;

pub(super) const ISSUER: &str = "https://idp.example";
pub(super) const AUDIENCE: &str = "mes-search";
/// The record that most tests are about.
pub(super) const RECORD: &str = "record-a";

pub(super) fn key(name: &str) -> Vec<u8> {
    std::fs::read(crate::support::root().join("tests/it/http/keys").join(name)).unwrap()
}

/// A service on a port of its own, stopped when dropped.
pub(super) struct Server {
    address: String,
    agent: ureq::Agent,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    config: Config,
    dir: Arc<TempDir>,
}

impl Server {
    pub(super) fn start() -> Server {
        Self::with(|_| {})
    }

    pub(super) fn with(adjust: impl FnOnce(&mut Config)) -> Server {
        let dir = crate::support::temp_dir();
        let keys = crate::support::root().join("tests/it/http/keys/jwks.json");
        let settings = Settings {
            data_dir: Some(dir.path().to_owned()),
            jwks: Some(keys.display().to_string()),
            issuer: Some(ISSUER.to_owned()),
            audience: Some(AUDIENCE.to_owned()),
            ..Settings::default()
        };
        let mut config = settings.resolve().unwrap();
        adjust(&mut config);
        Self::on(config, dir.into())
    }

    /// The same server after a stop and a start.
    pub(super) fn restart(self) -> Server {
        let (config, dir) = (self.config.clone(), self.dir.clone());
        drop(self);
        Self::on(config, dir)
    }

    fn on(config: Config, dir: Arc<TempDir>) -> Server {
        let (ready, started) = mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn({
            let config = config.clone();
            move || serve(&config, &ready, stopped)
        });
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
        let address = started.recv().unwrap();
        Server { address, agent, stop: Some(stop), thread: Some(thread), config, dir }
    }

    /// Calls with a token, or without.
    pub(super) fn call(&self, method: &str, path: &str, token: Option<&str>, body: Body) -> Answer {
        let mut request =
            ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.address));
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let (media, bytes) = match body {
            Body::None => (None, Vec::new()),
            Body::Json(value) => (Some("application/json"), value.to_string().into_bytes()),
            Body::Bytes(media, bytes) => (Some(media), bytes),
        };
        if let Some(media) = media {
            request = request.header("content-type", media);
        }
        let mut response = self.agent.run(request.body(bytes).unwrap()).unwrap();
        let header = |name: &str| {
            response.headers().get(name).map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default()
        };
        let (media, challenge, location) =
            (header("content-type"), header("www-authenticate"), header("location"));
        let status = response.status().as_u16();
        let bytes = response.body_mut().read_to_vec().unwrap();
        Answer { status, media, challenge, location, bytes }
    }

    pub(super) fn get(&self, path: &str, token: &str) -> Answer {
        self.call("GET", path, Some(token), Body::None)
    }

    /// The files below a folder of its data, sorted.
    pub(super) fn files(&self, folder: &str) -> Vec<PathBuf> {
        let (mut found, mut open) = (Vec::new(), vec![self.dir.path().join(folder)]);
        while let Some(folder) = open.pop() {
            for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                if path.is_dir() { open.push(path) } else { found.push(path) }
            }
        }
        found.sort();
        found
    }

    /// A path of the record of the tests.
    pub(super) fn of_record(&self, rest: &str, token: &str) -> Answer {
        self.get(&format!("/v1/records/{RECORD}/{rest}"), token)
    }

    /// Puts a bundle and waits until its text is searchable.
    pub(super) fn put(&self, record: &str, entries: &[Value]) -> Value {
        let path = format!("/v1/records/{record}/bundle?wait=content");
        self.call("PUT", &path, Some(&service(record)), Body::Json(bundle(entries))).ok()
    }

    pub(super) fn search(&self, token: &str, query: &str) -> Value {
        let path = format!("/v1/records/{RECORD}/search");
        self.call("POST", &path, Some(token), Body::Json(json!({"query": query, "limit": 50}))).ok()
    }
}

fn serve(config: &Config, ready: &mpsc::Sender<String>, stopped: oneshot::Receiver<()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let program = env!("CARGO_BIN_EXE_mes-search").into();
        let service = Arc::new(Service::open(config, program).await.unwrap());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        ready.send(format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let stopped = async { drop(stopped.await) };
        mes_search::http::serve(config, service, Vec::new(), listener, stopped).await.unwrap();
    });
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

pub(super) enum Body {
    None,
    Json(Value),
    Bytes(&'static str, Vec<u8>),
}

pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) media: String,
    pub(super) challenge: String,
    pub(super) location: String,
    pub(super) bytes: Vec<u8>,
}

impl Answer {
    pub(super) fn text(&self) -> String {
        String::from_utf8(self.bytes.clone()).unwrap()
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap()
    }

    /// The body of a success.
    pub(super) fn ok(&self) -> Value {
        assert!((200..300).contains(&self.status), "{} {}", self.status, self.text());
        self.json()
    }

    /// Checks that this is a problem of that status, whole, which names nobody; its detail.
    pub(super) fn problem(&self, status: u16) -> String {
        assert_eq!(
            (self.status, self.media.as_str()),
            (status, "application/problem+json"),
            "{}",
            self.text()
        );
        let problem = self.json();
        assert_eq!(problem["status"], status);
        for member in ["type", "title", "detail", "instance"] {
            assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {problem}");
        }
        assert!(!self.text().contains(RECORD), "{problem}");
        problem["detail"].as_str().unwrap().to_owned()
    }
}

pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// The claims of a good token.
pub(super) fn claims(role: &str, record: &str) -> Value {
    json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": format!("sub-{role}"), "exp": now() + 600,
        "role": role, "record": record, "profession": "10", "rpps": "10000000001",
    })
}

/// Signs claims with the key `es` of the key set.
pub(super) fn signed(claims: &Value) -> String {
    let mut header = Header::new(Algorithm::ES256);
    header.kid = Some("es".to_owned());
    jsonwebtoken::encode(&header, claims, &EncodingKey::from_ec_pem(&key("es256.pem")).unwrap()).unwrap()
}

/// A token of a role for the record of the tests.
pub(super) fn token(role: &str) -> String {
    signed(&claims(role, RECORD))
}

/// A token of the service that feeds a record.
pub(super) fn service(record: &str) -> String {
    signed(&claims("service", record))
}

pub(super) fn bundle(entries: &[Value]) -> Value {
    let entries: Vec<Value> = entries.iter().map(|resource| json!({"resource": resource})).collect();
    json!({"resourceType": "Bundle", "type": "collection", "entry": entries})
}

/// A consultation report of plain text, by an author of its own.
pub(super) fn document(id: &str, title: &str, author: &str, text: &str, flags: &[&str]) -> Value {
    let labels: Vec<Value> = flags.iter().map(|code| json!({"coding": [{"code": code}]})).collect();
    json!({
        "resourceType": "DocumentReference", "id": id, "status": "current",
        "type": {"coding": [{"system": "http://loinc.org", "code": "11488-4", "display": "CR de consultation"}]},
        "description": title,
        "date": "2024-03-14T10:00:00+01:00",
        "author": [{"display": author}],
        "securityLabel": labels,
        "context": {"period": {"start": "2024-03-14"}},
        "content": [{"attachment": {
            "contentType": "text/plain", "title": title, "data": STANDARD.encode(text),
        }}],
    })
}

/// References of the results of an answer.
pub(super) fn items(answer: &Value) -> Vec<String> {
    answer["results"].as_array().unwrap().iter().map(|r| r["item"].as_str().unwrap().to_owned()).collect()
}
