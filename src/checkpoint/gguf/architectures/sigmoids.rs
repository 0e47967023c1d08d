//! Architectures with experts whose shares are sigmoids.

use super::Mapping::*;
use super::kinds::sparse;
use super::mixtures::{
    CHOICE_BIAS, NUM_EXPERTS, ROUTED_EXPERTS, ROUTER, SHARED_EXPERTS, SHARED_WIDTH, SPARSE_EXPERTS,
};
use super::parts::*;
use super::{Architecture, Module, RopeSpan};

/// Router scores that are sigmoids, by llama.cpp's numbers.
pub const SIGMOID: u64 = 2;

pub const DOTS1: Architecture = Architecture {
    fields: &[SIZES, HEADS, RMS, ROPE, ROUTED_EXPERTS],
    present: &[ATTENTION_BIAS],
    ends: &[ENDS],
    block: &[
        NORMS,
        ATTENTION,
        QK_NORM,
        GATED,
        ROUTER,
        CHOICE_BIAS,
        EXPERTS,
        SHARED_EXPERTS,
    ],
    rope: RopeSpan::WholeHeads,
    gating: SIGMOID,
    ..Architecture::named("dots1", "dots1")
};

pub const GLM4MOE: Architecture = Architecture {
    fields: &[SIZES, HEADS, RMS, ROPE, ROUTED_EXPERTS],
    present: &[ATTENTION_BIAS, ("use_qk_norm", "blk.0.attn_q_norm.weight")],
    ends: &[ENDS],
    block: &[
        NORMS,
        ATTENTION,
        QK_NORM,
        GATED,
        ROUTER,
        CHOICE_BIAS,
        EXPERTS,
        SHARED_EXPERTS,
        &[Module(
            "post_attention_norm",
            "post_attention_layernorm",
            Same,
        )],
    ],
    rope: RopeSpan::PartOfHeads,
    more: Some(|_, config| {
        // A file without this key has experts in each block, and may give no width of others.
        config.entry("first_k_dense_replace").or_insert(0.into());
        Ok(())
    }),
    gating: SIGMOID,
    ..Architecture::named("glm4moe", "glm4_moe")
};

/// Hunyuan 3.
pub const HY3: Architecture = Architecture {
    fields: &[
        SIZES,
        HEADS,
        RMS,
        ROPE,
        NUM_EXPERTS,
        &[("expert_weights_scale", "router_scaling_factor")],
    ],
    present: &[ATTENTION_BIAS],
    ends: &[ENDS],
    block: &[
        NORMS,
        ATTENTION,
        QK_NORM,
        GATED,
        EXPERTS,
        &[
            Module("ffn_gate_inp", "mlp.router.gate", Same),
            Module("exp_probs_b", "mlp.expert_bias", Bare),
            Module("ffn_gate_shexp", "mlp.shared_mlp.gate_proj", Same),
            Module("ffn_up_shexp", "mlp.shared_mlp.up_proj", Same),
            Module("ffn_down_shexp", "mlp.shared_mlp.down_proj", Same),
        ],
    ],
    rope: RopeSpan::WholeHeads,
    more: Some(|read, config| {
        let own = read.size("expert_feed_forward_length")?.unwrap_or(0).max(1);
        let shared = read.size(SHARED_WIDTH)?.unwrap_or(0) / own;
        config.insert("num_shared_experts".into(), shared.into());
        sparse(read, config)
    }),
    keys: &[SHARED_WIDTH, "expert_weights_norm"],
    gating: SIGMOID,
    ..Architecture::named("hy_v3", "hy_v3")
};

pub const MINIMAX_M2: Architecture = Architecture {
    fields: &[
        SIZES,
        HEADS,
        RMS,
        ROPE,
        EXPERT_COUNTS,
        &[("expert_feed_forward_length", "intermediate_size")],
    ],
    ends: &[ENDS],
    block: &[NORMS, ATTENTION, QK_NORM, SPARSE_EXPERTS],
    rope: RopeSpan::PartOfHeads,
    gating: SIGMOID,
    ..Architecture::named("minimax-m2", "minimax_m2")
};

