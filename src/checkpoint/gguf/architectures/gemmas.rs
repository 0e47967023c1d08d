//! Gemma 3n and 4: embeddings by layer, blocks that share keys and values.

use serde_json::{Map, Value, json};

use super::Mapping::*;
use super::parts::*;
use super::{Architecture, Module, Pair, RopeSpan};
use crate::checkpoint::error::CheckpointError;
use crate::checkpoint::gguf::config::PATTERN;
use crate::checkpoint::gguf::keys::{ROPE_FREQS, Read};

type Config = Map<String, Value>;

pub const GEMMA3N: Architecture = Architecture {
    fields: &[
        SIZES,
        HEADS,
        RMS,
        WINDOW,
        CAPS,
        SHARING,
        &[
            ("rope.freq_base", "rope_theta"),
            ("rope.freq_base_swa", "rope_local_base_freq"),
            ("altup.active_idx", "altup_active_idx"),
            ("altup.num_inputs", "altup_num_inputs"),
        ],
    ],
    unasked: &["attn_logit_softcapping"],
    present: &[
        ATTENTION_BIAS,
        ("altup_correct_scale", "blk.0.altup_correct_scale.weight"),
    ],
    ends: &[
        GEMMA_ENDS,
        &[
            Module("altup_proj", "altup_projections.{i}", Stacked),
            Module(
                "altup_unembd_proj",
                "altup_unembed_projections.{i}",
                Stacked,
            ),
        ],
    ],
    block: &[
        GEMMA_NORMS,
        ATTENTION,
        GATED,
        &[
            Module("altup_correct_coef", "altup.correction_coefs", Same),
            Module("altup_correct_scale", "altup.correct_output_scale", Bare),
            Module("altup_predict_coef", "altup.prediction_coefs", Same),
            Module("altup_router", "altup.modality_router", Same),
            Module("altup_router_norm", "altup.router_norm", Same),
            Module("laurel_l", "laurel.linear_left", Same),
            Module("laurel_r", "laurel.linear_right", Same),
            Module("laurel_post_norm", "laurel.post_laurel_norm", Same),
        ],
    ],
    rope: RopeSpan::WholeHeads,
    sees_all: Some(5),
    more: Some(streams),
    keys: &[SPARSITY],
    ..Architecture::named("gemma3n", "gemma3n_text")
};

/// How many deviations above the mean the neurons lie that are kept, for each block.
const SPARSITY: &str = "activation_sparsity_scale";

const SHARING: &[Pair] = &[
    ("attention.shared_kv_layers", "num_kv_shared_layers"),
    (
        "embedding_length_per_layer_input",
        "hidden_size_per_layer_input",
    ),
];
const GEMMA_ENDS: &[Module] = &[
    Module("token_embd", "embed_tokens", Same),
    Module("output_norm", "norm", Same),
    Module("output", "lm_head", Same),
    Module("per_layer_token_embd", "embed_tokens_per_layer", Same),
    Module("per_layer_model_proj", "per_layer_model_projection", Same),
    Module("per_layer_proj_norm", "per_layer_projection_norm", Same),
];
const GEMMA_NORMS: &[Module] = &[
    Module("attn_norm", "input_layernorm", Same),
    Module("post_attention_norm", "post_attention_layernorm", Same),
    Module("ffn_norm", "pre_feedforward_layernorm", Same),
    Module("post_ffw_norm", "post_feedforward_layernorm", Same),
    Module("attn_q_norm", "self_attn.q_norm", Same),
    Module("attn_k_norm", "self_attn.k_norm", Same),
    Module("inp_gate", "per_layer_input_gate", Same),
    Module("proj", "per_layer_projection", Same),
    Module("post_norm", "post_per_layer_input_norm", Same),
];

fn streams(read: &Read, config: &mut Config) -> Result<(), CheckpointError> {
    let key = read.key(SPARSITY);
    if let Some(deviations) = read.metadata.reals(&key)? {
        let below = |x: f64| 0.5 * libm::erfc(-x / std::f64::consts::SQRT_2);
        let shares: Vec<f64> = deviations.into_iter().map(below).collect();
        config.insert("activation_sparsity_pattern".into(), json!(shares));
    }
    let rank = read.any("blk.0.laurel_l.weight");
    let rank = rank.and_then(|tensor| tensor.shape.first());
    config.insert("laurel_rank".into(), json!(rank));
    rows_by_layer(read, config);
    Ok(())
}

fn rows_by_layer(read: &Read, config: &mut Config) {
    let table = read.tensor("per_layer_token_embd.weight");
    if let Some(rows) = table.and_then(|table| table.shape.first()) {
        config.insert("vocab_size_per_layer_input".into(), json!(rows));
    }
}

