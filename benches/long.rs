//! Long prompts: a pass whose attention holds no scores against one that holds them all, and the cost of a
//! whole process that steps at 4,096 tokens. The bench needs a model's folder.

mod common;
#[path = "common/prompt.rs"]
mod prompt;

use std::process::Command;
use std::time::Instant;

use common::{LAYERWISE, Spread, process};
use layerwise::checkpoint::Checkpoint;
use layerwise::engine::{self, Options};
use layerwise::trace::source::Control;
use layerwise::trace::source_ext::SourceExt;
use layerwise::trace::tensor::{Pick, Slice};

/// Prompt lengths, and the number of pairs measured at each.
const SIZES: [(usize, usize); 2] = [(2048, 3), (4096, 2)];

fn main() {
    let Some(model) = common::model() else {
        return;
    };
    println!("long: f32, median (min–max)");
    let prompt = prompt::prompt(&Checkpoint::open(&model).expect("a model's folder"), 4096);
    let steps = [
        "-x",
        "goto 10.pattern",
        "-x",
        "info",
        "-x",
        "end",
        "-x",
        "topk",
    ];
    let mut command = Command::new(LAYERWISE);
    command
        .arg("step")
        .arg(&model)
        .args(["-p", &prompt, "--batch"])
        .args(steps);
    let cost = process::run(&mut command);
    println!(
        "  4096 tokens, a process that looks at a pattern and goes to the logits: {:.1} s, at most 3000 MB: {:.0} MB",
        cost.seconds, cost.peak_mb
    );
    for (tokens, pairs) in SIZES {
        let held = Options {
            whole_scores: usize::MAX,
            ..Options::default()
        };
        let (mut with, mut without, mut error) = (Vec::new(), Vec::new(), 0f64);
        for _ in 0..pairs {
            with.push(forward(&model, tokens, &held, &mut error));
            without.push(forward(&model, tokens, &Options::default(), &mut error));
        }
        println!(
            "  {tokens} tokens, {pairs} pairs: scores held {:.2} s, none held {:.2} s, ratio {:.2}; z off by at most {error:.1e}",
            Spread::of(with.clone()),
            Spread::of(without.clone()),
            Spread::of_ratios(&with, &without)
        );
    }
}

/// The seconds of a whole pass. `error` becomes the largest error reported for the last rows of a head.
fn forward(model: &std::path::Path, tokens: usize, options: &Options, error: &mut f64) -> f64 {
    let checkpoint = Checkpoint::open(model).expect("a model's folder");
    let prompt = prompt::prompt(&checkpoint, tokens);
    let mut source = engine::open(checkpoint, &prompt, options).expect("an engine");
    let plan = source.passes()[0].plan.clone();
    let start = Instant::now();
    source
        .run_to(0, plan.len() - 1, &Control::default())
        .expect("the layers run");
    let seconds = start.elapsed().as_secs_f64();
    let last = source.model().n_layers - 1;
    let pattern = plan.position(&format!("blocks.{last}.attn.hook_pattern"));
    let rows = Slice(vec![Pick::Span(0..1), Pick::Span(tokens - 8..tokens)]);
    let seen = source.values(0, pattern.expect("a pattern"), &rows);
    let off = seen.expect("rows").recomputed.unwrap_or(0.0);
    *error = error.max(off);
    seconds
}
