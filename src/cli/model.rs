//! Opening a model, as every command that runs one does.

use std::path::Path;

use color_eyre::Result;

use crate::checkpoint::Checkpoint;
use crate::engine::{self, DeviceChoice, Options};
use crate::trace::source::Source;
use crate::trace::tensor::Dtype;

#[derive(clap::Args)]
pub struct ModelArgs {
    /// What to compute in
    #[arg(long, default_value = "f32", value_parser = dtype)]
    dtype: Dtype,
    /// cpu, cuda, cuda:N or auto
    #[arg(long, default_value = "cpu")]
    device: DeviceChoice,
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
    };
    Ok(engine::open(checkpoint, prompt, &options)?)
}
