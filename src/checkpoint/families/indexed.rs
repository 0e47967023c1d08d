//! DeepSeek 3.2 (DeepSeek-AI 2025), whose latent attention looks at the keys that an indexer chooses, and the families
//! that attend like it.

use super::deepseek;
use super::moe::{self, DEEPSEEK};
use super::names::Names;
use super::{Model, rope};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Arch, Experts, MixGate, Positions, RopePairs};
use crate::graph::indexer::Indexer;
use crate::graph::role::{Half, Role};

/// The norm of an indexer's keys has this ε, whatever the config says.
const EPS: f64 = 1e-6;

/// DeepSeek 3.2: an indexer in each block, whose dimensions turn by halves.
pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let (arch, names) = attending(family, config, RopePairs::HalfSplit)?;
    routed(config, arch, names)
}

/// A.X K2 (SK Telecom 2026): norms with gates of low rank, and queries and a gate that expand from the normed vector and
/// the vector as it is.
pub(super) fn read_axk2(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let (mut arch, mut names) = attending(family, config, RopePairs::HalfSplit)?;
    arch.block.norm_gate = Some(config.size("gated_norm_rank")?);
    for (half, role, module) in [
        (Half::Mixer, Role::Ln1, "layers.{}.input_layernorm"),
        (Half::Mlp, Role::Ln2, "layers.{}.post_attention_layernorm"),
    ] {
        names.also_apart(role, format!("{module}.norm.weight"));
        let maps = [
            (Role::NormGateLow(half), "W_down"),
            (Role::NormGate(half), "W_up"),
        ];
        names.modules(module, false, &maps);
    }
    arch.attention.gate = Some(MixGate::Elements);
    if let Some(latent) = &mut arch.attention.latent {
        latent.joined = true;
    }
    let (d_head, d_value) = (arch.attention.d_head, config.size("v_head_dim")?);
    names.remove(Role::Query);
    let both = [Role::Query, Role::MixGate];
    let module = format!("{}.q_b_proj", deepseek::MODULE);
    names.turns(&both, &module, false, &[d_head, d_value]);
    // Smaller models have no groups.
    for field in ["n_group", "topk_group"] {
        let own = config.optional_size(field)?;
        config.set(field, own.unwrap_or(1).into());
    }
    let dense = config.index_or("first_k_dense_replace", 1)?;
    let every = config.index_or("moe_layer_freq", 1)?.max(1);
    config.set("first_k_dense_replace", dense.into());
    let layers = moe::sparse(config, arch.n_layers)?;
    let (count, shared) = ("n_routed_experts", "n_shared_experts");
    let by_place = |i: usize| i >= dense && i.is_multiple_of(every);
    arch.experts = Some(Experts {
        layers: layers.unwrap_or_else(|| (0..arch.n_layers).map(by_place).collect()),
        ..moe::deepseek(config, &arch, count, shared)?
    });
    Ok(moe::mixture(arch, names, &DEEPSEEK))
}

/// GLM-5 (GLM Team 2026): blocks that take over the choice of an earlier one.
pub(super) fn read_glm(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    config.usual("rope_interleave", true.into());
    config.usual("indexer_rope_interleave", true.into());
    let (mut arch, names) = attending(family, config, RopePairs::Interleaved)?;
    let own = choosing(config, arch.n_layers)?;
    arch.attention.chosen = taken_over(config, &own)?;
    routed(config, arch, names)
}

/// Latent attention in which neighbours turn, with an indexer.
fn attending(
    family: &str,
    config: &mut Config,
    pairs: RopePairs,
) -> Result<(Arch, Names), CheckpointError> {
    // Every block has an indexer, whatever its kind is called.
    config.harmless(&["layer_types"]);
    config.size("q_lora_rank")?;
    let (mut arch, mut names) = deepseek::attending(family, config)?;
    deepseek::predicting(config);
    rope::pair(&mut arch, RopePairs::Interleaved);
    let rope = leading(&mut arch, pairs);
    indexer(config, (&mut arch, &mut names), rope, EPS)?;
    Ok((arch, names))
}

