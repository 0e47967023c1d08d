//! The cost of taps: a forward pass that keeps every hook point, against one that keeps none. The bench needs
//! a model's folder.

mod common;
#[path = "common/prompt.rs"]
mod prompt;

use std::time::Instant;

use common::Spread;
use layerwise::checkpoint::Checkpoint;
use layerwise::engine;
use layerwise::trace::source::{Control, Source};
use layerwise::trace::source_ext::SourceExt;

/// Prompt lengths, and the number of pairs measured at each.
const SIZES: [(usize, usize); 3] = [(6, 60), (128, 20), (512, 8)];

fn main() {
    let Some(model) = common::model() else {
        return;
    };
    println!("taps: f32, every hook point against none: median (min–max)");
    for (tokens, pairs) in SIZES {
        let checkpoint = Checkpoint::open(&model).expect("a model's folder");
        let prompt = prompt::prompt(&checkpoint, tokens);
        let mut source =
            engine::open(checkpoint, &prompt, &common::all_logits()).expect("an engine");
        let source = source.as_mut();
        assert_eq!(source.passes()[0].tokens.len(), tokens);
        let (mut with, mut without) = (Vec::new(), Vec::new());
        for pair in 0..=pairs {
            // The order alternates, so that neither always finds warm caches.
            let (tapped, plain) = if pair % 2 == 0 {
                let tapped = forward(source, &prompt, true);
                (tapped, forward(source, &prompt, false))
            } else {
                let plain = forward(source, &prompt, false);
                (forward(source, &prompt, true), plain)
            };
            if pair > 0 {
                with.push(tapped);
                without.push(plain);
            }
        }
        println!(
            "  {tokens:3} tokens, {pairs} pairs: none {:.1} ms, all {:.1} ms, ratio (at most 1.10) {:.3}",
            Spread::of(without.clone()),
            Spread::of(with.clone()),
            Spread::of_ratios(&with, &without)
        );
    }
}

/// The milliseconds of a whole pass. Layers that nobody asks about run with their taps off. Asked for its
/// last hook point, a layer keeps all values.
fn forward(source: &mut dyn Source, prompt: &str, taps: bool) -> f64 {
    source.restart(prompt).expect("the same prompt again");
    let plan = source.passes()[0].plan.clone();
    let start = Instant::now();
    for (i, point) in plan.points().iter().enumerate() {
        let ends_layer = plan
            .points()
            .get(i + 1)
            .is_none_or(|next| next.layer() != point.layer());
        if ends_layer && (taps || i + 1 == plan.len()) {
            source
                .run_to(0, i, &Control::default())
                .expect("the layer runs");
        }
    }
    common::wait();
    start.elapsed().as_secs_f64() * 1e3
}
