//! The keys of the identity provider.
//!
//! The algorithm belongs to the key, never to the token: a token that says `HS256` or `none` finds no key
//! that could verify it so (RFC 8725, 3.1 and 3.2).

use crate::config::JwksSource;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// A key set is fetched again at most once in this time, whatever tokens come.
const REFRESH: Duration = Duration::from_secs(60);
/// A key set larger than this is none.
const LONGEST: u64 = 1 << 20;
/// An RSA modulus shorter than this is refused (RFC 7518, 3.3), in bytes.
const RSA_BYTES: usize = 256;

/// A key with the only algorithm that it verifies.
pub(super) struct Key {
    kid: Option<String>,
    pub(super) algorithm: Algorithm,
    pub(super) key: DecodingKey,
}

/// The keys of one set.
#[derive(Default)]
pub(super) struct KeySet(Vec<Key>);

impl KeySet {
    /// Reads a JWKS. Keys of other kinds or uses are left out.
    pub(super) fn parse(text: &[u8]) -> Result<KeySet, &'static str> {
        let set: JwkSet = serde_json::from_slice(text).map_err(|_| "not a JSON Web Key Set")?;
        let keys: Vec<Key> = set.keys.iter().filter_map(usable).collect();
        if keys.is_empty() { Err("no RS256 or ES256 signature key in it") } else { Ok(KeySet(keys)) }
    }

    /// The key of that id; the only key, where the token names none.
    pub(super) fn find(&self, kid: Option<&str>) -> Option<&Key> {
        match (kid, self.0.as_slice()) {
            (None, [only]) => Some(only),
            (None, _) => None,
            (Some(kid), keys) => keys.iter().find(|k| k.kid.as_deref() == Some(kid)),
        }
    }
}

fn usable(jwk: &Jwk) -> Option<Key> {
    if !matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature)) {
        return None;
    }
    let (algorithm, stated) = match &jwk.algorithm {
        AlgorithmParameters::RSA(rsa) => {
            let long_enough = rsa.n.len() * 3 / 4 >= RSA_BYTES;
            (long_enough.then_some(Algorithm::RS256)?, KeyAlgorithm::RS256)
        }
        AlgorithmParameters::EllipticCurve(ec) if ec.curve == EllipticCurve::P256 => {
            (Algorithm::ES256, KeyAlgorithm::ES256)
        }
        _ => return None,
    };
    if jwk.common.key_algorithm.is_some_and(|named| named != stated) {
        return None;
    }
    Some(Key { kid: jwk.common.key_id.clone(), algorithm, key: DecodingKey::from_jwk(jwk).ok()? })
}

/// A key set with its source.
pub(super) struct Keys {
    source: JwksSource,
    current: RwLock<Arc<KeySet>>,
    /// When the source was last asked. Held for a moment only, never across a fetch.
    asked: Mutex<Instant>,
}

impl Keys {
    /// Loads the set. A file must be there and valid; an address that does not answer is asked again when
    /// the first token comes.
    pub(super) async fn load(source: JwksSource) -> Result<Keys, &'static str> {
        let set = match (fetch(source.clone()).await, &source) {
            (Ok(set), _) => set,
            (Err(problem), JwksSource::File(_)) => return Err(problem),
            (Err(problem), JwksSource::Url(_)) => {
                tracing::warn!(problem, "key set is not there yet");
                KeySet::default()
            }
        };
        Ok(Keys { source, current: RwLock::new(Arc::new(set)), asked: Mutex::new(Instant::now()) })
    }

    pub(super) fn current(&self) -> Arc<KeySet> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether any key is known.
    pub(super) fn ready(&self) -> bool {
        !self.current().0.is_empty()
    }

    /// Asks the source again, if that was not done within the last minute.
    pub(super) async fn refresh(&self) {
        {
            let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            if asked.elapsed() < REFRESH && self.ready() {
                return;
            }
            if asked.elapsed() < Duration::from_secs(1) {
                return;
            }
            *asked = Instant::now();
        }
        match fetch(self.source.clone()).await {
            Ok(set) => *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(set),
            Err(problem) => tracing::warn!(problem, "key set could not be refreshed"),
        }
    }
}

async fn fetch(source: JwksSource) -> Result<KeySet, &'static str> {
    let read = move || match source {
        JwksSource::File(path) => {
            let text = std::fs::read(path).map_err(|_| "file of the key set cannot be read")?;
            KeySet::parse(&text)
        }
        JwksSource::Url(url) => {
            let agent = ureq::Agent::new_with_config(
                ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(5))).build(),
            );
            let mut answer = agent.get(&url).call().map_err(|_| "address of the key set does not answer")?;
            let mut text = Vec::new();
            let body = answer.body_mut().as_reader();
            body.take(LONGEST).read_to_end(&mut text).map_err(|_| "key set was cut off")?;
            KeySet::parse(&text)
        }
    };
    tokio::task::spawn_blocking(read).await.unwrap_or(Err("loading of the key set ended early"))
}
