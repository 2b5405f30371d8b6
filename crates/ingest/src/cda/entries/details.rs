//! What stands inside an entry and says something of it: notes, status, certainty.

use super::{Class, Reader, Statement, classify, names, note};
use crate::cda::value::References;
use crate::cda::xml::{attribute, child, children, xsi_type};
use record::{Note, NoteKind};
use roxmltree::Node;

/// Details of one entry.
#[derive(Default)]
pub(super) struct Details {
    pub(super) notes: Vec<Note>,
    /// Clinical status, where the entry has one.
    pub(super) status: Option<String>,
    /// Whether the certainty is that it is not so.
    pub(super) refuted: bool,
}

impl Details {
    /// Adds a note, once.
    pub(super) fn say(&mut self, kind: NoteKind, text: Option<String>) {
        if let Some(text) = text.filter(|t| names(t) && t.chars().any(char::is_alphanumeric)) {
            let note = note(kind, &text);
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
    }
}

impl Reader<'_, '_, '_> {
    /// Collects the details of an entry.
    pub(super) fn details(&self, entry: Node<'_, '_>, class: Class) -> Details {
        let mut details = Details::default();
        self.collect(entry, class, &mut details);
        details
    }

    fn collect(&self, node: Node<'_, '_>, class: Class, out: &mut Details) {
        for relation in children(node, "entryRelationship") {
            let is_reason = attribute(relation, "typeCode") == Some("RSON");
            for statement in relation.children().filter(Node::is_element) {
                if is_reason {
                    out.say(NoteKind::Reason, reason(&self.refs, statement));
                    continue;
                }
                match statement.tag_name().name() {
                    "observation" if classify(statement, Some(class)) == Statement::Detail => {
                        self.observed(statement, class, out);
                        self.collect(statement, class, out);
                    }
                    "act" => self.acted(statement, class, out),
                    _ => {}
                }
            }
        }
    }

    fn observed(&self, node: Node<'_, '_>, class: Class, out: &mut Details) {
        if attribute(node, "negationInd") == Some("true") || node.has_attribute("nullFlavor") {
            return;
        }
        let code = child(node, "code");
        let value = child(node, "value");
        match code.and_then(|c| attribute(c, "code")) {
            // Status of a problem or an allergy.
            Some("33999-4") => out.status = value.and_then(|v| status(&self.refs, v)).or(out.status.take()),
            // Certainty: a condition is refuted, an allergy too.
            Some("66455-7") if value.and_then(|v| attribute(v, "code")) == Some("refuted") => {
                out.refuted = true
            }
            Some(super::BODY_SITE) => {
                out.say(NoteKind::BodySite, value.and_then(|v| self.refs.value_text(v)))
            }
            _ if is_reaction(node) => out.say(NoteKind::Reaction, self.reaction(node)),
            // The severity of a reaction is told with the reaction.
            Some("SEV") if node.ancestors().skip(1).any(is_reaction) && class != Class::Condition => {}
            _ => out.say(NoteKind::Comment, self.labelled(code, value)),
        }
    }

    /// `label : value`; a flag that is set is its label, one that is not says nothing.
    fn labelled(&self, code: Option<Node<'_, '_>>, value: Option<Node<'_, '_>>) -> Option<String> {
        let label = code.and_then(|c| self.refs.coded(c)).map(|c| c.label().to_owned());
        let text = value.and_then(|v| self.refs.value_text(v));
        let is_flag = value.and_then(xsi_type) == Some("BL");
        match (label, text) {
            (Some(label), Some(text)) if is_flag => (text == "oui").then_some(label),
            (Some(label), Some(text)) => Some(format!("{label} : {text}")),
            (label, text) => text.or(label.filter(|_| !is_flag && value.is_none())),
        }
    }

    fn reaction(&self, node: Node<'_, '_>) -> Option<String> {
        let what = child(node, "value").and_then(|v| self.refs.value_text(v))?;
        let severity = children(node, "entryRelationship")
            .filter_map(|r| child(r, "observation"))
            .filter(|o| child(*o, "code").and_then(|c| attribute(c, "code")) == Some("SEV"))
            .find_map(|o| self.refs.value_text(child(o, "value")?));
        Some(severity.map_or(what.clone(), |s| format!("{what} ({s})")))
    }

    fn acted(&self, act: Node<'_, '_>, class: Class, out: &mut Details) {
        let code = child(act, "code");
        let text = self.refs.child_text(act, "text");
        match code.and_then(|c| attribute(c, "code")) {
            Some("48767-8" | "FINSTRUCT") => out.say(NoteKind::Comment, text),
            Some("PINSTRUCT") if class == Class::Medication => out.say(NoteKind::Dosage, text),
            _ => {
                let label = code.and_then(|c| self.refs.coded(c)).map(|c| c.label().to_owned());
                let said = match (label, text) {
                    (Some(label), Some(text)) => Some(format!("{label} : {text}")),
                    (label, text) => text.or(label),
                };
                out.say(NoteKind::Comment, said);
                self.collect(act, class, out);
            }
        }
    }
}

/// A problem inside an allergy or a vaccination is a reaction to it.
fn is_reaction(node: Node<'_, '_>) -> bool {
    children(node, "templateId").any(|t| attribute(t, "root") == Some(super::PROBLEM))
        && !children(node, "templateId").any(|t| attribute(t, "root") == Some(super::ALLERGY))
}

fn reason(refs: &References<'_, '_>, statement: Node<'_, '_>) -> Option<String> {
    let coded = |name| child(statement, name).and_then(|n| refs.coded(n)).map(|c| c.label().to_owned());
    coded("value").or_else(|| coded("code")).or_else(|| refs.child_text(statement, "text"))
}

/// The clinical status as FHIR codes it; older models state it in SNOMED CT.
fn status(refs: &References<'_, '_>, value: Node<'_, '_>) -> Option<String> {
    let status = match attribute(value, "code") {
        Some("55561003") => "active",
        Some("73425007") => "inactive",
        Some("413322009") => "resolved",
        Some(code) if code.bytes().all(|b| b.is_ascii_lowercase() || b == b'-') => code,
        _ => return refs.value_text(value),
    };
    Some(status.to_owned())
}
