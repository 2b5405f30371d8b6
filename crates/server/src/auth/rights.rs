//! Who may write what (facts: CSP R1111-49, R1111-50, R1111-53; DMP guide EX_3.3-1045, TD3.3c).
//!
//! Deny by default: what no arm of [`may`] allows is refused. Reading is not decided here but by
//! `search::policy`; a caller who may not see an item is told that it does not exist before this module is
//! asked.

use minicbor::{Decode, Encode};
use record::{Flags, Item};
use search::policy::{Actor, Role};
use std::fmt;

/// Why a write was refused. The message is for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// Somebody else deposited the item.
    #[error("only who deposited an entry may replace, withdraw or delete it")]
    NotDepositor,
    /// A flag that belongs to somebody else's decision.
    #[error("this role may not change that visibility")]
    Visibility,
    /// Erasing a record.
    #[error("this role may not erase a record")]
    Erase,
    /// An item that a document states has no life of its own.
    #[error("the entry is stated by a document: change the document")]
    Derived,
}

/// Who deposited an item. It is kept with the item, sealed.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct Depositor {
    #[n(0)]
    role: String,
    #[n(1)]
    subject: String,
    #[n(2)]
    rpps: Option<String>,
    #[n(3)]
    organization: Option<String>,
}

impl fmt::Debug for Depositor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Depositor({})", self.role)
    }
}

impl Depositor {
    /// The actor as a depositor.
    #[must_use]
    pub fn of(actor: &Actor) -> Self {
        Depositor {
            role: actor.role.as_str().to_owned(),
            subject: actor.subject.clone(),
            rpps: actor.rpps.clone(),
            organization: actor.organization.clone(),
        }
    }

    fn holder_side(&self) -> bool {
        Role::from_name(&self.role).is_some_and(holder_side)
    }
}

/// A change to an item that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Other content or metadata.
    Replace,
    /// Availability, withdrawal and deletion included.
    Status,
    /// Visibility, from the flags that hold to others.
    Flags {
        /// As they are.
        from: Flags,
        /// As they would be.
        to: Flags,
    },
}

fn holder_side(role: Role) -> bool {
    matches!(role, Role::Patient | Role::Representative | Role::Delegate)
}

/// Whether `actor` may do `change` to an item that `depositor` deposited.
///
/// # Errors
/// The refusal.
pub fn may(actor: &Actor, change: Change, item: &Item, depositor: &Depositor) -> Result<(), Refusal> {
    let own = match actor.role {
        Role::Service => return Ok(()),
        // The holder and who acts for the holder share what any of them deposited.
        Role::Patient | Role::Representative | Role::Delegate => depositor.holder_side(),
        Role::Professional => deposited_by_professional(actor, item, depositor),
    };
    match change {
        Change::Replace | Change::Status if own => Ok(()),
        Change::Replace | Change::Status => Err(Refusal::NotDepositor),
        Change::Flags { from, to } => {
            let changed = changed_flags(from, to);
            let theirs = changed.iter().all(|flag| decides_flag(actor.role, *flag, to, own));
            if theirs { Ok(()) } else { Err(Refusal::Visibility) }
        }
    }
}

/// Whether `actor` may erase the record whole.
///
/// # Errors
/// The refusal.
pub fn may_erase(actor: &Actor) -> Result<(), Refusal> {
    // A carer or a representative may not close a record (application text of Mon espace santé).
    if matches!(actor.role, Role::Service | Role::Patient) { Ok(()) } else { Err(Refusal::Erase) }
}

/// The flags that a request of the holder's side means: flags that it neither sees nor decides stay.
#[must_use]
pub fn requested_flags(actor: &Actor, from: Flags, asked: Flags) -> Flags {
    if !holder_side(actor.role) {
        return asked;
    }
    FLAGS
        .into_iter()
        .filter(|flag| from.contains(*flag) && !decides_flag(actor.role, *flag, asked, false))
        .fold(asked, |flags, kept| flags | kept)
}

const FLAGS: [Flags; 6] = [
    Flags::RESTRICTED,
    Flags::VERY_RESTRICTED,
    Flags::INVISIBLE_PATIENT,
    Flags::INVISIBLE_REPRESENTATIVES,
    Flags::MASKED_FROM_PROFESSIONALS,
    Flags::UNKNOWN,
];

fn changed_flags(from: Flags, to: Flags) -> Vec<Flags> {
    FLAGS.into_iter().filter(|flag| from.contains(*flag) != to.contains(*flag)).collect()
}

fn decides_flag(role: Role, flag: Flags, to: Flags, own: bool) -> bool {
    match role {
        Role::Service => true,
        // Masking is the holder's right; hiding an act from representatives is the minor's.
        Role::Patient => [Flags::MASKED_FROM_PROFESSIONALS, Flags::INVISIBLE_REPRESENTATIVES].contains(&flag),
        Role::Representative | Role::Delegate => flag == Flags::MASKED_FROM_PROFESSIONALS,
        // What representatives may see cannot be undone, so the author alone opens it; and only the holder
        // masks.
        Role::Professional if own => match flag {
            Flags::INVISIBLE_PATIENT | Flags::RESTRICTED | Flags::VERY_RESTRICTED => true,
            Flags::INVISIBLE_REPRESENTATIVES => to.contains(flag) || own,
            _ => false,
        },
        Role::Professional => false,
    }
}

