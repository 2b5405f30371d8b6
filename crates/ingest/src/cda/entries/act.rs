//! Procedures and encounters (IHE PCC 4.19 and 4.14).

use super::{Class, Draft, Reader, is_event, label_at, text_of_child};
use crate::cda::xml::{attribute, child, children, path};
use record::french::fold;
use record::{NoteKind, ResourceType};
use roxmltree::Node;

impl Reader<'_, '_, '_> {
    pub(super) fn procedure(&self, node: Node<'_, '_>) -> Option<Draft> {
        let mut draft = self.acted_on(node, Class::Procedure, ResourceType::Procedure)?;
        let status = child(node, "statusCode").and_then(|s| attribute(s, "code"));
        draft.details.status = match (is_event(node), status) {
            (_, Some("cancelled")) => Some("not-done".to_owned()),
            (false, _) => Some("preparation".to_owned()),
            (true, Some("active")) => Some("in-progress".to_owned()),
            (true, status) => status.map(str::to_owned),
        };
        draft.details.say(NoteKind::BodySite, self.body_site(node));
        Some(draft)
    }

    pub(super) fn encounter(&self, node: Node<'_, '_>) -> Option<Draft> {
        let resource = if is_event(node) { ResourceType::Encounter } else { ResourceType::Appointment };
        let mut draft = self.acted_on(node, Class::Encounter, resource)?;
        draft.details.status = match attribute(node, "moodCode") {
            Some("APT") => Some("booked".to_owned()),
            Some("ARQ" | "RQO" | "INT" | "PRMS") => Some("proposed".to_owned()),
            _ => child(node, "statusCode").and_then(|s| attribute(s, "code")).map(str::to_owned),
        };
        let places = children(node, "participant").filter(|p| attribute(*p, "typeCode") == Some("LOC"));
        for place in places.filter_map(|p| child(p, "participantRole")) {
            let name = path(place, &["playingEntity"]).and_then(|e| text_of_child(e, "name"));
            draft.details.say(NoteKind::Location, name);
        }
        Some(draft)
    }

    fn acted_on(&self, node: Node<'_, '_>, class: Class, resource: ResourceType) -> Option<Draft> {
        let text = self.refs.child_text(node, "text");
        let title = label_at(&self.refs, node, &["code"]).or_else(|| text.clone())?;
        let mut codes = child(node, "code").map(|c| self.refs.codes(c)).unwrap_or_default();
        codes.retain(|c| !c.code.is_empty());
        let mut details = self.details(node, class);
        details.say(NoteKind::Comment, text.filter(|t| fold(t) != fold(&title)));
        let period = self.refs.period(node);
        Some(Draft { resource, title, codes, period, measures: Vec::new(), details })
    }
}
