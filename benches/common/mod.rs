//! Helpers of the benches: figures with their spread, whole processes, and a program on a terminal.
//!
//! Times on a shared machine drift. Things that are compared are therefore measured in turn within one run,
//! and reported as a median with its smallest and largest value.

// Each bench is a program of its own and uses only a part of this module.
#![allow(dead_code)]

pub mod process;
pub mod screen;

use std::fmt;
use std::path::PathBuf;

use layerwise::engine::Options;

/// The program under test, built with the bench.
pub const LAYERWISE: &str = env!("CARGO_BIN_EXE_layerwise");

/// A user's options, on the CPU or on the device in LAYERWISE_BENCH_DEVICE.
pub fn options() -> Options {
    let device = std::env::var("LAYERWISE_BENCH_DEVICE").unwrap_or("cpu".into());
    Options {
        device: device.parse().expect("a device"),
        ..Options::default()
    }
}

/// Options by which a pass of 512 tokens computes the logits of every one, as other programs do, and holds no more
/// states than it would.
pub fn all_logits() -> Options {
    Options {
        whole_scores: 1 << 26,
        ..options()
    }
}

/// The end of what a GPU was given to do. Calls of libtorch return before a GPU has finished.
#[cfg(feature = "torch")]
pub fn wait() {
    if let layerwise::engine::DeviceChoice::Cuda(index) = options().device {
        tch::Cuda::synchronize(index as i64);
    }
}

/// The median, smallest and largest of several measurements.
#[derive(Clone, Copy)]
pub struct Spread {
    pub median: f64,
    pub min: f64,
    pub max: f64,
}

impl Spread {
    /// The spread of at least one measurement.
    pub fn of(mut values: Vec<f64>) -> Spread {
        values.sort_by(f64::total_cmp);
        Spread {
            median: percentile(&values, 0.5),
            min: values[0],
            max: values[values.len() - 1],
        }
    }

    /// The spread of `a[i] / b[i]`, pairs that were measured one right after the other.
    pub fn of_ratios(a: &[f64], b: &[f64]) -> Spread {
        Spread::of(a.iter().zip(b).map(|(a, b)| a / b).collect())
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let digits = f.precision().unwrap_or(2);
        write!(
            f,
            "{:.digits$} ({:.digits$}–{:.digits$})",
            self.median, self.min, self.max
        )
    }
}

/// The value that a share of all values do not exceed, interpolated between its two neighbours.
pub fn percentile(sorted: &[f64], share: f64) -> f64 {
    let at = share * (sorted.len() - 1) as f64;
    let (low, high) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    low + (high - low) * at.fract()
}

/// The path in an environment variable. If it is not set, the bench prints what it is for.
pub fn path(variable: &str, what: &str) -> Option<PathBuf> {
    let found = std::env::var_os(variable).filter(|v| !v.is_empty());
    if found.is_none() {
        println!("skipped: set {variable} to {what}");
    }
    found.map(PathBuf::from)
}

/// The folder of the 135M model that most figures are about.
pub fn model() -> Option<PathBuf> {
    path(
        "LAYERWISE_BENCH_MODEL",
        "the folder of a model, such as SmolLM2-135M in f32",
    )
}
