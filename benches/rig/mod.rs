//! What the benchmarks share: a corpus, a clock that keeps percentiles, the alternative, the machine.

pub(crate) mod corpus;
pub(crate) mod fts5;
pub(crate) mod machine;
pub(crate) mod score;
pub(crate) mod service;

use std::time::{Duration, Instant};

/// Times of single operations.
#[derive(Default)]
pub(crate) struct Times(Vec<Duration>);

impl Times {
    /// Runs `work` once, timed, and gives back what it gave.
    pub(crate) fn time<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let value = work();
        self.0.push(start.elapsed());
        value
    }

    /// Adds the time of one more, taken by another clock.
    pub(crate) fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    /// The time under which `share` of the operations stayed (nearest rank), in microseconds.
    pub(crate) fn percentile(&self, share: f64) -> f64 {
        let mut times = self.0.clone();
        times.sort_unstable();
        let rank = (share * times.len() as f64).ceil() as usize;
        times.get(rank.clamp(1, times.len().max(1)) - 1).map_or(0.0, |t| t.as_secs_f64() * 1e6)
    }

    /// Adds the times of another.
    pub(crate) fn merge(&mut self, other: Times) {
        self.0.extend(other.0);
    }
}

/// A setting of the benchmarks: environment variable `name`, or else `default`.
pub(crate) fn setting(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default)
}

/// A list of sizes: environment variable `name` (`100,1000`), or else `default`.
pub(crate) fn sizes(name: &str, default: &[usize]) -> Vec<usize> {
    let parse = |text: String| text.split(',').filter_map(|n| n.trim().parse().ok()).collect();
    std::env::var(name).map_or_else(|_| default.to_vec(), parse)
}
