//! Configuration: as typed ([`Settings`]) and resolved ([`Config`]).
//!
//! One precedence for every setting: command-line flag, then environment variable (`MES_SEARCH_…`), then
//! configuration file (TOML), then default. A key that the file format does not know is refused: a
//! misspelt limit must not silently be the default.

use ingest::Limits;
use serde::Deserialize;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Why a configuration was refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("configuration file {path} cannot be read")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Not TOML, an unknown key, or a value of the wrong type.
    #[error("configuration file {path} is not valid: {message}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the parser says: key and line.
        message: String,
    },
    /// A value outside its range, or one that contradicts another.
    #[error("setting {key}: {problem}")]
    Value {
        /// The setting.
        key: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
}

/// Settings as typed: every one may be absent. The same names serve as TOML keys (`data-dir`), flags
/// (`--data-dir`) and variables (`MES_SEARCH_DATA_DIR`).
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize, clap::Args)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// Configuration file (TOML)
    #[serde(skip)]
    #[arg(long, env = "MES_SEARCH_CONFIG", value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// Folder of the ledger and the blobs [default: data]
    #[arg(long, env = "MES_SEARCH_DATA_DIR", value_name = "DIR", global = true)]
    pub data_dir: Option<PathBuf>,
    /// File of the key-encryption key [default: <data-dir>/key]
    #[arg(long, env = "MES_SEARCH_KEY_FILE", value_name = "FILE", global = true)]
    pub key_file: Option<PathBuf>,
    /// Address to listen on [default: 127.0.0.1:8470]
    #[arg(long, env = "MES_SEARCH_LISTEN", value_name = "ADDRESS", global = true)]
    pub listen: Option<SocketAddr>,
    /// JSON Web Key Set that signs tokens: a file, or an http(s) URL
    #[arg(long, env = "MES_SEARCH_JWKS", value_name = "FILE|URL", global = true)]
    pub jwks: Option<String>,
    /// Issuer that tokens must name
    #[arg(long, env = "MES_SEARCH_ISSUER", value_name = "URI", global = true)]
    pub issuer: Option<String>,
    /// Audience that tokens must name
    #[arg(long, env = "MES_SEARCH_AUDIENCE", value_name = "NAME", global = true)]
    pub audience: Option<String>,
    /// Matrix of professions and document types (default: the one compiled in)
    #[arg(long, env = "MES_SEARCH_MATRIX", value_name = "FILE", global = true)]
    pub matrix: Option<PathBuf>,
    /// Bytes of one document [default: 5000000]
    #[arg(long, env = "MES_SEARCH_MAX_DOCUMENT_BYTES", value_name = "BYTES", global = true)]
    pub max_document_bytes: Option<usize>,
    /// Bytes of one bundle [default: 64000000]
    #[arg(long, env = "MES_SEARCH_MAX_BUNDLE_BYTES", value_name = "BYTES", global = true)]
    pub max_bundle_bytes: Option<usize>,
    /// Seconds that a search or another read may take [default: 10]
    #[arg(long, env = "MES_SEARCH_READ_TIMEOUT_S", value_name = "SECONDS", global = true)]
    pub read_timeout_s: Option<u64>,
    /// Seconds that a write may take, `wait=content` included [default: 120]
    #[arg(long, env = "MES_SEARCH_WRITE_TIMEOUT_S", value_name = "SECONDS", global = true)]
    pub write_timeout_s: Option<u64>,
    /// Reads answered at once; as many again may wait [default: 64]
    #[arg(long, env = "MES_SEARCH_MAX_READS", value_name = "N", global = true)]
    pub max_reads: Option<usize>,
    /// Writes taken in at once; as many again may wait [default: 8]
    #[arg(long, env = "MES_SEARCH_MAX_WRITES", value_name = "N", global = true)]
    pub max_writes: Option<usize>,
    /// Bytes of opened packs kept in memory [default: 268435456]
    #[arg(long, env = "MES_SEARCH_CACHE_BYTES", value_name = "BYTES", global = true)]
    pub cache_bytes: Option<usize>,
    /// Documents read at once by the worker [default: number of cores]
    #[arg(long, env = "MES_SEARCH_READERS", value_name = "N", global = true)]
    pub readers: Option<usize>,
    /// Folder of the language model [default: models/mes-fr-small beside the program, or else here]
    #[arg(long, env = "MES_SEARCH_MODEL_DIR", value_name = "DIR", global = true)]
    pub model_dir: Option<PathBuf>,
    /// Threads that the language model reads passages with [default: number of cores]
    #[arg(long, env = "MES_SEARCH_MODEL_THREADS", value_name = "N", global = true)]
    pub model_threads: Option<usize>,
    /// Form of the log lines [default: text]
    #[arg(long, env = "MES_SEARCH_LOG_FORMAT", value_name = "FORMAT", global = true)]
    pub log_format: Option<LogFormat>,
    /// Log filter, in the syntax of `tracing` [default: info]
    #[arg(long, env = "MES_SEARCH_LOG", value_name = "FILTER", global = true)]
    pub log: Option<String>,
}

