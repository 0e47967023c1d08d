//! Architectures that differ from Llama's by a few options: norms, biases, windows, layers without positions.

use serde_json::{Value, json};

use super::Mapping::*;
use super::parts::*;
use super::{Architecture, Module, Pair, RopeSpan, When, size};
use crate::checkpoint::weights::Order;

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
    when: When::Key(SLIDING_WINDOW),
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

/// The text model of GLM-4.1V. Its files have the dimensions that turn together half of the turning part apart.
pub const GLM4V: Architecture = Architecture {
    when: When::Key("rope.dimension_sections"),
    order: Some(|module, config| {
        let heads = match module {
            "attn_q" => size(config, "num_attention_heads"),
            "attn_k" => size(config, "num_key_value_heads"),
            _ => return Order::Same,
        };
        let part = config.get("partial_rotary_factor").and_then(Value::as_f64);
        let d_head = match size(config, "head_dim") {
            0 => size(config, "hidden_size") / size(config, "num_attention_heads").max(1),
            n => n,
        };
        let turning = (d_head as f64 * part.unwrap_or(1.0)) as usize;
        Order::Halves { heads, turning }
    }),
    ..GLM4
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

/// The text model of PaddleOCR-VL.
pub const PADDLEOCR: Architecture = Architecture {
    name: "paddleocr",
    family: "paddleocr_vl_text",
    ..ERNIE4_5
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

/// The text model of HunyuanOCR.
pub const HUNYUAN_VL: Architecture = Architecture {
    more: Some(|read, config| {
        if let Some(alpha) = read.real(ALPHA)?.filter(|alpha| *alpha > 0.0) {
            let factor = read.real("rope.scaling.factor")?.unwrap_or(1.0);
            let scaling = json!({ "rope_type": "dynamic", "alpha": alpha, "factor": factor });
            config.insert("rope_scaling".into(), scaling);
        }
        Ok(())
    }),
    keys: &[ALPHA],
    name: "hunyuan_vl",
    family: "hunyuan_vl_text",
    ..HUNYUAN
};

/// The number that stretches the base of rotary positions.
const ALPHA: &str = "rope.scaling.alpha";

pub const NEMOTRON: Architecture = Architecture {
    fields: &[
        SIZES,
        HEADS,
        &[("attention.layer_norm_epsilon", "norm_eps")],
        ROPE,
    ],
    present: &[ATTENTION_BIAS, ("mlp_bias", "blk.0.ffn_up.bias")],
    ends: &[PLUS_ONE_ENDS],
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

/// Jais 2: Arcee's MLP with norms that subtract the mean.
pub const JAIS2: Architecture = Architecture {
    fields: &[SIZES, HEADS, LAYER_NORM, ROPE],
    block: &[NORMS, ATTENTION, UP_AND_DOWN],
    name: "jais2",
    family: "jais2",
    ..ARCEE
};

/// BitNet's first models, whose activation differs from that of the published ones.
pub const BITNET: Architecture = Architecture {
    fields: &[SIZES, HEADS, RMS, ROPE],
    present: &[ATTENTION_BIAS],
    ends: &[ENDS],
    block: &[
        NORMS,
        ATTENTION,
        GATED,
        &[
            Module("attn_sub_norm", "self_attn.attn_sub_norm", Same),
            Module("ffn_sub_norm", "mlp.ffn_sub_norm", Same),
        ],
    ],
    rope: RopeSpan::WholeHeads,
    more: Some(|_, config| {
        config.insert("hidden_act".into(), "silu".into());
        Ok(())
    }),
    ..Architecture::named("bitnet", "bitnet")
};

/// The text model of Mistral Small 3.1 and its relatives.
pub const MISTRAL3: Architecture = Architecture {
    name: "mistral3",
    ..super::gated::LLAMA
};

/// Ministral 3, whose scores grow with position.
pub const MINISTRAL3: Architecture = Architecture {
    when: When::Key(TEMPERATURE),
    family: "ministral3",
    present: &[],
    more: Some(|read, config| {
        config.insert("sliding_window".into(), Value::Null);
        let beta = read.real(TEMPERATURE)?;
        if let Some(Value::Object(scaling)) = config.get_mut("rope_scaling") {
            scaling.insert("llama_4_scaling_beta".into(), json!(beta));
        }
        Ok(())
    }),
    keys: &[TEMPERATURE],
    ..MISTRAL3
};

/// The growth of scores with position.
pub const TEMPERATURE: &str = "attention.temperature_scale";

/// GLM-4 of 2024, in transformers' layout or its authors' own.
pub const CHATGLM: Architecture = Architecture {
    fields: &[SIZES, HEADS, RMS, ROPE],
    present: &[("attention_bias", "blk.0.attn_q.bias")],
    ends: &[ENDS],
    block: &[
        NORMS,
        ATTENTION,
        &[
            Module("attn_qkv", "self_attn.{i}_proj", QueriesKeysValues),
            Module("ffn_up", "mlp.gate_up_proj", Same),
            Module("ffn_down", "mlp.down_proj", Same),
        ],
    ],
    rope: RopeSpan::PartOfHeads,
    more: Some(|read, config| {
        let has = read.has("blk.0.attn_q.bias") || read.has("blk.0.attn_qkv.bias");
        config.insert("attention_bias".into(), has.into());
        Ok(())
    }),
    ..Architecture::named("chatglm", "glm")
};

/// Falcon, with one norm in each block.
pub const FALCON: Architecture = Architecture {
    fields: &[&[
        ("block_count", "num_hidden_layers"),
        ("context_length", "max_position_embeddings"),
        ("embedding_length", "hidden_size"),
        ("feed_forward_length", "ffn_hidden_size"),
        ("attention.head_count", "num_attention_heads"),
        ("attention.head_count_kv", "num_kv_heads"),
        ("attention.layer_norm_epsilon", "layer_norm_epsilon"),
        ("rope.freq_base", "rope_theta"),
    ]],
    present: &[("bias", "blk.0.attn_qkv.bias")],
    ends: &[&[
        Module("token_embd", "word_embeddings", Same),
        Module("output_norm", "ln_f", Same),
        Module("output", "lm_head", Same),
    ]],
    layers: "h",
    block: &[
        FALCON_BLOCK,
        &[Module("attn_norm", "input_layernorm", Same)],
    ],
    rope: RopeSpan::WholeHeads,
    more: Some(|read, config| {
        // The first models have one key for all heads.
        let new = read.size("attention.head_count_kv")? > Some(1);
        config.insert("new_decoder_architecture".into(), new.into());
        config.insert("multi_query".into(), true.into());
        config.insert("parallel_attn".into(), true.into());
        config.insert("num_ln_in_parallel_attn".into(), 1.into());
        Ok(())
    }),
    ..Architecture::named("falcon", "falcon")
};

/// Falcon 40B and 180B, with a norm before each half.
pub const FALCON_TWO_NORMS: Architecture = Architecture {
    when: When::Has("blk.0.attn_norm_2.weight"),
    block: &[
        FALCON_BLOCK,
        &[
            Module("attn_norm", "ln_mlp", Same),
            Module("attn_norm_2", "ln_attn", Same),
        ],
    ],
    more: Some(|_, config| {
        config.insert("new_decoder_architecture".into(), true.into());
        config.insert("parallel_attn".into(), true.into());
        config.insert("num_ln_in_parallel_attn".into(), 2.into());
        Ok(())
    }),
    ..FALCON
};

const FALCON_BLOCK: &[Module] = &[
    Module("attn_qkv", "self_attention.query_key_value", InOrder),
    Module("attn_output", "self_attention.dense", Same),
    Module("ffn_up", "mlp.dense_h_to_4h", Same),
    Module("ffn_down", "mlp.dense_4h_to_h", Same),
];

/// Apertus. The numbers of its activation are lists in the file's metadata.
pub const APERTUS: Architecture = Architecture {
    fields: &[SIZES, HEADS, RMS, ROPE],
    present: &[ATTENTION_BIAS],
    ends: &[ENDS],
    block: &[
        ATTENTION,
        QK_NORM,
        UP_AND_DOWN,
        &[
            Module("attn_norm", "attention_layernorm", Same),
            Module("ffn_norm", "feedforward_layernorm", Same),
        ],
    ],
    rope: RopeSpan::WholeHeads,
    lists: &[
        ("xielu.alpha_p", "mlp.act_fn.alpha_p"),
        ("xielu.alpha_n", "mlp.act_fn.alpha_n"),
        ("xielu.beta", "mlp.act_fn.beta"),
        ("xielu.eps", "mlp.act_fn.eps"),
    ],
    ..Architecture::named("apertus", "apertus")
};

const UP_AND_DOWN: &[Module] = &[
    Module("ffn_up", "mlp.up_proj", Same),
    Module("ffn_down", "mlp.down_proj", Same),
];
