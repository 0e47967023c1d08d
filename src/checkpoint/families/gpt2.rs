//! GPT-2 (Radford et al. 2019), and a variant with fixed sinusoidal positions.
//!
//! Its linear layers are transformers' `Conv1D`, stored `[in, out]`, with query, key and value in one tensor.

use super::Model;
use super::fields::{Fields, Given::*};
use super::names::{Names, QKV};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Arch, Positions};
use crate::graph::role::Role;

/// The field names of GPT-2's configs.
pub(super) const FIELDS: Fields = Fields {
    n_layers: "n_layer",
    d_model: "n_embd",
    n_heads: "n_head",
    n_ctx: In("n_positions"),
    d_mlp: Or("n_inner", 4),
    ..Fields::new(In("activation_function"), In("layer_norm_epsilon"))
};

pub(super) fn learned(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    read(family, config, Positions::learned(0))
}

pub(super) fn sinusoidal(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    read(family, config, Positions::Sinusoidal)
}

fn read(family: &str, config: &mut Config, positions: Positions) -> Result<Model, CheckpointError> {
    let mut arch = FIELDS.plain(family, config)?;
    let scaled = config.flag("scale_attn_weights")?;
    let by_layer = config.flag("scale_attn_by_inverse_layer_idx")?;
    let scale = |layer: usize| {
        let d_head = arch.attention.d_head as f64;
        let head = if scaled { d_head.sqrt() } else { 1.0 };
        let depth = if by_layer { layer as f64 + 1.0 } else { 1.0 };
        1.0 / (head * depth)
    };
    arch.attention.scales = (0..arch.n_layers).map(scale).collect();
    config.only("add_cross_attention", false.into())?;
    config.harmless(&[
        // Another order of the same operations, for half precision in training.
        "reorder_and_upcast_attn",
        // An older name of n_positions.
        "n_ctx",
    ]);
    config.harmless(SUMMARY);
    arch.positions = positions;
    let d_model = arch.d_model;
    if arch.positions == Positions::Sinusoidal && d_model % 2 != 0 {
        let problem = format!("is {d_model}, but sinusoidal positions need an even number");
        return Err(config.error("n_embd", problem));
    }
    let names = names(&arch);
    Ok(Model::new(arch, names))
}

/// Fields about summing up a sequence for tasks other than the next token.
pub(super) const SUMMARY: &[&str] = &[
    "summary_activation",
    "summary_first_dropout",
    "summary_proj_to_labels",
    "summary_type",
    "summary_use_proj",
];

fn names(arch: &Arch) -> Names {
    let mut names = ends(arch);
    names.fused(QKV, "h.{}.attn.c_attn", true);
    names.module(Role::AttnOut, "h.{}.attn.c_proj", true);
    names.module(Role::Ln2, "h.{}.ln_2", true);
    names.module(Role::MlpIn, "h.{}.mlp.c_fc", true);
    names.module(Role::MlpOut, "h.{}.mlp.c_proj", true);
    names.transpose(QKV);
    names.transpose(&[Role::AttnOut, Role::MlpIn, Role::MlpOut]);
    names
}

/// The names of embedding, positions, unembedding and the norms at either end.
pub(super) fn ends(arch: &Arch) -> Names {
    let mut names = Names::new(arch, "wte", "lm_head");
    if matches!(arch.positions, Positions::Learned { .. }) {
        names.weight(Role::PosEmbed, "wpe.weight");
    }
    names.module(Role::Ln1, "h.{}.ln_1", true);
    names.module(Role::LnFinal, "ln_f", true);
    names
}
