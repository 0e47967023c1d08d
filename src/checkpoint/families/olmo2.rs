//! OLMo 2 (OLMo et al. 2024): Llama with norms after each half instead of before it, one norm over all heads'
//! queries, and one over all keys.

use super::Model;
use super::llama::{self, Biases};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Norms, QkNorm};

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut arch = llama::arch(family, config)?;
    arch.block.norms = Norms::Output;
    arch.attention.qk_norm = Some(QkNorm::AllHeads);
    let biases = Biases::of_attention(config)?;
    Ok(llama::model(arch, biases))
}
