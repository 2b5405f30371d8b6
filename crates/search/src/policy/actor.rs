//! Who asks.

/// What the caller is to the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The holder.
    Patient,
    /// The legal representative of a minor.
    Representative,
    /// A carer whom the holder let in (proche aidant).
    Delegate,
    /// A health professional.
    Professional,
    /// A service of the platform, for its own work (feeding, reindexing).
    Service,
}

impl Role {
    /// The value of the `role` claim.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Role> {
        Some(match name {
            "patient" => Role::Patient,
            "representative" => Role::Representative,
            "delegate" => Role::Delegate,
            "professional" => Role::Professional,
            "service" => Role::Service,
            _ => return None,
        })
    }

    /// The value of the `role` claim.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Patient => "patient",
            Role::Representative => "representative",
            Role::Delegate => "delegate",
            Role::Professional => "professional",
            Role::Service => "service",
        }
    }
}

/// Why a professional asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Purpose {
    /// Care, with the holder's authorisation.
    #[default]
    Care,
    /// The regulating doctor of the SAMU (consent ETREAT).
    EmergencySamu,
    /// Break the glass (consent BTG).
    EmergencyBtg,
}

impl Purpose {
    /// The value of the `purpose` claim.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Purpose> {
        Some(match name {
            "care" => Purpose::Care,
            "emergency-samu" => Purpose::EmergencySamu,
            "emergency-btg" => Purpose::EmergencyBtg,
            _ => return None,
        })
    }
}

/// A caller whose identity was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Stable id of the person or service (`sub`).
    pub subject: String,
    /// What the caller is to the record.
    pub role: Role,
    /// Profession code of the matrix, for a professional.
    pub profession: Option<String>,
    /// RPPS number, for a professional.
    pub rpps: Option<String>,
    /// Establishment, for a professional.
    pub organization: Option<String>,
    /// Why a professional asks.
    pub purpose: Purpose,
}

impl Actor {
    /// An actor who is no professional.
    #[must_use]
    pub fn new(subject: &str, role: Role) -> Self {
        Actor {
            subject: subject.to_owned(),
            role,
            profession: None,
            rpps: None,
            organization: None,
            purpose: Purpose::Care,
        }
    }
}
