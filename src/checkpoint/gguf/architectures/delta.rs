//! Architectures with gated delta nets in most blocks.

use super::Mapping::*;
use super::latent::{LATENT, RANKS, WIDTHS, widths};
use super::mixtures::{
    GATED_EXPERT, GATED_EXPERT_WIDTH, NUM_EXPERTS, ROUTER, SHARED_EXPERTS, SHARED_WIDTH,
};
use super::parts::*;
use super::recurrent::layer_types;
use super::sigmoids::SIGMOID;
use super::{Architecture, Module, Pair, RopeSpan, size};
use crate::checkpoint::error::CheckpointError;
use crate::checkpoint::gguf::keys::Read;
use crate::checkpoint::weights::Order;
use serde_json::{Map, Value, json};

pub const QWEN3NEXT: Architecture = Architecture {
    fields: &[
        SIZES,
        HEADS,
        RMS,
        ROPE,
        NUM_EXPERTS,
        GATED_EXPERT_WIDTH,
        DELTA_NET,
    ],
    on: &["norm_topk_prob"],
    ends: &[PLUS_ONE_ENDS],
    block: &[
        DELTA_NORMS,
        ATTENTION,
        DELTA,
        ROUTER,
        EXPERTS,
        GATED_EXPERT,
        &[
            Module("attn_qkv", "linear_attn.in_proj_{i}", Delta),
            Module("attn_gate", "linear_attn.in_proj_z", Same),
            // Older files have queries, keys, values and gates as the model has them.
            Module("ssm_in", "linear_attn.in_proj_qkvz", Same),
            Module("ssm_ba", "linear_attn.in_proj_ba", Same),
        ],
    ],
    rope: RopeSpan::PartOfHeads,
    more: Some(value_width),
    keys: &[INNER],
    ..Architecture::named("qwen3next", "qwen3_next")
};

/// Qwen3.5, in whose files heads of one key do not stand side by side.
pub const QWEN35: Architecture = Architecture {
    fields: &[SIZES, HEADS, RMS, ROPE, DELTA_NET],
    ends: &[PLUS_ONE_ENDS],
    block: &[DELTA_NORMS, ATTENTION, DELTA, DELTA_APART, GATED],
    rope: RopeSpan::PartOfHeads,
    more: Some(value_width),
    keys: &[INNER],
    order: Some(by_rounds),
    ..Architecture::named("qwen35", "qwen3_5_text")
};

pub const QWEN35MOE: Architecture = Architecture {
    fields: &[
        SIZES,
        HEADS,
        RMS,
        ROPE,
        NUM_EXPERTS,
        GATED_EXPERT_WIDTH,
        DELTA_NET,
    ],
    block: &[
        DELTA_NORMS,
        ATTENTION,
        DELTA,
        DELTA_APART,
        ROUTER,
        EXPERTS,
        GATED_EXPERT,
        &[Module("ffn_gate_up_exps", "mlp.experts.gate_up_proj", Bare)],
    ],
    name: "qwen35moe",
    family: "qwen3_5_moe_text",
    ..QWEN35
};

