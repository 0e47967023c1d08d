//! Opening a model, as every command that runs one does.

use std::path::Path;

use color_eyre::Result;

use crate::checkpoint::Checkpoint;
use crate::engine::{self, DeviceChoice, Options};
use crate::trace::source::Source;
use crate::trace::tensor::Dtype;

#[derive(clap::Args, Clone)]
pub struct ModelArgs {
    /// What to compute in
    #[arg(long, default_value = "f32", value_parser = dtype)]
    pub dtype: Dtype,
    /// cpu, cuda, cuda:N or auto
    #[arg(long, default_value = "cpu")]
    pub device: DeviceChoice,
    /// Blocks whose weights stay in memory at once: a number, or auto for all that fit
    #[arg(long, default_value = "auto", value_name = "N", value_parser = resident)]
    pub resident: Resident,
}

impl ModelArgs {
    /// The same, but computing in another dtype.
    pub fn in_dtype(&self, dtype: Dtype) -> ModelArgs {
        ModelArgs {
            dtype,
            ..self.clone()
        }
    }
}

/// How many blocks; `None` for all that fit.
#[derive(Clone, Copy)]
pub struct Resident(pub Option<usize>);

fn resident(text: &str) -> Result<Resident, String> {
    match (text, text.parse()) {
        ("auto", _) => Ok(Resident(None)),
        (_, Ok(n @ 1..)) => Ok(Resident(Some(n))),
        _ => Err("use auto or a number of at least 1".into()),
    }
}

fn dtype(text: &str) -> Result<Dtype, String> {
    [Dtype::F64, Dtype::F32, Dtype::F16, Dtype::BF16]
        .into_iter()
        .find(|d| d.to_string() == text)
        .ok_or_else(|| "use f32, bf16, f16 or f64".into())
}

/// The model in `place`, or the embedded one, on `prompt`.
pub fn open(place: Option<&Path>, prompt: &str, args: &ModelArgs) -> Result<Box<dyn Source>> {
    let checkpoint = match place {
        Some(place) => Checkpoint::open(place)?,
        None => Checkpoint::embedded()?,
    };
    let options = Options {
        dtype: args.dtype,
        device: args.device,
        resident: args.resident.0,
    };
    Ok(engine::open(checkpoint, prompt, &options)?)
}
