//! Counters and durations, in the text format of Prometheus.
//!
//! Labels are names of routes, methods and status codes: never a record, an item or a word.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Upper bounds of the duration buckets, in microseconds.
const BUCKETS: [u64; 13] = [
    500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 5_000_000,
    30_000_000,
];

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds `n`.
    pub fn add(&self, n: u64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    /// The number now.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

#[derive(Debug, Default, Clone)]
struct Durations {
    buckets: [u64; BUCKETS.len()],
    count: u64,
    sum_us: u64,
}

/// What the service counts.
#[derive(Debug, Default)]
pub struct Metrics {
    /// Items written.
    pub items_accepted: Counter,
    /// Items that were there already.
    pub items_unchanged: Counter,
    /// Entries refused.
    pub items_rejected: Counter,
    /// Documents whose text was read.
    pub documents_read: Counter,
    /// Pictures of pages that were recognised.
    pub pages_recognised: Counter,
    /// Packs published.
    pub packs_built: Counter,
    /// Vectors published.
    pub vectors_built: Counter,
    /// Builds that failed.
    pub builds_failed: Counter,
    /// Requests that found their record open.
    pub view_hits: Counter,
    /// Requests that had to open their record.
    pub view_misses: Counter,
    /// Calls refused because too many were under way.
    pub overloaded: Counter,
    /// By route, method and status. Held for one update.
    requests: Mutex<BTreeMap<(String, String, u16), Durations>>,
}

impl Metrics {
    /// Notes a request that was answered.
    pub fn request(&self, route: &str, method: &str, status: u16, took: Duration) {
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = requests.entry((route.to_owned(), method.to_owned(), status)).or_default();
        entry.count += 1;
        entry.sum_us = entry.sum_us.saturating_add(us);
        for (bucket, bound) in entry.buckets.iter_mut().zip(BUCKETS) {
            *bucket += u64::from(us <= bound);
        }
    }

    /// Everything, with gauges that others measure.
    #[must_use]
    pub fn render(&self, gauges: &[(&str, u64)]) -> String {
        let mut out = String::new();
        let counters = [
            ("items_accepted_total", &self.items_accepted),
            ("items_unchanged_total", &self.items_unchanged),
            ("items_rejected_total", &self.items_rejected),
            ("documents_read_total", &self.documents_read),
            ("pages_recognised_total", &self.pages_recognised),
            ("packs_built_total", &self.packs_built),
            ("vectors_built_total", &self.vectors_built),
            ("builds_failed_total", &self.builds_failed),
            ("view_hits_total", &self.view_hits),
            ("view_misses_total", &self.view_misses),
            ("overloaded_total", &self.overloaded),
        ];
        for (name, counter) in counters {
            let _ = writeln!(out, "# TYPE mes_search_{name} counter\nmes_search_{name} {}", counter.get());
        }
        for (name, value) in gauges {
            let _ = writeln!(out, "# TYPE mes_search_{name} gauge\nmes_search_{name} {value}");
        }
        out.push_str("# TYPE mes_search_request_seconds histogram\n");
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for ((route, method, status), durations) in requests {
            render_durations(
                &mut out,
                &format!(r#"route="{route}",method="{method}",status="{status}""#),
                &durations,
            );
        }
        out
    }
}

fn render_durations(out: &mut String, labels: &str, durations: &Durations) {
    let name = "mes_search_request_seconds";
    for (bound, count) in BUCKETS.iter().zip(durations.buckets) {
        let seconds = *bound as f64 / 1e6;
        let _ = writeln!(out, "{name}_bucket{{{labels},le=\"{seconds}\"}} {count}");
    }
    let _ = writeln!(out, "{name}_bucket{{{labels},le=\"+Inf\"}} {}", durations.count);
    let _ = writeln!(out, "{name}_sum{{{labels}}} {}", durations.sum_us as f64 / 1e6);
    let _ = writeln!(out, "{name}_count{{{labels}}} {}", durations.count);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_add_up() {
        let metrics = Metrics::default();
        metrics.items_accepted.add(3);
        for ms in [1, 2, 40] {
            metrics.request("/v1/records/{record}/search", "POST", 200, Duration::from_millis(ms));
        }
        let text = metrics.render(&[("view_bytes", 7)]);
        for line in [
            "mes_search_items_accepted_total 3",
            "mes_search_view_bytes 7",
            r#"mes_search_request_seconds_bucket{route="/v1/records/{record}/search",method="POST",status="200",le="0.001"} 1"#,
            r#"mes_search_request_seconds_bucket{route="/v1/records/{record}/search",method="POST",status="200",le="+Inf"} 3"#,
            r#"mes_search_request_seconds_count{route="/v1/records/{record}/search",method="POST",status="200"} 3"#,
        ] {
            assert!(text.lines().any(|l| l == line), "{line}\n{text}");
        }
    }
}
