//! Architectures with experts whose shares are a softmax.

use serde_json::json;

use super::Mapping::*;
use super::parts::*;
use super::{Architecture, Module, Pair, RopeSpan, When};

/// Mixtral. Its files say `llama`, and differ from Llama's by having experts. No file gives a window, so
/// there is none.
pub const MIXTRAL: Architecture = Architecture {
    fields: &[SIZES, HEADS, RMS, ROPE, EXPERT_COUNTS],
    when: When::Key("expert_count"),
    ends: &[ENDS],
    block: &[NORMS, PERMUTED, SPARSE_EXPERTS],
    rope: RopeSpan::WholeHeads,
    ..Architecture::named("llama", "mixtral")
};

pub const SPARSE_EXPERTS: &[Module] = &[
    Module("ffn_gate_inp", "block_sparse_moe.gate", Same),
    Module("ffn_gate_exps", "block_sparse_moe.experts.{i}.w1", Stacked),
    Module("ffn_up_exps", "block_sparse_moe.experts.{i}.w3", Stacked),
    Module("ffn_down_exps", "block_sparse_moe.experts.{i}.w2", Stacked),
    Module(
        "ffn_gate_up_exps",
        "block_sparse_moe.experts.{i}.w1|w3",
        StackedPairs,
    ),
    Module(
        "exp_probs_b",
        "block_sparse_moe.e_score_correction_bias",
        Bare,
    ),
];

pub const QWEN2MOE: Architecture = Architecture {
    fields: &[SIZES, HEADS, RMS, ROPE, NUM_EXPERTS, GATED_EXPERT_WIDTH],
    ends: &[ENDS],
    block: &[NORMS, ATTENTION, ROUTER, EXPERTS, GATED_EXPERT],
    rope: RopeSpan::WholeHeads,
    ..Architecture::named("qwen2moe", "qwen2_moe")
};

pub const GATED_EXPERT_WIDTH: &[Pair] = &[(SHARED_WIDTH, "shared_expert_intermediate_size")];
/// An expert that sees all tokens, with a gate of its own.
pub const GATED_EXPERT: &[Module] = &[
    Module("ffn_gate_inp_shexp", "mlp.shared_expert_gate", Row),
    Module("ffn_gate_shexp", "mlp.shared_expert.gate_proj", Same),
    Module("ffn_up_shexp", "mlp.shared_expert.up_proj", Same),
    Module("ffn_down_shexp", "mlp.shared_expert.down_proj", Same),
];

pub const OLMOE: Architecture = Architecture {
    fields: &[SIZES, HEADS, RMS, ROPE, NUM_EXPERTS],
    present: &[ATTENTION_BIAS],
    ends: &[ENDS],
    block: &[NORMS, ATTENTION, QK_NORM, ROUTER, EXPERTS],
    rope: RopeSpan::WholeHeads,
    ..Architecture::named("olmoe", "olmoe")
};

pub const SHARED_WIDTH: &str = "expert_shared_feed_forward_length";

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

/// Hunyuan with experts.
pub const HUNYUAN_MOE: Architecture = Architecture {
    fields: &[
        SIZES,
        HEADS,
        RMS,
        ROPE,
        &[
            ("expert_count", "num_experts"),
            ("expert_used_count", "moe_topk"),
        ],
    ],
    present: &[ATTENTION_BIAS],
    ends: &[ENDS],
    block: &[
        NORMS,
        ATTENTION,
        EXPERTS,
        &[
            Module("attn_q_norm", "self_attn.query_layernorm", Same),
            Module("attn_k_norm", "self_attn.key_layernorm", Same),
            Module("ffn_gate_inp", "mlp.gate.wg", Same),
            Module("ffn_gate_shexp", "mlp.shared_mlp.gate_proj", Same),
            Module("ffn_up_shexp", "mlp.shared_mlp.up_proj", Same),
            Module("ffn_down_shexp", "mlp.shared_mlp.down_proj", Same),
        ],
    ],
    rope: RopeSpan::WholeHeads,
    // All widths are that of the MLP.
    keys: &[
        SHARED_WIDTH,
        "expert_feed_forward_length",
        "expert_shared_count",
    ],
    ..Architecture::named("hunyuan-moe", "hunyuan_v1_moe")
};

pub const DBRX: Architecture = Architecture {
    fields: &[&[
        ("block_count", "n_layers"),
        ("context_length", "max_seq_len"),
        ("embedding_length", "d_model"),
        ("attention.head_count", "n_heads"),
        ("attention.head_count_kv", "attn_config.kv_n_heads"),
        ("attention.clamp_kqv", "attn_config.clip_qkv"),
        ("rope.freq_base", "attn_config.rope_theta"),
        ("feed_forward_length", "ffn_config.ffn_hidden_size"),
        ("expert_count", "ffn_config.moe_num_experts"),
        ("expert_used_count", "ffn_config.moe_top_k"),
    ]],
    ends: &[&[
        Module("token_embd", "wte", Same),
        Module("output_norm", "norm_f", Same),
        Module("output", "lm_head", Same),
    ]],
    layers: "blocks",
    block: &[&[
        Module("attn_norm", "norm_attn_norm.norm_1", Same),
        Module("attn_qkv", "norm_attn_norm.attn.Wqkv", Same),
        Module("attn_output", "norm_attn_norm.attn.out_proj", Same),
        Module("attn_output_norm", "norm_attn_norm.norm_2", Same),
        Module("ffn_gate_inp", "ffn.router.layer", Same),
        Module("ffn_gate_exps", "ffn.experts.{i}.w1", Stacked),
        Module("ffn_up_exps", "ffn.experts.{i}.v1", Stacked),
        Module("ffn_down_exps", "ffn.experts.{i}.w2", Stacked),
    ]],
    more: Some(|_, config| {
        // Shares sum to 1 in the published models, which no key says.
        let experts = config.entry("ffn_config").or_insert_with(|| json!({}));
        experts["moe_normalize_expert_weights"] = 1.0.into();
        Ok(())
    }),
    // The number is always this one.
    keys: &["attention.layer_norm_epsilon"],
    ..Architecture::named("dbrx", "dbrx")
};

pub const NUM_EXPERTS: &[Pair] = &[
    ("expert_count", "num_experts"),
    ("expert_used_count", "num_experts_per_tok"),
    ("expert_feed_forward_length", "moe_intermediate_size"),
];
pub const ROUTED_EXPERTS: &[Pair] = &[
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
pub const ROUTER: &[Module] = &[Module("ffn_gate_inp", "mlp.gate", Same)];
pub const CHOICE_BIAS: &[Module] = &[Module(
    "exp_probs_b",
    "mlp.gate.e_score_correction_bias",
    Bare,
)];
pub const SHARED_EXPERTS: &[Module] = &[
    Module("ffn_gate_shexp", "mlp.shared_experts.gate_proj", Same),
    Module("ffn_up_shexp", "mlp.shared_experts.up_proj", Same),
    Module("ffn_down_shexp", "mlp.shared_experts.down_proj", Same),
];
