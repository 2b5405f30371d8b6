//! The name of a record on disk.

use std::fmt;
use std::str::FromStr;

/// The name under which a record is stored: the first 128 bits of a keyed hash of its id. It says nothing
/// about the person to who does not hold the key file, so it may stand in logs and object names.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordKey([u8; 16]);

impl RecordKey {
    /// From the bytes of the keyed hash.
    pub(crate) fn from_bytes(bytes: [u8; 16]) -> Self {
        RecordKey(bytes)
    }

    /// The bytes, as the ledger keeps them.
    pub(crate) fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The partition: the first two of the 32 hexadecimal digits. A proxy routes by it, object names are
    /// spread by it.
    #[must_use]
    pub fn part(&self) -> String {
        format!("{:02x}", self.0[0])
    }
}

impl fmt::Display for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecordKey({self})")
    }
}

/// Text that is not 32 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a record key: 32 lower-case hexadecimal digits")]
pub struct NotARecordKey;

impl FromStr for RecordKey {
    type Err = NotARecordKey;

    fn from_str(text: &str) -> Result<Self, NotARecordKey> {
        hex(text).map(RecordKey).ok_or(NotARecordKey)
    }
}

/// Reads exactly `2 * N` lower-case hexadecimal digits.
pub(crate) fn hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digit = |b: u8| match b {
        b'0'..=b'9' => Some(b - b'0'),
        b'a'..=b'f' => Some(b - b'a' + 10),
        _ => None,
    };
    let text = text.as_bytes();
    if text.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

/// Writes bytes as lower-case hexadecimal digits.
pub(crate) fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_prints_and_reads_back() {
        let text = "00ff10a0b1c2d3e4f5061728394a5b6c";
        let key: RecordKey = text.parse().unwrap();
        assert_eq!((key.to_string().as_str(), key.part().as_str()), (text, "00"));
        for wrong in ["", "00", &text.to_uppercase(), &format!("{text}00"), &text.replace('f', "g")] {
            assert_eq!(wrong.parse::<RecordKey>(), Err(NotARecordKey), "{wrong}");
        }
    }
}
