//! The grant: the only key to a record's items.

use crate::policy::{Actor, Matrix, Purpose, Role};
use record::{Flags, Kind, Status};

/// How long INVISIBLE_PATIENT hides an item from its holder: one month after the deposit (CSP R1111-53).
const ANNOUNCEMENT_SECONDS: i64 = 31 * 24 * 3600;

/// A verified actor's right to look into one record, at one time. Its fields are private and [`Grant::new`]
/// is the only constructor: code that holds a grant has passed the policy.
#[derive(Debug, Clone)]
pub struct Grant {
    viewer: Viewer,
    now: i64,
}

#[derive(Debug, Clone)]
enum Viewer {
    Holder,
    Representative,
    Service,
    Professional { profession: String, rpps: Option<String>, organization: Option<String>, matrix: Matrix },
}

/// Why no grant was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// A professional without a profession, or one that the matrix does not name.
    #[error("profession is missing or has no row in the profession matrix")]
    Profession,
    /// An emergency access, for which the consents of the holder are not known to the engine.
    #[error("emergency access needs the holder's consent, which this engine does not hold yet")]
    Emergency,
}

/// What the policy looks at in an item.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Kind of item.
    pub kind: Kind,
    /// Flags, those of its document included.
    pub flags: Flags,
    /// Availability.
    pub status: Status,
    /// Document type; of the document that states it, for a derived item.
    pub type_code: Option<&'a str>,
    /// Whether a document states the item.
    pub derived: bool,
    /// When the engine first received it, Unix seconds.
    pub received: i64,
    /// Professional identifiers of its authors.
    pub author_ids: &'a [String],
}

impl Grant {
    /// Makes the grant of `actor` at `now` (Unix seconds).
    ///
    /// # Errors
    /// A professional without a profession that the matrix names, or an emergency access.
    pub fn new(actor: &Actor, matrix: &Matrix, now: i64) -> Result<Grant, Denied> {
        let viewer = match actor.role {
            Role::Patient | Role::Delegate => Viewer::Holder,
            Role::Representative => Viewer::Representative,
            Role::Service => Viewer::Service,
            Role::Professional if actor.purpose != Purpose::Care => return Err(Denied::Emergency),
            Role::Professional => {
                let profession =
                    actor.profession.clone().filter(|p| matrix.knows(p)).ok_or(Denied::Profession)?;
                Viewer::Professional {
                    profession,
                    rpps: actor.rpps.clone(),
                    organization: actor.organization.clone(),
                    matrix: matrix.clone(),
                }
            }
        };
        Ok(Grant { viewer, now })
    }

    /// Whether the actor may know that the item exists. Each output asks this, before anything is counted.
    #[must_use]
    pub fn sees(&self, item: &Subject<'_>) -> bool {
        if item.status == Status::Deleted || item.flags.contains(Flags::UNKNOWN) {
            return false;
        }
        let announced = !item.flags.contains(Flags::INVISIBLE_PATIENT)
            || self.now.saturating_sub(item.received) > ANNOUNCEMENT_SECONDS;
        match &self.viewer {
            Viewer::Service => true,
            Viewer::Holder => announced,
            Viewer::Representative => announced && !item.flags.contains(Flags::INVISIBLE_REPRESENTATIVES),
            Viewer::Professional { profession, rpps, organization, matrix } => {
                let author =
                    [rpps, organization].into_iter().flatten().any(|id| item.author_ids.contains(id));
                let open = !item.flags.contains(Flags::MASKED_FROM_PROFESSIONALS) || author;
                // Professionals reach documents, vaccinations and what documents state; the rest of the
                // profile is the holder's own (application text of Mon espace santé).
                let reach = match item.kind {
                    Kind::Immunization if !item.derived => true,
                    _ => matrix.allows(profession, item.type_code),
                };
                open && reach
            }
        }
    }

    /// Whether the flags themselves may be shown to the actor: a holder does not learn of them.
    #[must_use]
    pub fn shows_flags(&self) -> bool {
        matches!(self.viewer, Viewer::Professional { .. } | Viewer::Service)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 2_000_000_000;

    fn grant(role: Role) -> Grant {
        let mut actor = Actor::new("sub", role);
        actor.profession = Some("10".to_owned());
        actor.rpps = Some("10000000001".to_owned());
        Grant::new(&actor, &Matrix::built_in(), NOW).unwrap()
    }

    fn document(flags: Flags) -> Subject<'static> {
        Subject {
            kind: Kind::Document,
            flags,
            status: Status::Current,
            type_code: Some("11488-4"),
            derived: false,
            received: NOW - 3600,
            author_ids: &[],
        }
    }

    /// One row a flag set: holder, representative, professional, service.
    #[test]
    fn flags_by_role() {
        let both = Flags::INVISIBLE_PATIENT | Flags::MASKED_FROM_PROFESSIONALS;
        for (flags, expected) in [
            (Flags::NORMAL, [true, true, true, true]),
            (Flags::RESTRICTED, [true, true, true, true]),
            (Flags::INVISIBLE_PATIENT, [false, false, true, true]),
            (Flags::INVISIBLE_REPRESENTATIVES, [true, false, true, true]),
            (Flags::MASKED_FROM_PROFESSIONALS, [true, true, false, true]),
            (both, [false, false, false, true]),
            (Flags::UNKNOWN, [false, false, false, false]),
        ] {
            let roles = [Role::Patient, Role::Representative, Role::Professional, Role::Service];
            let seen = roles.map(|role| grant(role).sees(&document(flags)));
            assert_eq!(seen, expected, "{flags:?}");
        }
    }

    #[test]
    fn an_announcement_ends_a_month_after_the_deposit() {
        let mut item = document(Flags::INVISIBLE_PATIENT);
        item.received = NOW - 32 * 24 * 3600;
        assert!(grant(Role::Patient).sees(&item));
    }

    #[test]
    fn a_masked_document_stays_open_to_its_author() {
        let mut item = document(Flags::MASKED_FROM_PROFESSIONALS);
        let authors = ["10000000001".to_owned()];
        item.author_ids = &authors;
        assert!(grant(Role::Professional).sees(&item));
    }

    #[test]
    fn professionals_do_not_reach_the_profile() {
        let mut item = document(Flags::NORMAL);
        (item.kind, item.type_code) = (Kind::Treatment, None);
        assert!(!grant(Role::Professional).sees(&item) && grant(Role::Patient).sees(&item));
        item.kind = Kind::Immunization;
        assert!(grant(Role::Professional).sees(&item));
    }

    #[test]
    fn no_grant_without_a_known_profession_or_in_an_emergency() {
        let mut actor = Actor::new("sub", Role::Professional);
        let make = |actor: &Actor| Grant::new(actor, &Matrix::built_in(), NOW).err();
        assert_eq!(make(&actor), Some(Denied::Profession));
        actor.profession = Some("99".to_owned());
        assert_eq!(make(&actor), Some(Denied::Profession));
        actor.profession = Some("10".to_owned());
        actor.purpose = Purpose::EmergencyBtg;
        assert_eq!(make(&actor), Some(Denied::Emergency));
    }

    #[test]
    fn what_was_withdrawn_is_shown_to_nobody() {
        let mut item = document(Flags::NORMAL);
        item.status = Status::Deleted;
        assert!(![Role::Patient, Role::Service].iter().any(|role| grant(*role).sees(&item)));
    }
}
