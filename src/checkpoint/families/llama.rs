//! Llama (Touvron et al. 2023), and what the many families of its shape share with it: RMSNorm before
//! each half, rotary positions, grouped queries, a gated MLP, no biases.

use super::fields::{Fields, Given::In};
use super::names::Names;
use super::{Model, rope};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Arch, NormKind, Norms};
use crate::graph::role::Role;

/// Where configs of Llama's shape have what every model has.
pub(super) const FIELDS: Fields = Fields::new(In("hidden_act"), In("rms_norm_eps"));

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    config.usual("rope_interleaved", false.into());
    // Splits matrix products for training on several machines; the sums are the same.
    config.harmless(&["pretraining_tp", "is_llama_config"]);
    let arch = arch(family, config)?;
    let biases = Biases::read(config)?;
    Ok(model(arch, biases))
}

/// The architecture of a config of Llama's shape.
pub(super) fn arch(family: &str, config: &mut Config) -> Result<Arch, CheckpointError> {
    partly_turning(family, config, &FIELDS, rope::Part::Whole)
}

/// The same with other fields, and where only a part of each head may turn.
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

/// The same for a family that reads its positions itself.
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

/// Which linear layers have biases.
#[derive(Clone, Copy, Default)]
pub(super) struct Biases {
    pub qkv: bool,
    pub out: bool,
    pub mlp: bool,
}

impl Biases {
    /// As the config says.
    pub fn read(config: &mut Config) -> Result<Biases, CheckpointError> {
        Ok(Biases {
            mlp: config.flag("mlp_bias")?,
            ..Biases::of_attention(config)?
        })
    }

    /// As the config says of attention; none in the MLP.
    pub fn of_attention(config: &mut Config) -> Result<Biases, CheckpointError> {
        let bias = config.flag("attention_bias")?;
        Ok(Biases::attention(bias))
    }

    /// In all of attention or nowhere.
    pub fn attention(bias: bool) -> Biases {
        Biases {
            qkv: bias,
            out: bias,
            mlp: false,
        }
    }
}

/// A model all of whose weights have Llama's names.
pub(super) fn model(arch: Arch, biases: Biases) -> Model {
    let mut names = names(&arch, biases);
    gated(&mut names, biases.mlp);
    Model::new(arch, names)
}

/// The names of all but the MLP.
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
        Norms::Pre | Norms::Post => &[
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
    names.modules("layers.{}", false, norms);
    names.module(Role::LnFinal, "norm", false);
    names
}

/// Queries, keys, values and the output, each a tensor of its own.
pub(super) fn attention(names: &mut Names, qkv_bias: bool, out_bias: bool) {
    names.qkv("layers.{}.self_attn", qkv_bias);
    names.module(Role::AttnOut, "layers.{}.self_attn.o_proj", out_bias);
}

/// The gated MLP.
pub(super) fn gated(names: &mut Names, bias: bool) {
    names.module(Role::MlpIn, "layers.{}.mlp.gate_proj", bias);
    names.module(Role::MlpLinear, "layers.{}.mlp.up_proj", bias);
    names.module(Role::MlpOut, "layers.{}.mlp.down_proj", bias);
}
