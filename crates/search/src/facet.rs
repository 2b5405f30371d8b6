//! Counts over the results of a query. They are taken over the very list that is paged, so they agree.

use crate::answer::{Facet, FacetValue, Facets};
use crate::view::View;
use record::Text;
use std::collections::HashMap;

pub(crate) fn facets(view: &View, results: &[u32]) -> Facets {
    let mut counts = Counts::default();
    for item in results {
        let row = view.row(*item as usize);
        add(&mut counts.kind, row.id.kind().as_str(), None);
        if let Some((code, label)) = &row.type_ {
            add(&mut counts.type_, code, Some(label.clone()));
        }
        if let Some(category) = row.category {
            add(&mut counts.category, category.code(), Some(category.label().into()));
        }
        if let Some(name) = row.authors.first().and_then(|a| a.name.as_ref()) {
            add(&mut counts.author, name, None);
        }
        if let Some(date) = row.date() {
            add(&mut counts.year, &date.year().to_string(), None);
        }
    }
    Facets {
        kind: sorted(counts.kind),
        type_: sorted(counts.type_),
        category: sorted(counts.category),
        author: sorted(counts.author),
        year: sorted(counts.year),
    }
}

#[derive(Default)]
struct Counts {
    kind: HashMap<String, FacetValue>,
    type_: HashMap<String, FacetValue>,
    category: HashMap<String, FacetValue>,
    author: HashMap<String, FacetValue>,
    year: HashMap<String, FacetValue>,
}

fn add(counts: &mut HashMap<String, FacetValue>, value: &str, display: Option<Text>) {
    if let Some(known) = counts.get_mut(value) {
        known.count += 1;
        // Two sources may label one code differently: the choice must not depend on their order.
        if display.is_some() && display < known.display {
            known.display = display;
        }
    } else {
        counts.insert(value.to_owned(), FacetValue { value: value.to_owned(), display, count: 1 });
    }
}

fn sorted(counts: HashMap<String, FacetValue>) -> Facet {
    let mut out: Facet = counts.into_values().collect();
    out.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
    out
}
