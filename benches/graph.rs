//! The time to describe a model and to view a pass of it: 61 blocks of 256 experts, as in the largest
//! published models.

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use layerwise::checkpoint::Checkpoint;
use layerwise::graph::Graph;
use layerwise::graph::arch::Experts;

const LAYERS: usize = 61;

/// The quickest of 50 runs.
fn quickest(work: impl Fn()) -> Duration {
    let time = |_| {
        let start = Instant::now();
        work();
        start.elapsed()
    };
    (0..50).map(time).min().unwrap_or_default()
}

fn main() {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/models/qwen3_moe");
    let mut arch = Checkpoint::open(&fixture).unwrap().arch;
    arch.n_layers = LAYERS;
    arch.attention.scales = vec![0.1; LAYERS];
    arch.attention.windows = vec![None; LAYERS];
    arch.experts = arch.experts.map(|experts| Experts {
        n_experts: 256,
        layers: vec![true; LAYERS],
        ..experts
    });
    let graph = Graph::new(&arch);
    let describe = quickest(|| drop(black_box(Graph::new(&arch))));
    let view = quickest(|| drop(black_box(graph.plan(6, 100))));
    println!(
        "{} nodes described in {describe:.2?}; a pass viewed in {view:.2?}",
        graph.nodes().count()
    );
}
