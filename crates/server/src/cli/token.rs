//! Test tokens, signed with a key of this machine.
//!
//! In service an identity provider signs tokens. For a trial, `mes-search token` makes an ES256 key pair on
//! first use (RFC 7518 §3.4), writes the public half as a key set that `serve --jwks` reads, and signs.

use super::clock;
use super::exit::{Exit, UsageError};
use super::output::Output;
use anyhow::Context;
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use p256::pkcs8::{EncodePrivateKey, LineEnding};
use serde::Serialize;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Signs a test token with a local key
#[derive(Debug, clap::Args)]
pub(super) struct TokenArgs {
    /// Records that the token opens
    #[arg(required_unless_present = "jwks_only", value_name = "RECORD")]
    records: Vec<String>,
    /// Who asks
    #[arg(long, default_value = "patient", value_parser = ["patient", "representative", "delegate", "professional", "service"])]
    role: String,
    /// Subject: who the person or the program is
    #[arg(long, default_value = "test")]
    subject: String,
    /// Profession of a professional, as in the matrix
    #[arg(long, required_if_eq("role", "professional"))]
    profession: Option<String>,
    /// RPPS number of a professional
    #[arg(long)]
    rpps: Option<String>,
    /// Organization of a professional
    #[arg(long)]
    organization: Option<String>,
    /// Purpose of a professional
    #[arg(long, value_parser = ["care", "emergency-samu", "emergency-btg"])]
    purpose: Option<String>,
    /// Minutes until it expires
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=1440), value_name = "MINUTES")]
    expires: u64,
    /// Folder of the key pair; made, readable by you alone, on first use
    #[arg(long, default_value = "data/test-keys", value_name = "DIR")]
    keys: PathBuf,
    /// Make the key set and print its path, without a token
    #[arg(long)]
    jwks_only: bool,
}

/// The claims of the HTTP contract.
#[derive(Debug, Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: &'a str,
    iat: u64,
    exp: u64,
    role: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    records: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    profession: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rpps: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organization: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<&'a str>,
}

/// What is printed with `--json`.
#[derive(Debug, Serialize)]
struct Signed {
    token: Option<String>,
    jwks: PathBuf,
    issuer: String,
    audience: String,
}

/// Issuer and audience where none are configured: names that no provider has.
const ISSUER: &str = "urn:mes-search:test";
const AUDIENCE: &str = "mes-search";

/// Runs the command. `issuer` and `audience` are those that the service is configured to ask for.
pub(super) fn run(
    args: &TokenArgs,
    issuer: Option<String>,
    audience: Option<String>,
    output: Output,
) -> anyhow::Result<Exit> {
    for record in &args.records {
        record::RecordId::new(record).map_err(|e| UsageError(format!("record: {e}")))?;
    }
    let (key, jwks) = keys(&args.keys)?;
    let issuer = issuer.unwrap_or_else(|| ISSUER.to_owned());
    let audience = audience.unwrap_or_else(|| AUDIENCE.to_owned());
    let token = if args.jwks_only { None } else { Some(sign(args, &key, &issuer, &audience)?) };
    let signed = Signed { token, jwks, issuer, audience };
    output.print(&signed, |s| {
        format!("{}\n", s.token.clone().unwrap_or_else(|| s.jwks.display().to_string()))
    })?;
    if output == Output::Text && !args.jwks_only {
        hint(&signed);
    }
    Ok(Exit::Done)
}

/// To standard error, so that `$(mes-search token …)` is the token alone.
fn hint(signed: &Signed) {
    let _ = writeln!(
        std::io::stderr(),
        "serve with: --jwks {} --issuer {} --audience {}",
        signed.jwks.display(),
        signed.issuer,
        signed.audience
    );
}

fn sign(args: &TokenArgs, key: &EncodingKey, issuer: &str, audience: &str) -> anyhow::Result<String> {
    let now = clock::now()?;
    let claims = Claims {
        iss: issuer,
        aud: audience,
        sub: &args.subject,
        iat: now,
        exp: now + 60 * args.expires,
        role: &args.role,
        records: &args.records,
        profession: args.profession.as_deref(),
        rpps: args.rpps.as_deref(),
        organization: args.organization.as_deref(),
        purpose: args.purpose.as_deref(),
    };
    let header = Header { kid: Some(KEY_ID.to_owned()), ..Header::new(Algorithm::ES256) };
    Ok(jsonwebtoken::encode(&header, &claims, key)?)
}

const KEY_ID: &str = "test-1";

/// The signing key and the path of its key set; both are made where they are missing.
fn keys(folder: &Path) -> anyhow::Result<(EncodingKey, PathBuf)> {
    let (private, public) = (folder.join("signing-key.pem"), folder.join("jwks.json"));
    if !private.exists() {
        std::fs::create_dir_all(folder).with_context(|| format!("{}", folder.display()))?;
        write_private(&private, generate()?.as_bytes()).with_context(|| format!("{}", private.display()))?;
    }
    let pem = std::fs::read(&private).with_context(|| format!("{}", private.display()))?;
    let key = EncodingKey::from_ec_pem(&pem).with_context(|| format!("{}: no EC key", private.display()))?;
    let mut jwk = Jwk::from_encoding_key(&key, Algorithm::ES256)?;
    jwk.common.key_id = Some(KEY_ID.to_owned());
    let set = serde_json::to_vec_pretty(&JwkSet { keys: vec![jwk] })?;
    std::fs::write(&public, set).with_context(|| format!("{}", public.display()))?;
    Ok((key, public))
}

/// A fresh P-256 key as PKCS #8 PEM.
fn generate() -> anyhow::Result<p256::elliptic_curve::zeroize::Zeroizing<String>> {
    loop {
        let mut scalar = [0u8; 32];
        getrandom::fill(&mut scalar).map_err(std::io::Error::other)?;
        // Refused only for 0 and for what is not below the order: 1 in 2^32.
        if let Ok(key) = p256::SecretKey::from_slice(&scalar) {
            return Ok(key.to_pkcs8_pem(LineEnding::LF)?);
        }
    }
}

/// Writes a new file that its owner alone may read.
fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
