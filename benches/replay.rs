//! The time from nothing to the first full frame of a replayed trace, small and large. The bench needs no
//! libtorch; the figure that counts is that of `--no-default-features`.

mod common;

use std::path::Path;
use std::time::Duration;

use common::screen::{Screen, is_full};
use common::{LAYERWISE, Spread};
use layerwise::checkpoint::Checkpoint;
use layerwise::trace::host::distribution;
use layerwise::trace::meta::{Meta, key};
use layerwise::trace::model_hash::ModelHash;
use layerwise::trace::source::{ModelInfo, Pass};
use layerwise::trace::tensor::Dtype;
use layerwise::trace::token::Token;
use layerwise::trace::write::{Entry, write_trace};

const ROUNDS: usize = 21;
/// Prompt lengths of the traces.
const SIZES: [usize; 2] = [4, 1000];

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let traces = SIZES.map(|tokens| {
        let path = folder.path().join(format!("{tokens}.safetensors"));
        write(&path, tokens);
        path
    });
    let mut times = SIZES.map(|_| Vec::new());
    for round in 0..=ROUNDS {
        for (path, times) in traces.iter().zip(&mut times) {
            let took = first_frame(path);
            if round > 0 {
                times.push(took.as_secs_f64() * 1e3);
            }
        }
    }
    let build = if cfg!(feature = "torch") {
        "with"
    } else {
        "without"
    };
    println!("replay: a build {build} libtorch, 120×36, {ROUNDS} rounds: median (min–max)");
    for ((tokens, path), times) in SIZES.iter().zip(&traces).zip(times) {
        let mb = path.metadata().map_or(0, |m| m.len()) as f64 / 1e6;
        println!(
            "  first full frame, {tokens:4} tokens, {mb:6.1} MB  {:.1} ms",
            Spread::of(times)
        );
    }
}

fn first_frame(trace: &Path) -> Duration {
    let trace = trace.to_str().expect("a plain path");
    let mut screen = Screen::start(LAYERWISE, &["replay", trace], 120, 36);
    screen.first(is_full)
}

/// Write a trace of the demo model's shapes, all zeros: its values do not change the cost of opening.
fn write(path: &Path, tokens: usize) {
    let arch = Checkpoint::embedded().expect("the demo model").arch;
    let model = ModelInfo {
        lens: None,
        name: "demo".into(),
        family: arch.family.clone(),
        hash: ModelHash::Unknown,
        n_layers: arch.n_layers,
        n_heads: arch.attention.n_heads,
        n_kv_heads: arch.attention.n_kv_heads,
        d_model: arch.d_model,
        d_head: arch.attention.d_head,
        d_mlp: arch.mlp.d_mlp,
        d_vocab: arch.d_vocab,
        n_ctx: arch.n_ctx.max(tokens),
        causal: arch.attention.causal,
        mask_token: None,
        end_tokens: Vec::new(),
        arch: None,
        facts: None,
        warnings: Vec::new(),
        dtype: Dtype::F32,
        device: "cpu".into(),
    };
    let token = |id: usize| Token {
        id: (id % 100) as u32,
        text: format!("t{}", id % 100),
    };
    let passes = [Pass {
        tokens: (0..tokens).map(token).collect(),
        start: 0,
        plan: layerwise::graph::Graph::new(&arch).plan(tokens, 0).into(),
    }];
    let mut meta = Meta::new(model, "", &passes);
    let lens = distribution(&vec![0.0; arch.d_vocab], 20, 1.0, |id| format!("t{id}"));
    meta.add_lens(0, "hook_embed", &lens);
    let points = passes[0].plan.points();
    let entries: Vec<Entry> = points
        .iter()
        .map(|point| Entry {
            key: key(0, &point.name),
            dtype: Dtype::F32,
            shape: point.shape.clone(),
        })
        .collect();
    write_trace(path, &meta, &entries, |i, sink| {
        sink.put(&vec![0; entries[i].size()])
    })
    .expect("the trace is written");
}
