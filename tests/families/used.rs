//! Each quirk is computed: leaving it out makes a difference.

use std::path::Path;

use layerwise::checkpoint::Checkpoint;
use layerwise::engine;
use layerwise::graph::arch::Arch;
use layerwise::trace::source_ext::SourceExt;
use layerwise::trace::tensor::Slice;
use safetensors::SafeTensors;

use super::device::options;
use super::models;
use super::quirks::QUIRKS;

const PROMPT: &str = "The capital of France is 中华人民";

/// Each of the model's results with this architecture in place of its own.
fn outputs(model: &Path, arch: Arch) -> Vec<Vec<f64>> {
    let prompt = reference(model, "", |file| {
        let (_, header) = SafeTensors::read_metadata(file).unwrap();
        let prompt = header.metadata().as_ref().and_then(|m| m.get("prompt"));
        prompt.map_or_else(|| PROMPT.to_owned(), String::clone)
    });
    let mut checkpoint = Checkpoint::open(model).unwrap();
    checkpoint.arch = arch;
    let mut source = engine::open(checkpoint, &prompt, &options()).unwrap();
    let plan = source.passes()[0].plan.clone();
    let mut values = |point| source.values(0, point, &Slice::default()).unwrap().data;
    let found = RESULTS
        .iter()
        .map(|name| plan.position(name).map_or(Vec::new(), &mut values));
    found.collect()
}

/// The hook points at which a pass ends.
const RESULTS: [&str; 4] = [
    "logits",
    "pooler.hook_out",
    "pooling.hook_out",
    "pooling.hook_normalized",
];

fn reference<T>(model: &Path, end: &str, read: impl Fn(&[u8]) -> T) -> T {
    read(&std::fs::read(model.join(format!("reference{end}.safetensors"))).unwrap())
}

/// The distance of two results; infinite if one of them is missing.
fn distance(a: &[f64], b: &[f64]) -> f64 {
    if a.len() != b.len() {
        return f64::INFINITY;
    }
    let gaps = a.iter().zip(b).map(|(x, y)| (x - y).abs());
    gaps.fold(0.0, f64::max)
}

/// The largest distance of each result from the reference: four times the reference's own distance from
/// float64.
fn tolerances(model: &Path) -> Vec<f64> {
    let all = |end: &str| reference(model, end, |bytes| RESULTS.map(|name| floats(bytes, name)));
    let (single, double) = (all(""), all("_f64"));
    let tolerance = |(single, double): (&Vec<f64>, &Vec<f64>)| {
        let scale = double.iter().fold(0.0, |m: f64, x| m.max(x.abs()));
        4.0 * distance(single, double) + 1e-7 * scale
    };
    single.iter().zip(&double).map(tolerance).collect()
}

/// A tensor of a reference; empty if it is missing.
fn floats(bytes: &[u8], name: &str) -> Vec<f64> {
    let file = SafeTensors::deserialize(bytes).unwrap();
    let Ok(view) = file.tensor(name) else {
        return Vec::new();
    };
    let size = view.dtype().bitsize() / 8;
    let elements = view.data().chunks_exact(size);
    let number = |b: &[u8]| match size {
        4 => f64::from(f32::from_le_bytes(b.try_into().unwrap())),
        _ => f64::from_le_bytes(b.try_into().unwrap()),
    };
    elements.map(number).collect()
}

#[test]
fn without_any_of_its_quirks_a_model_says_something_else() {
    let mut unnoticed = Vec::new();
    for model in models() {
        let arch = Checkpoint::open(&model).unwrap().arch;
        let (with, tolerances) = (outputs(&model, arch.clone()), tolerances(&model));
        for quirk in QUIRKS {
            if let Some(changed) = quirk.off(&arch) {
                let without = outputs(&model, changed);
                let moved = with.iter().zip(&without).map(|(a, b)| distance(a, b));
                let moved: Vec<f64> = moved.collect();
                if moved
                    .iter()
                    .zip(&tolerances)
                    .all(|(moved, most)| moved <= most)
                {
                    let name = model.file_name().unwrap_or_default().display();
                    unnoticed.push(format!("{name}: {} ({moved:?})", quirk.name));
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
