//! What a search asks for.

use crate::Error;
use record::{PartialDate, Status};
use search::{Cursor, Filters, Fusion, Query, Reading, Weights};
use serde::Deserialize;
use std::str::FromStr;

/// Results of one page, where the call does not say.
const DEFAULT_LIMIT: usize = 10;
/// Most values of one filter.
const MOST_VALUES: usize = 200;

/// `POST …/search`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchBody {
    /// The words.
    pub query: Option<String>,
    /// What results must be.
    pub filters: Option<FiltersBody>,
    /// Results on a page.
    pub limit: Option<usize>,
    /// Where the page before ended.
    pub cursor: Option<String>,
    /// What is not to be read into the words: `period`, `values`, `order`, `concepts`, `authors`, `kinds`, `side`,
    /// `exclusions`, `family`, `corrections`.
    pub ignore: Option<Vec<String>>,
    /// Whether each result says how its score came about.
    pub explain: Option<bool>,
}

/// `filters`; an absent, null or empty one filters nothing.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FiltersBody {
    /// Kinds of item.
    pub kinds: Option<Vec<String>>,
    /// Document type codes.
    pub types: Option<Vec<String>>,
    /// Category codes.
    pub categories: Option<Vec<String>>,
    /// Author names.
    pub authors: Option<Vec<String>>,
    /// First day.
    pub from: Option<String>,
    /// Last day.
    pub to: Option<String>,
    /// Availability.
    pub status: Option<Vec<String>>,
}

impl SearchBody {
    /// The query that it means.
    ///
    /// # Errors
    /// A filter value outside the contract.
    pub fn query(self) -> Result<Query, Error> {
        let SearchBody { query, filters, limit, cursor, explain, ignore } = self;
        Ok(Query {
            text: query.unwrap_or_default().into(),
            filters: filters.unwrap_or_default().filters()?,
            limit: limit.unwrap_or(DEFAULT_LIMIT),
            cursor: cursor.as_deref().map(Cursor::from_client),
            today: None,
            ignore: each("ignore", ignore, Reading::from_name)?,
            explain: explain.unwrap_or(false),
            fusion: Fusion::default(),
            weights: Weights::default(),
        })
    }

    /// Sets a member by its name as a query parameter. Whether there is such a member.
    ///
    /// # Errors
    /// A value of the wrong type.
    pub fn set(&mut self, name: &str, value: String) -> Result<bool, Error> {
        match name {
            "q" => self.query = Some(value),
            "cursor" => self.cursor = Some(value).filter(|c| !c.is_empty()),
            "limit" => {
                self.limit = Some(value.parse().map_err(|_| refused("limit", "is not a whole number"))?);
            }
            "ignore" => {
                let values = value.split(',').map(str::trim).filter(|v| !v.is_empty()).map(str::to_owned);
                self.ignore.get_or_insert_default().extend(values);
            }
            "explain" => {
                self.explain = Some(value.parse().map_err(|_| refused("explain", "is not true or false"))?);
            }
            name => return Ok(self.filters.get_or_insert_default().set(name, value)),
        }
        Ok(true)
    }
}

impl FiltersBody {
    /// Sets a filter by its name as a query parameter: lists by repetition, those of codes by commas too.
    pub fn set(&mut self, name: &str, value: String) -> bool {
        let list = match name {
            "authors" => {
                self.authors.get_or_insert_default().push(value);
                return true;
            }
            "from" => {
                self.from = Some(value).filter(|v| !v.is_empty());
                return true;
            }
            "to" => {
                self.to = Some(value).filter(|v| !v.is_empty());
                return true;
            }
            "kinds" => &mut self.kinds,
            "types" => &mut self.types,
            "categories" => &mut self.categories,
            "status" => &mut self.status,
            _ => return false,
        };
        let values = value.split(',').map(str::trim).filter(|v| !v.is_empty()).map(str::to_owned);
        list.get_or_insert_default().extend(values);
        true
    }

    /// The filters that it means.
    ///
    /// # Errors
    /// A value outside the contract.
    pub fn filters(self) -> Result<Filters, Error> {
        let FiltersBody { kinds, types, categories, authors, from, to, status } = self;
        let statuses = each("status", status, Status::from_name)?;
        Ok(Filters {
            kinds: each("kinds", kinds, |s| FromStr::from_str(s).ok())?,
            types: each("types", types, |s| Some(s.to_owned()))?,
            categories: each("categories", categories, |s| FromStr::from_str(s).ok())?,
            authors: each("authors", authors, |s| Some(s.into()))?,
            from: day("from", from)?,
            to: day("to", to)?,
            status: if statuses.is_empty() { vec![Status::Current] } else { statuses },
            episode: None,
        })
    }
}

fn each<T>(
    name: &str,
    values: Option<Vec<String>>,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Vec<T>, Error> {
    let values = values.unwrap_or_default();
    if values.len() > MOST_VALUES {
        return Err(refused(name, "has too many values"));
    }
    let parsed: Option<Vec<T>> = values.iter().map(|value| parse(value)).collect();
    parsed.ok_or_else(|| refused(name, "holds a value that is not one of the documentation"))
}

fn day(name: &str, value: Option<String>) -> Result<Option<PartialDate>, Error> {
    let parse = |text: String| {
        PartialDate::parse_iso(&text)
            .map_err(|_| refused(name, "is not a date (YYYY, YYYY-MM or YYYY-MM-DD)"))
    };
    value.map(parse).transpose()
}

fn refused(name: &str, problem: &str) -> Error {
    Error::Request(format!("{name} {problem}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::{Category, Kind};

    #[test]
    fn the_contracts_example_is_understood() {
        let body = r#"{"query": "prise de sang de mars", "filters": {"kinds": ["document"], "types": ["11502-2"],
            "categories": ["BIOLOGIE"], "authors": [], "from": "2023-01-01", "to": null,
            "status": ["current"]}, "limit": 10, "cursor": null, "explain": false}"#;
        let query = serde_json::from_str::<SearchBody>(body).unwrap().query().unwrap();
        assert_eq!(&*query.text, "prise de sang de mars");
        assert_eq!(query.filters.kinds, [Kind::Document]);
        assert_eq!(query.filters.categories, [Category::Biology]);
        assert_eq!(query.filters.from.map(|d| d.to_string()), Some("2023-01-01".to_owned()));
        assert_eq!(query.filters.to, None);
    }

    #[test]
    fn what_is_outside_the_contract_is_refused() {
        for body in [
            r#"{"querry": "a"}"#,
            r#"{"query": 3}"#,
            r#"{"filters": {"kind": ["document"]}}"#,
            r#"{"filters": {"kinds": ["documents"]}}"#,
            r#"{"filters": {"from": "2023-02-31"}}"#,
            r#"{"filters": {"status": ["gone"]}}"#,
            r#"{"limit": -1}"#,
        ] {
            let query = serde_json::from_str::<SearchBody>(body).map(SearchBody::query);
            assert!(!matches!(query, Ok(Ok(_))), "{body}");
        }
    }

    #[test]
    fn parameters_mean_the_same_as_members() {
        let mut body = SearchBody::default();
        for (name, value) in
            [("q", "genou"), ("kinds", "document,event"), ("limit", "3"), ("explain", "true")]
        {
            assert!(body.set(name, value.to_owned()).unwrap(), "{name}");
        }
        assert!(!body.set("kind", "document".to_owned()).unwrap());
        let query = body.query().unwrap();
        assert_eq!((query.limit, query.explain), (3, true));
        assert_eq!(query.filters.kinds, [Kind::Document, Kind::Event]);
    }
}
