//! Views of small models, run by the engine.

mod attribution;
mod changed;
mod grid;
mod neurons;
mod split;
mod text;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use layerwise::checkpoint::Checkpoint;
use layerwise::engine::{self, Options};
use layerwise::trace::source::Source;
use layerwise::trace::source_ext::SourceExt;
use layerwise::trace::tensor::{Dtype, Slice};

const PROMPT: &str = "The capital of France is";

fn fixture(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.join("fixtures/models").join(name)
}

fn open(folder: &Path, dtype: Dtype) -> Box<dyn Source> {
    let options = Options {
        dtype,
        ..Options::default()
    };
    engine::open(Checkpoint::open(folder).unwrap(), PROMPT, &options).unwrap()
}

/// All small models, by the names of their folders.
fn models(dtype: Dtype) -> Vec<(String, Box<dyn Source>)> {
    let folders = std::fs::read_dir(fixture("")).unwrap();
    let mut folders: Vec<PathBuf> = folders.map(|folder| folder.unwrap().path()).collect();
    folders.sort();
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    folders
        .iter()
        .map(|path| (name(path), open(path, dtype)))
        .collect()
}

fn all(live: &mut dyn Source, pass: usize, point: &str) -> Vec<f64> {
    let at = live.passes()[pass].plan.find(point).unwrap();
    live.values(pass, at, &Slice::default()).unwrap().data
}

/// The last of `rows` rows.
fn last(values: &[f64], rows: usize) -> &[f64] {
    &values[values.len() / rows * (rows - 1)..]
}

/// The rows of a stored tensor.
fn tensors(name: &str) -> HashMap<String, (Vec<usize>, Vec<f64>)> {
    let bytes = std::fs::read(fixture(name).join("model.safetensors")).unwrap();
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let tensors = file.tensors().into_iter().map(|(key, view)| {
        let numbers = view.data().chunks_exact(4);
        let numbers = numbers.map(|b| f64::from(f32::from_le_bytes(b.try_into().unwrap())));
        (key, (view.shape().to_vec(), numbers.collect()))
    });
    tensors.collect()
}
