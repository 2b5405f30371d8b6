//! What a client says of a file: query parameters, or the JSON part of a form.

use crate::Error;
use serde_json::{Map, Value};
use std::fmt;

/// Metadata that a client may give with a file, as it wrote them; [`crate::document`] checks them.
///
/// Codes are written `code` or `system|code`. Names are those of the HTTP contract, in the order below:
/// `id`, `title`, `type`, `class`, `date`, `end`, `created`, `author`, `specialty`, `institution`,
/// `confidentiality`, `practiceSetting`, `facility`, `language`, `status`, `uniqueId`, `replaces`,
/// `eventCodes`.
#[derive(Default, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// Logical id of the item (`[A-Za-z0-9.-]`, at most 64 characters); derived from the content where absent.
    pub id: Option<String>,
    /// Title.
    pub title: Option<String>,
    /// `typeCode` (JDV_J07).
    pub type_code: Option<String>,
    /// `classCode` (JDV_J57), or the category code of Mon espace santé.
    pub class_code: Option<String>,
    /// Date of the act (ISO 8601, day or month may be absent).
    pub date: Option<String>,
    /// End of the act.
    pub end: Option<String>,
    /// Date on which the document was written.
    pub created: Option<String>,
    /// Author's name (`Karim HADDAD`).
    pub author: Option<String>,
    /// Author's specialty, by JDV_J01 code or in words.
    pub specialty: Option<String>,
    /// Author's institution.
    pub institution: Option<String>,
    /// Confidentiality codes (JDV_J08); they add up.
    pub confidentiality: Vec<String>,
    /// `practiceSettingCode` (JDV_J04).
    pub practice_setting: Option<String>,
    /// `healthcareFacilityTypeCode` (JDV_J02).
    pub facility: Option<String>,
    /// BCP 47 language.
    pub language: Option<String>,
    /// `current`, `superseded` or `archived`.
    pub status: Option<String>,
    /// XDS `uniqueId`.
    pub unique_id: Option<String>,
    /// Reference, unique id, logical id or entry UUID of the document that this one replaces.
    pub replaces: Option<String>,
    /// `eventCodeList`.
    pub event_codes: Vec<String>,
}

// Titles, names and codes are patient text.
impl fmt::Debug for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Metadata({} fields)", self.fields().len())
    }
}