pub const GEMMA4: Architecture = Architecture {
    fields: &[
        SIZES,
        &[("attention.head_count_kv", "num_key_value_heads")],
        RMS,
        WINDOW,
        CAPS,
        SHARING,
        &[
            ("attention.key_length", "global_head_dim"),
            ("attention.key_length_swa", "head_dim"),
            ("expert_count", "num_experts"),
            ("expert_used_count", "top_k_experts"),
            ("expert_feed_forward_length", "moe_intermediate_size"),
        ],
    ],
    unasked: &["attn_logit_softcapping"],
    present: &[
        ATTENTION_BIAS,
        ("enable_moe_block", "blk.0.ffn_gate_inp.weight"),
    ],
    ends: &[GEMMA_ENDS],
    block: &[
        GEMMA_NORMS,
        ATTENTION,
        GATED,
        &[
            Module("layer_output_scale", "layer_scalar", Bare),
            Module("post_ffw_norm_1", "post_feedforward_layernorm_1", Same),
            Module("post_ffw_norm_2", "post_feedforward_layernorm_2", Same),
            Module("pre_ffw_norm_2", "pre_feedforward_layernorm_2", Same),
            Module("ffn_gate_inp.scale", "router.scale", Same),
            Module("ffn_gate_inp", "router.proj", Same),
            Module("ffn_down_exps.scale", "router.per_expert_scale", Same),
            Module("ffn_gate_up_exps", "experts.gate_up_proj", Bare),
            Module("ffn_down_exps", "experts.down_proj", Bare),
        ],
    ],
    sees_all: Some(6),
    more: Some(kinds),
    keys: &[
        PATTERN,
        BASE,
        SLIDING_BASE,
        "attention.value_length_swa",
        "rope.dimension_count_swa",
    ],
    ..Architecture::named("gemma4", "gemma4_text")
};

const BASE: &str = "rope.freq_base";
const SLIDING_BASE: &str = "rope.freq_base_swa";

/// The two kinds of Gemma 4's blocks: their heads, positions and widths.
fn kinds(read: &Read, config: &mut Config) -> Result<(), CheckpointError> {
    const KV: &str = "attention.head_count_kv";
    let slides = |config: &Config| -> Vec<bool> {
        let types = config.get("layer_types").and_then(Value::as_array);
        let slides = |kind: &Value| kind == "sliding_attention";
        types.into_iter().flatten().map(slides).collect()
    };
    let sliding = slides(config);
    let counts = read.by_block(KV)?;
    let of = |kind: bool| {
        let mut own = (sliding.iter().zip(&counts)).filter(|(slides, _)| **slides == kind);
        let first = own.next().map(|(_, count)| *count);
        if own.all(|(_, count)| Some(*count) == first) {
            Ok(first)
        } else {
            Err(read.error(KV, "differs among blocks of one kind"))
        }
    };
    let (full, windowed) = (of(false)?, of(true)?);
    config.insert("num_key_value_heads".into(), json!(windowed.or(full)));
    // Blocks without a matrix for values take their keys.
    let without_values = sliding.iter().enumerate().any(|(i, slides)| {
        let has = |module: &str| read.tensor(&format!("blk.{i}.{module}.weight")).is_some();
        !slides && has("attn_k") && !has("attn_v")
    });
    config.insert("attention_k_eq_v".into(), without_values.into());
    if full != windowed && full.is_some() {
        config.insert("num_global_key_value_heads".into(), json!(full));
    }
    let widths = read.by_block("feed_forward_length")?;
    let least = widths.iter().copied().min().unwrap_or(0);
    let wide = widths.iter().any(|width| *width != least);
    config.insert("intermediate_size".into(), least.into());
    config.insert("use_double_wide_mlp".into(), wide.into());
    // Frequencies are divided by a huge number in the part of a head that does not turn.
    let part = read.factors(ROPE_FREQS)?.map_or(1.0, |factors| {
        let turning = factors.iter().filter(|factor| **factor == 1.0).count();
        turning as f64 / factors.len().max(1) as f64
    });
    let base = |key: &str, usual: f64| Ok(read.real(key)?.unwrap_or(usual));
    config.insert(
        "rope_parameters".into(),
        json!({
            "full_attention": {
                "rope_type": "proportional", "rope_theta": base(BASE, 1e6)?,
                "partial_rotary_factor": part,
            },
            "sliding_attention": { "rope_type": "default", "rope_theta": base(SLIDING_BASE, 1e4)? },
        }),
    );
    rows_by_layer(read, config);
    Ok(())
}
