//! Helium (Kyutai 2025) and ERNIE 4.5 (Baidu 2025): Llama in which neighbouring dimensions turn together.
//! PaddleOCR-VL's text model is ERNIE's with halves that turn.

use super::llama::{self, Biases};
use super::{Model, rope};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::RopePairs;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut arch = llama::arch(family, config)?;
    rope::pair(&mut arch, RopePairs::Interleaved);
    let biases = Biases {
        out: false,
        ..Biases::read(config)?
    };
    Ok(llama::model(arch, biases))
}

pub(super) fn read_ernie(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut arch = llama::arch(family, config)?;
    rope::pair(&mut arch, RopePairs::Interleaved);
    Ok(llama::model(arch, everywhere(config)?))
}

pub(super) fn read_paddle(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    rope::plain_sections(config);
    let mut arch = llama::arch(family, config)?;
    arch.attention.windows = super::windows::everywhere(config, arch.n_layers)?;
    Ok(llama::model(arch, everywhere(config)?))
}

/// Biases in all linear layers, or nowhere.
fn everywhere(config: &mut Config) -> Result<Biases, CheckpointError> {
    let bias = config.flag_or("use_bias", false)?;
    Ok(Biases {
        mlp: bias,
        ..Biases::attention(bias)
    })
}
