//! What a source may cost.

/// Limits of parsing. Every parser of foreign bytes takes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one document (MES takes 5 MB).
    pub document_bytes: usize,
    /// Bytes of one bundle, archive or NDJSON file.
    pub bundle_bytes: usize,
    /// Bytes that an archive may inflate to, in all.
    pub inflated_bytes: usize,
    /// How many times its size an archive entry may inflate to.
    pub inflate_ratio: usize,
    /// Entries of an archive, resources of a bundle.
    pub entries: usize,
    /// Nesting of XML elements.
    pub xml_depth: usize,
    /// Nodes (elements, attributes, texts) of an XML document.
    pub xml_nodes: u32,
    /// Pages of a document.
    pub pages: u32,
    /// Characters of text taken from one document.
    pub text_chars: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            document_bytes: 5_000_000,
            bundle_bytes: 64_000_000,
            inflated_bytes: 200_000_000,
            inflate_ratio: 200,
            entries: 50_000,
            xml_depth: 64,
            xml_nodes: 1_000_000,
            pages: 5_000,
            text_chars: 10_000_000,
        }
    }
}
