//! Counts over the results of a query. They are taken over the very list that is paged, so they agree.

use crate::answer::{Facet, FacetValue, Facets};
use crate::view::View;
use record::Text;
use std::collections::HashMap;

pub(crate) fn facets(view: &View, results: &[u32]) -> Facets {
    let mut counts: [Counts<'_>; 4] = Default::default();
    let mut years: HashMap<u16, usize> = HashMap::new();
    let [kinds, types, categories, authors] = &mut counts;
    for item in results {
        let row = view.row(*item as usize);
        kinds.add(row.id.kind().as_str(), None);
        if let Some((code, label)) = &row.type_ {
            types.add(code, Some(label));
        }
        if let Some(category) = row.category {
            categories.add(category.code(), Some(category.label()));
        }
        if let Some(name) = row.authors.first().and_then(|a| a.name.as_ref()) {
            authors.add(name, None);
        }
        if let Some(date) = row.date() {
            *years.entry(date.year()).or_default() += 1;
        }
    }
    let [kind, type_, category, author] = counts.map(Counts::finish);
    let year = years.into_iter().map(|(y, count)| (y.to_string(), count));
    let year = year.map(|(y, count)| FacetValue { value: y.into(), display: None, count }).collect();
    Facets { kind, type_, category, author, year: sorted(year) }
}

/// Counts by value, with the value's label.
#[derive(Default)]
struct Counts<'a>(HashMap<&'a str, (usize, Option<&'a str>)>);

impl<'a> Counts<'a> {
    fn add(&mut self, value: &'a str, display: Option<&'a str>) {
        let (count, label) = self.0.entry(value).or_insert((0, display));
        *count += 1;
        // Two sources may label one code differently: the choice must not depend on their order.
        *label = (*label).min(display);
    }

    fn finish(self) -> Facet {
        let value = |(value, (count, display)): (&str, (usize, Option<&str>))| FacetValue {
            value: value.into(),
            display: display.map(Text::from),
            count,
        };
        sorted(self.0.into_iter().map(value).collect())
    }
}

fn sorted(mut facet: Facet) -> Facet {
    facet.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
    facet
}
