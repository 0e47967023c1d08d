//! LFM2 (Liquid AI 2025): short convolutions in most blocks, attention in the rest; a variant has experts.

use super::fields::{Fields, Given::*};
use super::llama;
use super::names::Names;
use super::{Model, mixtral, rope, windows};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{
    Activation, Arch, Experts, MixGate, Norms, Positions, QkNorm, Rope, Rotary, Score,
};
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

/// LFM3 (Liquid AI 2026): attention within a window in some blocks, gated by head, and norms around each half.
pub(super) fn read3(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let fields = Fields {
        activation: Always(Activation::Silu),
        eps: In("norm_eps"),
        ..llama::FIELDS
    };
    let mut arch = llama::without_positions(family, config, &fields)?;
    let usual = |i: usize| match i % 4 {
        2 => Kind::Full,
        0 if i > 0 => Kind::Sliding,
        _ => Kind::Convolution,
    };
    let types = config.of_blocks("layer_types", KINDS, arch.n_layers)?;
    let types = types.unwrap_or_else(|| (0..arch.n_layers).map(usual).collect());
    let mixing = |kind: &Kind| match kind {
        Kind::Convolution => Mixing::Convolution,
        _ => Mixing::Attention,
    };
    arch.mixers = types.iter().map(mixing).collect();
    let sliding: Vec<bool> = types.iter().map(|kind| *kind == Kind::Sliding).collect();
    let window = config.optional_size("sliding_window")?;
    arch.attention.windows = windows::by_layer(config, &sliding, window)?;
    arch.attention.qk_norm = Some(QkNorm::Head);
    arch.positions = turning(config, &arch, &types)?;
    arch.convolution = Some(ShortConvolution {
        width: config.size("conv_L_cache")?,
    });
    let gate = config.flag("use_attention_gate")?;
    arch.attention.gate = gate.then_some(MixGate::Heads);
    let around = config.flag("use_sandwich_norm")?;
    if around {
        arch.block.norms = Norms::Sandwich;
    }
    let bias = config.flag("attention_bias")?;
    let mut names = names_of(config, &arch, bias, "o_proj", ["q_norm", "k_norm"])?;
    if gate {
        names.module(Role::MixGate, "layers.{}.self_attn.gate_proj", false);
    }
    if around {
        let norms = [
            (Role::Ln1Post, "post_operator_norm"),
            (Role::Ln2Post, "post_ffn_norm"),
        ];
        names.modules("layers.{}", false, &norms);
    }
    mlp(&mut names);
    Ok(Model::new(arch, names))
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Full,
    Sliding,
    Convolution,
}

const KINDS: &[(&str, Kind)] = &[
    ("full_attention", Kind::Full),
    ("sliding_attention", Kind::Sliding),
    ("conv", Kind::Convolution),
];

/// The rotary positions of blocks of full attention and of those that slide.
fn turning(config: &mut Config, arch: &Arch, types: &[Kind]) -> Result<Positions, CheckpointError> {
    config.default_object("rope_parameters", TURNING);
    let by_type = config.plain_object("rope_parameters")?;
    let mut by_type = config.required("rope_parameters", by_type)?;
    let mut ropes: Vec<Rope> = Vec::new();
    let mut numbers = [0, 0];
    for (i, kind) in ["full_attention", "sliding_attention"].iter().enumerate() {
        let around = rope::Around {
            theta: None,
            part: rope::Part::Whole,
            original_n_ctx: None,
        };
        // A kind that no block has needs no parameters.
        let inner = by_type.plain_object(kind)?;
        if !types.contains(&ATTENTION[i]) {
            continue;
        }
        let inner = by_type.required(kind, inner)?;
        numbers[i] = ropes.len();
        let d_head = arch.attention.d_head;
        ropes.push(rope::parameters(inner, d_head, arch.n_ctx, &around)?);
    }
    by_type.finish()?;
    let number = |kind: &Kind| match kind {
        Kind::Full => Some(numbers[0]),
        Kind::Sliding => Some(numbers[1]),
        Kind::Convolution => None,
    };
    Ok(Positions::Rotary(Rotary {
        ropes,
        by_layer: types.iter().map(number).collect(),
    }))
}

const ATTENTION: [Kind; 2] = [Kind::Full, Kind::Sliding];

const TURNING: &str = r#"{"sliding_attention": {"rope_type": "default", "rope_theta": 10000.0},
    "full_attention": {"rope_type": "proportional", "rope_theta": 1000000.0, "partial_rotary_factor": 0.5}}"#;

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
    let theta = config.positive_or("theta", 1e6)?;
    if !config.has("rope_theta") {
        config.set("rope_theta", theta.into());
    }
    let mut arch = llama::partly_turning(family, config, &fields, rope::Part::Whole)?;
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
    names_of(
        config,
        arch,
        false,
        "out_proj",
        ["q_layernorm", "k_layernorm"],
    )
}

/// The names of all but the MLP, by those of attention's output and norms.
fn names_of(
    config: &mut Config,
    arch: &Arch,
    attention_bias: bool,
    out: &str,
    [q_norm, k_norm]: [&str; 2],
) -> Result<Names, CheckpointError> {
    let mut names = Names::new(arch, "embed_tokens", "lm_head");
    names.module(Role::LnFinal, "embedding_norm", false);
    let norms = [(Role::Ln1, "operator_norm"), (Role::Ln2, "ffn_norm")];
    names.modules("layers.{}", false, &norms);
    let module = "layers.{}.self_attn";
    names.qkv(module, attention_bias);
    names.module(Role::AttnOut, &format!("{module}.{out}"), attention_bias);
    let rest = [(Role::QueryNorm(0), q_norm), (Role::KeyNorm(0), k_norm)];
    names.modules(module, false, &rest);
    let (module, bias) = ("layers.{}.conv", config.flag("conv_bias")?);
    let parts = &[Role::StateGateIn, Role::StateGate, Role::StateValue];
    names.fused(parts, &format!("{module}.in_proj"), bias);
    names.module(Role::ConvolvedValue, &format!("{module}.conv"), bias);
    names.module(Role::StateOut, &format!("{module}.out_proj"), bias);
    Ok(names)
}

fn mlp(names: &mut Names) {
    let roles = [
        (Role::MlpIn, "w1"),
        (Role::MlpLinear, "w3"),
        (Role::MlpOut, "w2"),
    ];
    names.modules("layers.{}.feed_forward", false, &roles);
}