/// Form of the log lines.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Where the key set of the identity provider stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JwksSource {
    /// A file, read at start.
    File(PathBuf),
    /// An address, read at start and again when a token names an unknown key.
    Url(String),
}

/// How callers prove who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Login {
    /// By a token of this issuer for this audience.
    Token {
        /// Keys.
        jwks: JwksSource,
        /// `iss`.
        issuer: String,
        /// `aud`.
        audience: String,
    },
    /// Not at all: everybody is the patient. Only `demo` makes this, over synthetic data, and
    /// [`crate::http::run`] refuses it on any address but the loopback.
    Demo,
    /// Not set: every call to a record is refused.
    Closed,
}

/// The resolved configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Folder of the ledger and the blobs.
    pub data_dir: PathBuf,
    /// File of the key-encryption key.
    pub key_file: PathBuf,
    /// Address to listen on.
    pub listen: SocketAddr,
    /// How callers prove who they are.
    pub login: Login,
    /// File of the profession matrix; the built-in one where `None`.
    pub matrix: Option<PathBuf>,
    /// Limits of parsing.
    pub limits: Limits,
    /// Time that a read may take.
    pub read_timeout: Duration,
    /// Time that a write may take.
    pub write_timeout: Duration,
    /// Reads answered at once.
    pub max_reads: usize,
    /// Writes taken in at once.
    pub max_writes: usize,
    /// Bytes of opened packs kept in memory.
    pub cache_bytes: usize,
    /// Documents read at once.
    pub readers: usize,
    /// Folder of the language model.
    pub model_dir: PathBuf,
    /// Threads that it reads passages with.
    pub model_threads: usize,
    /// Form of the log lines.
    pub log_format: LogFormat,
    /// Log filter.
    pub log: String,
}

macro_rules! first_of {
    ($high:ident, $low:ident: $($field:ident),+ $(,)?) => {
        Settings { $($field: $high.$field.or($low.$field)),+ }
    };
}

