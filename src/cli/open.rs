//! What the subcommands that run a model share.

use std::path::{Path, PathBuf};

use color_eyre::{Result, eyre::eyre};
use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::checkpoint::Checkpoint;
use crate::engine::{self, DeviceChoice, Options};
use crate::trace::compare::Tolerance;
use crate::trace::source::Source;
use crate::trace::tensor::Dtype;

/// Where and in what precision to compute.
#[derive(clap::Args, Clone)]
pub struct ModelOpts {
    /// Element type to compute in: f32, bf16, f16 or f64
    #[arg(long, default_value = "f32", value_parser = dtype)]
    pub dtype: Dtype,
    /// Where to compute: cpu, cuda, cuda:N, or auto
    #[arg(long, default_value = "cpu")]
    pub device: DeviceChoice,
}

/// When two values count as the same.
#[derive(clap::Args, Clone, Copy)]
pub struct ToleranceOpts {
    /// Relative tolerance (default by dtype)
    #[arg(long, value_parser = tolerance)]
    rtol: Option<f64>,
    /// Absolute tolerance (default: by dtype, of the tensor's root mean square)
    #[arg(long, value_parser = tolerance)]
    atol: Option<f64>,
}

impl From<ToleranceOpts> for Tolerance {
    fn from(ToleranceOpts { rtol, atol }: ToleranceOpts) -> Tolerance {
        Tolerance { rtol, atol }
    }
}

fn dtype(text: &str) -> Result<Dtype, String> {
    match text {
        "f64" => Ok(Dtype::F64),
        "f32" => Ok(Dtype::F32),
        "f16" => Ok(Dtype::F16),
        "bf16" => Ok(Dtype::BF16),
        _ => Err(format!("`{text}` is none of f32, bf16, f16, f64")),
    }
}

fn tolerance(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(x) if x >= 0.0 => Ok(x),
        _ => Err("a tolerance is a number of at least 0".into()),
    }
}

/// The model's folder, or the embedded model.
pub fn checkpoint(model: Option<&Path>) -> Result<Checkpoint> {
    Ok(match model {
        Some(path) => Checkpoint::open(path)?,
        None => Checkpoint::embedded()?,
    })
}

/// A live engine at the start of `prompt`.
pub fn open_source(
    checkpoint: Checkpoint,
    prompt: &str,
    opts: &ModelOpts,
) -> Result<Box<dyn Source>> {
    let options = Options {
        dtype: opts.dtype,
        device: opts.device,
    };
    Ok(engine::open(checkpoint, prompt, &options)?)
}

/// Patterns of hook points; all of them where none is given.
pub fn globs(patterns: &[String]) -> Result<GlobSet> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        set.add(Glob::new(pattern).map_err(|e| eyre!("--hooks {pattern}: {e}"))?);
    }
    if patterns.is_empty() {
        set.add(Glob::new("*")?);
    }
    Ok(set.build()?)
}

/// Write `text` to `path` whole.
pub fn write_file(path: &PathBuf, text: &str) -> Result<()> {
    std::fs::write(path, text).map_err(|e| eyre!("cannot write {}: {e}", path.display()))
}
