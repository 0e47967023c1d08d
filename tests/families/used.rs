//! A quirk that makes no difference when it is left out is not computed, whatever else agrees.

use std::path::Path;

use layerwise::checkpoint::Checkpoint;
use layerwise::checkpoint::arch::Arch;
use layerwise::engine::{self, Options};
use layerwise::trace::tensor::Slice;
use safetensors::SafeTensors;

use super::models;
use super::quirks::QUIRKS;

const PROMPT: &str = "The capital of France is 中华人民";

/// The logits with this architecture instead of the model's own.
fn logits(model: &Path, arch: Arch) -> Vec<f64> {
    let mut checkpoint = Checkpoint::open(model).unwrap();
    checkpoint.arch = arch;
    let mut source = engine::open(checkpoint, PROMPT, &Options::default()).unwrap();
    let last = source.passes()[0].plan.len() - 1;
    source.values(0, last, &Slice::default()).unwrap().data
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    let gaps = a.iter().zip(b).map(|(x, y)| (x - y).abs());
    gaps.fold(0.0, f64::max)
}

/// How far logits may be from the reference: four times its own distance to float64.
fn tolerance(model: &Path) -> f64 {
    let read = |file: &str| std::fs::read(model.join(file)).unwrap();
    let (single, double) = (
        read("reference.safetensors"),
        read("reference_f64.safetensors"),
    );
    let single = SafeTensors::deserialize(&single).unwrap();
    let double = SafeTensors::deserialize(&double).unwrap();
    let single = single.tensor("logits").unwrap().data().chunks_exact(4);
    let double = double.tensor("logits").unwrap().data().chunks_exact(8);
    let single: Vec<f64> = single
        .map(|b| f64::from(f32::from_le_bytes(b.try_into().unwrap())))
        .collect();
    let double: Vec<f64> = double
        .map(|b| f64::from_le_bytes(b.try_into().unwrap()))
        .collect();
    let scale = double.iter().fold(0.0, |m: f64, x| m.max(x.abs()));
    4.0 * distance(&single, &double) + 1e-7 * scale
}

#[test]
fn without_any_of_its_quirks_a_model_says_something_else() {
    let mut unnoticed = Vec::new();
    for model in models() {
        let arch = Checkpoint::open(&model).unwrap().arch;
        let (with, tolerance) = (logits(&model, arch.clone()), tolerance(&model));
        for quirk in QUIRKS {
            if let Some(changed) = quirk.off(&arch) {
                let moved = distance(&with, &logits(&model, changed));
                if moved <= tolerance {
                    let name = model.file_name().unwrap_or_default().display();
                    unnoticed.push(format!("{name}: {} ({moved:e})", quirk.name));
                }
            }
        }
    }
    assert!(unnoticed.is_empty(), "{unnoticed:#?}");
}

#[test]
fn every_quirk_is_some_models() {
    let archs: Vec<Arch> = models()
        .iter()
        .map(|model| Checkpoint::open(model).unwrap().arch)
        .collect();
    for quirk in QUIRKS {
        assert!(
            archs.iter().any(|arch| quirk.off(arch).is_some()),
            "{}",
            quirk.name
        );
    }
}
