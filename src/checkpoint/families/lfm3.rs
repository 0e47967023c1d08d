//! LFM3 (Liquid AI 2026): short convolutions, attention within windows and attention to all tokens by turns, norms
//! around each half, and a gate on each head.

use super::fields::{Fields, Given::*};
use super::llama::{self, Biases};
use super::names::Names;
use super::rope::{self, Part};
use super::{Model, lfm2, windows};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Activation, Arch, MixGate, Norms, Positions, QkNorm, Rotary};
use crate::graph::recurrence::{Mixing, ShortConvolution};
use crate::graph::role::Role;

/// The types of blocks.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Convolution,
    Sliding,
    Full,
}

const KINDS: &[(&str, Kind)] = &[
    ("conv", Kind::Convolution),
    ("sliding_attention", Kind::Sliding),
    ("full_attention", Kind::Full),
];

/// The positions if the config does not give them.
const ROPES: &str = r#"{"sliding_attention": {"rope_type": "default", "rope_theta": 10000.0},
    "full_attention": {"rope_type": "proportional", "rope_theta": 1000000.0, "partial_rotary_factor": 0.5}}"#;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let fields = Fields {
        activation: Always(Activation::Silu),
        eps: In("norm_eps"),
        ..llama::FIELDS
    };
    let mut arch = llama::without_positions(family, config, &fields)?;
    let n_layers = arch.n_layers;
    let by_place = |i: usize| match i % 4 {
        2 => Kind::Full,
        0 if i > 0 => Kind::Sliding,
        _ => Kind::Convolution,
    };
    let kinds = config.of_blocks("layer_types", KINDS, n_layers)?;
    let kinds = kinds.unwrap_or_else(|| (0..n_layers).map(by_place).collect());
    let convolves = |kind: &Kind| match kind {
        Kind::Convolution => Mixing::Convolution,
        Kind::Sliding | Kind::Full => Mixing::Attention,
    };
    arch.mixers = kinds.iter().map(convolves).collect();
    let sliding: Vec<bool> = kinds.iter().map(|kind| *kind == Kind::Sliding).collect();
    let window = config.optional_size("sliding_window")?;
    arch.attention.windows = windows::by_layer(config, &sliding, window)?;
    arch.attention.qk_norm = Some(QkNorm::Head);
    let gated = config.flag("use_attention_gate")?;
    arch.attention.gate = gated.then_some(MixGate::Heads);
    if config.flag("use_sandwich_norm")? {
        arch.block.norms = Norms::Sandwich;
    }
    arch.convolution = Some(ShortConvolution {
        width: config.size("conv_L_cache")?,
    });
    arch.positions = positions(config, &arch, &kinds)?;
    let names = names(config, &arch)?;
    Ok(Model::new(arch, names))
}

/// An embedding for each of the two types of attention that blocks have.
fn positions(
    config: &mut Config,
    arch: &Arch,
    kinds: &[Kind],
) -> Result<Positions, CheckpointError> {
    config.default_object("rope_parameters", ROPES);
    let around = rope::Around {
        theta: Some(config.positive_or("rope_theta", 1e6)?),
        part: Part::Whole,
        original_n_ctx: None,
    };
    let Some(mut by_type) = config.plain_object("rope_parameters")? else {
        return Ok(Positions::None);
    };
    let mut ropes = Vec::new();
    let mut by_layer = vec![None; kinds.len()];
    for (name, kind) in &KINDS[1..] {
        let inner = by_type.plain_object(name)?;
        if !kinds.contains(kind) {
            continue;
        }
        let inner = by_type.required(name, inner)?;
        let same = |(i, own): (usize, &Kind)| (own == kind).then_some(i);
        for i in kinds.iter().enumerate().filter_map(same) {
            by_layer[i] = Some(ropes.len());
        }
        let rope = rope::parameters(inner, arch.attention.d_head, arch.n_ctx, &around)?;
        ropes.push(rope);
    }
    by_type.finish()?;
    Ok(Positions::Rotary(Rotary { ropes, by_layer }))
}

fn names(config: &mut Config, arch: &Arch) -> Result<Names, CheckpointError> {
    let mut names = lfm2::ends(arch);
    if arch.block.norms == Norms::Sandwich {
        let norms = [
            (Role::Ln1Post, "post_operator_norm"),
            (Role::Ln2Post, "post_ffn_norm"),
        ];
        names.modules("layers.{}", false, &norms);
    }
    let Biases { qkv, out, .. } = Biases::of_attention(config)?;
    llama::attention(&mut names, qkv, out);
    let module = "layers.{}.self_attn";
    let norms = [(Role::QueryNorm(0), "q_norm"), (Role::KeyNorm(0), "k_norm")];
    names.modules(module, false, &norms);
    if arch.attention.gate.is_some() {
        // Published files have this name; transformers has another one.
        names.module(Role::MixGate, &format!("{module}.gate_proj"), false);
        names.also_apart(Role::MixGate, format!("{module}.g_proj.weight"));
    }
    lfm2::convolution(&mut names, config.flag("conv_bias")?);
    lfm2::mlp(&mut names);
    Ok(names)
}
