//! The engine under measurement: the service as the command line opens it, and as HTTP serves it.

use crate::rig::corpus::{Document, bundle};
use mes_search::Service;
use mes_search::config::{Config, Login, Settings};
use record::RecordId;
use search::policy::{Actor, Role};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// Texts of the fixtures.
pub(crate) fn fixture_texts() -> Vec<String> {
    let mut texts = Vec::new();
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/texts")];
    while let Some(folder) = open.pop() {
        let mut entries: Vec<PathBuf> =
            std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "txt") {
                texts.push(std::fs::read_to_string(path).unwrap());
            }
        }
    }
    texts
}

/// A service over a folder, with the runtime it needs.
pub(crate) struct Engine {
    pub(crate) runtime: Runtime,
    pub(crate) service: Arc<Service>,
    pub(crate) config: Config,
}

impl Engine {
    /// Opens the service in `folder`, without a language model; everybody is the patient.
    pub(crate) fn open(folder: &Path) -> Self {
        Self::with_model(folder, Some(folder.join("no-model")))
    }

    /// The same with the language model of a folder; the one that comes with the program by default.
    pub(crate) fn with_model(folder: &Path, model_dir: Option<PathBuf>) -> Self {
        let settings = Settings {
            data_dir: Some(folder.to_owned()),
            max_bundle_bytes: Some(1_000_000_000),
            model_dir,
            ..Settings::default()
        };
        let config = Config { login: Login::Demo, ..settings.resolve().unwrap() };
        let runtime = Runtime::new().unwrap();
        let program = PathBuf::from(env!("CARGO_BIN_EXE_mes-search"));
        let service = Arc::new(runtime.block_on(Service::open(&config, program)).unwrap());
        Engine { runtime, service, config }
    }

    /// Writes documents, durable and found by their metadata at return.
    pub(crate) fn put(&self, record: &RecordId, documents: &[Document]) {
        let feeder = Actor::new("bench", Role::Service);
        let written =
            self.runtime.block_on(self.service.put_bundle(record, &feeder, bundle(documents))).unwrap();
        assert_eq!(written.accepted, documents.len(), "{:?}", written.rejected.first());
    }

    /// Reads what was written, until all of it is found by its text.
    pub(crate) fn drain(&self) {
        self.runtime.block_on(self.service.drain()).unwrap();
    }

    /// A search as the patient; how many results there are.
    pub(crate) fn search(&self, record: &RecordId, query: &str) -> usize {
        let patient = Actor::new("bench", Role::Patient);
        let query = search::Query::new(query);
        self.runtime.block_on(self.service.search(record, &patient, query)).unwrap().total
    }

    /// The times of the stages of a search.
    pub(crate) fn timings(&self, record: &RecordId, query: &str) -> search::Timings {
        let patient = Actor::new("bench", Role::Patient);
        let query = search::Query::new(query);
        self.runtime.block_on(self.service.search(record, &patient, query)).unwrap().timings
    }

    /// Serves HTTP on a free port of the loopback address for as long as the process lives.
    pub(crate) fn serve(&self) -> SocketAddr {
        let listener = self.runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let (config, service) = (self.config.clone(), self.service.clone());
        self.runtime.spawn(async move {
            mes_search::http::serve(&config, service, Vec::new(), listener, std::future::pending()).await
        });
        address
    }
}

/// A client that keeps its connection, and does nothing that costs time.
pub(crate) struct Client(TcpStream);

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        Client(stream)
    }

    /// `POST …/search`; the length of the answer.
    pub(crate) fn search(&mut self, record: &RecordId, query: &str) -> usize {
        let body = serde_json::json!({"query": query, "limit": 10}).to_string();
        let request = format!(
            "POST /v1/records/{}/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            record.as_str(),
            body.len()
        );
        self.0.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::with_capacity(16_384);
        let mut chunk = [0; 16_384];
        loop {
            let n = self.0.read(&mut chunk).unwrap();
            assert!(n > 0, "the server closed the connection");
            answer.extend_from_slice(&chunk[..n]);
            let Some(end) = answer.windows(4).position(|w| w == b"\r\n\r\n") else { continue };
            let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
            assert!(head.starts_with("http/1.1 200"), "{head}");
            let length = head.lines().find_map(|l| l.strip_prefix("content-length:")).unwrap();
            let length: usize = length.trim().parse().unwrap();
            if answer.len() >= end + 4 + length {
                return length;
            }
        }
    }
}