fn deposited_by_professional(actor: &Actor, item: &Item, depositor: &Depositor) -> bool {
    let same = |a: &Option<String>, b: &Option<String>| a.is_some() && a == b;
    let author = |id: &Option<String>| {
        id.as_deref().is_some_and(|id| {
            item.authors.iter().any(|a| a.identifier.as_deref().is_some_and(|known| known == id))
        })
    };
    let by_token = depositor.role == Role::Professional.as_str()
        && (depositor.subject == actor.subject
            || same(&depositor.rpps, &actor.rpps)
            || same(&depositor.organization, &actor.organization));
    by_token || author(&actor.rpps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::{Author, ItemId, ResourceType, Text};

    fn actor(role: Role, subject: &str) -> Actor {
        Actor { rpps: Some(format!("rpps-{subject}")), ..Actor::new(subject, role) }
    }

    fn item() -> Item {
        Item::new(ItemId::new(ResourceType::DocumentReference, "d").unwrap(), "t")
    }

    fn check(who: &Actor, change: Change, depositor: &Actor, expected: Result<(), Refusal>) {
        let found = may(who, change, &item(), &Depositor::of(depositor));
        assert_eq!(found, expected, "{:?} {change:?} by {:?}", who.role, depositor.role);
    }

    #[test]
    fn only_who_deposited_replaces_or_deletes() {
        let [patient, mother] = [actor(Role::Patient, "p"), actor(Role::Representative, "m")];
        let [doctor, other] = [actor(Role::Professional, "d"), actor(Role::Professional, "o")];
        let service = actor(Role::Service, "s");
        let refused = Err(Refusal::NotDepositor);
        for change in [Change::Replace, Change::Status] {
            check(&patient, change, &patient, Ok(()));
            check(&patient, change, &mother, Ok(()));
            check(&patient, change, &doctor, refused);
            check(&patient, change, &service, refused);
            check(&mother, change, &doctor, refused);
            check(&doctor, change, &doctor, Ok(()));
            check(&other, change, &doctor, refused);
            check(&doctor, change, &patient, refused);
            check(&service, change, &doctor, Ok(()));
        }
    }

    #[test]
    fn an_author_may_change_what_a_service_deposited_for_them() {
        let doctor = actor(Role::Professional, "d");
        let mut written = item();
        written.authors.push(Author { identifier: Some(Text::from("rpps-d")), ..Author::default() });
        let depositor = Depositor::of(&actor(Role::Service, "s"));
        assert_eq!(may(&doctor, Change::Status, &written, &depositor), Ok(()));
        assert_eq!(may(&doctor, Change::Status, &item(), &depositor), Err(Refusal::NotDepositor));
    }

    #[test]
    fn each_flag_has_its_owner() {
        let doctor = actor(Role::Professional, "d");
        let masked = Flags::MASKED_FROM_PROFESSIONALS;
        for (role, flag, set, cleared) in [
            (Role::Patient, masked, true, true),
            (Role::Patient, Flags::INVISIBLE_REPRESENTATIVES, true, true),
            (Role::Patient, Flags::INVISIBLE_PATIENT, false, false),
            (Role::Representative, masked, true, true),
            (Role::Representative, Flags::INVISIBLE_REPRESENTATIVES, false, false),
            (Role::Delegate, Flags::INVISIBLE_PATIENT, false, false),
            (Role::Professional, Flags::INVISIBLE_PATIENT, true, true),
            (Role::Professional, masked, false, false),
            (Role::Service, masked, true, true),
        ] {
            let who = actor(role, "d");
            let result = |allowed| if allowed { Ok(()) } else { Err(Refusal::Visibility) };
            check(&who, Change::Flags { from: Flags::NORMAL, to: flag }, &doctor, result(set));
            check(&who, Change::Flags { from: flag, to: Flags::NORMAL }, &doctor, result(cleared));
        }
    }

    #[test]
    fn flags_that_the_holder_does_not_decide_stay() {
        let mother = actor(Role::Representative, "m");
        let hidden = Flags::INVISIBLE_PATIENT;
        let asked = requested_flags(&mother, hidden, Flags::MASKED_FROM_PROFESSIONALS);
        assert_eq!(asked, hidden | Flags::MASKED_FROM_PROFESSIONALS);
        assert_eq!(requested_flags(&mother, Flags::MASKED_FROM_PROFESSIONALS, Flags::NORMAL), Flags::NORMAL);
        assert_eq!(requested_flags(&actor(Role::Service, "s"), hidden, Flags::NORMAL), Flags::NORMAL);
    }
}
