//! Architectures like Llama: root-mean-square norms, a gated MLP or gated experts.

use super::Mapping::*;
use super::parts::*;
use super::{Architecture, Module, Pair, RopeSpan};

pub const LLAMA: Architecture = Architecture {
    fields: &[SIZES, HEADS, RMS, ROPE],
    present: &[ATTENTION_BIAS, MLP_BIAS],
    ends: &[ENDS],
    block: &[NORMS, PERMUTED, GATED],
    rope: RopeSpan::WholeHeads,
    ..Architecture::named("llama", "llama")
};

pub const QWEN2: Architecture = Architecture {
    fields: &[SIZES, HEADS, RMS, ROPE],
    ends: &[ENDS],
    block: &[NORMS, ATTENTION, GATED],
    rope: RopeSpan::WholeHeads,
    ..Architecture::named("qwen2", "qwen2")
};

pub const QWEN3: Architecture = Architecture {
    fields: &[SIZES, HEADS, RMS, ROPE],
    present: &[ATTENTION_BIAS],
    ends: &[ENDS],
    block: &[NORMS, ATTENTION, QK_NORM, GATED],
    rope: RopeSpan::WholeHeads,
    ..Architecture::named("qwen3", "qwen3")
};

pub const QWEN3MOE: Architecture = Architecture {
    fields: &[SIZES, HEADS, RMS, ROPE, QWEN3MOE_EXPERTS],
    on: &["norm_topk_prob"],
    present: &[ATTENTION_BIAS],
    ends: &[ENDS],
    block: &[NORMS, ATTENTION, QK_NORM, GATED, QWEN3MOE_ROUTER, EXPERTS],
    rope: RopeSpan::WholeHeads,
    ..Architecture::named("qwen3moe", "qwen3_moe")
};

const QWEN3MOE_EXPERTS: &[Pair] = &[
    ("expert_count", "num_experts"),
    ("expert_used_count", "num_experts_per_tok"),
    ("expert_feed_forward_length", "moe_intermediate_size"),
    ("expert_weights_norm", "norm_topk_prob"),
];
const QWEN3MOE_ROUTER: &[Module] = &[Module("ffn_gate_inp", "mlp.gate", Same)];

pub const OLMO2: Architecture = Architecture {
    fields: &[SIZES, HEADS, RMS, ROPE],
    present: &[ATTENTION_BIAS],
    ends: &[ENDS],
    block: &[ATTENTION, QK_NORM, POST_NORMS, GATED],
    rope: RopeSpan::WholeHeads,
    ..Architecture::named("olmo2", "olmo2")
};

pub const GEMMA: Architecture = Architecture {
    fields: &[SIZES, HEADS, RMS, ROPE],
    present: &[ATTENTION_BIAS],
    ends: &[PLUS_ONE_ENDS],
    block: &[GEMMA_NORMS, ATTENTION, GATED],
    rope: RopeSpan::WholeHeads,
    ..Architecture::named("gemma", "gemma")
};

const GEMMA_NORMS: &[Module] = &[
    Module("attn_norm", "input_layernorm", PlusOne),
    Module("ffn_norm", "post_attention_layernorm", PlusOne),
];

pub const GEMMA2: Architecture = Architecture {
    fields: &[SIZES, HEADS, RMS, ROPE, WINDOW, CAPS],
    present: &[ATTENTION_BIAS],
    ends: &[PLUS_ONE_ENDS],
    block: &[GEMMA2_NORMS, ATTENTION, GATED],
    rope: RopeSpan::WholeHeads,
    sees_all: Some(2),
    largest: Some(46),
    ..Architecture::named("gemma2", "gemma2")
};

/// The norms of Gemma 2 and 3; the last two are in Gemma 3 alone.
const GEMMA2_NORMS: &[Module] = &[
    Module("attn_norm", "input_layernorm", PlusOne),
    Module("post_attention_norm", "post_attention_layernorm", PlusOne),
    Module("ffn_norm", "pre_feedforward_layernorm", PlusOne),
    Module("post_ffw_norm", "post_feedforward_layernorm", PlusOne),
    Module("attn_q_norm", "self_attn.q_norm", PlusOne),
    Module("attn_k_norm", "self_attn.k_norm", PlusOne),
];

pub const GEMMA3: Architecture = Architecture {
    fields: &[SIZES, HEADS, RMS, ROPE, WINDOW, CAPS, LOCAL_ROPE],
    present: &[ATTENTION_BIAS],
    ends: &[PLUS_ONE_ENDS],
    block: &[GEMMA2_NORMS, ATTENTION, GATED],
    rope: RopeSpan::WholeHeads,
    sees_all: Some(6),
    largest: Some(62),
    ..Architecture::named("gemma3", "gemma3_text")
};

const LOCAL_ROPE: &[Pair] = &[("rope.freq_base_swa", "rope_local_base_freq")];

pub const PHI3: Architecture = Architecture {
    fields: &[SIZES, HEADS, RMS, ROPE, WINDOW],
    ends: &[ENDS],
    block: &[NORMS, PHI3_FUSED],
    rope: RopeSpan::PartOfHeads,
    ..Architecture::named("phi3", "phi3")
};

const PHI3_FUSED: &[Module] = &[
    Module("attn_qkv", "self_attn.qkv_proj", Same),
    Module("attn_output", "self_attn.o_proj", Same),
    Module("ffn_up", "mlp.gate_up_proj", Same),
    Module("ffn_down", "mlp.down_proj", Same),
];

pub const GPT_OSS: Architecture = Architecture {
    fields: &[
        SIZES,
        HEADS,
        RMS,
        ROPE,
        WINDOW,
        EXPERT_COUNTS,
        GPT_OSS_WIDTH,
    ],
    present: &[ATTENTION_BIAS],
    ends: &[ENDS],
    block: &[ATTENTION, GPT_OSS_BLOCK, EXPERTS],
    rope: RopeSpan::WholeHeads,
    exact_yarn: true,
    sees_all: Some(2),
    ..Architecture::named("gpt-oss", "gpt_oss")
};

const GPT_OSS_WIDTH: &[Pair] = &[("expert_feed_forward_length", "intermediate_size")];
const GPT_OSS_BLOCK: &[Module] = &[
    Module("attn_norm", "input_layernorm", Same),
    Module("post_attention_norm", "post_attention_layernorm", Same),
    Module("attn_sinks", "self_attn.sinks", Bare),
    Module("ffn_gate_inp", "mlp.router", Same),
];
