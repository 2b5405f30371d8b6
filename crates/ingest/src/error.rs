//! Refusals.

/// Why an entry of a batch was refused. The message is for the caller: it holds no patient text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Reason {
    /// A resource type that a record does not hold.
    #[error("resource type is not one that a record holds")]
    UnknownResource,
    /// No valid id.
    #[error("resource has no valid id ([A-Za-z0-9.-], at most 64 characters)")]
    Id,
    /// A mandatory element is missing or of the wrong type.
    #[error("resource is not valid: {0}")]
    Invalid(&'static str),
    /// A date that is none.
    #[error("{0} is not a date of the calendar")]
    Date(&'static str),
    /// Attachment is not base64.
    #[error("attachment is not valid base64")]
    Base64,
    /// A document larger than the limit.
    #[error("document is larger than the limit of {0} bytes")]
    TooLarge(usize),
    /// The document is about another patient than the record.
    #[error("patient of the entry is not the patient of the record")]
    Patient,
    /// A confidentiality code outside JDV_J08.
    #[error("confidentiality code is not in the value set JDV_J08")]
    Confidentiality,
    /// Content does not match its hash or size.
    #[error("content does not match the hash that the entry states")]
    Hash,
    /// A document that does not parse.
    #[error("{0}")]
    Document(#[from] Error),
    /// Two entries of one batch have the same reference.
    #[error("another entry of the batch has the same reference")]
    Duplicate,
}

/// Why a whole source was refused. The message is for the caller: it holds no patient text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Error {
    /// Not well-formed XML.
    #[error("XML is not well-formed at line {line}")]
    Xml {
        /// 1-based line.
        line: u32,
    },
    /// A document type declaration: entity attacks begin there.
    #[error("XML with a DOCTYPE is not accepted")]
    Doctype,
    /// Nested deeper than the limit.
    #[error("nesting is deeper than {0} levels")]
    Depth(usize),
    /// Larger than a limit.
    #[error("{what} is larger than the limit of {limit}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// The limit, in the unit of `what`.
        limit: usize,
    },
    /// Not JSON.
    #[error("JSON is not valid at line {line}, column {column}")]
    Json {
        /// 1-based line.
        line: usize,
        /// 1-based column.
        column: usize,
    },
    /// Not UTF-8 where the format asks for it.
    #[error("text is not valid UTF-8")]
    Utf8,
    /// XML without a `ClinicalDocument`.
    #[error("XML holds no ClinicalDocument")]
    NotCda,
    /// JSON that is no Bundle of a type that is taken.
    #[error("JSON is not a FHIR Bundle of type collection, transaction, batch or searchset")]
    NotBundle,
    /// A zip that is no IHE_XDM archive.
    #[error("archive holds no IHE_XDM/SUBSETnn/METADATA.XML")]
    NotXdm,
    /// A damaged or refused archive.
    #[error("archive is refused: {0}")]
    Archive(&'static str),
    /// A media type that the engine does not take.
    #[error("media type is not accepted")]
    MediaType,
    /// Bytes that are not what their media type says.
    #[error("content is not of the declared media type")]
    MediaMismatch,
    /// A document that lacks what the format asks for.
    #[error("document is not valid: {0}")]
    Invalid(&'static str),
}
