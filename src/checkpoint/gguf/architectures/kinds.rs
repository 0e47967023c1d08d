//! Architectures with experts and two kinds of blocks, whose heads, rotary positions or both differ.

use serde_json::{Map, Value, json};

use super::Mapping::*;
use super::mixtures::{CHOICE_BIAS, NUM_EXPERTS, ROUTER, SHARED_EXPERTS, SHARED_WIDTH};
use super::parts::*;
use super::sigmoids::SIGMOID;
use super::{Architecture, Module, RopeSpan};
use crate::checkpoint::error::CheckpointError;
use crate::checkpoint::gguf::config::PATTERN;
use crate::checkpoint::gguf::keys::Read;

type Config = Map<String, Value>;

/// MiMo-V2-Flash: blocks that slide have twice the keys and values, and sinks.
pub const MIMO2: Architecture = Architecture {
    fields: &[
        SIZES,
        &[
            ("attention.key_length", "head_dim"),
            ("attention.value_length", "v_head_dim"),
            ("attention.value_scale", "attention_value_scale"),
            ("expert_count", "n_routed_experts"),
            ("expert_used_count", "num_experts_per_tok"),
            ("expert_feed_forward_length", "moe_intermediate_size"),
            ("expert_group_count", "n_group"),
            ("expert_group_used_count", "topk_group"),
            ("expert_weights_scale", "routed_scaling_factor"),
        ],
        RMS,
        WINDOW,
    ],
    present: &[ATTENTION_BIAS],
    ends: &[ENDS],
    block: &[
        NORMS,
        ATTENTION,
        GATED,
        ROUTER,
        CHOICE_BIAS,
        EXPERTS,
        &[
            // MiMo-V2.5.
            Module("attn_qkv", "self_attn.{i}_proj", QueriesKeysValues),
            Module("attn_sinks", "self_attn.attention_sink_bias", Bare),
        ],
    ],
    rope: RopeSpan::Apart,
    sees_all: Some(6),
    more: Some(|read, config| {
        const KV: &str = "attention.head_count_kv";
        let counts = read.by_block(KV)?;
        let sliding = slides(config);
        let full = counts.iter().zip(&sliding).find(|(_, slides)| !**slides);
        let full = full.map(|(count, _)| *count);
        let of = |slides: bool| full.map(|count| count.saturating_mul(1 + u64::from(slides)));
        if let Some((i, other)) = (counts.iter().zip(&sliding).enumerate())
            .find_map(|(i, (count, slides))| (Some(*count) != of(*slides)).then_some((i, count)))
        {
            let problem = format!(
                "is {other} in block {i}; blocks with windows have twice as many as others"
            );
            return Err(read.error(KV, problem));
        }
        config.insert("num_key_value_heads".into(), json!(full));
        for (field, usual) in [
            ("routed_scaling_factor", json!(1.0)),
            ("attention_value_scale", json!(1.0)),
            ("n_group", json!(1)),
            ("topk_group", json!(1)),
        ] {
            config.entry(field).or_insert(usual);
        }
        config.insert("norm_topk_prob".into(), true.into());
        sparse(read, config)?;
        by_kind(read, config)
    }),
    keys: &[BASE, SLIDING_BASE, TURNS, SLIDING_TURNS],
    gating: SIGMOID,
    ..Architecture::named("mimo2", "mimo_v2_flash")
};

/// Laguna: a number of heads for each block, and a gate on what they mix.
pub const LAGUNA: Architecture = Architecture {
    fields: &[
        &[
            ("block_count", "num_hidden_layers"),
            ("context_length", "max_position_embeddings"),
            ("embedding_length", "hidden_size"),
            ("feed_forward_length", "intermediate_size"),
        ],
        HEADS,
        RMS,
        WINDOW,
        NUM_EXPERTS,
        &[
            (SHARED_WIDTH, "shared_expert_intermediate_size"),
            ("expert_weights_scale", "moe_routed_scaling_factor"),
        ],
    ],
    present: &[ATTENTION_BIAS],
    ends: &[ENDS],
    block: &[
        NORMS,
        ATTENTION,
        QK_NORM,
        GATED,
        ROUTER,
        EXPERTS,
        &[
            Module("attn_gate", "self_attn.g_proj", Same),
            Module("exp_probs_b", "mlp.experts.e_score_correction_bias", Bare),
            Module("ffn_gate_shexp", "mlp.shared_expert.gate_proj", Same),
            Module("ffn_up_shexp", "mlp.shared_expert.up_proj", Same),
            Module("ffn_down_shexp", "mlp.shared_expert.down_proj", Same),
        ],
    ],
    rope: RopeSpan::Apart,
    more: Some(|read, config| {
        const HEADS: &str = "attention.head_count";
        let heads = read.by_block(HEADS)?;
        config.insert("num_attention_heads".into(), json!(heads.first()));
        // A gate has a number for each head, or one for each of its dimensions.
        let gate = read.any("blk.0.attn_gate.weight");
        let gate = gate.and_then(|gate| gate.shape.first()).map(|n| *n as u64);
        let by_head = heads.iter().any(|heads| gate == Some(*heads));
        let gating = ["per-element", "per-head"][usize::from(by_head)];
        config.insert("gating".into(), gating.into());
        config.insert("num_attention_heads_per_layer".into(), json!(heads));
        // Every fourth block sees all tokens, from the first on, unless the file says otherwise.
        let window = config.get("sliding_window").is_some_and(|n| !n.is_null());
        let listed = read.metadata.flags(&read.key(PATTERN)).ok().flatten();
        let period = read.size(PATTERN).ok().flatten().unwrap_or(4).max(1);
        let kinds = (0..heads.len()).map(|i| {
            let own = listed.as_ref().and_then(|listed| listed.get(i).copied());
            let slides = window && own.unwrap_or(!(i as u64).is_multiple_of(period));
            ["full_attention", "sliding_attention"][usize::from(slides)]
        });
        config.insert("layer_types".into(), json!(kinds.collect::<Vec<_>>()));
        sparse(read, config)?;
        by_kind(read, config)
    }),
    keys: &[
        "attention.head_count",
        PATTERN,
        "leading_dense_block_count",
        "expert_shared_count",
        "expert_weights_norm",
        BASE,
        SLIDING_BASE,
        TURNS,
        SLIDING_TURNS,
    ],
    gating: SIGMOID,
    ..Architecture::named("laguna", "laguna")
};

