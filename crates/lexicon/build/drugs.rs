//! The derived table of drugs → concepts of substances with their brands.
//!
//! A line has a substance, its ATC codes and its brands. A substance that a concept file has as a drug gives
//! it its brands and codes; any other becomes a concept of its own.

use crate::blocks::{Class, Draft};
use std::collections::{HashMap, HashSet};

pub(crate) fn add(drafts: &mut Vec<Draft>, text: &str) {
    let mut places: HashMap<String, usize> = HashMap::new();
    for (at, draft) in drafts.iter().enumerate().filter(|(_, d)| d.kind == "drug") {
        for (term, class) in &draft.terms {
            if *class <= Class::Clinical {
                places.entry(record::french::fold(term)).or_insert(at);
            }
        }
    }
    let classes: Vec<(String, String)> = drafts
        .iter()
        .filter(|d| d.kind == "drug-class")
        .flat_map(|d| d.codes.iter().filter(|(s, _)| s == "atc").map(|(_, c)| (c.clone(), d.label.clone())))
        .collect();
    let others: HashSet<String> =
        drafts.iter().filter(|d| d.kind != "drug").map(|d| record::french::fold(&d.label)).collect();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.starts_with('#')) {
        let columns: Vec<&str> = line.split('\t').collect();
        let [substance, codes, brands] = columns[..] else {
            panic!("drugs.tsv:{}: three columns are wanted", number + 1)
        };
        let at = *places.entry(record::french::fold(substance)).or_insert_with(|| {
            // Calcitriol is measured, and prescribed.
            let measured = others.contains(&record::french::fold(substance));
            drafts.push(Draft {
                label: if measured { format!("{substance} (médicament)") } else { substance.to_owned() },
                kind: "drug".to_owned(),
                terms: vec![(substance.to_owned(), Class::Preferred)],
                source: "BDPM".to_owned(),
                place: format!("drugs.tsv:{}", number + 1),
                ..Draft::default()
            });
            drafts.len() - 1
        });
        complete(&mut drafts[at], codes, brands, &classes);
    }
}

fn complete(draft: &mut Draft, codes: &str, brands: &str, classes: &[(String, String)]) {
    for code in codes.split('|').filter(|code| !code.is_empty()) {
        let pair = ("atc".to_owned(), code.to_owned());
        if !draft.codes.contains(&pair) {
            draft.codes.push(pair);
        }
        // The narrowest class whose code begins the drug's.
        let class = classes.iter().filter(|(prefix, _)| code.starts_with(prefix.as_str()));
        if let Some((_, label)) = class.max_by_key(|(prefix, _)| prefix.len())
            && !draft.relations.iter().any(|(_, target)| target == label)
        {
            draft.relations.push(("Broader", label.clone()));
        }
    }
    for brand in brands.split('|').filter(|brand| !brand.is_empty()) {
        let known = record::french::fold(brand);
        if !draft.terms.iter().any(|(term, _)| record::french::fold(term) == known) {
            draft.terms.push((brand.to_owned(), Class::Brand));
        }
    }
}
