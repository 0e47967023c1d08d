//! Nemotron (Parmar et al. 2024): a plain MLP with squared ReLU, LayerNorm whose weights are stored as their
//! distance from 1, and heads of which half turns.

use super::fields::{Fields, Given::In};
use super::llama::{self, Biases};
use super::rope::Part;
use super::{Model, arcee};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::NormKind;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let fields = Fields {
        eps: In("norm_eps"),
        ..llama::FIELDS
    };
    let mut arch = llama::partly_turning(family, config, &fields, Part::Given(0.5))?;
    arch.norm.kind = NormKind::Layer;
    arch.norm.weight_offset = 1.0;
    let biases = Biases::read(config)?;
    Ok(arcee::plain(arch, biases))
}
