//! Medications and vaccines (IHE PCC 4.7 and 4.12, IHE pharmacy; dispensations of `supply`).

use super::details::Details;
use super::{Class, Draft, Reader, Statement, classify, is_event, label_at, names, text_of_child};
use crate::cda::value::dose;
use crate::cda::xml::{attribute, child, children, path, xsi_type};
use record::{Coded, NoteKind, ResourceType};
use roxmltree::Node;

/// Times of intake of HL7 `TimingEvent`, as patients read them.
const TIMES: [(&str, &str); 13] = [
    ("AC", "avant les repas"),
    ("ACM", "avant le petit-déjeuner"),
    ("ACD", "avant le déjeuner"),
    ("ACV", "avant le dîner"),
    ("C", "aux repas"),
    ("CM", "au petit-déjeuner"),
    ("CD", "au déjeuner"),
    ("CV", "au dîner"),
    ("PC", "après les repas"),
    ("PCM", "après le petit-déjeuner"),
    ("PCD", "après le déjeuner"),
    ("PCV", "après le dîner"),
    ("HS", "au coucher"),
];

/// The product of an administration or a supply.
pub(super) fn product<'a, 'i>(node: Node<'a, 'i>) -> Option<Node<'a, 'i>> {
    let made = path(node, &["consumable", "manufacturedProduct"])
        .or_else(|| path(node, &["product", "manufacturedProduct"]))?;
    child(made, "manufacturedMaterial").or_else(|| child(made, "manufacturedLabeledDrug"))
}

/// Whether an administration says which drug.
pub(super) fn has_drug(node: Node<'_, '_>) -> bool {
    product(node).is_some_and(|material| {
        let code = child(material, "code");
        text_of_child(material, "name").is_some()
            || code.is_some_and(|c| attribute(c, "code").is_some() || child(c, "originalText").is_some())
    })
}

