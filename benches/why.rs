//! The time of `why`, level by level, on walks from random logits down to tokens, with the pass already run. The bench
//! needs a model's folder.

mod common;
#[path = "common/prompt.rs"]
mod prompt;

use std::path::Path;
use std::time::Instant;

use common::percentile;
use layerwise::checkpoint::Checkpoint;
use layerwise::engine;
use layerwise::session::why::why;
use layerwise::trace::operands::Cell;
use layerwise::trace::source::Control;
use layerwise::trace::source_ext::SourceExt;

/// A short prompt, and one of which no layer's scores are held.
const TOKENS: [usize; 3] = [32, 160, 512];
const WALKS: usize = 12;
/// Operands that are listed, as on the screen.
const LISTED: usize = 16;
/// The most levels of a walk.
const LEVELS: usize = 60;

fn main() {
    let Some(model) = common::model() else {
        return;
    };
    for tokens in TOKENS {
        walks(&model, tokens);
    }
}

fn walks(model: &Path, tokens: usize) {
    let checkpoint = Checkpoint::open(model).expect("a model's folder");
    let prompt = prompt::prompt(&checkpoint, tokens);
    let mut source = engine::open(checkpoint, &prompt, &common::options()).expect("an engine");
    let end = source.passes()[0].plan.len() - 1;
    let control = Control::default();
    source.run_to(0, end, &control).expect("the pass runs");
    let vocab = source.model().d_vocab;
    let mut times = Vec::new();
    for walk in 0..WALKS {
        let mut at = Cell {
            pass: Some(0),
            point: "logits".into(),
            cell: vec![tokens - 1 - walk % 4, (walk * 7919) % vocab],
        };
        for level in 0..LEVELS {
            let Some(pass) = at.pass else { break };
            let start = Instant::now();
            let asked = (pass, at.point.as_str(), &at.cell[..]);
            let found = why(source.as_mut(), asked, LISTED, &control).expect("a derivation");
            times.push((start.elapsed().as_secs_f64() * 1e3, at.point.clone()));
            // Down to the first, second or third operand in turn.
            let count = found.terms.len();
            let Some(next) = found
                .terms
                .into_iter()
                .nth((walk + level) % count.clamp(1, 3))
            else {
                break;
            };
            at = next.from;
        }
    }
    times.sort_by(|a, b| a.0.total_cmp(&b.0));
    let sorted: Vec<f64> = times.iter().map(|(time, _)| *time).collect();
    let (slowest, point) = &times[times.len() - 1];
    println!(
        "why: {} levels of {WALKS} walks at {tokens} tokens: median {:.1} ms, p99 {:.1} ms, slowest {slowest:.1} ms ({point})",
        times.len(),
        percentile(&sorted, 0.5),
        percentile(&sorted, 0.99),
    );
}