/// Kimi Linear: delta nets whose rows fade apart, latent attention without positions, DeepSeek 3's mixture. A delta net
/// has as many heads as attention.
pub const KIMI_LINEAR: Architecture = Architecture {
    fields: &[
        &[
            ("block_count", "num_hidden_layers"),
            ("context_length", "model_max_length"),
            ("embedding_length", "hidden_size"),
            ("feed_forward_length", "intermediate_size"),
            ("attention.head_count", "num_attention_heads"),
            ("expert_count", "num_experts"),
            ("expert_used_count", "num_experts_per_token"),
            ("expert_feed_forward_length", "moe_intermediate_size"),
            ("expert_shared_count", "num_shared_experts"),
            ("expert_group_count", "num_expert_group"),
            ("expert_group_used_count", "topk_group"),
            ("leading_dense_block_count", "first_k_dense_replace"),
            ("expert_weights_scale", "routed_scaling_factor"),
            ("expert_weights_norm", "moe_renormalize"),
            ("kda.head_dim", "linear_head_dim"),
            ("ssm.conv_kernel", "linear_conv_kernel_dim"),
        ],
        RMS,
        RANKS,
    ],
    on: &["moe_renormalize"],
    ends: &[ENDS],
    block: &[
        NORMS,
        LATENT,
        GATED,
        &[
            Module("attn_k", "self_attn.k_proj", Same),
            Module("attn_v", "self_attn.v_proj", Same),
            Module("ssm_conv1d_q", "self_attn.q_conv1d", Convolution),
            Module("ssm_conv1d_k", "self_attn.k_conv1d", Convolution),
            Module("ssm_conv1d_v", "self_attn.v_conv1d", Convolution),
            Module("ssm_f_a", "self_attn.f_a_proj", Same),
            Module("ssm_f_b", "self_attn.f_b_proj", Same),
            Module("ssm_beta", "self_attn.b_proj", Same),
            Module("ssm_a", "self_attn.A_log", MinusExp),
            Module("ssm_dt", "self_attn.dt_bias", Bare),
            Module("ssm_g_a", "self_attn.g_a_proj", Same),
            Module("ssm_g_b", "self_attn.g_b_proj", Same),
            Module("ssm_norm", "self_attn.o_norm", Same),
            Module("ffn_gate_inp", "block_sparse_moe.gate", Same),
            Module(
                "exp_probs_b",
                "block_sparse_moe.gate.e_score_correction_bias",
                Bare,
            ),
            Module("ffn_gate_exps", "block_sparse_moe.experts.{i}.w1", Stacked),
            Module("ffn_up_exps", "block_sparse_moe.experts.{i}.w3", Stacked),
            Module("ffn_down_exps", "block_sparse_moe.experts.{i}.w2", Stacked),
            Module(
                "ffn_gate_up_exps",
                "block_sparse_moe.experts.{i}.w1|w3",
                StackedPairs,
            ),
            Module(
                "ffn_gate_shexp",
                "block_sparse_moe.shared_experts.gate_proj",
                Same,
            ),
            Module(
                "ffn_up_shexp",
                "block_sparse_moe.shared_experts.up_proj",
                Same,
            ),
            Module(
                "ffn_down_shexp",
                "block_sparse_moe.shared_experts.down_proj",
                Same,
            ),
        ],
    ],
    more: Some(|read, config| {
        for field in ["num_expert_group", "topk_group"] {
            config.entry(field).or_insert(1.into());
        }
        let heads = config.get("num_attention_heads").cloned();
        config.insert("linear_num_heads".into(), json!(heads));
        kinds_by_keys(read, config)?;
        widths(read, config)
    }),
    keys: &[
        WIDTHS[0],
        WIDTHS[1],
        WIDTHS[2],
        WIDTHS[3],
        WIDTHS[4],
        // Nothing turns.
        "rope.freq_base",
    ],
    gating: SIGMOID,
    ..Architecture::named("kimi-linear", "kimi_linear")
};

/// Ling 3: Kimi's delta nets with a decay within a bound, latent attention with a gate for each head, DeepSeek 3's mixture.
pub const BAILINGMOE3: Architecture = Architecture {
    fields: &[
        SIZES,
        RMS,
        ROPE,
        RANKS,
        &[
            ("expert_count", "num_local_experts"),
            ("expert_used_count", "num_experts_per_tok"),
            ("expert_feed_forward_length", "moe_intermediate_size"),
            ("expert_shared_count", "n_shared_experts"),
            ("expert_group_count", "n_group"),
            ("expert_group_used_count", "topk_group"),
            ("leading_dense_block_count", "first_k_dense_replace"),
            ("expert_weights_scale", "routed_scaling_factor"),
            ("expert_weights_norm", "norm_topk_prob"),
            ("kda.head_dim", "head_dim"),
            ("kda.safe_gate", "kda_safe_gate"),
            ("kda.gate_lower_bound", "kda_lower_bound"),
            ("ssm.conv_kernel", "short_conv_kernel_size"),
        ],
    ],
    ends: &[ENDS],
    block: &[
        NORMS,
        GATED,
        ROUTER,
        EXPERTS,
        SHARED_EXPERTS,
        &[
            Module("attn_q", "attention.q_proj", Same),
            Module("attn_q_a", "attention.q_a_proj", Same),
            Module("attn_q_a_norm", "attention.q_a_layernorm", Same),
            Module("attn_q_b", "attention.q_b_proj", Same),
            Module("attn_kv_a_mqa", "attention.kv_a_proj_with_mqa", Same),
            Module("attn_kv_a_norm", "attention.kv_a_layernorm", Same),
            Module("attn_k_b", "attention.k_b_proj", HeadsTransposed),
            Module("attn_v_b", "attention.v_b_proj", Heads),
            Module("attn_k", "attention.k_proj", Same),
            Module("attn_v", "attention.v_proj", Same),
            Module("attn_gate", "attention.g_proj", Same),
            Module("attn_output", "attention.dense", Same),
            Module("ssm_conv1d_q", "attention.q_conv1d", Convolution),
            Module("ssm_conv1d_k", "attention.k_conv1d", Convolution),
            Module("ssm_conv1d_v", "attention.v_conv1d", Convolution),
            Module("ssm_f_a", "attention.f_proj", Same),
            Module("ssm_beta", "attention.b_proj", Same),
            Module("ssm_a", "attention.A_log", Exp),
            Module("ssm_dt", "attention.dt_bias", Bare),
            Module("ssm_g_a", "attention.g_proj", Same),
            Module("ssm_norm", "attention.o_norm", Same),
            Module("exp_probs_b", "mlp.gate.expert_bias", Bare),
        ],
    ],
    rope: RopeSpan::Apart,
    more: Some(|read, config| {
        for field in ["n_group", "topk_group"] {
            config.entry(field).or_insert(1.into());
        }
        config.entry("norm_topk_prob").or_insert(false.into());
        kinds_by_keys(read, config)?;
        widths(read, config)
    }),
    keys: &[
        WIDTHS[0],
        WIDTHS[1],
        WIDTHS[2],
        WIDTHS[3],
        WIDTHS[4],
        // The number and the width of experts say as much.
        SHARED_WIDTH,
    ],
    gating: SIGMOID,
    ..Architecture::named("bailingmoe3", "bailing_hybrid")
};

