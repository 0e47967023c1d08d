//! LFM2 (Liquid AI 2025): short convolutions in most blocks, attention in the rest; a variant has experts.

use super::fields::{Fields, Given::*};
use super::llama;
use super::names::Names;
use super::{Model, mixtral};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Activation, Arch, Experts, QkNorm, Score};
use crate::graph::recurrence::{Mixing, ShortConvolution};
use crate::graph::role::Role;

const TYPES: &[(&str, Mixing)] = &[
    ("full_attention", Mixing::Attention),
    ("conv", Mixing::Convolution),
];

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    // Older configs have other names.
    for (older, field) in [
        ("block_ff_dim", "intermediate_size"),
        ("tie_embedding", "tie_word_embeddings"),
    ] {
        if let Some(value) = config.json(older) {
            config.set(field, value);
        }
    }
    let mut arch = arch(family, config)?;
    let full = config
        .json("full_attn_idxs")
        .is_some()
        .then(|| config.indices("full_attn_idxs"));
    let full = full.transpose()?;
    let by_place = |i: usize| match &full {
        Some(full) if !full.contains(&i) => Mixing::Convolution,
        _ => Mixing::Attention,
    };
    let types = config.of_blocks("layer_types", TYPES, arch.n_layers)?;
    arch.mixers = types.unwrap_or_else(|| (0..arch.n_layers).map(by_place).collect());
    arch.mlp.d_mlp = width(config)?;
    let mut names = names(config, &arch)?;
    mlp(&mut names);
    Ok(Model::new(arch, names))
}

pub(super) fn read_moe(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    if let Some(tied) = config.json("tie_embedding") {
        config.set("tie_word_embeddings", tied);
    }
    let mut arch = arch(family, config)?;
    let types = config.of_blocks("layer_types", TYPES, arch.n_layers)?;
    arch.mixers = config.required("layer_types", types)?;
    let dense = config.index("num_dense_layers")?;
    let choice_bias = config.flag("use_expert_bias")?;
    let experts = mixtral::sizes(
        config,
        "num_experts",
        "moe_intermediate_size",
        arch.n_layers,
    )?;
    arch.experts = Some(Experts {
        layers: (0..arch.n_layers).map(|i| i >= dense).collect(),
        score: Score::Sigmoid,
        choice_bias,
        scale: config.positive("routed_scaling_factor")?,
        renormalise: config.flag("norm_topk_prob")?,
        ..experts
    });
    let mut names = names(config, &arch)?;
    mlp(&mut names);
    let module = "layers.{}.feed_forward";
    names.module(Role::Router, &format!("{module}.gate"), false);
    if choice_bias {
        names.weight(Role::RouterChoice, format!("{module}.expert_bias"));
    }
    let each = format!("{module}.experts.{{i}}");
    mixtral::experts(&mut names, &arch, &each, ["w1", "w3", "w2"]);
    Ok(Model::new(arch, names))
}

fn arch(family: &str, config: &mut Config) -> Result<Arch, CheckpointError> {
    let fields = Fields {
        activation: Always(Activation::Silu),
        eps: In("norm_eps"),
        ..llama::FIELDS
    };
    config.usual("theta", 1e6.into());
    let mut arch = llama::partly_turning(family, config, &fields, super::rope::Part::Whole)?;
    arch.attention.qk_norm = Some(QkNorm::Head);
    arch.convolution = Some(ShortConvolution {
        width: config.size("conv_L_cache")?,
    });
    Ok(arch)
}

/// The width of the MLP: a multiple of a block.
fn width(config: &mut Config) -> Result<usize, CheckpointError> {
    let width = config.size("intermediate_size")?;
    if !config.flag("block_auto_adjust_ff_dim")? {
        config.harmless(&["block_ffn_dim_multiplier", "block_multiple_of"]);
        return Ok(width);
    }
    let width = 2 * width / 3;
    let block = config.size("block_multiple_of")?;
    Ok(
        match config.optional_positive("block_ffn_dim_multiplier")? {
            Some(factor) => ((factor * width as f64) as usize).div_ceil(block) * block,
            None => width,
        },
    )
}

fn names(config: &mut Config, arch: &Arch) -> Result<Names, CheckpointError> {
    let mut names = ends(arch);
    let module = "layers.{}.self_attn";
    names.qkv(module, false);
    let rest = [
        (Role::AttnOut, "out_proj"),
        (Role::QueryNorm(0), "q_layernorm"),
        (Role::KeyNorm(0), "k_layernorm"),
    ];
    names.modules(module, false, &rest);
    convolution(&mut names, config.flag("conv_bias")?);
    Ok(names)
}

/// The names of embedding, norms of the stream and unembedding.
pub(super) fn ends(arch: &Arch) -> Names {
    let mut names = Names::new(arch, "embed_tokens", "lm_head");
    names.module(Role::LnFinal, "embedding_norm", false);
    let norms = [(Role::Ln1, "operator_norm"), (Role::Ln2, "ffn_norm")];
    names.modules("layers.{}", false, &norms);
    names
}

/// The names of a short convolution.
pub(super) fn convolution(names: &mut Names, bias: bool) {
    let module = "layers.{}.conv";
    let parts = &[Role::StateGateIn, Role::StateGate, Role::StateValue];
    names.fused(parts, &format!("{module}.in_proj"), bias);
    names.module(Role::ConvolvedValue, &format!("{module}.conv"), bias);
    names.module(Role::StateOut, &format!("{module}.out_proj"), bias);
}

pub(super) fn mlp(names: &mut Names) {
    let roles = [
        (Role::MlpIn, "w1"),
        (Role::MlpLinear, "w3"),
        (Role::MlpOut, "w2"),
    ];
    names.modules("layers.{}.feed_forward", false, &roles);
}
