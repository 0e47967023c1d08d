//! The time from an intervention to its effect on the answer, against the layers that have to run again: those from
//! its own on. The bench needs a model's folder.

mod common;
#[path = "common/prompt.rs"]
mod prompt;

use std::time::Instant;

use common::Spread;
use layerwise::checkpoint::Checkpoint;
use layerwise::engine;
use layerwise::trace::intervention::{Change, Intervention, Revision};
use layerwise::trace::source::{Control, Source};
use layerwise::trace::source_ext::SourceExt;
use layerwise::trace::tensor::Slice;

/// Prompt lengths, and the number of measurements at each.
const SIZES: [(usize, usize); 2] = [(6, 20), (128, 8)];

fn main() {
    let Some(model) = common::model() else {
        return;
    };
    println!("effect of zeroing one block's z, f32: median (min–max)");
    for (tokens, times) in SIZES {
        let checkpoint = Checkpoint::open(&model).expect("a model's folder");
        let prompt = prompt::prompt(&checkpoint, tokens);
        let mut source = engine::open(checkpoint, &prompt, &common::options()).expect("an engine");
        let source = source.as_mut();
        let n_layers = source.model().n_layers;
        for block in [0, n_layers / 2, n_layers - 1] {
            let (mut effects, mut parts) = (Vec::new(), Vec::new());
            for time in 0..=times {
                let part = layers_from(source, &prompt, block);
                let effect = effect(source, block, tokens - 1);
                if time > 0 {
                    effects.push(effect);
                    parts.push(part);
                }
            }
            println!(
                "  {tokens:3} tokens, block {block:2} of {n_layers}: its effect {:.1} ms, the layers from it on {:.1} ms, ratio {:.2}",
                Spread::of(effects.clone()),
                Spread::of(parts.clone()),
                Spread::of_ratios(&effects, &parts)
            );
        }
    }
}

/// The milliseconds from a block's input to the answer, in a pass that has come as far.
fn layers_from(source: &mut dyn Source, prompt: &str, block: usize) -> f64 {
    source.restart(prompt).expect("the same prompt again");
    let row = source.passes()[0].tokens.len() - 1;
    let plan = source.passes()[0].plan.clone();
    let input = plan.position(&format!("blocks.{block}.hook_resid_pre"));
    let before = input.expect("a block's input").saturating_sub(1);
    source
        .run_to(0, before, &Control::default())
        .expect("the layers before run");
    let start = Instant::now();
    source.effect(0, row, 10).expect("the layers run");
    start.elapsed().as_secs_f64() * 1e3
}

/// The milliseconds from an intervention to both answers. The list is empty again after it.
fn effect(source: &mut dyn Source, block: usize, row: usize) -> f64 {
    let one = Intervention::new(0, &format!("{block}.z"), Slice::default(), Change::Zero);
    let start = Instant::now();
    source
        .intervene(Revision::Put(one), &Control::default())
        .expect("the layer runs");
    source.effect(0, row, 10).expect("the layers run");
    let taken = start.elapsed().as_secs_f64() * 1e3;
    source
        .intervene(Revision::Clear, &Control::default())
        .expect("there is one to clear");
    taken
}
