//! Query parameters, strictly.
//!
//! The usual decoders put `U+FFFD` for bytes that are not UTF-8 and let unknown names pass. Here both are
//! refused: a filter that was misspelt must not answer as if it had been applied.

use crate::Error;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use std::convert::Infallible;

/// Most parameters of one call.
const MOST: usize = 100;

/// The query parameters of a call, in their order.
pub(super) struct Parameters(Result<Vec<(String, String)>, Error>);

impl<S: Sync> FromRequestParts<S> for Parameters {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Parameters(parse(parts.uri.query().unwrap_or(""))))
    }
}

impl Parameters {
    /// The parameters as pairs.
    pub(super) fn pairs(self) -> Result<Vec<(String, String)>, Error> {
        self.0
    }

    /// The parameters, each of a known name. `set` gets name and value, and says whether it knows the name.
    pub(super) fn each(self, mut set: impl FnMut(&str, String) -> Result<bool, Error>) -> Result<(), Error> {
        for (name, value) in self.0? {
            if !set(&name, value)? {
                return Err(unknown());
            }
        }
        Ok(())
    }

    /// A call that takes none.
    pub(super) fn none(self) -> Result<(), Error> {
        self.each(|_, _| Ok(false))
    }
}

// The name is the client's text, and may be a word of the patient: it is not repeated.
fn unknown() -> Error {
    Error::Request("a query parameter has a name that this call does not know".to_owned())
}

fn parse(query: &str) -> Result<Vec<(String, String)>, Error> {
    let parts: Vec<&str> = query.split('&').filter(|part| !part.is_empty()).collect();
    if parts.len() > MOST {
        return Err(Error::Request(format!("more than {MOST} query parameters")));
    }
    let pair = |part: &str| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        Ok((decode(name)?, decode(value)?))
    };
    parts.into_iter().map(pair).collect()
}

fn decode(text: &str) -> Result<String, Error> {
    let refused = || Error::Request("a query parameter is not percent-encoded UTF-8".to_owned());
    let digit = |b: Option<u8>| b.and_then(|b| char::from(b).to_digit(16));
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => {
                let (high, low) = (digit(bytes.next()), digit(bytes.next()));
                let (high, low) = high.zip(low).ok_or_else(refused)?;
                (high * 16 + low) as u8
            }
            other => other,
        });
    }
    String::from_utf8(out).map_err(|_| refused())
}

/// `true`, `false` or nothing (`?explain`).
pub(super) fn flag(value: &str) -> Result<bool, Error> {
    match value {
        "" | "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(Error::Request("a flag is neither true nor false".to_owned())),
    }
}

/// A whole number.
pub(super) fn number(name: &str, value: &str) -> Result<usize, Error> {
    value.parse().map_err(|_| Error::Request(format!("{name} is not a whole number")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(query: &str, expected: Option<&[(&str, &str)]>) {
        let found = parse(query).ok();
        let expected = expected.map(|e| e.iter().map(|(n, v)| (n.to_string(), v.to_string())).collect());
        assert_eq!(found, expected, "{query}");
    }

    #[test]
    fn parameters_are_utf_8_or_refused() {
        check("", Some(&[]));
        check("q=prise+de%20sang&limit=3", Some(&[("q", "prise de sang"), ("limit", "3")]));
        check("q=c%C3%A9phal%C3%A9e", Some(&[("q", "céphalée")]));
        check("explain", Some(&[("explain", "")]));
        check("q=%FF", None);
        check("q=%4", None);
        check("q=%zz", None);
    }
}
