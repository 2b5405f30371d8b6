//! What was understood of a query, as the contract has it.

use super::answer::{TypeBody, date};
use record::Text;
use search::{
    Part, Understood, UnderstoodKind, UnderstoodOrder, UnderstoodPeriod, UnderstoodPerson, UnderstoodType,
    UnderstoodValue,
};
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct UnderstoodBody {
    concepts: Vec<ConceptBody>,
    types: Vec<NamedTypeBody>,
    authors: Vec<PersonBody>,
    period: Option<PeriodBody>,
    values: Vec<ValueBody>,
    order: Option<OrderBody>,
    kinds: Vec<KindBody>,
    side: Option<SideBody>,
    exclusions: Vec<PartBody>,
    family: Option<PartBody>,
    corrections: Vec<CorrectionBody>,
    missing: Vec<String>,
}

/// The words of the query that something was understood from.
#[derive(Serialize)]
struct PartBody {
    query: String,
    /// Start and end in the query, in Unicode code points.
    span: (usize, usize),
}

/// A document type that the query names.
#[derive(Serialize)]
struct NamedTypeBody {
    #[serde(flatten)]
    part: PartBody,
    #[serde(flatten)]
    type_: TypeBody,
}

/// Who wrote what is looked for, or to whom it was written.
#[derive(Serialize)]
struct PersonBody {
    #[serde(flatten)]
    part: PartBody,
    names: Vec<String>,
    specialties: Vec<&'static str>,
    role: &'static str,
}

/// A stretch of time that the query names.
#[derive(Serialize)]
struct PeriodBody {
    #[serde(flatten)]
    part: PartBody,
    from: Option<String>,
    to: Option<String>,
    month: Option<u8>,
    /// The entry by which the time is told: "avant mon opération".
    event: Option<String>,
}

/// A condition on a measure that the query states.
#[derive(Serialize)]
struct ValueBody {
    #[serde(flatten)]
    part: PartBody,
    measure: String,
    least: Option<BoundBody>,
    most: Option<BoundBody>,
    unit: Option<String>,
}

#[derive(Serialize)]
struct BoundBody {
    value: f64,
    included: bool,
}

/// Which end of the time comes first, and how many are wanted.
#[derive(Serialize)]
struct OrderBody {
    #[serde(flatten)]
    part: PartBody,
    first: &'static str,
    count: Option<u16>,
}

/// A kind of entry that the query names.
#[derive(Serialize)]
struct KindBody {
    #[serde(flatten)]
    part: PartBody,
    kind: &'static str,
    all: bool,
    count: usize,
}

#[derive(Serialize)]
struct SideBody {
    #[serde(flatten)]
    part: PartBody,
    side: &'static str,
}

/// What a stretch of the query was taken to mean.
#[derive(Serialize)]
struct ConceptBody {
    #[serde(flatten)]
    part: PartBody,
    label: String,
}

#[derive(Serialize)]
struct CorrectionBody {
    from: String,
    to: String,
}

impl From<Part> for PartBody {
    fn from(Part { query, span }: Part) -> Self {
        PartBody { query: query.into_string(), span }
    }
}

impl From<UnderstoodType> for NamedTypeBody {
    fn from(UnderstoodType { part, type_ }: UnderstoodType) -> Self {
        NamedTypeBody { part: part.into(), type_: type_.into() }
    }
}

impl From<UnderstoodPerson> for PersonBody {
    fn from(UnderstoodPerson { part, names, specialties, addressee }: UnderstoodPerson) -> Self {
        PersonBody {
            part: part.into(),
            names: names.into_iter().map(Text::into_string).collect(),
            specialties,
            role: if addressee { "addressee" } else { "author" },
        }
    }
}

impl From<UnderstoodPeriod> for PeriodBody {
    fn from(UnderstoodPeriod { part, from, to, month, event }: UnderstoodPeriod) -> Self {
        let event = event.map(|id| id.to_string());
        PeriodBody { part: part.into(), from: date(from), to: date(to), month, event }
    }
}

impl From<UnderstoodValue> for ValueBody {
    fn from(UnderstoodValue { part, measure, least, most, unit }: UnderstoodValue) -> Self {
        let bound = |(value, included)| BoundBody { value, included };
        ValueBody {
            part: part.into(),
            measure: measure.into_string(),
            least: least.map(bound),
            most: most.map(bound),
            unit: unit.map(Text::into_string),
        }
    }
}

impl From<UnderstoodOrder> for OrderBody {
    fn from(UnderstoodOrder { part, newest, count }: UnderstoodOrder) -> Self {
        OrderBody { part: part.into(), first: if newest { "newest" } else { "oldest" }, count }
    }
}

impl From<UnderstoodKind> for KindBody {
    fn from(UnderstoodKind { part, kind, all, count }: UnderstoodKind) -> Self {
        KindBody { part: part.into(), kind: kind.as_str(), all, count }
    }
}

impl From<Understood> for UnderstoodBody {
    fn from(understood: Understood) -> Self {
        let Understood {
            concepts,
            corrections,
            types,
            people,
            period,
            value,
            order,
            kind,
            left_out,
            left,
            family,
            missing,
        } = understood;
        let concept =
            |(part, label): (Part, Text)| ConceptBody { part: part.into(), label: label.into_string() };
        let correction =
            |(from, to): (Text, Text)| CorrectionBody { from: from.into_string(), to: to.into_string() };
        let side = |(part, left): (Part, bool)| SideBody {
            part: part.into(),
            side: if left { "left" } else { "right" },
        };
        UnderstoodBody {
            concepts: concepts.into_iter().map(concept).collect(),
            types: types.into_iter().map(NamedTypeBody::from).collect(),
            authors: people.into_iter().map(PersonBody::from).collect(),
            period: period.map(PeriodBody::from),
            values: value.map(ValueBody::from).into_iter().collect(),
            order: order.map(OrderBody::from),
            kinds: kind.map(KindBody::from).into_iter().collect(),
            side: left.map(side),
            exclusions: left_out.into_iter().map(PartBody::from).collect(),
            family: family.map(PartBody::from),
            corrections: corrections.into_iter().map(correction).collect(),
            missing: missing.into_iter().map(Text::into_string).collect(),
        }
    }
}