impl Settings {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// A file that cannot be read, is not TOML, or has an unknown key.
    pub fn read(path: &Path) -> Result<Settings, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        toml::from_str(&text)
            .map_err(|e| ConfigError::File { path: path.to_owned(), message: e.message().to_owned() })
    }

    /// These settings, completed by those of `lower` precedence.
    #[must_use]
    pub fn or(self, lower: Settings) -> Settings {
        first_of!(self, lower:
            config, data_dir, key_file, listen, jwks, issuer, audience, matrix, max_document_bytes,
            max_bundle_bytes, read_timeout_s, write_timeout_s, max_reads, max_writes, cache_bytes, readers,
            model_dir, model_threads, log_format, log,
        )
    }

    /// Completes the settings by their file, where one is named, and by the defaults.
    ///
    /// # Errors
    /// The file is refused, or a value is.
    pub fn resolve(self) -> Result<Config, ConfigError> {
        let file = self.config.as_deref().map(Settings::read).transpose()?.unwrap_or_default();
        let settings = self.or(file);
        let login = settings.login()?;
        let data_dir = settings.data_dir.unwrap_or_else(|| PathBuf::from("data"));
        let defaults = Limits::default();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Config {
            key_file: settings.key_file.unwrap_or_else(|| data_dir.join("key")),
            data_dir,
            listen: settings.listen.unwrap_or(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8470)),
            login,
            matrix: settings.matrix,
            limits: Limits {
                document_bytes: at_least_one(
                    "max-document-bytes",
                    settings.max_document_bytes,
                    defaults.document_bytes,
                )?,
                bundle_bytes: at_least_one(
                    "max-bundle-bytes",
                    settings.max_bundle_bytes,
                    defaults.bundle_bytes,
                )?,
                ..defaults
            },
            read_timeout: seconds("read-timeout-s", settings.read_timeout_s, 10)?,
            write_timeout: seconds("write-timeout-s", settings.write_timeout_s, 120)?,
            max_reads: at_least_one("max-reads", settings.max_reads, 64)?,
            max_writes: at_least_one("max-writes", settings.max_writes, 8)?,
            cache_bytes: settings.cache_bytes.unwrap_or(256 << 20),
            readers: at_least_one("readers", settings.readers, cores)?,
            model_dir: settings.model_dir.unwrap_or_else(default_model),
            model_threads: at_least_one("model-threads", settings.model_threads, cores)?,
            log_format: settings.log_format.unwrap_or_default(),
            log: settings.log.unwrap_or_else(|| "info".to_owned()),
        })
    }

    fn login(&self) -> Result<Login, ConfigError> {
        let Some(jwks) = &self.jwks else { return Ok(Login::Closed) };
        let needed = |key, value: &Option<String>| {
            value.clone().filter(|v| !v.is_empty()).ok_or(ConfigError::Value {
                key,
                problem: "must be set when jwks is: a token for another service must not open a record",
            })
        };
        let is_url = jwks.starts_with("https://") || jwks.starts_with("http://");
        Ok(Login::Token {
            jwks: if is_url { JwksSource::Url(jwks.clone()) } else { JwksSource::File(PathBuf::from(jwks)) },
            issuer: needed("issuer", &self.issuer)?,
            audience: needed("audience", &self.audience)?,
        })
    }
}

/// The model that comes with the program: beside it where it was installed so, or else in the working
/// folder, as in a checkout of the repository.
fn default_model() -> PathBuf {
    let name = Path::new("models/mes-fr-small");
    let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join(name)));
    beside.filter(|folder| folder.is_dir()).unwrap_or_else(|| name.to_owned())
}

fn at_least_one(key: &'static str, value: Option<usize>, default: usize) -> Result<usize, ConfigError> {
    match value.unwrap_or(default) {
        0 => Err(ConfigError::Value { key, problem: "must be at least 1" }),
        n => Ok(n),
    }
}

fn seconds(key: &'static str, value: Option<u64>, default: u64) -> Result<Duration, ConfigError> {
    match value.unwrap_or(default) {
        n @ 1..=86_400 => Ok(Duration::from_secs(n)),
        _ => Err(ConfigError::Value { key, problem: "must be 1 to 86400 seconds" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("mes-search.toml");
        std::fs::write(&path, text).unwrap();
        (dir, path)
    }

    #[test]
    fn a_flag_wins_over_the_file_and_the_file_over_the_default() {
        let (_dir, path) = file("max-reads = 3\nmax-writes = 2\ndata-dir = \"/srv/a\"");
        let typed = Settings { config: Some(path), max_reads: Some(7), ..Settings::default() };
        let config = typed.resolve().unwrap();
        assert_eq!((config.max_reads, config.max_writes), (7, 2));
        assert_eq!(config.key_file, Path::new("/srv/a/key"));
        assert_eq!(config.limits.document_bytes, 5_000_000);
        assert_eq!(config.login, Login::Closed);
    }

    #[test]
    fn mistakes_are_refused() {
        let check = |text: &str, expected: &str| {
            let (_dir, path) = file(text);
            let refused = Settings { config: Some(path), ..Settings::default() }.resolve().unwrap_err();
            assert!(refused.to_string().contains(expected), "{text}: {refused}");
        };
        check("max-read = 3", "unknown field `max-read`");
        check("max-reads = \"three\"", "invalid type");
        check("max-reads = 0", "max-reads: must be at least 1");
        check("read-timeout-s = 0", "read-timeout-s: must be 1 to 86400");
        check("jwks = \"keys.json\"", "issuer: must be set");
    }
}
