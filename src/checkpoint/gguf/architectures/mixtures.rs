//! Architectures with experts.

use super::Mapping::*;
use super::parts::*;
use super::{Architecture, Module, Pair, RopeSpan};

/// Router scores that are sigmoids, by llama.cpp's numbers.
const SIGMOID: u64 = 2;

/// Mixtral. Its files say `llama`, and differ from Llama's by having experts. No file gives a window, so
/// there is none.
pub const MIXTRAL: Architecture = Architecture {
    fields: &[SIZES, HEADS, RMS, ROPE, EXPERT_COUNTS],
    when: Some("expert_count"),
    ends: &[ENDS],
    block: &[NORMS, PERMUTED, SPARSE_EXPERTS],
    rope: RopeSpan::WholeHeads,
    ..Architecture::named("llama", "mixtral")
};

const SPARSE_EXPERTS: &[Module] = &[
    Module("ffn_gate_inp", "block_sparse_moe.gate", Same),
    Module("ffn_gate_exps", "block_sparse_moe.experts.{i}.w1", Stacked),
    Module("ffn_up_exps", "block_sparse_moe.experts.{i}.w3", Stacked),
    Module("ffn_down_exps", "block_sparse_moe.experts.{i}.w2", Stacked),
    Module(
        "exp_probs_b",
        "block_sparse_moe.e_score_correction_bias",
        Bare,
    ),
];

pub const QWEN2MOE: Architecture = Architecture {
    fields: &[
        SIZES,
        HEADS,
        RMS,
        ROPE,
        NUM_EXPERTS,
        &[(
            "expert_shared_feed_forward_length",
            "shared_expert_intermediate_size",
        )],
    ],
    ends: &[ENDS],
    block: &[
        NORMS,
        ATTENTION,
        ROUTER,
        EXPERTS,
        &[
            Module("ffn_gate_inp_shexp", "mlp.shared_expert_gate", Row),
            Module("ffn_gate_shexp", "mlp.shared_expert.gate_proj", Same),
            Module("ffn_up_shexp", "mlp.shared_expert.up_proj", Same),
            Module("ffn_down_shexp", "mlp.shared_expert.down_proj", Same),
        ],
    ],
    rope: RopeSpan::WholeHeads,
    ..Architecture::named("qwen2moe", "qwen2_moe")
};

pub const OLMOE: Architecture = Architecture {
    fields: &[SIZES, HEADS, RMS, ROPE, NUM_EXPERTS],
    present: &[ATTENTION_BIAS],
    ends: &[ENDS],
    block: &[NORMS, ATTENTION, QK_NORM, ROUTER, EXPERTS],
    rope: RopeSpan::WholeHeads,
    ..Architecture::named("olmoe", "olmoe")
};

pub const GRANITE_MOE: Architecture = Architecture {
    fields: &[SIZES, HEADS, RMS, ROPE, MULTIPLIERS, EXPERT_COUNTS],
    present: &[ATTENTION_BIAS],
    ends: &[ENDS],
    block: &[
        NORMS,
        PERMUTED,
        &[
            Module("ffn_gate_inp", "block_sparse_moe.router.layer", Same),
            Module(
                "ffn_gate_exps",
                "block_sparse_moe.experts.{i}.gate",
                Stacked,
            ),
            Module("ffn_up_exps", "block_sparse_moe.experts.{i}.up", Stacked),
            Module("ffn_down_exps", "block_sparse_moe.output_linear", Same),
            Module("ffn_gate_shexp", "shared_mlp.gate", Same),
            Module("ffn_up_shexp", "shared_mlp.up", Same),
            Module("ffn_down_shexp", "shared_mlp.output_linear", Same),
        ],
    ],
    rope: RopeSpan::WholeHeads,
    ..Architecture::named("granitemoe", "granitemoe")
};

/// Granite with a shared expert, whose files say `granitemoe` too.
pub const GRANITE_MOE_SHARED: Architecture = Architecture {
    fields: &[
        SIZES,
        HEADS,
        RMS,
        ROPE,
        MULTIPLIERS,
        EXPERT_COUNTS,
        &[(SHARED_WIDTH, "shared_intermediate_size")],
    ],
    when: Some(SHARED_WIDTH),
    family: "granitemoeshared",
    ..GRANITE_MOE
};

const SHARED_WIDTH: &str = "expert_shared_feed_forward_length";

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

/// Phi-3.5-MoE, whose norms subtract the mean although the key of their epsilon says RMS.
pub const PHIMOE: Architecture = Architecture {
    fields: &[SIZES, HEADS, RMS, ROPE, WINDOW, EXPERT_COUNTS],
    present: &[ATTENTION_BIAS, ("lm_head_bias", "output.bias")],
    ends: &[ENDS],
    block: &[NORMS, ATTENTION, SPARSE_EXPERTS],
    rope: RopeSpan::WholeHeads,
    ..Architecture::named("phimoe", "phimoe")
};

pub const ERNIE4_5_MOE: Architecture = Architecture {
    fields: &[
        SIZES,
        HEADS,
        RMS,
        ROPE,
        &[
            ("expert_count", "moe_num_experts"),
            ("expert_used_count", "moe_k"),
            ("expert_feed_forward_length", "moe_intermediate_size"),
            ("expert_shared_count", "moe_num_shared_experts"),
            ("leading_dense_block_count", "moe_layer_start_index"),
            ("interleave_moe_layer_step", "moe_layer_interval"),
            // The number and the width of experts say as much.
            (SHARED_WIDTH, SHARED_WIDTH),
        ],
    ],
    unasked: &[SHARED_WIDTH],
    ends: &[ENDS],
    block: &[
        NORMS,
        ATTENTION,
        GATED,
        ROUTER,
        EXPERTS,
        SHARED_EXPERTS,
        &[Module(
            "exp_probs_b",
            "mlp.moe_statics.e_score_correction_bias",
            BareRow,
        )],
    ],
    rope: RopeSpan::WholeHeads,
    ..Architecture::named("ernie4_5-moe", "ernie4_5_moe")
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
    gating: SIGMOID,
    ..Architecture::named("glm4moe", "glm4_moe")
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

const NUM_EXPERTS: &[Pair] = &[
    ("expert_count", "num_experts"),
    ("expert_used_count", "num_experts_per_tok"),
    ("expert_feed_forward_length", "moe_intermediate_size"),
];
const ROUTED_EXPERTS: &[Pair] = &[
    ("expert_count", "n_routed_experts"),
    ("expert_used_count", "num_experts_per_tok"),
    ("expert_feed_forward_length", "moe_intermediate_size"),
    ("expert_shared_count", "n_shared_experts"),
    ("expert_group_count", "n_group"),
    ("expert_group_used_count", "topk_group"),
    ("leading_dense_block_count", "first_k_dense_replace"),
    ("expert_weights_scale", "routed_scaling_factor"),
    ("expert_weights_norm", "norm_topk_prob"),
];
const ROUTER: &[Module] = &[Module("ffn_gate_inp", "mlp.gate", Same)];
const CHOICE_BIAS: &[Module] = &[Module(
    "exp_probs_b",
    "mlp.gate.e_score_correction_bias",
    Bare,
)];
const SHARED_EXPERTS: &[Module] = &[
    Module("ffn_gate_shexp", "mlp.shared_experts.gate_proj", Same),
    Module("ffn_up_shexp", "mlp.shared_experts.up_proj", Same),
    Module("ffn_down_shexp", "mlp.shared_experts.down_proj", Same),
];
