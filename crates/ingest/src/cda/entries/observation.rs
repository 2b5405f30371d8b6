//! Laboratory results, vital signs and other LOINC observations (IHE XD-LAB 1.3.1.6, IHE PCC 4.13.2).

use super::details::Details;
use super::{Class, Draft, Reader, label_at, names};
use crate::cda::value::{Period, range};
use crate::cda::xml::{attribute, child, children};
use record::french::fold;
use record::{Coded, Measure, NoteKind, ResourceType};
use roxmltree::Node;

/// Longest text of the narrative that may be the name of an observation, in bytes.
const LONGEST_NAME: usize = 120;

impl Reader<'_, '_, '_> {
    /// An observation; `around` is when the battery that holds it was done.
    pub(super) fn observation(&self, node: Node<'_, '_>, around: Period) -> Option<Draft> {
        let code = child(node, "code")?;
        let mut codes = self.refs.codes(code);
        let written = self.refs.child_text(code, "originalText").filter(|t| t.len() <= LONGEST_NAME);
        // LOINC labels read "Thyréostimuline [Arbitraire/Volume] Sérum/Plasma ; Numérique": the name in
        // the narrative is what the patient saw, the label is found by the code.
        let labels = codes.iter().map(|c| c.label().to_owned());
        let title = written.into_iter().chain(labels).find(|t| names(t))?;
        let about = codes.first().cloned().unwrap_or_default();
        codes.retain(|c| !c.code.is_empty());
        let mut details = self.details(node, Class::Observation);
        let measures = self.measures(node, &about, &mut details);
        if measures.is_empty() {
            let text = self.refs.child_text(node, "text").filter(|t| fold(t) != fold(&title));
            details.say(NoteKind::Result, text);
            // A name without a result says nothing.
            if details.notes.is_empty() && attribute(node, "negationInd") != Some("true") {
                return None;
            }
        }
        details.say(NoteKind::BodySite, self.body_site(node));
        let method = label_at(&self.refs, node, &["methodCode"]);
        details.say(NoteKind::Comment, method.map(|m| format!("Méthode : {m}")));
        let own = self.refs.period(node);
        let period = if own == Period::default() { around } else { own };
        Some(Draft { resource: ResourceType::Observation, title, codes, period, measures, details })
    }

    fn measures(&self, node: Node<'_, '_>, about: &Coded, details: &mut Details) -> Vec<Measure> {
        let interpretation = child(node, "interpretationCode").and_then(|c| attribute(c, "code"));
        let reference = children(node, "referenceRange").find_map(|r| child(r, "observationRange"));
        let bounds = reference.and_then(|r| child(r, "value"));
        let (low, high) = bounds.map(range).unwrap_or_default();
        if low.is_none() && high.is_none() {
            let text = reference
                .and_then(|r| self.refs.child_text(r, "text"))
                .or_else(|| bounds.and_then(|b| self.refs.value_text(b)));
            details.say(NoteKind::Comment, text.map(|t| format!("Valeurs de référence : {t}")));
        }
        children(node, "value")
            .filter_map(|v| self.refs.measure(v, about))
            .map(|m| Measure { low, high, interpretation: interpretation.map(str::to_owned), ..m })
            .collect()
    }
}