/// Set the kind of each block: those with a delta net have no keys of attention.
fn kinds_by_keys(read: &Read, config: &mut Map<String, Value>) -> Result<(), CheckpointError> {
    let counts = read.by_block("attention.head_count_kv")?;
    layer_types(config, counts.into_iter().map(|n| n > 0));
    Ok(())
}

/// The width of all values together.
pub const INNER: &str = "ssm.inner_size";

pub const DELTA_NET: &[Pair] = &[
    ("ssm.conv_kernel", "linear_conv_kernel_dim"),
    ("ssm.state_size", "linear_key_head_dim"),
    ("ssm.group_count", "linear_num_key_heads"),
    ("ssm.time_step_rank", "linear_num_value_heads"),
    ("full_attention_interval", "full_attention_interval"),
];
const DELTA_NORMS: &[Module] = &[
    Module("attn_norm", "input_layernorm", PlusOne),
    Module("post_attention_norm", "post_attention_layernorm", PlusOne),
    Module("attn_q_norm", "self_attn.q_norm", PlusOne),
    Module("attn_k_norm", "self_attn.k_norm", PlusOne),
];
pub const DELTA: &[Module] = &[
    Module("ssm_conv1d", "linear_attn.conv1d", Convolution),
    Module("ssm_a", "linear_attn.A_log", MinusExp),
    Module("ssm_dt", "linear_attn.dt_bias", Bare),
    Module("ssm_norm", "linear_attn.norm", Same),
    Module("ssm_out", "linear_attn.out_proj", Same),
];
pub const DELTA_APART: &[Module] = &[
    Module("attn_qkv", "linear_attn.in_proj_qkv", Same),
    Module("attn_gate", "linear_attn.in_proj_z", Same),
    Module("ssm_beta", "linear_attn.in_proj_b", Same),
    Module("ssm_alpha", "linear_attn.in_proj_a", Same),
];

pub fn value_width(read: &Read, config: &mut Map<String, Value>) -> Result<(), CheckpointError> {
    let heads = read.needed("ssm.time_step_rank")?.max(1);
    let width = read.needed(INNER)? / heads;
    config.insert("linear_value_head_dim".into(), width.into());
    Ok(())
}

/// Heads of values in rounds over the keys.
pub fn by_rounds(module: &str, config: &Value) -> Order {
    let size = |field| size(config, field);
    let keys = size("linear_num_key_heads");
    if keys == size("linear_num_value_heads") {
        return Order::Same;
    }
    let before = size("linear_key_head_dim")
        .saturating_mul(2)
        .saturating_mul(keys);
    let (skip, width) = match module {
        "attn_qkv" | "ssm_conv1d" => (before, size("linear_value_head_dim")),
        "attn_gate" | "ssm_out" => (0, size("linear_value_head_dim")),
        "ssm_beta" | "ssm_alpha" | "ssm_a" | "ssm_dt" => (0, 1),
        _ => return Order::Same,
    };
    Order::Rounds {
        skip,
        groups: keys,
        width,
        columns: module == "ssm_out",
    }
}
