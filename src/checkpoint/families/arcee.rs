//! Arcee (Arcee AI 2025) and Jais 2 (2025): Llama with a plain MLP; Jais 2 has LayerNorm too.

use super::Model;
use super::fields::{Fields, Given::In};
use super::llama::{self, Biases};
use super::rope::Part;
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Arch, NormKind};
use crate::graph::role::Role;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let arch = llama::arch(family, config)?;
    let biases = Biases::read(config)?;
    Ok(plain(arch, biases))
}

pub(super) fn read_jais2(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let fields = Fields {
        eps: In("layer_norm_eps"),
        ..llama::FIELDS
    };
    let mut arch = llama::partly_turning(family, config, &fields, Part::Whole)?;
    arch.norm.kind = NormKind::Layer;
    let biases = Biases::read(config)?;
    Ok(plain(arch, biases))
}

/// A model of Llama's names whose MLP has no gate.
pub(super) fn plain(mut arch: Arch, biases: Biases) -> Model {
    arch.mlp.gated = false;
    let mut names = llama::names(&arch, biases);
    names.module(Role::MlpIn, "layers.{}.mlp.up_proj", biases.mlp);
    names.module(Role::MlpOut, "layers.{}.mlp.down_proj", biases.mlp);
    Model::new(arch, names)
}