/// An indexer whose queries and keys turn by this rotary embedding, and the names of its weights.
pub(super) fn indexer(
    config: &mut Config,
    (arch, names): (&mut Arch, &mut Names),
    rope: usize,
    eps: f64,
) -> Result<(), CheckpointError> {
    let (d_head, turning) = (
        config.size("index_head_dim")?,
        config.size("qk_rope_head_dim")?,
    );
    if d_head < turning {
        let problem = format!("is {d_head}, less than qk_rope_head_dim = {turning}");
        return Err(config.error("index_head_dim", problem));
    }
    arch.attention.indexer = Some(Indexer {
        n_heads: config.size("index_n_heads")?,
        d_head,
        keys: config.size("index_topk")?,
        rope,
        eps,
        every: None,
    });
    let of = |name: &str| format!("layers.{{}}.self_attn.indexer.{name}");
    names.module(Role::IndexQuery, &of("wq_b"), false);
    names.module(Role::IndexKey, &of("wk"), false);
    names.module(Role::IndexKeyNorm, &of("k_norm"), true);
    names.module(Role::IndexWeight, &of("weights_proj"), false);
    Ok(())
}

/// The number of a rotary embedding like the model's, in which the first dimensions turn instead of the last.
fn leading(arch: &mut Arch, pairs: RopePairs) -> usize {
    let Positions::Rotary(rotary) = &mut arch.positions else {
        return 0;
    };
    let mut rope = rotary.ropes[0].clone();
    (rope.trailing, rope.pairs) = (false, pairs);
    rotary.ropes.push(rope);
    rotary.ropes.len() - 1
}

/// A model with DeepSeek 3's mixture, in the blocks that the config lists or behind the first.
fn routed(config: &mut Config, mut arch: Arch, names: Names) -> Result<Model, CheckpointError> {
    if let Some(count) = config.optional_size("num_experts")? {
        config.set("n_routed_experts", count.into());
    }
    let layers = moe::sparse(config, arch.n_layers)?;
    let (count, shared) = ("n_routed_experts", "n_shared_experts");
    let experts = moe::deepseek(config, &arch, count, shared)?;
    arch.experts = Some(Experts {
        layers: layers.unwrap_or(experts.layers.clone()),
        ..experts
    });
    Ok(moe::mixture(arch, names, &DEEPSEEK))
}

/// Whether each block chooses keys itself: as listed, as a pattern says, or every so many blocks.
fn choosing(config: &mut Config, n_layers: usize) -> Result<Vec<bool>, CheckpointError> {
    const KINDS: &[(&str, bool)] = &[("full", true), ("shared", false)];
    let listed = config.of_blocks("indexer_types", KINDS, n_layers)?;
    config.harmless(&[
        "index_topk_pattern",
        "index_topk_freq",
        "index_skip_topk_offset",
    ]);
    if let Some(listed) = listed {
        return Ok(listed);
    }
    let field = "index_topk_pattern";
    if let Some(pattern) = config.json(field) {
        let Some(letters) = pattern.as_str() else {
            let listed = config.of_blocks(field, KINDS, n_layers)?;
            return config.required(field, listed);
        };
        let kinds: Option<Vec<bool>> = (letters.chars())
            .map(|letter| match letter {
                'F' => Some(true),
                'S' => Some(false),
                _ => None,
            })
            .collect();
        return match kinds.filter(|kinds| kinds.len() >= n_layers) {
            Some(kinds) => Ok(kinds[..n_layers].to_vec()),
            None => {
                let problem = format!("is {letters:?}, not F or S for each of {n_layers} blocks");
                Err(config.error(field, problem))
            }
        };
    }
    let every = config.index_or("index_topk_freq", 1)?.max(1);
    let first = config.index_or("index_skip_topk_offset", 2)?;
    Ok((0..n_layers)
        .map(|i| (i + 1).saturating_sub(first).is_multiple_of(every))
        .collect())
}

/// The block whose choice each block takes over: the last one before it that chooses itself. Empty if all do.
pub(super) fn taken_over(
    config: &Config,
    own: &[bool],
) -> Result<Vec<Option<usize>>, CheckpointError> {
    if own.iter().all(|own| *own) {
        return Ok(Vec::new());
    }
    if own.first() == Some(&false) {
        let problem = "begins with a shared block, which has no choice to take over";
        return Err(config.error("indexer_types", problem));
    }
    let last = |i: usize| own[..i].iter().rposition(|own| *own);
    Ok((0..own.len())
        .map(|i| if own[i] { None } else { last(i) })
        .collect())
}
