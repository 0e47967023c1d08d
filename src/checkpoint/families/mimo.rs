//! MiMo-V2-Flash (Xiaomi 2025): blocks that slide have twice the keys and values and a sink in each head; values are
//! shorter than keys and scaled; a router of sigmoids.

use super::llama::{self, Biases};
use super::moe::{self, DEEPSEEK};
use super::{Model, mixtral, rope, windows};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Experts, Score};
use crate::graph::heads::Heads;
use crate::graph::role::Role;

/// The part of each head that turns.
const PART: f64 = 0.334;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut arch = llama::without_positions(family, config, &llama::FIELDS)?;
    let n_layers = arch.n_layers;
    let full = |i: usize| i == 0 || (i + 1).is_multiple_of(6);
    let sliding = windows::sliding(config, n_layers, |i| !full(i))?;
    let own = config.optional_size("sliding_window")?;
    // This field counts the tokens before a query alone.
    let window = match config.optional_size("sliding_window_size")? {
        Some(before) => Some(before + 1),
        None => own,
    };
    arch.attention.windows = windows::by_layer(config, &sliding, window)?;
    let defaults = [(5e6, PART), (1e4, PART)];
    arch.positions = rope::by_type_partly(config, &arch, &sliding, defaults)?;
    let d_value = config.size("v_head_dim")?;
    let heads = |slides: &bool| Heads {
        n_heads: arch.attention.n_heads,
        n_kv_heads: arch.attention.n_kv_heads * (1 + usize::from(*slides)),
        d_head: arch.attention.d_head,
        d_value,
    };
    let heads: Vec<Heads> = sliding.iter().map(heads).collect();
    if heads.iter().any(|own| own.n_heads % own.n_kv_heads != 0) {
        let problem = format!(
            "is {}; twice as many, in blocks that slide, do not divide num_attention_heads = {}",
            arch.attention.n_kv_heads, arch.attention.n_heads
        );
        return Err(config.error("num_key_value_heads", problem));
    }
    arch.attention.heads = heads;
    arch.attention.multipliers.value = config.positive_or("attention_value_scale", 1.0)?;
    arch.attention.sinks = true;
    arch.attention.sunk = sliding;
    let count = "n_routed_experts";
    let layers = moe::sparse(config, n_layers)?;
    let experts = mixtral::sizes(config, count, "moe_intermediate_size", n_layers)?;
    arch.experts = Some(Experts {
        layers: layers.unwrap_or_else(|| (0..n_layers).map(|i| i > 0).collect()),
        score: Score::Sigmoid,
        choice_bias: true,
        groups: moe::groups(config, count, &experts, 2)?,
        renormalise: config.flag("norm_topk_prob")?,
        scale: config.positive_or("routed_scaling_factor", 1.0)?,
        ..experts
    });
    let qkv = config.flag("attention_bias")?;
    let biases = Biases {
        qkv,
        ..Biases::default()
    };
    let mut names = llama::names(&arch, biases);
    names.weight(Role::Sinks, "layers.{}.self_attn.attention_sink_bias");
    Ok(moe::mixture(arch, names, &DEEPSEEK))
}
