//! GPT (Radford et al. 2018): norms of sums, no final norm, learned positions. Linear layers are stored `[in, out]`.

use super::Model;
use super::fields::{Fields, Given::*};
use super::gpt2;
use super::names::{Names, QKV};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Activation, Norms, Positions};
use crate::graph::role::Role;

/// The names of activations. `gelu` is its tanh approximation here.
const ACTIVATIONS: &[(&str, Activation)] = &[
    ("relu", Activation::Relu),
    ("silu", Activation::Silu),
    ("gelu", Activation::GeluTanh),
    ("swish", Activation::Silu),
];

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let activation = config.choice("afn", ACTIVATIONS)?;
    let activation = config.required("afn", activation)?;
    let fields = Fields {
        activation: Always(activation),
        d_mlp: Always(4),
        ..gpt2::FIELDS
    };
    config.harmless(&["n_ctx", "predict_special_tokens"]);
    config.harmless(gpt2::SUMMARY);
    let mut arch = fields.plain(family, config)?;
    arch.positions = Positions::learned(0);
    arch.block.norms = Norms::Post;
    arch.unembedding.norm = false;
    let mut names = Names::new(&arch, "tokens_embed", "lm_head");
    names.weight(Role::PosEmbed, "positions_embed.weight");
    names.fused(QKV, "h.{}.attn.c_attn", true);
    names.module(Role::AttnOut, "h.{}.attn.c_proj", true);
    names.module(Role::Ln1, "h.{}.ln_1", true);
    names.module(Role::Ln2, "h.{}.ln_2", true);
    names.module(Role::MlpIn, "h.{}.mlp.c_fc", true);
    names.module(Role::MlpOut, "h.{}.mlp.c_proj", true);
    names.transpose(QKV);
    names.transpose(&[Role::AttnOut, Role::MlpIn, Role::MlpOut]);
    Ok(Model::new(arch, names))
}
