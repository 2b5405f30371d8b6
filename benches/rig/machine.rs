//! What machine a figure was taken on, and what a process holds.

use std::path::Path;

fn field(path: &str, name: &str) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let line = text.lines().find(|l| l.starts_with(name)).unwrap_or("");
    line.split_once(':').map_or("?", |(_, value)| value).trim().to_owned()
}

/// Prints the machine, so that no figure goes without it.
pub(crate) fn print() {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let model = field("/proc/cpuinfo", "model name");
    let memory = field("/proc/meminfo", "MemTotal");
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("?").to_owned();
    println!("machine: {model}, {cores} cores, {memory}, load {load}, {}", std::env::consts::OS);
}

/// Processor time of this process and of its children that ended, in seconds.
pub(crate) fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // the name of the program, in parentheses, may hold spaces
    let fields = text.rsplit(')').next().unwrap_or("").split_whitespace();
    let ticks: f64 = fields.skip(11).take(4).filter_map(|n| n.parse::<f64>().ok()).sum();
    ticks / 100.0
}

/// Resident memory of this process, in kilobytes.
pub(crate) fn resident_kb() -> u64 {
    field("/proc/self/status", "VmRSS").split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0)
}

/// Bytes of all files under `folder`, as their lengths.
pub(crate) fn bytes_under(folder: &Path) -> u64 {
    let mut total = 0;
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(m) if m.is_dir() => open.push(entry.path()),
                Ok(m) => total += m.len(),
                Err(_) => {}
            }
        }
    }
    total
}

/// Processor seconds so far.
pub(crate) struct ProcessorSeconds {
    /// Of this process.
    pub(crate) own: f64,
    /// Of its children that have ended.
    pub(crate) children: f64,
}

/// What the kernel has counted for this process (proc(5)): in hundredths of a second, on Linux alone.
pub(crate) fn processor_seconds() -> ProcessorSeconds {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // the name of the program, in parentheses, may hold spaces
    let after = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    let ticks: Vec<f64> = after.split(' ').skip(11).take(4).filter_map(|n| n.parse().ok()).collect();
    let seconds = |at: usize| ticks.iter().skip(at).take(2).sum::<f64>() / 100.0;
    ProcessorSeconds { own: seconds(0), children: seconds(2) }
}