impl Reader<'_, '_, '_> {
    pub(super) fn medication(&self, node: Node<'_, '_>) -> Option<Draft> {
        let resource =
            if is_event(node) { ResourceType::MedicationStatement } else { ResourceType::MedicationRequest };
        let mut draft = self.administered(node, Class::Medication, resource)?;
        for dosage in self.dosages(node) {
            if dosage != draft.title {
                draft.details.say(NoteKind::Dosage, Some(dosage));
            }
        }
        Some(draft)
    }

    pub(super) fn immunization(&self, node: Node<'_, '_>) -> Option<Draft> {
        let mut draft = self.administered(node, Class::Immunization, ResourceType::Immunization)?;
        if !is_event(node) {
            draft.details.status = Some("preparation".to_owned());
        }
        let series = label_at(&self.refs, node, &["code"]).filter(|l| *l != draft.title);
        draft.details.say(NoteKind::Comment, series);
        draft.details.say(NoteKind::BodySite, label_at(&self.refs, node, &["approachSiteCode"]));
        Some(draft)
    }

    fn administered(&self, node: Node<'_, '_>, class: Class, resource: ResourceType) -> Option<Draft> {
        let own = child(node, "code").and_then(|c| self.refs.coded(c));
        // "No known medication", "no known vaccine" stand as the code of the administration.
        let absence = own.filter(|c| c.code.starts_with("no-"));
        let material = product(node);
        let mut codes: Vec<Coded> = material.map(|m| self.product_codes(m)).unwrap_or_default();
        let title = match &absence {
            Some(code) => code.label().to_owned(),
            None => self.product_name(material?, &codes)?,
        };
        codes.extend(absence);
        let mut details = self.details(node, class);
        if let Some(material) = material {
            self.describe(material, &mut details);
        }
        details.say(NoteKind::Product, label_at(&self.refs, node, &["routeCode"]));
        let period = self.refs.period(node);
        Some(Draft { resource, title, codes, period, measures: Vec::new(), details })
    }

    /// Codes of the product, of its substances and of its class (extensions of IHE pharmacy included).
    fn product_codes(&self, material: Node<'_, '_>) -> Vec<Coded> {
        let own = child(material, "code").map(|c| self.refs.codes(c)).unwrap_or_default();
        let parts = material
            .descendants()
            .filter(|n| matches!(n.tag_name().name(), "generalizedMedicineClass" | "ingredient"))
            .filter_map(|n| child(n, "code"))
            .flat_map(|c| self.refs.codes(c));
        let mut codes: Vec<Coded> = Vec::new();
        // The code element may hold a label alone: the title says it.
        for code in own.into_iter().chain(parts).filter(|c| !c.code.is_empty()) {
            if !codes.contains(&code) {
                codes.push(code);
            }
        }
        codes
    }

    fn product_name(&self, material: Node<'_, '_>, codes: &[Coded]) -> Option<String> {
        let code = child(material, "code");
        text_of_child(material, "name")
            .filter(|n| names(n))
            .or_else(|| {
                code.and_then(|c| self.refs.coded(c)).map(|c| c.label().to_owned()).filter(|l| names(l))
            })
            .or_else(|| codes.iter().find_map(|c| c.display.as_deref().map(str::to_owned)))
    }

    fn describe(&self, material: Node<'_, '_>, details: &mut Details) {
        let form = material.children().find(|n| n.tag_name().name() == "formCode");
        details.say(NoteKind::Product, form.and_then(|f| self.refs.coded(f)).map(|c| c.label().to_owned()));
        let lot = text_of_child(material, "lotNumberText");
        details.say(NoteKind::Product, lot.map(|l| format!("Lot : {l}")));
    }

    /// How to take it: the entry and its steps, in numbers, else in words.
    fn dosages(&self, node: Node<'_, '_>) -> Vec<String> {
        let steps = children(node, "entryRelationship")
            .filter_map(|r| child(r, "substanceAdministration"))
            .filter(|s| classify(*s, Some(Class::Medication)) == Statement::Detail)
            .filter_map(|s| self.dosage(s).or_else(|| self.refs.child_text(s, "text")));
        let mut dosages: Vec<String> = self.dosage(node).into_iter().chain(steps).collect();
        if dosages.is_empty() {
            dosages.extend(self.refs.child_text(node, "text"));
        }
        dosages
    }

    fn dosage(&self, node: Node<'_, '_>) -> Option<String> {
        let quantity = |name| child(node, name).and_then(|q| self.quantity(q));
        let mut parts: Vec<String> = quantity("doseQuantity").into_iter().collect();
        parts.extend(
            children(node, "effectiveTime")
                .flat_map(|t| std::iter::once(t).chain(children(t, "comp")))
                .filter_map(|t| self.frequency(t)),
        );
        parts.extend(quantity("rateQuantity"));
        parts.extend(quantity("maxDoseQuantity").map(|max| format!("maximum {max}")));
        Some(parts.join(", ")).filter(|t| !t.is_empty())
    }

    /// A quantity as the narrative writes it, else from its numbers.
    fn quantity(&self, quantity: Node<'_, '_>) -> Option<String> {
        let bound = |name| child(quantity, name).and_then(|b| self.refs.original_quantity(b));
        match (bound("low"), bound("high")) {
            (Some(low), Some(high)) if low != high => Some(format!("{low} – {high}")),
            (Some(text), _) | (None, Some(text)) => Some(text),
            _ => self.refs.original_quantity(quantity).or_else(|| dose(quantity)),
        }
    }

    fn frequency(&self, time: Node<'_, '_>) -> Option<String> {
        if xsi_type(time) == Some("EIVL_TS") {
            let event = child(time, "event").and_then(|e| attribute(e, "code"))?;
            return TIMES.iter().find(|(code, _)| *code == event).map(|(_, text)| (*text).to_owned());
        }
        let period = child(time, "period")?;
        self.refs.original_quantity(period).or_else(|| {
            let (value, unit) = (attribute(period, "value")?, attribute(period, "unit")?);
            Some(match (value, unit) {
                ("1", "d") => "chaque jour".to_owned(),
                ("1", "wk") => "chaque semaine".to_owned(),
                ("1", "mo") => "chaque mois".to_owned(),
                (n, "h") => format!("toutes les {n} heures"),
                (n, "d") => format!("tous les {n} jours"),
                (n, "wk") => format!("toutes les {n} semaines"),
                (n, "mo") => format!("tous les {n} mois"),
                (n, unit) => format!("période de {n} {unit}"),
            })
        })
    }
}
