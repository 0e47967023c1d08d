//! Architectures in the manner of Llama: root-mean-square norms, a gated MLP or gated experts.

use serde_json::json;

use super::Mapping::*;
use super::parts::*;
use super::{Architecture, Module, RopeSpan};

pub const LLAMA: Architecture = Architecture {
    name: "llama",
    family: "llama",
    fields: &[SIZES, HEADS, RMS, ROPE],
    constants: none,
    present: &[
        ("attention_bias", "blk.0.attn_q.bias"),
        ("mlp_bias", "blk.0.ffn_gate.bias"),
    ],
    modules: &[ENDS, NORMS, PERMUTED, GATED],
    absent: &[],
    rope: RopeSpan::WholeHeads,
    sees_all: None,
    encoder: false,
};

/// Mixtral's files say `llama`; what tells them apart is that they have experts.
pub const MIXTRAL: Architecture = Architecture {
    family: "mixtral",
    fields: &[
        SIZES,
        HEADS,
        RMS,
        ROPE,
        &[
            ("expert_count", "num_local_experts"),
            ("expert_used_count", "num_experts_per_tok"),
        ],
    ],
    // No file has a window, and without one there is none.
    constants: none,
    present: &[],
    modules: &[
        ENDS,
        NORMS,
        PERMUTED,
        &[
            Module(
                "blk.{}.ffn_gate_inp",
                "layers.{}.block_sparse_moe.gate",
                Same,
            ),
            Module(
                "blk.{}.ffn_gate_exps",
                "layers.{}.block_sparse_moe.experts.{i}.w1",
                Stacked,
            ),
            Module(
                "blk.{}.ffn_up_exps",
                "layers.{}.block_sparse_moe.experts.{i}.w3",
                Stacked,
            ),
            Module(
                "blk.{}.ffn_down_exps",
                "layers.{}.block_sparse_moe.experts.{i}.w2",
                Stacked,
            ),
        ],
    ],
    ..LLAMA
};

pub const GRANITE: Architecture = Architecture {
    name: "granite",
    family: "granite",
    fields: &[SIZES, HEADS, RMS, ROPE, MULTIPLIERS],
    ..LLAMA
};

pub const QWEN2: Architecture = Architecture {
    name: "qwen2",
    family: "qwen2",
    present: &[],
    modules: &[ENDS, NORMS, ATTENTION, GATED],
    ..LLAMA
};

pub const QWEN3: Architecture = Architecture {
    name: "qwen3",
    family: "qwen3",
    present: &[("attention_bias", "blk.0.attn_q.bias")],
    modules: &[ENDS, NORMS, ATTENTION, QK_NORM, GATED],
    ..LLAMA
};

pub const QWEN3MOE: Architecture = Architecture {
    name: "qwen3moe",
    family: "qwen3_moe",
    fields: &[
        SIZES,
        HEADS,
        RMS,
        ROPE,
        &[
            ("expert_count", "num_experts"),
            ("expert_used_count", "num_experts_per_tok"),
            ("expert_feed_forward_length", "moe_intermediate_size"),
            ("expert_weights_norm", "norm_topk_prob"),
        ],
    ],
    constants: || vec![("norm_topk_prob", json!(true))],
    present: &[("attention_bias", "blk.0.attn_q.bias")],
    modules: &[
        ENDS,
        NORMS,
        ATTENTION,
        QK_NORM,
        GATED,
        &[
            Module("blk.{}.ffn_gate_inp", "layers.{}.mlp.gate", Same),
            Module(
                "blk.{}.ffn_gate_exps",
                "layers.{}.mlp.experts.{i}.gate_proj",
                Stacked,
            ),
            Module(
                "blk.{}.ffn_up_exps",
                "layers.{}.mlp.experts.{i}.up_proj",
                Stacked,
            ),
            Module(
                "blk.{}.ffn_down_exps",
                "layers.{}.mlp.experts.{i}.down_proj",
                Stacked,
            ),
        ],
    ],
    ..LLAMA
};

