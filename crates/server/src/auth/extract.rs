//! The caller as an extractor.

use super::keys::Keys;
use super::token::Verifier;
use super::{Scope, TokenError, Verified};
use crate::Error;
use crate::config::Login;
use crate::http::App;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use record::RecordId;
use search::policy::{Actor, Role};
use std::sync::Arc;

/// What turns a request into a verified caller.
pub struct Authenticator(Mode);

enum Mode {
    Token(Box<Verifier>),
    Demo,
    Closed,
}

impl Authenticator {
    /// Loads the keys of the configured identity provider.
    ///
    /// # Errors
    /// A key set in a file that is missing or not valid.
    pub async fn new(login: &Login) -> Result<Self, Error> {
        Ok(Authenticator(match login {
            Login::Demo => Mode::Demo,
            Login::Closed => Mode::Closed,
            Login::Token { jwks, issuer, audience } => {
                let setup = |problem: &str| Error::Setup { what: "key set", problem: problem.to_owned() };
                let keys = Keys::load(jwks.clone()).await.map_err(setup)?;
                Mode::Token(Box::new(Verifier { keys, issuer: issuer.clone(), audience: audience.clone() }))
            }
        }))
    }

    /// Whether callers can be verified now.
    #[must_use]
    pub fn ready(&self) -> bool {
        match &self.0 {
            Mode::Token(verifier) => verifier.keys.ready(),
            Mode::Demo => true,
            Mode::Closed => false,
        }
    }

    /// Whether everybody is let in as the patient.
    #[must_use]
    pub fn is_demo(&self) -> bool {
        matches!(self.0, Mode::Demo)
    }

    /// Who calls.
    ///
    /// # Errors
    /// No token, or one that does not hold.
    pub async fn verify(&self, authorization: Option<&str>) -> Result<Verified, TokenError> {
        let verifier = match &self.0 {
            Mode::Demo => {
                return Ok(Verified { actor: Actor::new("demo", Role::Patient), scope: Scope::All });
            }
            Mode::Closed => return Err(TokenError::Closed),
            Mode::Token(verifier) => verifier,
        };
        let (scheme, token) =
            authorization.and_then(|h| h.trim().split_once(' ')).ok_or(TokenError::Missing)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(TokenError::Missing);
        }
        verifier.verify(token.trim()).await
    }
}

/// A verified caller and the record of the path, which the caller's token covers.
pub struct InRecord {
    /// Who calls.
    pub actor: Actor,
    /// The record.
    pub record: RecordId,
}

impl FromRequestParts<Arc<App>> for InRecord {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Error> {
        let mut headers = parts.headers.get_all(AUTHORIZATION).iter();
        let header = match (headers.next(), headers.next()) {
            (Some(only), None) => Some(only.to_str().map_err(|_| TokenError::Malformed)?),
            (None, _) => None,
            // Two identities are none.
            (Some(_), Some(_)) => return Err(TokenError::Malformed.into()),
        };
        let Verified { actor, scope } = app.auth.verify(header).await?;
        let path = RawPathParams::from_request_parts(parts, app).await.map_err(|_| Error::NotFound)?;
        let name = path.iter().find(|(name, _)| *name == "record").map(|(_, value)| value);
        let record = name.and_then(|name| RecordId::new(name).ok()).ok_or(Error::NotFound)?;
        if scope.covers(&record) { Ok(InRecord { actor, record }) } else { Err(Error::NotFound) }
    }
}
