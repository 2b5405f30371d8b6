//! Cards and series.

use super::answer::{WhyBody, date, references};
use record::{Comparator, Text};
use search::{Card, CardField, Point, Series, Source};
use serde::Serialize;

/// What the record holds on the one thing that a query is about.
#[derive(Serialize)]
pub(super) struct CardBody {
    #[serde(rename = "type")]
    type_: &'static str,
    title: String,
    text: String,
    item: String,
    date: Option<String>,
    fields: Vec<FieldBody>,
    items: Vec<String>,
    series: Option<SeriesBody>,
    why: Vec<WhyBody>,
}

#[derive(Serialize)]
struct FieldBody {
    name: &'static str,
    label: &'static str,
    text: String,
    value: Option<String>,
    sources: Vec<SourceBody>,
}

#[derive(Serialize)]
struct SourceBody {
    item: String,
    page: Option<u32>,
    quote: Option<String>,
}

/// The values of a measure; the answer to `…/measures/{code}`.
#[derive(Serialize)]
pub struct SeriesBody {
    code: Option<CodeBody>,
    title: String,
    unit: Option<String>,
    low: Option<f64>,
    high: Option<f64>,
    points: Vec<PointBody>,
    text: String,
}

#[derive(Serialize)]
struct CodeBody {
    system: &'static str,
    code: String,
    display: String,
}

#[derive(Serialize)]
struct PointBody {
    date: String,
    value: f64,
    value2: Option<f64>,
    comparator: &'static str,
    original: OriginalBody,
    outlier: bool,
    ocr: bool,
    low: Option<f64>,
    high: Option<f64>,
    sources: Vec<SourceBody>,
}

#[derive(Serialize)]
struct OriginalBody {
    value: f64,
    value2: Option<f64>,
    unit: Option<String>,
}

impl From<Card> for CardBody {
    fn from(Card { kind, title, text, item, date: day, fields, items, series, why }: Card) -> Self {
        CardBody {
            type_: kind.as_str(),
            title: title.into_string(),
            text: text.into_string(),
            item: item.to_string(),
            date: date(day),
            fields: fields.into_iter().map(FieldBody::from).collect(),
            items: references(items),
            series: series.map(SeriesBody::from),
            why: why.into_iter().map(WhyBody::from).collect(),
        }
    }
}

impl From<CardField> for FieldBody {
    fn from(CardField { name, label, text, value, sources }: CardField) -> Self {
        let sources = sources.into_iter().map(SourceBody::from).collect();
        FieldBody { name, label, text: text.into_string(), value: value.map(Text::into_string), sources }
    }
}

impl From<Source> for SourceBody {
    fn from(Source { item, page, quote }: Source) -> Self {
        SourceBody { item: item.to_string(), page, quote: quote.map(Text::into_string) }
    }
}

impl From<Series> for SeriesBody {
    fn from(Series { code, title, unit, low, high, points, text }: Series) -> Self {
        let display = title.to_string();
        SeriesBody {
            code: code.map(|(system, code)| CodeBody { system, code, display }),
            title: title.into_string(),
            unit: unit.map(Text::into_string),
            low,
            high,
            points: points.into_iter().map(PointBody::from).collect(),
            text: text.into_string(),
        }
    }
}

impl From<Point> for PointBody {
    fn from(point: Point) -> Self {
        let Point { date, value, second, comparator, original, outlier, ocr, low, high, sources } = point;
        let (written, written2, unit) = original;
        PointBody {
            date: date.to_string(),
            value,
            value2: second,
            comparator: sign(comparator),
            original: OriginalBody { value: written, value2: written2, unit: unit.map(Text::into_string) },
            outlier,
            ocr,
            low,
            high,
            sources: sources.into_iter().map(SourceBody::from).collect(),
        }
    }
}

/// The sign of a comparator.
pub(super) fn sign(comparator: Comparator) -> &'static str {
    match comparator {
        Comparator::Equal => "=",
        Comparator::Less => "<",
        Comparator::AtMost => "<=",
        Comparator::Greater => ">",
        Comparator::AtLeast => ">=",
    }
}
