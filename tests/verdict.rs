//! The verdict on a fixture, from the library, over traces that stand for a model's runs.

mod common;

use std::path::Path;

use common::Options;
use layerwise::trace::compare::Tolerance;
use layerwise::trace::replay::Replay;
use layerwise::trace::source::{Source, SourceError};
use layerwise::trace::tensor::Dtype;
use layerwise::trace::verdict::{Checked, Verdict, check};

/// A run in `dtype` whose queries in block 1 are off by `error` at one element.
fn run(folder: &Path, dtype: Dtype, error: f64) -> Replay {
    let path = folder.join(format!("{dtype}{error}"));
    let change = |pass: usize, name: &str, i: usize, x: f64| {
        let here = pass == 0 && name == "blocks.1.attn.hook_q" && i == 3;
        if here { x + error } else { x }
    };
    let options = Options {
        dtype,
        change: &change,
        ..Options::default()
    };
    common::write(&path, options).unwrap();
    Replay::open(&path).unwrap()
}

/// A recording off by `recorded` against a model whose own f32 run is off by `ours`.
fn verdict(recorded: f64, ours: f64) -> Checked {
    let folder = tempfile::tempdir().unwrap();
    let fixture = run(folder.path(), Dtype::F32, recorded);
    let mut found = run(folder.path(), Dtype::F32, ours);
    let mut rerun = |dtype: Dtype| -> Result<Box<dyn Source>, SourceError> {
        let error = if dtype == Dtype::F64 { 0.0 } else { ours };
        Ok(Box::new(run(folder.path(), dtype, error)))
    };
    check(&fixture, &mut found, Tolerance::default(), Some(&mut rerun)).unwrap()
}

#[test]
fn a_run_is_the_same_noise_or_a_divergence() {
    let same = verdict(0.0, 0.0);
    assert_eq!((same.verdict(), same.judged.len()), (Verdict::Same, 0));
    let noise = verdict(1e-3, -1e-3);
    assert_eq!(noise.verdict(), Verdict::Noise);
    assert_eq!(noise.judged[0].name, "blocks.1.attn.q");
    let wrong = verdict(0.5, 0.0);
    assert_eq!(wrong.verdict(), Verdict::Divergence);
    let judged = &wrong.judged[0];
    assert!(
        judged.describe().starts_with("a real divergence"),
        "{}",
        judged.describe()
    );
}

#[test]
fn nothing_is_judged_without_a_model() {
    let folder = tempfile::tempdir().unwrap();
    let fixture = run(folder.path(), Dtype::F32, 0.5);
    let mut other = run(folder.path(), Dtype::F32, 0.0);
    let tolerance = Tolerance::default();
    let checked = check::<SourceError>(&fixture, &mut other, tolerance, None).unwrap();
    assert_eq!(checked.verdict(), Verdict::Unjudged);
}
