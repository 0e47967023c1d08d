//! Architectures that differ from Llama's by a few options: norms, biases, windows, layers without positions.

use super::Mapping::*;
use super::parts::*;
use super::{Architecture, Module, Pair, RopeSpan};

const OUTPUT_BIAS: Pair = ("attention_out_bias", "blk.0.attn_output.bias");

/// OLMo, whose norms have no weights.
pub const OLMO: Architecture = Architecture {
    fields: &[
        SIZES,
        HEADS,
        ROPE,
        &[("attention.clamp_kqv", "clip_qkv")],
        // The family has no field for it: the number is always this one.
        &[("attention.layer_norm_epsilon", "layer_norm_eps")],
    ],
    unasked: &["layer_norm_eps"],
    present: &[ATTENTION_BIAS],
    ends: &[ENDS],
    block: &[PERMUTED, GATED],
    rope: RopeSpan::WholeHeads,
    ..Architecture::named("olmo", "olmo")
};

/// The text model of Qwen2-VL and Qwen2.5-VL, for which text's positions are those of Qwen2.
pub const QWEN2VL: Architecture = Architecture {
    name: "qwen2vl",
    ..super::gated::QWEN2
};

pub const QWEN3VL: Architecture = Architecture {
    name: "qwen3vl",
    ..super::gated::QWEN3
};

pub const QWEN3VLMOE: Architecture = Architecture {
    name: "qwen3vlmoe",
    ..super::gated::QWEN3MOE
};

/// OLMo 3. Its files say `olmo2`, and differ from those by having windows.
pub const OLMO3: Architecture = Architecture {
    fields: &[SIZES, HEADS, RMS, ROPE, WINDOW],
    when: Some(SLIDING_WINDOW),
    sees_all: Some(4),
    family: "olmo3",
    ..super::gated::OLMO2
};

pub const COMMAND_R: Architecture = Architecture {
    fields: &[SIZES, HEADS, LAYER_NORM, ROPE, LOGIT_SCALE],
    present: &[ATTENTION_BIAS, ("use_qk_norm", "blk.0.attn_q_norm.weight")],
    ends: &[ENDS],
    block: &[NORMS, ATTENTION, QK_NORM, GATED],
    rope: RopeSpan::WholeHeads,
    ..Architecture::named("command-r", "cohere")
};

pub const COHERE2: Architecture = Architecture {
    fields: &[SIZES, HEADS, LAYER_NORM, ROPE, LOGIT_SCALE, WINDOW],
    present: &[ATTENTION_BIAS],
    ends: &[ENDS],
    block: &[NORMS, ATTENTION, GATED],
    rope: RopeSpan::WholeHeads,
    sees_all: Some(4),
    ..Architecture::named("cohere2", "cohere2")
};

const LOGIT_SCALE: &[Pair] = &[("logit_scale", "logit_scale")];

pub const GLM4: Architecture = Architecture {
    fields: &[SIZES, HEADS, RMS, ROPE],
    present: &[ATTENTION_BIAS],
    ends: &[ENDS],
    block: &[
        ATTENTION,
        &[
            Module("attn_norm", "input_layernorm", Same),
            Module("post_attention_norm", "post_self_attn_layernorm", Same),
            Module("ffn_norm", "post_attention_layernorm", Same),
            Module("ffn_up", "mlp.gate_up_proj", Same),
            Module("ffn_down", "mlp.down_proj", Same),
            Module("post_ffw_norm", "post_mlp_layernorm", Same),
        ],
    ],
    rope: RopeSpan::PartOfHeads,
    ..Architecture::named("glm4", "glm4")
};

pub const EXAONE4: Architecture = Architecture {
    fields: &[SIZES, HEADS, RMS, ROPE, WINDOW],
    ends: &[ENDS],
    block: &[ATTENTION, QK_NORM, POST_NORMS, GATED],
    rope: RopeSpan::WholeHeads,
    sees_all: Some(4),
    ..Architecture::named("exaone4", "exaone4")
};

pub const SMOLLM3: Architecture = Architecture {
    fields: &[SIZES, HEADS, RMS, ROPE],
    present: &[ATTENTION_BIAS, MLP_BIAS],
    ends: &[ENDS],
    block: &[NORMS, PERMUTED, GATED],
    rope: RopeSpan::WholeHeads,
    ..Architecture::named("smollm3", "smollm3")
};

pub const SEED_OSS: Architecture = Architecture {
    fields: &[SIZES, HEADS, RMS, ROPE],
    present: &[ATTENTION_BIAS, OUTPUT_BIAS, MLP_BIAS],
    ends: &[ENDS],
    block: &[
        ATTENTION,
        GATED,
        &[
            Module("attn_norm", "input_layernorm", Same),
            Module("post_attention_norm", "post_attention_layernorm", Same),
        ],
    ],
    rope: RopeSpan::WholeHeads,
    ..Architecture::named("seed_oss", "seed_oss")
};

pub const ERNIE4_5: Architecture = Architecture {
    fields: &[SIZES, HEADS, RMS, ROPE],
    present: &[("use_bias", "blk.0.attn_q.bias")],
    ends: &[ENDS],
    block: &[NORMS, ATTENTION, GATED],
    rope: RopeSpan::WholeHeads,
    ..Architecture::named("ernie4_5", "ernie4_5")
};

pub const HUNYUAN: Architecture = Architecture {
    fields: &[SIZES, HEADS, RMS, ROPE],
    present: &[ATTENTION_BIAS],
    ends: &[ENDS],
    block: &[
        NORMS,
        ATTENTION,
        GATED,
        &[
            Module("attn_q_norm", "self_attn.query_layernorm", Same),
            Module("attn_k_norm", "self_attn.key_layernorm", Same),
        ],
    ],
    rope: RopeSpan::WholeHeads,
    ..Architecture::named("hunyuan-dense", "hunyuan_v1_dense")
};

pub const NEMOTRON: Architecture = Architecture {
    fields: &[
        SIZES,
        HEADS,
        &[("attention.layer_norm_epsilon", "norm_eps")],
        ROPE,
    ],
    present: &[ATTENTION_BIAS, ("mlp_bias", "blk.0.ffn_up.bias")],
    ends: &[&[
        Module("token_embd", "embed_tokens", Same),
        Module("output_norm", "norm", PlusOne),
        Module("output", "lm_head", Same),
    ]],
    block: &[
        ATTENTION,
        &[
            Module("attn_norm", "input_layernorm", PlusOne),
            Module("ffn_norm", "post_attention_layernorm", PlusOne),
        ],
        UP_AND_DOWN,
    ],
    rope: RopeSpan::PartOfHeads,
    ..Architecture::named("nemotron", "nemotron")
};

pub const ARCEE: Architecture = Architecture {
    fields: &[SIZES, HEADS, RMS, ROPE],
    present: &[ATTENTION_BIAS, ("mlp_bias", "blk.0.ffn_up.bias")],
    ends: &[ENDS],
    block: &[NORMS, PERMUTED, UP_AND_DOWN],
    rope: RopeSpan::WholeHeads,
    ..Architecture::named("arcee", "arcee")
};

const UP_AND_DOWN: &[Module] = &[
    Module("ffn_up", "mlp.up_proj", Same),
    Module("ffn_down", "mlp.down_proj", Same),
];