/// Arcee's Trinity. Its embeddings are scaled, which no key says.
pub const AFMOE: Architecture = Architecture {
    fields: &[
        SIZES,
        HEADS,
        RMS,
        ROPE,
        WINDOW,
        NUM_EXPERTS,
        &[
            ("expert_shared_count", "num_shared_experts"),
            ("leading_dense_block_count", "num_dense_layers"),
            ("expert_weights_scale", "route_scale"),
            ("expert_weights_norm", "route_norm"),
            ("expert_group_count", "n_group"),
            ("expert_group_used_count", "topk_group"),
        ],
    ],
    on: &["mup_enabled"],
    unasked: &["route_norm", "n_group", "topk_group"],
    present: &[ATTENTION_BIAS],
    ends: &[ENDS],
    block: &[
        ATTENTION,
        QK_NORM,
        GATED,
        EXPERTS,
        SHARED_EXPERTS,
        &[
            Module("attn_norm", "input_layernorm", Same),
            Module("post_attention_norm", "post_attention_layernorm", Same),
            Module("ffn_norm", "pre_mlp_layernorm", Same),
            Module("post_ffw_norm", "post_mlp_layernorm", Same),
            Module("attn_gate", "self_attn.gate_proj", Same),
            Module("ffn_gate_inp", "mlp.router.gate", Same),
            Module("exp_probs_b", "mlp.expert_bias", Bare),
        ],
    ],
    rope: RopeSpan::WholeHeads,
    sees_all: Some(4),
    gating: SIGMOID,
    ..Architecture::named("afmoe", "afmoe")
};

/// K-EXAONE.
pub const EXAONE_MOE: Architecture = Architecture {
    fields: &[
        SIZES,
        HEADS,
        RMS,
        ROPE,
        WINDOW,
        NUM_EXPERTS,
        &[
            ("expert_shared_count", "num_shared_experts"),
            ("expert_group_count", "n_group"),
            ("expert_group_used_count", "topk_group"),
            ("leading_dense_block_count", "first_k_dense_replace"),
            ("expert_weights_scale", "routed_scaling_factor"),
            ("expert_weights_norm", "norm_topk_prob"),
        ],
    ],
    ends: &[ENDS],
    block: &[
        NORMS,
        ATTENTION,
        QK_NORM,
        GATED,
        ROUTER,
        EXPERTS,
        SHARED_EXPERTS,
        &[Module("exp_probs_b", "mlp.e_score_correction_bias", Bare)],
    ],
    rope: RopeSpan::WholeHeads,
    sees_all: Some(4),
    keys: &[SHARED_WIDTH],
    gating: SIGMOID,
    ..Architecture::named("exaone-moe", "exaone_moe")
};

/// Llama 4. No key gives its runs of tokens, the growth of its scores, or the blocks without positions: they are
/// the published models'.
pub const LLAMA4: Architecture = Architecture {
    fields: &[
        &[
            ("block_count", "num_hidden_layers"),
            ("context_length", "max_position_embeddings"),
            ("embedding_length", "hidden_size"),
            ("feed_forward_length", "intermediate_size_mlp"),
            ("attention.head_count", "num_attention_heads"),
            ("expert_feed_forward_length", "intermediate_size"),
            ("interleave_moe_layer_step", "interleave_moe_layer_step"),
        ],
        HEADS,
        RMS,
        ROPE,
        EXPERT_COUNTS,
    ],
    present: &[ATTENTION_BIAS],
    ends: &[ENDS],
    block: &[
        NORMS,
        ATTENTION,
        &[
            Module("ffn_gate", "feed_forward.gate_proj", Same),
            Module("ffn_up", "feed_forward.up_proj", Same),
            Module("ffn_down", "feed_forward.down_proj", Same),
            Module("ffn_gate_inp", "feed_forward.router", Same),
            Module(
                "ffn_gate_exps",
                "feed_forward.experts.{i}.gate_proj",
                Stacked,
            ),
            Module("ffn_up_exps", "feed_forward.experts.{i}.up_proj", Stacked),
            Module(
                "ffn_down_exps",
                "feed_forward.experts.{i}.down_proj",
                Stacked,
            ),
            Module(
                "ffn_gate_shexp",
                "feed_forward.shared_expert.gate_proj",
                Same,
            ),
            Module("ffn_up_shexp", "feed_forward.shared_expert.up_proj", Same),
            Module(
                "ffn_down_shexp",
                "feed_forward.shared_expert.down_proj",
                Same,
            ),
        ],
    ],
    rope: RopeSpan::WholeHeads,
    more: Some(|read, config| {
        // The model with 128 experts does not norm queries and keys.
        let normed = read.size("expert_count")? != Some(128);
        config.insert("use_qk_norm".into(), normed.into());
        Ok(())
    }),
    keys: &["leading_dense_block_count"],
    gating: SIGMOID,
    ..Architecture::named("llama4", "llama4_text")
};
