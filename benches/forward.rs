//! A forward pass of which nothing is looked at, against transformers' eager one, in turn. The bench needs a
//! model's folder, and a Python that has transformers.

mod common;
#[path = "common/prompt.rs"]
mod prompt;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use common::Spread;
use layerwise::checkpoint::Checkpoint;
use layerwise::engine;
use layerwise::trace::source::{Control, Source};
use layerwise::trace::source_ext::SourceExt;

/// Prompt lengths, and the number of pairs measured at each.
const SIZES: [(usize, usize); 3] = [(6, 40), (128, 20), (512, 10)];

fn main() {
    let (Some(model), Some(python)) = (
        common::model(),
        common::path("LAYERWISE_BENCH_PYTHON", "a python3 with transformers"),
    ) else {
        return;
    };
    let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers.py");
    let mut peer = Command::new(python)
        .arg(peers)
        .arg("forward")
        .args([&model, Path::new("-")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("python starts");
    let mut asks = peer.stdin.take().expect("its input");
    let mut answers = BufReader::new(peer.stdout.take().expect("its output"));
    println!("forward: f32, logits of every token, in turn: median (min–max)");
    for (tokens, pairs) in SIZES {
        let checkpoint = Checkpoint::open(&model).expect("a model's folder");
        let prompt = prompt::prompt(&checkpoint, tokens);
        let mut source =
            engine::open(checkpoint, &prompt, &common::all_logits()).expect("an engine");
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for pair in 0..=pairs {
            let (our, their) = (
                forward(source.as_mut(), &prompt),
                ask(&mut asks, &mut answers, tokens),
            );
            // The first pair finds cold caches.
            if pair > 0 {
                ours.push(our);
                theirs.push(their);
            }
        }
        println!(
            "  {tokens:3} tokens, {pairs} pairs: {:.1} ms, transformers {:.1} ms, ratio (at most 0.80) {:.2}",
            Spread::of(ours.clone()),
            Spread::of(theirs.clone()),
            Spread::of_ratios(&ours, &theirs)
        );
    }
    drop(asks);
    let _ = peer.wait();
}

/// The milliseconds of a pass from the tokens to the logits.
fn forward(source: &mut dyn Source, prompt: &str) -> f64 {
    source.restart(prompt).expect("the same prompt again");
    let end = source.passes()[0].plan.len() - 1;
    let start = Instant::now();
    source
        .run_to(0, end, &Control::default())
        .expect("the pass runs");
    common::wait();
    start.elapsed().as_secs_f64() * 1e3
}

/// The milliseconds of transformers' pass over the same number of tokens.
fn ask(asks: &mut ChildStdin, answers: &mut BufReader<ChildStdout>, tokens: usize) -> f64 {
    writeln!(asks, "{tokens}").expect("python listens");
    let mut line = String::new();
    answers.read_line(&mut line).expect("python answers");
    line.trim().parse().expect("milliseconds")
}
