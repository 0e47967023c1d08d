//! Interventions on small models: their values against arithmetic on the model's own, what follows from them
//! against a source in which the same values are put by hand, and every bit back when they are off.
#![cfg(feature = "torch")]

#[path = "../common/device.rs"]
mod device;

mod bad_input;
mod branches;
mod effect;
mod list;
mod numbers;
mod values;
mod views;

use std::path::{Path, PathBuf};

use layerwise::checkpoint::Checkpoint;
use layerwise::engine::{self, Options};
use layerwise::trace::intervention::{Change, Intervention, Revision};
use layerwise::trace::query::Choice;
use layerwise::trace::source::{Control, Source};
use layerwise::trace::source_ext::SourceExt;
use layerwise::trace::tensor::{HostTensor, Pick, Slice};

use device::options;

const FAMILIES: [&str; 7] = [
    "gpt2",
    "llama",
    "gemma2",
    "gptj",
    "qwen3_moe",
    "bert",
    "phi",
];
const PROMPT: &str = "The capital of France";

fn named(family: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/models")
        .join(family)
}

fn opened(family: &str, prompt: &str, options: &Options) -> Box<dyn Source> {
    let checkpoint = Checkpoint::open(&named(family)).unwrap();
    engine::open(checkpoint, prompt, options).unwrap()
}

/// A model with two more tokens after its prompt, or an encoder with its prompt alone.
fn open(family: &str) -> Box<dyn Source> {
    let mut source = opened(family, PROMPT, &options());
    if source.model().causal {
        for pass in 0..2 {
            let token = Choice::Token(7 + pass as u32);
            source.next(pass, &token, &Control::default()).unwrap();
        }
    }
    source
}

fn owned(tensor: HostTensor) -> HostTensor<'static> {
    HostTensor {
        dtype: tensor.dtype,
        shape: tensor.shape,
        bytes: tensor.bytes.into_owned().into(),
    }
}

fn all(source: &mut dyn Source, pass: usize) -> Vec<HostTensor<'static>> {
    let points = source.passes()[pass].plan.len();
    (0..points)
        .map(|point| owned(source.tensor(pass, point).unwrap()))
        .collect()
}

/// The values of all passes.
fn every(source: &mut dyn Source) -> Vec<Vec<HostTensor<'static>>> {
    (0..source.passes().len())
        .map(|pass| all(source, pass))
        .collect()
}

fn floats(tensor: &HostTensor) -> Vec<f64> {
    let mut numbers = vec![0.0; tensor.numel()];
    tensor.read(0, &mut numbers);
    numbers
}

fn at(source: &dyn Source, name: &str) -> usize {
    source.passes()[0].plan.find(name).unwrap()
}

fn put(
    source: &mut dyn Source,
    pass: usize,
    point: &str,
    slice: Vec<Pick>,
    change: Change,
) -> Vec<(usize, usize)> {
    let one = Intervention::new(pass, point, Slice(slice), change);
    revise(source, Revision::Put(one))
}

fn revise(source: &mut dyn Source, revision: Revision) -> Vec<(usize, usize)> {
    source.intervene(revision, &Control::default()).unwrap()
}

fn refused(source: &mut dyn Source, one: Intervention) -> String {
    let before = source.interventions().to_vec();
    let error = source.intervene(Revision::Put(one), &Control::default());
    assert_eq!(source.interventions(), before, "nothing is lost");
    error.unwrap_err().to_string()
}
