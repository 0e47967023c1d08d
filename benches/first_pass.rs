//! A whole process from nothing to a first pass with every hook point available, against Python libraries
//! that do the same. The bench needs a model's folder, and a Python that has these libraries.
//!
//! Our process walks through the pass as text. It does not only hold every value but also summarises each
//! one.

mod common;

use std::path::Path;
use std::process::Command;

use common::process::{self, Cost};
use common::{LAYERWISE, Spread};

const PAIRS: usize = 5;
/// The prompt has six tokens for SmolLM2.
const PROMPT: &str = "The capital city of France is";
const LIBRARIES: [&str; 3] = ["transformer_lens", "nnsight", "transformers"];

fn main() {
    let what = "a python3 with transformer_lens, nnsight and transformers";
    let (Some(model), Some(python)) = (
        common::model(),
        common::path("LAYERWISE_BENCH_PYTHON", what),
    ) else {
        return;
    };
    let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers.py");
    let mut ours = Vec::new();
    let mut theirs = LIBRARIES.map(|_| Vec::new());
    for pair in 0..=PAIRS {
        for (library, costs) in LIBRARIES.iter().zip(&mut theirs) {
            // Our process runs again beside each of theirs, so that every ratio is of neighbours.
            let our = process::run(Command::new(LAYERWISE).arg(&model).args(["-p", PROMPT]));
            let mut command = Command::new(&python);
            command.arg(&peers).arg(library).arg(&model).arg(PROMPT);
            let their = process::run(command.env("HF_HUB_OFFLINE", "1"));
            // The first round warms the page cache.
            if pair > 0 {
                ours.push(our);
                costs.push((our, their));
            }
        }
    }
    println!("first_pass: 6 tokens, f32, {PAIRS} pairs each, page cache warm: median (min–max)");
    row("layerwise", &ours);
    for (library, pairs) in LIBRARIES.iter().zip(&theirs) {
        let (our, their): (Vec<Cost>, Vec<Cost>) = pairs.iter().copied().unzip();
        row(library, &their);
        println!(
            "    takes {:.1} × our time; we take {:.2} × its memory",
            Spread::of_ratios(&seconds(&their), &seconds(&our)),
            Spread::of_ratios(&memory(&our), &memory(&their)),
        );
    }
}

fn row(name: &str, costs: &[Cost]) {
    println!(
        "  {name:<17} {:.2} s, on processors {:.2} s, {:.0} MB",
        Spread::of(seconds(costs)),
        Spread::of(costs.iter().map(|c| c.cpu_seconds).collect()),
        Spread::of(memory(costs))
    );
}

fn seconds(costs: &[Cost]) -> Vec<f64> {
    costs.iter().map(|c| c.seconds).collect()
}

fn memory(costs: &[Cost]) -> Vec<f64> {
    costs.iter().map(|c| c.peak_mb).collect()
}
