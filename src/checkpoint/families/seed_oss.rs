//! Seed-OSS (ByteDance Seed 2025): Llama with biases on queries, keys and values.

use super::Model;
use super::llama::{self, Biases};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    config.harmless(&["pretraining_tp"]);
    let arch = llama::arch(family, config)?;
    let biases = Biases {
        out: config.flag("attention_out_bias")?,
        ..Biases::read(config)?
    };
    Ok(llama::model(arch, biases))
}
