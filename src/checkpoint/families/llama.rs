//! Llama (Touvron et al. 2023), and the parts that many families share with it: RMSNorm before each half,
//! rotary positions, grouped queries, a gated MLP, no biases.

use super::fields::{Fields, Given::In};
use super::names::Names;
use super::{Model, rope};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Arch, NormKind, Norms};
use crate::graph::role::Role;

/// The field names of Llama's configs.
pub(super) const FIELDS: Fields = Fields::new(In("hidden_act"), In("rms_norm_eps"));

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    config.usual("rope_interleaved", false.into());
    // pretraining_tp splits matrix products for training on several machines; the sums are the same.
    config.harmless(&["pretraining_tp", "is_llama_config"]);
    let arch = arch(family, config)?;
    let biases = Biases::read(config)?;
    Ok(model(arch, biases))
}

/// Emu3's text model (Wang et al. 2024): its configs may leave out biases.
pub(super) fn read_emu3(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let arch = arch(family, config)?;
    let biases = Biases {
        mlp: config.flag_or("mlp_bias", false)?,
        ..Biases::attention(config.flag_or("attention_bias", false)?)
    };
    Ok(model(arch, biases))
}

/// The architecture of a config of Llama's shape.
pub(super) fn arch(family: &str, config: &mut Config) -> Result<Arch, CheckpointError> {
    partly_turning(family, config, &FIELDS, rope::Part::Whole)
}

/// An architecture like Llama's with other field names, in which only a part of each head may turn.
pub(super) fn partly_turning(
    family: &str,
    config: &mut Config,
    fields: &Fields,
    part: rope::Part,
) -> Result<Arch, CheckpointError> {
    let mut arch = without_positions(family, config, fields)?;
    rope::turn(config, &mut arch, part)?;
    Ok(arch)
}

/// An architecture like Llama's for a family that reads positions itself.
pub(super) fn without_positions(
    family: &str,
    config: &mut Config,
    fields: &Fields,
) -> Result<Arch, CheckpointError> {
    let mut arch = fields.grouped(family, config)?;
    arch.norm.kind = NormKind::Rms;
    arch.mlp.gated = true;
    Ok(arch)
}

/// The linear layers that have biases.
#[derive(Clone, Copy, Default)]
pub(super) struct Biases {
    pub qkv: bool,
    pub out: bool,
    pub mlp: bool,
}

impl Biases {
    /// The biases that the config declares.
    pub fn read(config: &mut Config) -> Result<Biases, CheckpointError> {
        Ok(Biases {
            mlp: config.flag("mlp_bias")?,
            ..Biases::of_attention(config)?
        })
    }

    /// Biases in attention as the config declares; none in the MLP.
    pub fn of_attention(config: &mut Config) -> Result<Biases, CheckpointError> {
        let bias = config.flag("attention_bias")?;
        Ok(Biases::attention(bias))
    }

    /// Biases in all of attention or nowhere.
    pub fn attention(bias: bool) -> Biases {
        Biases {
            qkv: bias,
            out: bias,
            mlp: false,
        }
    }
}

/// A model whose weights all have Llama's names.
pub(super) fn model(arch: Arch, biases: Biases) -> Model {
    let mut names = names(&arch, biases);
    gated(&mut names, biases.mlp);
    Model::new(arch, names)
}

/// The names of all weights but the MLP's.
pub(super) fn names(arch: &Arch, biases: Biases) -> Names {
    let mut names = ends(arch);
    attention(&mut names, biases.qkv, biases.out);
    if arch.attention.qk_norm.is_some() {
        names.weight(Role::QueryNorm(0), "layers.{}.self_attn.q_norm.weight");
        names.weight(Role::KeyNorm(0), "layers.{}.self_attn.k_norm.weight");
    }
    names
}

/// The names of embedding, norms and unembedding.
pub(super) fn ends(arch: &Arch) -> Names {
    let mut names = Names::new(arch, "embed_tokens", "lm_head");
    let norms: &[(Role, &str)] = match arch.block.norms {
        Norms::Pre | Norms::Post | Norms::Stream => &[
            (Role::Ln1, "input_layernorm"),
            (Role::Ln2, "post_attention_layernorm"),
        ],
        Norms::Output => &[
            (Role::Ln1Post, "post_attention_layernorm"),
            (Role::Ln2Post, "post_feedforward_layernorm"),
        ],
        Norms::Sandwich => &[
            (Role::Ln1, "input_layernorm"),
            (Role::Ln1Post, "post_attention_layernorm"),
            (Role::Ln2, "pre_feedforward_layernorm"),
            (Role::Ln2Post, "post_feedforward_layernorm"),
        ],
    };
    let bias = arch.norm.kind == NormKind::Layer;
    names.modules("layers.{}", bias, norms);
    names.module(Role::LnFinal, "norm", bias);
    names
}

/// The names of queries, keys, values and output, each in a tensor of its own.
pub(super) fn attention(names: &mut Names, qkv_bias: bool, out_bias: bool) {
    names.qkv("layers.{}.self_attn", qkv_bias);
    names.module(Role::AttnOut, "layers.{}.self_attn.o_proj", out_bias);
}

/// The names of the gated MLP.
pub(super) fn gated(names: &mut Names, bias: bool) {
    names.module(Role::MlpIn, "layers.{}.mlp.gate_proj", bias);
    names.module(Role::MlpLinear, "layers.{}.mlp.up_proj", bias);
    names.module(Role::MlpOut, "layers.{}.mlp.down_proj", bias);
}
