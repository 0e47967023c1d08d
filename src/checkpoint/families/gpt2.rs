//! GPT-2 (Radford et al. 2019), and the same with fixed sinusoidal positions.
//!
//! Its linear layers are transformers' `Conv1D`, stored `[in, out]`, with query, key and value in one.

use super::names::{Layout, Names};
use super::{Model, activation, sizes};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{
    Activation, Arch, Attention, Block, Embedding, Mlp, Norm, NormKind, Positions, Unembedding,
};
use crate::graph::role::Role;

pub(super) fn learned(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    read(family, config, Positions::Learned { offset: 0 })
}

pub(super) fn sinusoidal(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    read(family, config, Positions::Sinusoidal)
}

fn read(family: &str, config: &mut Config, positions: Positions) -> Result<Model, CheckpointError> {
    let n_layers = config.layers("n_layer")?;
    let d_model = config.size("n_embd")?;
    let n_heads = config.size("n_head")?;
    let d_head = sizes::split(config, "n_head", n_heads, "n_embd", d_model)?;
    let scaled = config.flag("scale_attn_weights", true)?;
    let by_layer = config.flag("scale_attn_by_inverse_layer_idx", false)?;
    let scale = |layer: usize| {
        let head = if scaled { (d_head as f64).sqrt() } else { 1.0 };
        let depth = if by_layer { layer as f64 + 1.0 } else { 1.0 };
        1.0 / (head * depth)
    };
    config.only("add_cross_attention", false.into())?;
    config.harmless(&[
        // Another order of the same operations, for half precision in training.
        "reorder_and_upcast_attn",
        // An older name of n_positions.
        "n_ctx",
    ]);
    config.harmless(SUMMARY);
    let d_mlp = config.size_or("n_inner", 4 * d_model)?;
    let activation = activation::read(config, "activation_function", Activation::GeluTanh)?;
    let arch = Arch {
        family: family.to_owned(),
        n_layers,
        d_model,
        d_vocab: config.size("vocab_size")?,
        n_ctx: config.size("n_positions")?,
        embedding: Embedding::default(),
        norm: Norm::new(
            NormKind::Layer,
            config.positive_or("layer_norm_epsilon", 1e-5)?,
        ),
        block: Block::default(),
        attention: Attention {
            scales: (0..n_layers).map(scale).collect(),
            ..Attention::new(n_layers, n_heads, n_heads, d_head)
        },
        mlp: Mlp::plain(d_mlp, activation),
        experts: None,
        unembedding: Unembedding::default(),
        tied_embeddings: config.flag("tie_word_embeddings", true)?,
        stored: Vec::new(),
        positions,
    };
    if arch.positions == Positions::Sinusoidal && d_model % 2 != 0 {
        return Err(config.error(
            "n_embd",
            format!("is {d_model}, but sinusoidal positions need an even number"),
        ));
    }
    let names = names(&arch);
    Ok(Model::new(arch, names))
}

/// How a sequence is summed up for tasks other than the next token.
pub(super) const SUMMARY: &[&str] = &[
    "summary_activation",
    "summary_first_dropout",
    "summary_proj_to_labels",
    "summary_type",
    "summary_use_proj",
];

fn names(arch: &Arch) -> Names {
    const FUSED: &[Role] = &[Role::Query, Role::Key, Role::Value];
    let mut names = Names::default();
    names.weight(Role::Embed, "wte.weight");
    if matches!(arch.positions, Positions::Learned { .. }) {
        names.weight(Role::PosEmbed, "wpe.weight");
    }
    names.module(Role::Ln1, "h.{}.ln_1", true);
    for &role in FUSED {
        let weight = names.weight(role, "h.{}.attn.c_attn.weight");
        weight.transposed = true;
        weight.layout = Layout::Fused(FUSED);
        names.bias(role, "h.{}.attn.c_attn.bias").layout = Layout::Fused(FUSED);
    }
    names.transposed(Role::AttnOut, "h.{}.attn.c_proj");
    names.module(Role::Ln2, "h.{}.ln_2", true);
    names.transposed(Role::MlpIn, "h.{}.mlp.c_fc");
    names.transposed(Role::MlpOut, "h.{}.mlp.c_proj");
    names.module(Role::LnFinal, "ln_f", true);
    names.unembed(arch.tied_embeddings, "wte.weight", "lm_head.weight");
    names
}
