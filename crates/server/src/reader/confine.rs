//! What a worker may not do, once it is ready to read: open files, start programs, use the network.
//!
//! **Key decision.** As much as the kernel allows, without a right that a plain user lacks: Landlock closes the
//! file system, a filter of system calls the network. A kernel without either still leaves the limits of
//! memory and time: `doctor` says what holds on this machine, by having [`check_main`] try.

use serde::{Deserialize, Serialize};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

/// The hidden subcommand that runs [`check_main`].
const CHECK: &str = "confine-check";

/// What a worker is for decides what it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Duty {
    /// Reading alone: nothing of the machine.
    Read,
    /// Starting a recogniser too: programs, libraries and models, read only.
    Recognise,
}

#[cfg(target_os = "linux")]
pub(crate) use linux::confine;

/// Elsewhere there is nothing to close.
#[cfg(not(target_os = "linux"))]
pub(crate) fn confine(_: Duty, _: &[std::path::PathBuf]) -> Confined {
    Confined::default()
}

/// What is closed to a worker.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confined {
    /// No file is opened, no program started.
    pub files: bool,
    /// No connection begins.
    pub network: bool,
}

impl Confined {
    /// What is closed to workers on this machine: one confines itself and tries. `None` where `program` does not
    /// know how.
    #[must_use]
    pub fn here(program: &Path) -> Option<Confined> {
        let mut command = Command::new(program);
        command.arg(CHECK).env_clear().stdin(Stdio::null()).stderr(Stdio::null());
        let output = command.output().ok().filter(|output| output.status.success())?;
        serde_json::from_slice(&output.stdout).ok()
    }
}

/// The subcommand `confine-check`: confines this process as a worker that reads, tries what it may not do, and
/// writes a [`Confined`] as JSON. It fails where the kernel says that something is closed which is not.
#[must_use]
pub fn check_main() -> ExitCode {
    let own = std::env::current_exe().unwrap_or_default();
    let file = std::env::temp_dir().join(format!("mes-search-{}", std::process::id()));
    let claimed = confine(Duty::Read, &[]);
    let opens = std::fs::File::open(&own).is_ok() || std::fs::read_dir("/").is_ok();
    let writes = std::fs::write(&file, b"").is_ok() && std::fs::remove_file(&file).is_ok();
    let starts = Command::new(&own).arg("--version").stdout(Stdio::null()).status().is_ok();
    let udp = std::net::UdpSocket::bind(("127.0.0.1", 0)).is_ok();
    let tcp = std::net::TcpListener::bind(("127.0.0.1", 0)).is_ok();
    let found = Confined { files: !(opens || writes || starts), network: !(udp || tcp) };
    let written = serde_json::to_writer(std::io::stdout(), &found);
    let honest = (found.files || !claimed.files) && (found.network || !claimed.network);
    if honest && written.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[cfg(target_os = "linux")]
mod linux {
    use super::{Confined, Duty};
    use landlock::{
        ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr,
        RulesetCreatedAttr, RulesetError, RulesetStatus,
    };
    use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, apply_filter};
    use std::collections::BTreeMap;
    use std::path::{Path, PathBuf};

    /// Where programs, libraries and models stand.
    const SYSTEM: [&str; 8] =
        ["/usr", "/lib", "/lib64", "/bin", "/opt", "/nix/store", "/etc/ld.so.cache", "/etc/alternatives"];
    /// `socket(2)`: no connection begins without it, but by `io_uring_setup(2)`, whose work no filter sees.
    #[cfg(target_arch = "x86_64")]
    const SOCKETS: [i64; 2] = [41, 425];
    #[cfg(target_arch = "aarch64")]
    const SOCKETS: [i64; 2] = [198, 425];
    /// EACCES.
    const DENIED: u32 = 13;

    /// Closes what this process does not need, for itself and all that it starts. What the kernel does not know
    /// stays open: the answer says what does not.
    pub(crate) fn confine(duty: Duty, also: &[PathBuf]) -> Confined {
        // each by itself: one that is missing must not keep the other off
        let files = files(duty, also).is_ok_and(|status| status != RulesetStatus::NotEnforced);
        Confined { files, network: network().is_ok() }
    }

    fn files(duty: Duty, also: &[PathBuf]) -> Result<RulesetStatus, RulesetError> {
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
        rules.restrict_self().map(|status| status.ruleset)
    }

    fn network() -> Result<(), seccompiler::Error> {
        let rules = BTreeMap::from(SOCKETS.map(|call| (call, Vec::new())));
        let (otherwise, denied) = (SeccompAction::Allow, SeccompAction::Errno(DENIED));
        let filter = SeccompFilter::new(rules, otherwise, denied, std::env::consts::ARCH.try_into()?)?;
        let program: BpfProgram = filter.try_into()?;
        apply_filter(&program)
    }
}
