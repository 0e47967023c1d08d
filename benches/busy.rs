//! A whole process beside a PyTorch process at work on the same processors. Its libtorch's threads wait as
//! the program sets them, as `OMP_WAIT_POLICY=passive` sets them, and by libgomp's default. The bench needs a
//! model's folder, and a Python that has torch.

mod common;

use std::path::Path;
use std::process::{Child, Command, Stdio};

use common::process;
use common::{LAYERWISE, Spread};

const ROUNDS: usize = 12;
const PROMPT: &str = "The capital of France is";

/// The names of the ways to wait here, and the variables that choose them.
const WAYS: [(&str, Option<(&str, &str)>); 3] = [
    ("as set here", None),
    ("passive", Some(("OMP_WAIT_POLICY", "passive"))),
    ("libgomp's own", Some(("GOMP_SPINCOUNT", "300000"))),
];

fn main() {
    let (Some(model), Some(python)) = (
        common::model(),
        common::path("LAYERWISE_BENCH_PYTHON", "a python3 with torch"),
    ) else {
        return;
    };
    let trace = std::env::temp_dir().join(format!("layerwise-busy-{}", std::process::id()));
    for busy in [false, true] {
        let neighbour = busy.then(|| Neighbour::start(&python, &model));
        let mut times = WAYS.map(|_| Vec::new());
        for round in 0..=ROUNDS {
            for ((_, variable), times) in WAYS.iter().zip(&mut times) {
                let mut command = Command::new(LAYERWISE);
                command.arg("record").arg(&model).args(["-p", PROMPT]);
                command.arg("-o").arg(&trace).envs(*variable);
                let cost = process::run(&mut command);
                // The first round warms the page cache.
                if round > 0 {
                    times.push(cost.seconds);
                }
            }
        }
        drop(neighbour);
        let mean = |times: &[f64]| times.iter().sum::<f64>() / times.len() as f64;
        let passive = mean(&times[1]);
        let place = if busy { "beside another" } else { "alone" };
        println!("busy: record, {place}, {ROUNDS} rounds: mean, median (min–max)");
        for ((way, _), times) in WAYS.iter().zip(&times) {
            println!(
                "  {way:<14} {:.2} s, {:.2} s, mean ÷ passive's (at most 1.30) {:.2}",
                mean(times),
                Spread::of(times.clone()),
                mean(times) / passive
            );
        }
    }
    let _ = std::fs::remove_file(trace);
}

/// A PyTorch process that multiplies matrices until it is dropped.
struct Neighbour(Child);

impl Neighbour {
    fn start(python: &Path, model: &Path) -> Neighbour {
        let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers.py");
        let mut command = Command::new(python);
        command.arg(peers).arg("work").args([model, Path::new("-")]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().expect("python starts");
        // Python needs this long to import torch.
        std::thread::sleep(std::time::Duration::from_secs(8));
        Neighbour(child)
    }
}

impl Drop for Neighbour {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
