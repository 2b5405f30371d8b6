//! How fast texts become vectors: single queries, and passages of 128 tokens on one thread and on two.
//!
//! `BENCH_MODEL` (models/mes-fr-small), `BENCH_QUERIES` (500), `BENCH_SECONDS` (5). Beside the time on the wall
//! stands the time on the processor, which other work on the machine does not lengthen; beside the rate, the
//! most that one core can do, measured by a loop of multiply-adds in registers. The texts and vectors are left
//! in `target/inference-bench.json`: `benches/inference_reference.py` runs ONNX Runtime and PyTorch over them.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement prints, and stops where it cannot"
)]
#![expect(dead_code, reason = "each measurement takes what it needs of the rig")]
#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts"
)]

mod rig;

use inference::{Embedder, Model, Settings};
use pulp::{Arch, Simd, WithSimd};
use rig::{Times, machine, setting};
use rustix::time::{ClockId, clock_gettime};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Passages of one call: a document of some pages.
const PASSAGES: usize = 32;

const WORDS: &str = "douleur genou droit radio fracture tension bilan sanguin vaccin grippe allergie scanner \
                     thorax cardiologue ordonnance diabète fièvre toux opération hanche grossesse";

fn main() {
    let folder = std::env::var_os("BENCH_MODEL").map_or_else(default_model, PathBuf::from);
    machine::print();
    println!("core: {:.1} GFLOPS in registers", peak());
    let start = Instant::now();
    let model = Arc::new(Model::load(&folder).unwrap());
    let loaded = start.elapsed().as_secs_f64() * 1e3;
    println!(
        "model: {}, loaded in {loaded:.0} ms, resident {} MB",
        model.name(),
        machine::resident_kb() / 1000
    );
    let queries: Vec<String> = (3..=12).map(|tokens| text(&model, tokens, tokens)).collect();
    let passages: Vec<String> = (0..PASSAGES).map(|n| text(&model, 128, n)).collect();
    single(&model, &queries, setting("BENCH_QUERIES", 500));
    alone(&model, &folder, &passages);
    for threads in [1, 2] {
        batches(&model, &folder, &passages, threads, setting("BENCH_SECONDS", 5) as f64);
    }
    leave(&model, &folder, &queries, &passages);
}

fn default_model() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("models/mes-fr-small")
}

/// A text of at most `tokens` tokens with the two special ones, as near as words allow.
fn text(model: &Model, tokens: usize, from: usize) -> String {
    let mut text = String::new();
    for word in WORDS.split_whitespace().cycle().skip(from) {
        let longer = format!("{text}{}{word}", if text.is_empty() { "" } else { " " });
        if model.count_tokens(&longer).unwrap() + 2 > tokens {
            return text;
        }
        text = longer;
    }
    text
}

/// Time that this thread has been running.
fn running() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

/// One query after another, their lengths mixed, tokenizer and pooling included.
fn single(model: &Model, queries: &[String], count: usize) {
    let (mut wall, mut processor) = (Times::default(), Times::default());
    for query in queries.iter().cycle().take(count) {
        let before = running();
        wall.time(|| model.embed_queries(&[query]).unwrap());
        processor.add(running() - before);
    }
    for (name, times) in [("wall", &wall), ("processor", &processor)] {
        println!(
            "  queries of 3 to 12 tokens, {name:9}  p50 {:7.2} ms  p99 {:7.2} ms",
            times.percentile(0.5) / 1e3,
            times.percentile(0.99) / 1e3
        );
    }
}

/// Passages on `threads`, one call ahead so that none waits for the next; the best of rounds of a second.
fn batches(model: &Arc<Model>, folder: &Path, passages: &[String], threads: usize, seconds: f64) {
    let embedder = Embedder::start(Arc::clone(model), Settings { threads, ..Settings::default() }).unwrap();
    let put = || embedder.passages(passages.to_vec()).unwrap();
    put().wait().unwrap();
    let start = Instant::now();
    let mut best = f64::MAX;
    while start.elapsed().as_secs_f64() < seconds {
        let round = Instant::now();
        let (first, second) = (put(), put());
        first.wait().unwrap();
        second.wait().unwrap();
        best = best.min(round.elapsed().as_secs_f64() / (2 * passages.len()) as f64);
    }
    rate(&format!("{threads} threads, wall"), folder, best);
}

/// Passages on this thread, by its time on the processor.
fn alone(model: &Model, folder: &Path, passages: &[String]) {
    let texts: Vec<&str> = passages.iter().map(String::as_str).collect();
    let round = || {
        let before = running();
        model.embed_passages(&texts).unwrap();
        (running() - before).as_secs_f64() / texts.len() as f64
    };
    rate("1 thread, processor", folder, (0..4).map(|_| round()).fold(f64::MAX, f64::min));
}

fn rate(how: &str, folder: &Path, seconds: f64) {
    let operations = operations(folder) * 128.0 / seconds / 1e9;
    println!("  passages of 128 tokens, {how:19}  {:6.1} passages/s  {operations:5.1} GFLOPS", 1.0 / seconds);
}

/// Multiplications and additions of the linear layers for one token.
fn operations(folder: &Path) -> f64 {
    let json: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.join("config.json")).unwrap()).unwrap();
    let size = |name: &str| json[name].as_f64().unwrap_or(0.0);
    let (hidden, inner) = (size("hidden_size"), size("intermediate_size"));
    2.0 * size("num_hidden_layers") * (4.0 * hidden * hidden + 2.0 * hidden * inner)
}

/// What the other runtimes are given, and what must come out.
fn leave(model: &Model, folder: &Path, queries: &[String], passages: &[String]) {
    let vectors = |texts: &[String]| {
        model.embed_passages(&texts.iter().map(String::as_str).collect::<Vec<_>>()).unwrap()
    };
    let json = serde_json::json!({
        "model": folder.canonicalize().unwrap(),
        "queries": {"texts": queries, "vectors": vectors(queries)},
        "passages": {"texts": passages, "vectors": vectors(passages)},
    });
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/inference-bench.json");
    std::fs::write(path, json.to_string()).unwrap();
}

/// Multiply-adds of one core that wait neither for memory nor for each other, in GFLOPS; the best of ten.
fn peak() -> f64 {
    (0..10).map(|_| Arch::new().dispatch(Registers)).fold(0.0, f64::max)
}

struct Registers;

impl WithSimd for Registers {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        const SUMS: usize = 12;
        const TURNS: usize = 2_000_000;
        let by = simd.splat_f32s(std::hint::black_box(0.999_9));
        let mut sums = [simd.splat_f32s(std::hint::black_box(1.0)); SUMS];
        let start = running();
        for _ in 0..TURNS {
            for sum in &mut sums {
                *sum = simd.mul_add_f32s(*sum, by, by);
            }
        }
        let seconds = (running() - start).as_secs_f64();
        std::hint::black_box(sums.map(|sum| simd.reduce_sum_f32s(sum)));
        (2 * SUMS * TURNS * S::F32_LANES) as f64 / seconds / 1e9
    }
}
