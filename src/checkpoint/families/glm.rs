//! GLM-4 (GLM Team 2024): Llama in which neighbouring dimensions of a half of each head turn together, with gate and
//! linear half in one tensor. Models of 2025 have norms around each half.

use super::Model;
use super::llama;
use super::names::Names;
use super::rope::{self, Part};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Arch, Norms, RopePairs};
use crate::graph::role::Role;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let arch = arch(family, config, 0.5)?;
    let bias = config.flag("attention_bias")?;
    let mut names = llama::ends(&arch);
    rest(&mut names, bias);
    Ok(Model::new(arch, names))
}

pub(super) fn read4(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let arch = arch(family, config, 0.5)?;
    let bias = config.flag("attention_bias")?;
    Ok(around(arch, bias))
}

/// The text model of GLM-4.1V.
pub(super) fn read4v(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    rope::plain_sections(config);
    Ok(around(arch(family, config, 1.0)?, true))
}

/// The text model of GLM-OCR.
pub(super) fn read_ocr(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    rope::plain_sections(config);
    Ok(around(arch(family, config, 1.0)?, false))
}

fn arch(family: &str, config: &mut Config, part: f64) -> Result<Arch, CheckpointError> {
    let part = Part::Given(part);
    let mut arch = llama::partly_turning(family, config, &llama::FIELDS, part)?;
    rope::pair(&mut arch, RopePairs::Interleaved);
    Ok(arch)
}

/// A model with norms around each half.
fn around(mut arch: Arch, bias: bool) -> Model {
    arch.block.norms = Norms::Sandwich;
    let mut names = Names::new(&arch, "embed_tokens", "lm_head");
    let norms = [
        (Role::Ln1, "input_layernorm"),
        (Role::Ln1Post, "post_self_attn_layernorm"),
        (Role::Ln2, "post_attention_layernorm"),
        (Role::Ln2Post, "post_mlp_layernorm"),
    ];
    names.modules("layers.{}", false, &norms);
    names.module(Role::LnFinal, "norm", false);
    rest(&mut names, bias);
    Model::new(arch, names)
}

fn rest(names: &mut Names, bias: bool) {
    llama::attention(names, bias, false);
    let gate_up = &[Role::MlpIn, Role::MlpLinear];
    names.fused(gate_up, "layers.{}.mlp.gate_up_proj", false);
    names.module(Role::MlpOut, "layers.{}.mlp.down_proj", false);
}