pub const OLMO2: Architecture = Architecture {
    name: "olmo2",
    family: "olmo2",
    present: &[("attention_bias", "blk.0.attn_q.bias")],
    modules: &[ENDS, ATTENTION, QK_NORM, AFTER, GATED],
    ..LLAMA
};

pub const GEMMA: Architecture = Architecture {
    name: "gemma",
    family: "gemma",
    present: &[("attention_bias", "blk.0.attn_q.bias")],
    modules: &[
        GEMMA_ENDS,
        &[
            Module("blk.{}.attn_norm", "layers.{}.input_layernorm", PlusOne),
            Module(
                "blk.{}.ffn_norm",
                "layers.{}.post_attention_layernorm",
                PlusOne,
            ),
        ],
        ATTENTION,
        GATED,
    ],
    ..LLAMA
};

pub const GEMMA2: Architecture = Architecture {
    name: "gemma2",
    family: "gemma2",
    fields: &[SIZES, HEADS, RMS, ROPE, WINDOW, CAPS],
    sees_all: Some(2),
    present: &[("attention_bias", "blk.0.attn_q.bias")],
    modules: &[GEMMA_ENDS, GEMMA_AROUND, ATTENTION, GATED],
    ..LLAMA
};

pub const GEMMA3: Architecture = Architecture {
    name: "gemma3",
    family: "gemma3_text",
    fields: &[
        SIZES,
        HEADS,
        RMS,
        ROPE,
        WINDOW,
        CAPS,
        &[("rope.freq_base_swa", "rope_local_base_freq")],
    ],
    sees_all: Some(6),
    present: &[("attention_bias", "blk.0.attn_q.bias")],
    modules: &[GEMMA_ENDS, GEMMA_AROUND, ATTENTION, GATED],
    ..LLAMA
};

pub const PHI3: Architecture = Architecture {
    name: "phi3",
    family: "phi3",
    fields: &[SIZES, HEADS, RMS, ROPE, WINDOW],
    present: &[],
    modules: &[
        ENDS,
        NORMS,
        &[
            Module("blk.{}.attn_qkv", "layers.{}.self_attn.qkv_proj", Same),
            Module("blk.{}.attn_output", "layers.{}.self_attn.o_proj", Same),
            Module("blk.{}.ffn_up", "layers.{}.mlp.gate_up_proj", Same),
            Module("blk.{}.ffn_down", "layers.{}.mlp.down_proj", Same),
        ],
    ],
    rope: RopeSpan::PartOfHeads,
    ..LLAMA
};

pub const GPT_OSS: Architecture = Architecture {
    name: "gpt-oss",
    family: "gpt_oss",
    fields: &[
        SIZES,
        HEADS,
        RMS,
        ROPE,
        WINDOW,
        &[
            ("expert_count", "num_local_experts"),
            ("expert_used_count", "num_experts_per_tok"),
            ("expert_feed_forward_length", "intermediate_size"),
        ],
    ],
    present: &[("attention_bias", "blk.0.attn_q.bias")],
    modules: &[
        ENDS,
        ATTENTION,
        &[
            Module("blk.{}.attn_norm", "layers.{}.input_layernorm", Same),
            Module(
                "blk.{}.post_attention_norm",
                "layers.{}.post_attention_layernorm",
                Same,
            ),
            Module("blk.{}.attn_sinks", "layers.{}.self_attn.sinks", Bare),
            Module("blk.{}.ffn_gate_inp", "layers.{}.mlp.router", Same),
            Module(
                "blk.{}.ffn_gate_exps",
                "layers.{}.mlp.experts.{i}.gate_proj",
                Stacked,
            ),
            Module(
                "blk.{}.ffn_up_exps",
                "layers.{}.mlp.experts.{i}.up_proj",
                Stacked,
            ),
            Module(
                "blk.{}.ffn_down_exps",
                "layers.{}.mlp.experts.{i}.down_proj",
                Stacked,
            ),
        ],
    ],
    sees_all: Some(2),
    ..LLAMA
};
