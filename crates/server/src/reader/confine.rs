//! What a worker may not do, once it is ready to read: open files, start programs, use the network.
//!
//! **Key decision.** As much as the kernel allows, without a right that a plain user lacks: Landlock closes the
//! file system, a filter of system calls the network. A kernel without either still leaves the limits of
//! memory and time; the documentation of the service says so.

/// What a worker is for decides what it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Duty {
    /// Reading alone: nothing of the machine.
    Read,
    /// Starting a recogniser too: programs, libraries and models, read only.
    Recognise,
}

#[cfg(target_os = "linux")]
pub(super) use linux::confine;

/// Elsewhere there is nothing to close.
#[cfg(not(target_os = "linux"))]
pub(super) fn confine(_: Duty, _: &[std::path::PathBuf]) {}

#[cfg(target_os = "linux")]
mod linux {
    use super::Duty;
    use landlock::{
        ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr,
        RulesetCreatedAttr, RulesetError,
    };
    use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, apply_filter};
    use std::collections::BTreeMap;
    use std::path::{Path, PathBuf};

    /// Where programs, libraries and models stand.
    const SYSTEM: [&str; 8] =
        ["/usr", "/lib", "/lib64", "/bin", "/opt", "/nix/store", "/etc/ld.so.cache", "/etc/alternatives"];
    /// `socket(2)`: no connection begins without it.
    #[cfg(target_arch = "x86_64")]
    const SOCKET: i64 = 41;
    #[cfg(target_arch = "aarch64")]
    const SOCKET: i64 = 198;
    /// EACCES.
    const DENIED: u32 = 13;

    /// Closes what this process does not need, for itself and all that it starts. What the kernel does not know
    /// stays open.
    pub(in super::super) fn confine(duty: Duty, also: &[PathBuf]) {
        // each by itself: one that is missing must not keep the other off
        let _ = files(duty, also);
        let _ = network();
    }

    fn files(duty: Duty, also: &[PathBuf]) -> Result<(), RulesetError> {
        let abi = ABI::V4;
        let mut rules = Ruleset::default()
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(AccessFs::from_all(abi))?
            .handle_access(AccessNet::from_all(abi))?
            .create()?;
        if duty == Duty::Recognise {
            let reading = AccessFs::ReadFile | AccessFs::ReadDir | AccessFs::Execute;
            let places = SYSTEM.iter().map(Path::new).chain(also.iter().map(PathBuf::as_path));
            for place in places.filter_map(|place| Some((place, PathFd::new(place).ok()?))) {
                let access = if place.0.is_dir() { reading } else { AccessFs::ReadFile | AccessFs::Execute };
                rules = rules.add_rule(PathBeneath::new(place.1, access))?;
            }
            if let Ok(null) = PathFd::new("/dev/null") {
                rules = rules.add_rule(PathBeneath::new(null, AccessFs::ReadFile | AccessFs::WriteFile))?;
            }
        }
        rules.restrict_self().map(drop)
    }

    fn network() -> Result<(), seccompiler::Error> {
        let rules = BTreeMap::from([(SOCKET, Vec::new())]);
        let (otherwise, denied) = (SeccompAction::Allow, SeccompAction::Errno(DENIED));
        let filter = SeccompFilter::new(rules, otherwise, denied, std::env::consts::ARCH.try_into()?)?;
        let program: BpfProgram = filter.try_into()?;
        apply_filter(&program)
    }
}
