//! Who the operator searches as.

use super::exit::UsageError;
use search::policy::{Actor, Role};

/// Who asks: what is shown is what that person may see.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Person {
    /// Ask as: patient, representative, delegate, professional or service
    #[arg(long = "as", default_value = "patient", value_name = "ROLE")]
    role: String,
    /// Profession of a professional, as in the matrix
    #[arg(long, required_if_eq("role", "professional"), value_name = "CODE")]
    profession: Option<String>,
}

impl Person {
    /// The actor.
    ///
    /// # Errors
    /// A role that there is not.
    pub(super) fn actor(&self) -> Result<Actor, UsageError> {
        let role =
            Role::from_name(&self.role).ok_or_else(|| UsageError(format!("no role `{}`", self.role)))?;
        Ok(Actor { profession: self.profession.clone(), ..Actor::new("command-line", role) })
    }
}
