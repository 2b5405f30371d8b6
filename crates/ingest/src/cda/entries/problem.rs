//! Problems and allergies (IHE PCC 4.5 and 4.6).

use super::{Class, Draft, Reader, names, text_of_child};
use crate::cda::xml::{attribute, child, children, path};
use record::french::fold;
use record::{Coded, NoteKind, ResourceType};
use roxmltree::Node;

impl Reader<'_, '_, '_> {
    pub(super) fn condition(&self, node: Node<'_, '_>) -> Option<Draft> {
        let value = child(node, "value");
        let codes = value.map(|v| self.refs.codes(v)).unwrap_or_default();
        // The label of the code is what the author meant; the narrative may say more.
        let title =
            codes.first().map(|c| c.label().to_owned()).or_else(|| self.refs.child_text(node, "text"))?;
        let mut details = self.details(node, Class::Condition);
        let original = value.and_then(|v| self.refs.child_text(v, "originalText"));
        details.say(NoteKind::Comment, original.filter(|o| fold(o) != fold(&title)));
        details.say(NoteKind::BodySite, self.body_site(node));
        let period = self.refs.period(node);
        let codes = codes.into_iter().filter(|c| !c.code.is_empty()).collect();
        Some(Draft { resource: ResourceType::Condition, title, codes, period, measures: Vec::new(), details })
    }

    pub(super) fn allergy(&self, node: Node<'_, '_>) -> Option<Draft> {
        let stated = child(node, "value").map(|v| self.refs.codes(v)).unwrap_or_default();
        let (agent, agent_codes) = self.agent(node);
        let kind = child(node, "code").and_then(|c| self.refs.coded(c));
        let told = stated.first().map(|c| c.label().to_owned()).filter(|l| names(l));
        let title = agent.clone().or(told.clone()).or_else(|| kind.as_ref().map(|k| k.label().to_owned()))?;
        let mut details = self.details(node, Class::Allergy);
        for also in
            [told.filter(|_| agent.is_some()), kind.map(|k| k.label().to_owned())].into_iter().flatten()
        {
            details.say(NoteKind::Comment, Some(also).filter(|a| *a != title));
        }
        let codes = agent_codes.into_iter().chain(stated).filter(|c| !c.code.is_empty()).collect();
        let period = self.refs.period(node);
        Some(Draft {
            resource: ResourceType::AllergyIntolerance,
            title,
            codes,
            period,
            measures: Vec::new(),
            details,
        })
    }

    /// What the patient is allergic to.
    fn agent(&self, node: Node<'_, '_>) -> (Option<String>, Vec<Coded>) {
        let entity = children(node, "participant")
            .filter(|p| attribute(*p, "typeCode") == Some("CSM"))
            .find_map(|p| path(p, &["participantRole", "playingEntity"]));
        let Some(entity) = entity else { return (None, Vec::new()) };
        let codes = child(entity, "code").map(|c| self.refs.codes(c)).unwrap_or_default();
        let name = text_of_child(entity, "name").or_else(|| codes.first().map(|c| c.label().to_owned()));
        (name.filter(|n| names(n)), codes)
    }

    /// Where on the body.
    pub(super) fn body_site(&self, node: Node<'_, '_>) -> Option<String> {
        super::label_at(&self.refs, node, &["targetSiteCode"])
    }
}
