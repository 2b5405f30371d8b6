//! Text that may speak of the patient.

use minicbor::{Decode, Encode};
use std::fmt;
use std::ops::Deref;

/// A string that may hold patient text. It reads like a `str`, but its `Debug` prints the length alone,
/// so that logs, panics and error messages cannot carry it by accident.
///
/// ```
/// let text = record::Text::from("diabète");
/// assert_eq!(&*text, "diabète");
/// assert_eq!(format!("{text:?}"), "Text(8 bytes)");
/// ```
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Text(#[n(0)] String);

impl Text {
    /// The text itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Takes the string out.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl Deref for Text {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Text(text)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Text(text.to_owned())
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({} bytes)", self.0.len())
    }
}