/// Mellum 2: Qwen 3's mixture with windows, whose blocks turn by a base of their own.
pub const MELLUM: Architecture = Architecture {
    fields: &[SIZES, HEADS, RMS, WINDOW, NUM_EXPERTS],
    on: &["norm_topk_prob"],
    present: &[ATTENTION_BIAS],
    ends: &[ENDS],
    block: &[NORMS, ATTENTION, QK_NORM, ROUTER, EXPERTS],
    rope: RopeSpan::Apart,
    sees_all: Some(4),
    more: Some(|read, config| {
        sparse(read, config)?;
        by_kind(read, config)
    }),
    keys: &[BASE, SLIDING_BASE, TURNS],
    ..Architecture::named("mellum", "mellum")
};

/// Command A's mixture: blocks before the mixtures turn all, whatever they see.
pub const COHERE2MOE: Architecture = Architecture {
    fields: &[
        &[
            ("block_count", "num_hidden_layers"),
            ("context_length", "max_position_embeddings"),
            ("embedding_length", "hidden_size"),
            ("feed_forward_length", "prefix_dense_intermediate_size"),
            ("attention.head_count", "num_attention_heads"),
            ("expert_count", "num_experts"),
            ("expert_used_count", "num_experts_per_tok"),
            ("expert_feed_forward_length", "intermediate_size"),
            ("expert_shared_count", "num_shared_experts"),
            ("expert_weights_norm", "norm_topk_prob"),
            ("logit_scale", "logit_scale"),
        ],
        HEADS,
        LAYER_NORM,
        ROPE,
        WINDOW,
    ],
    present: &[ATTENTION_BIAS],
    ends: &[ENDS],
    block: &[NORMS, ATTENTION, GATED, ROUTER, EXPERTS, SHARED_EXPERTS],
    rope: RopeSpan::WholeHeads,
    sees_all: Some(4),
    more: Some(|read, config| {
        config.insert("expert_selection_fn".into(), "sigmoid".into());
        config.entry("norm_topk_prob").or_insert(false.into());
        config.entry("num_shared_experts").or_insert(0.into());
        sparse(read, config)
    }),
    keys: &[SHARED_WIDTH, "leading_dense_block_count"],
    gating: SIGMOID,
    ..Architecture::named("cohere2moe", "cohere2_moe")
};

const BASE: &str = "rope.freq_base";
const SLIDING_BASE: &str = "rope.freq_base_swa";
const TURNS: &str = "rope.dimension_count";
const SLIDING_TURNS: &str = "rope.dimension_count_swa";

/// Whether each block has a window.
fn slides(config: &Config) -> Vec<bool> {
    let types = config.get("layer_types").and_then(Value::as_array);
    let slides = |kind: &Value| kind == "sliding_attention";
    types.into_iter().flatten().map(slides).collect()
}

/// Set the blocks with experts: those that have a router.
pub fn sparse(read: &Read, config: &mut Config) -> Result<(), CheckpointError> {
    let count = read.by_block("embedding_length")?.len();
    let router = |i| {
        read.tensor(&format!("blk.{i}.ffn_gate_inp.weight"))
            .is_some()
    };
    let kinds = (0..count).map(|i| ["dense", "sparse"][usize::from(router(i))]);
    config.insert("mlp_layer_types".into(), json!(kinds.collect::<Vec<_>>()));
    Ok(())
}

/// Set the rotary positions of each kind of block. Only those without a window are stretched.
fn by_kind(read: &Read, config: &mut Config) -> Result<(), CheckpointError> {
    let base = read.real(BASE)?.unwrap_or(1e4);
    let turns = read.size(TURNS)?;
    let mut full = match config.remove("rope_scaling") {
        Some(Value::Object(scaling)) => scaling,
        _ => Map::from_iter([("rope_type".into(), "default".into())]),
    };
    let mut sliding = Map::from_iter([("rope_type".into(), "default".into())]);
    let own = read.real(SLIDING_BASE)?.unwrap_or(base);
    full.insert("rope_theta".into(), base.into());
    sliding.insert("rope_theta".into(), own.into());
    let d_head = config.get("head_dim").and_then(Value::as_u64);
    for (kind, turns) in [
        (&mut full, turns),
        (&mut sliding, read.size(SLIDING_TURNS)?.or(turns)),
    ] {
        if let (Some(turns), Some(d_head @ 1..)) = (turns, d_head) {
            // A little more than the quotient: rounding could leave it just below.
            let part = if turns == d_head {
                1.0
            } else {
                (turns as f64 + 1e-6) / d_head as f64
            };
            kind.insert("partial_rotary_factor".into(), part.into());
        }
    }
    config.remove("rope_theta");
    config.insert(
        "rope_parameters".into(),
        json!({ "full_attention": full, "sliding_attention": sliding }),
    );
    Ok(())
}
