//! Verification of a bearer token (RFC 7519, RFC 8725) and its claims.

use super::Scope;
use super::keys::{KeySet, Keys};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Validation, decode, decode_header};
use record::RecordId;
use search::policy::{Actor, Purpose, Role};
use serde::Deserialize;

/// Clocks may differ by this many seconds.
const LEEWAY: u64 = 60;
/// A longer token is not looked at.
const LONGEST: usize = 16_384;
/// A token for more records than this is refused.
const MOST_RECORDS: usize = 1_000;

/// Why a token was refused. The caller learns only that it was, and whether it has expired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// No `Authorization: Bearer`.
    #[error("no bearer token")]
    Missing,
    /// Not a token, or signed by an algorithm that is not accepted.
    #[error("token is malformed")]
    Malformed,
    /// No key of that id.
    #[error("signing key is unknown")]
    UnknownKey,
    /// Signature or algorithm is wrong.
    #[error("signature is wrong")]
    Signature,
    /// Expired, or not valid yet.
    #[error("token is expired or not valid yet")]
    Expired,
    /// Another issuer.
    #[error("issuer is foreign")]
    Issuer,
    /// Another audience.
    #[error("audience is foreign")]
    Audience,
    /// A claim is missing or has a value outside the contract.
    #[error("claim `{0}` is missing or not valid")]
    Claim(&'static str),
    /// No key set is configured.
    #[error("no identity provider is configured")]
    Closed,
}

/// A caller whose token was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Who.
    pub actor: Actor,
    /// For which records.
    pub scope: Scope,
}

#[derive(Deserialize)]
struct Claims {
    sub: Option<String>,
    role: Option<String>,
    record: Option<String>,
    records: Option<Vec<String>>,
    profession: Option<String>,
    rpps: Option<String>,
    organization: Option<String>,
    purpose: Option<String>,
}

/// What verifies tokens: keys, issuer, audience.
pub(super) struct Verifier {
    pub(super) keys: Keys,
    pub(super) issuer: String,
    pub(super) audience: String,
}

impl Verifier {
    /// Verifies a token. An unknown key id makes the key set be fetched again, at most once a minute.
    pub(super) async fn verify(&self, token: &str) -> Result<Verified, TokenError> {
        match verify(&self.keys.current(), &self.issuer, &self.audience, token) {
            Err(TokenError::UnknownKey) => {
                self.keys.refresh().await;
                verify(&self.keys.current(), &self.issuer, &self.audience, token)
            }
            decided => decided,
        }
    }
}

fn verify(keys: &KeySet, issuer: &str, audience: &str, token: &str) -> Result<Verified, TokenError> {
    if token.len() > LONGEST {
        return Err(TokenError::Malformed);
    }
    let header = decode_header(token).map_err(|_| TokenError::Malformed)?;
    let key = keys.find(header.kid.as_deref()).ok_or(TokenError::UnknownKey)?;
    let mut validation = Validation::new(key.algorithm);
    validation.leeway = LEEWAY;
    validation.validate_nbf = true;
    validation.set_issuer(&[issuer]);
    validation.set_audience(&[audience]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    let data = decode::<Claims>(token, &key.key, &validation).map_err(|e| match e.kind() {
        ErrorKind::ExpiredSignature | ErrorKind::ImmatureSignature => TokenError::Expired,
        ErrorKind::InvalidIssuer => TokenError::Issuer,
        ErrorKind::InvalidAudience => TokenError::Audience,
        ErrorKind::MissingRequiredClaim(_) => TokenError::Claim("exp, iss, aud or sub"),
        ErrorKind::InvalidSignature | ErrorKind::InvalidAlgorithm => TokenError::Signature,
        _ => TokenError::Malformed,
    })?;
    interpret(data.claims)
}

fn interpret(claims: Claims) -> Result<Verified, TokenError> {
    let Claims { sub, role, record, records, profession, rpps, organization, purpose } = claims;
    let subject = sub.filter(|s| !s.is_empty()).ok_or(TokenError::Claim("sub"))?;
    let role = role.as_deref().and_then(Role::from_name).ok_or(TokenError::Claim("role"))?;
    let purpose = match purpose.as_deref() {
        None => Purpose::Care,
        Some(name) => Purpose::from_name(name).ok_or(TokenError::Claim("purpose"))?,
    };
    let names: Vec<String> = record.into_iter().chain(records.into_iter().flatten()).collect();
    let scope = match names.as_slice() {
        [star] if star == "*" && role == Role::Service => Scope::All,
        names if names.len() > MOST_RECORDS => return Err(TokenError::Claim("records")),
        names => {
            let ids: Result<_, _> = names.iter().map(|n| RecordId::new(n)).collect();
            Scope::Records(ids.map_err(|_| TokenError::Claim("records"))?)
        }
    };
    let professional = role == Role::Professional;
    let actor = Actor {
        subject,
        role,
        profession: profession.filter(|_| professional),
        rpps: rpps.filter(|_| professional),
        organization: organization.filter(|_| professional),
        purpose,
    };
    Ok(Verified { actor, scope })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(json: serde_json::Value) -> Result<Verified, TokenError> {
        interpret(serde_json::from_value(json).unwrap())
    }

    #[test]
    fn claims_outside_the_contract_are_refused() {
        for (json, claim) in [
            (serde_json::json!({"role": "patient"}), "sub"),
            (serde_json::json!({"sub": "a"}), "role"),
            (serde_json::json!({"sub": "a", "role": "admin"}), "role"),
            (serde_json::json!({"sub": "a", "role": "professional", "purpose": "curiosity"}), "purpose"),
            (serde_json::json!({"sub": "a", "role": "patient", "record": "../b"}), "records"),
            (serde_json::json!({"sub": "a", "role": "patient", "records": ["*"]}), "records"),
        ] {
            assert_eq!(claims(json), Err(TokenError::Claim(claim)));
        }
    }

    #[test]
    fn a_scope_is_what_the_token_names_and_nothing_by_default() {
        let record = |name| RecordId::new(name).unwrap();
        let none = claims(serde_json::json!({"sub": "a", "role": "service"})).unwrap();
        assert!(!none.scope.covers(&record("r1")));
        let both =
            claims(serde_json::json!({"sub": "a", "role": "delegate", "record": "r1", "records": ["r2"]}));
        let both = both.unwrap();
        assert!(both.scope.covers(&record("r1")) && both.scope.covers(&record("r2")));
        assert!(!both.scope.covers(&record("r3")));
        let all = claims(serde_json::json!({"sub": "a", "role": "service", "records": ["*"]})).unwrap();
        assert_eq!(all.scope, Scope::All);
    }

    #[test]
    fn professional_claims_of_others_do_not_count() {
        let caller =
            claims(serde_json::json!({"sub": "a", "role": "patient", "rpps": "1", "profession": "10"}));
        assert_eq!(caller.unwrap().actor, Actor::new("a", Role::Patient));
    }
}