impl Metadata {
    /// Reads query parameters. A list is given by repeating its name, or by commas.
    ///
    /// # Errors
    /// A name that is none of the list above (a misspelt `confidentiality` must not publish a document:
    /// the caller takes its own parameters out first), or a single value given twice.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self, Error> {
        let mut metadata = Metadata::default();
        for (name, value) in pairs {
            metadata.set(&name, value)?;
        }
        Ok(metadata)
    }

    /// Reads a JSON object with the same names; lists are arrays of strings, or a string.
    ///
    /// # Errors
    /// Bytes that are not such an object.
    pub fn from_json(bytes: &[u8]) -> Result<Self, Error> {
        let object: Map<String, Value> =
            serde_json::from_slice(bytes).map_err(|e| Error::Json { line: e.line(), column: e.column() })?;
        let mut metadata = Metadata::default();
        for (name, value) in object {
            match value {
                Value::Null => {}
                Value::String(text) => metadata.set(&name, text)?,
                Value::Array(list) if matches!(name.as_str(), "confidentiality" | "eventCodes") => {
                    for value in list {
                        let Value::String(text) = value else {
                            return Err(Error::Invalid("metadata value is not a string"));
                        };
                        metadata.set(&name, text)?;
                    }
                }
                _ => return Err(Error::Invalid("metadata value is not a string")),
            }
        }
        Ok(metadata)
    }

    fn set(&mut self, name: &str, value: String) -> Result<(), Error> {
        let value = value.trim().to_owned();
        if let Some(list) = self.list(name) {
            list.extend(value.split(',').map(|v| v.trim().to_owned()).filter(|v| !v.is_empty()));
            return Ok(());
        }
        let field = self.single(name).ok_or(Error::Invalid("metadata hold an unknown name"))?;
        if field.is_some() {
            return Err(Error::Invalid("metadata give a single value twice"));
        }
        *field = (!value.is_empty()).then_some(value);
        Ok(())
    }

    fn list(&mut self, name: &str) -> Option<&mut Vec<String>> {
        match name {
            "confidentiality" => Some(&mut self.confidentiality),
            "eventCodes" => Some(&mut self.event_codes),
            _ => None,
        }
    }

    fn single(&mut self, name: &str) -> Option<&mut Option<String>> {
        Some(match name {
            "id" => &mut self.id,
            "title" => &mut self.title,
            "type" => &mut self.type_code,
            "class" => &mut self.class_code,
            "date" => &mut self.date,
            "end" => &mut self.end,
            "created" => &mut self.created,
            "author" => &mut self.author,
            "specialty" => &mut self.specialty,
            "institution" => &mut self.institution,
            "practiceSetting" => &mut self.practice_setting,
            "facility" => &mut self.facility,
            "language" => &mut self.language,
            "status" => &mut self.status,
            "uniqueId" => &mut self.unique_id,
            "replaces" => &mut self.replaces,
            _ => return None,
        })
    }

    /// What is given, by name: the descriptor of an upload.
    pub(crate) fn fields(&self) -> Map<String, Value> {
        let single = [
            ("id", &self.id),
            ("title", &self.title),
            ("type", &self.type_code),
            ("class", &self.class_code),
            ("date", &self.date),
            ("end", &self.end),
            ("created", &self.created),
            ("author", &self.author),
            ("specialty", &self.specialty),
            ("institution", &self.institution),
            ("practiceSetting", &self.practice_setting),
            ("facility", &self.facility),
            ("language", &self.language),
            ("status", &self.status),
            ("uniqueId", &self.unique_id),
            ("replaces", &self.replaces),
        ];
        let lists = [("confidentiality", &self.confidentiality), ("eventCodes", &self.event_codes)];
        let strings = single.into_iter().filter_map(|(n, v)| Some((n, Value::from(v.clone()?))));
        let arrays =
            lists.into_iter().filter(|(_, v)| !v.is_empty()).map(|(n, v)| (n, Value::from(v.clone())));
        strings.chain(arrays).map(|(n, v)| (n.to_owned(), v)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Result<Metadata, Error> {
        Metadata::from_pairs(pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())))
    }

    #[test]
    fn pairs_and_json_say_the_same() {
        let by_pairs = pairs(&[
            ("title", " CR coloscopie "),
            ("type", "70004-7"),
            ("confidentiality", "N,MASQUE_PS"),
            ("confidentiality", "INVISIBLE_PATIENT"),
            ("end", ""),
        ]);
        let by_json = Metadata::from_json(
            br#"{"title": "CR coloscopie", "type": "70004-7", "end": null,
                 "confidentiality": ["N", "MASQUE_PS", "INVISIBLE_PATIENT"]}"#,
        );
        assert_eq!(by_pairs, by_json);
        let metadata = by_pairs.unwrap();
        assert_eq!(metadata.confidentiality, ["N", "MASQUE_PS", "INVISIBLE_PATIENT"]);
        assert_eq!(format!("{metadata:?}"), "Metadata(3 fields)");
    }

    #[test]
    fn unknown_names_and_wrong_values_are_refused() {
        let unknown = Error::Invalid("metadata hold an unknown name");
        assert_eq!(pairs(&[("confidentialty", "MASQUE_PS")]), Err(unknown));
        assert_eq!(Metadata::from_json(br#"{"titre": "x"}"#), Err(unknown));
        assert_eq!(
            pairs(&[("date", "2020"), ("date", "2021")]),
            Err(Error::Invalid("metadata give a single value twice"))
        );
        let not_a_string = Error::Invalid("metadata value is not a string");
        assert_eq!(Metadata::from_json(br#"{"title": 3}"#), Err(not_a_string));
        assert_eq!(Metadata::from_json(br#"{"title": ["x"]}"#), Err(not_a_string));
        assert_eq!(Metadata::from_json(b"[]").unwrap_err(), Error::Json { line: 1, column: 0 });
        assert_eq!(
            Metadata::from_json(b"{\"title\": \"\xff\"}").unwrap_err(),
            Error::Json { line: 1, column: 12 }
        );
    }
}
