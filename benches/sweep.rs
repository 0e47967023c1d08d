//! Activation patching of every head of every layer, against TransformerLens's loop over the same patches, in turn. The
//! bench needs a model's folder, and a Python that has transformer_lens.

mod common;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use common::Spread;
use layerwise::checkpoint::Checkpoint;
use layerwise::engine;
use layerwise::trace::query::{Answer, Query};
use layerwise::trace::source::{Control, Source};
use layerwise::trace::sweep::{Columns, Metric, Prompts, Swap, Sweep};

const CLEAN: &str = "When Mary and John went to the store, John gave a drink to";
const CORRUPTED: &str = "When Mary and John went to the store, Mary gave a drink to";
const PAIRS: u64 = 2;

fn main() {
    let (Some(model), Some(python)) = (
        common::model(),
        common::path("LAYERWISE_BENCH_PYTHON", "a python3 with transformer_lens"),
    ) else {
        return;
    };
    let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers.py");
    let mut peer = Command::new(python)
        .arg(peers)
        .arg("patching")
        .arg(&model)
        .args([CLEAN, CORRUPTED])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("python starts");
    let mut asks = peer.stdin.take().expect("its input");
    let mut answers = BufReader::new(peer.stdout.take().expect("its output"));
    let checkpoint = Checkpoint::open(&model).expect("a model's folder");
    let mut source = engine::open(checkpoint, CLEAN, &common::options()).expect("an engine");
    let (mut ours, mut theirs, mut furthest) = (Vec::new(), Vec::new(), 0.0_f64);
    let mut cells = 0;
    for pair in 0..=PAIRS {
        let (our, values) = sweep(source.as_mut(), pair);
        let (their, due) = ask(&mut asks, &mut answers);
        assert_eq!(values.len(), due.len(), "as many patches");
        let far = values.iter().zip(&due).map(|(a, b)| (a - b).abs());
        furthest = far.fold(furthest, f64::max);
        cells = values.len();
        // The first pair finds cold caches.
        if pair > 0 {
            ours.push(our);
            theirs.push(their);
        }
    }
    println!(
        "sweep: {cells} heads, {PAIRS} pairs: {:.2} s, TransformerLens {:.2} s, ratio (at least 5) {:.1}, logit \
         differences within {furthest:.0e}",
        Spread::of(ours.clone()),
        Spread::of(theirs.clone()),
        Spread::of_ratios(&theirs, &ours)
    );
    drop(asks);
    let _ = peer.wait();
}

/// The seconds of a sweep with both runs, and its map. Another seed keeps it from being remembered.
fn sweep(source: &mut dyn Source, seed: u64) -> (f64, Vec<f64>) {
    let points = source.passes()[0].plan.points().iter();
    let points = points.map(|point| point.name.clone());
    let query = Query::Sweep(Box::new(Sweep {
        pass: 0,
        prompts: Prompts::Given {
            clean: None,
            corrupted: Some(CORRUPTED.into()),
        },
        swap: Swap::Patch,
        points: points.filter(|name| name.ends_with("hook_z")).collect(),
        columns: Columns::Head,
        into: None,
        metric: Metric::default(),
        row: None,
        controls: 0,
        seed,
        gradient: false,
        at_once: None,
    }));
    let start = Instant::now();
    let answer = source.answer(&query, &Control::default());
    let seconds = start.elapsed().as_secs_f64();
    let Ok(Answer::Sweep(map)) = answer else {
        panic!("the sweep failed: {answer:?}")
    };
    let cells = map.cells.iter().flatten().flatten();
    (seconds, cells.map(|cell| cell.value).collect())
}

/// TransformerLens's seconds and its map.
fn ask(asks: &mut ChildStdin, answers: &mut BufReader<ChildStdout>) -> (f64, Vec<f64>) {
    writeln!(asks).expect("python listens");
    let mut line = String::new();
    answers.read_line(&mut line).expect("python answers");
    serde_json::from_str(&line).expect("seconds and a map")
}
