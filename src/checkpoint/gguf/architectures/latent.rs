//! Architectures whose queries, keys and values expand from short vectors.

use serde_json::{Map, Value, json};

use super::Mapping::*;
use super::kinds::sparse;
use super::mixtures::{CHOICE_BIAS, ROUTED_EXPERTS, ROUTER, SHARED_EXPERTS};
use super::parts::*;
use super::relatives::TEMPERATURE;
use super::sigmoids::SIGMOID;
use super::{Architecture, Module, Pair, RopeSpan, When};
use crate::checkpoint::error::CheckpointError;
use crate::checkpoint::gguf::keys::Read;

type Config = Map<String, Value>;

/// DeepSeek 2, whose router has no choice bias.
pub const DEEPSEEK2: Architecture = Architecture {
    fields: &[SIZES, RMS, ROPE, ROUTED_EXPERTS, RANKS],
    present: &[ATTENTION_BIAS],
    ends: &[ENDS],
    block: &[NORMS, LATENT, GATED, ROUTER, EXPERTS, SHARED_EXPERTS],
    rope: RopeSpan::Apart,
    more: Some(|read, config| {
        let groups = config.get("n_group").and_then(Value::as_u64).unwrap_or(1);
        let method = ["greedy", "group_limited_greedy"][usize::from(groups > 1)];
        config.insert("topk_method".into(), method.into());
        if groups <= 1 {
            config.remove("n_group");
            config.remove("topk_group");
        }
        // Its router's shares are as they are, whatever the key says.
        config.remove("norm_topk_prob");
        deepseek(read, config)
    }),
    keys: WIDTHS,
    ..Architecture::named("deepseek2", "deepseek_v2")
};

/// DeepSeek 3 and its relatives: Kimi K2, GLM-4.7-Flash.
pub const DEEPSEEK3: Architecture = Architecture {
    when: When::Has("blk.0.exp_probs_b.bias"),
    block: &[
        NORMS,
        LATENT,
        GATED,
        ROUTER,
        CHOICE_BIAS,
        EXPERTS,
        SHARED_EXPERTS,
    ],
    more: Some(|read, config| {
        // Files without these keys mean one group, and shares as they are.
        for field in ["n_group", "topk_group"] {
            config.entry(field).or_insert(1.into());
        }
        config.entry("norm_topk_prob").or_insert(false.into());
        deepseek(read, config)
    }),
    gating: SIGMOID,
    family: "deepseek_v3",
    ..DEEPSEEK2
};

/// Youtu-LLM, which has no experts.
pub const YOUTU: Architecture = Architecture {
    when: When::Lacks("blk.0.ffn_gate_inp.weight"),
    fields: &[SIZES, RMS, ROPE, RANKS],
    more: Some(deepseek),
    keys: &[
        WIDTHS[0],
        WIDTHS[1],
        WIDTHS[2],
        WIDTHS[3],
        WIDTHS[4],
        "leading_dense_block_count",
        "expert_feed_forward_length",
        "expert_weights_scale",
        "expert_weights_norm",
    ],
    gating: SIGMOID,
    family: "youtu",
    ..DEEPSEEK2
};

/// MiniCPM 3. Its multipliers are in no key: those of the published model hold.
pub const MINICPM3: Architecture = Architecture {
    fields: &[SIZES, RMS, ROPE, RANKS],
    present: &[ATTENTION_BIAS],
    ends: &[ENDS],
    block: &[NORMS, LATENT, GATED],
    rope: RopeSpan::Apart,
    more: Some(|read, config| {
        for (field, value) in [
            ("scale_emb", json!(12)),
            ("scale_depth", json!(1.4)),
            ("dim_model_base", json!(256)),
        ] {
            config.insert(field.into(), value);
        }
        widths(read, config)
    }),
    keys: WIDTHS,
    ..Architecture::named("minicpm3", "minicpm3")
};

/// Mistral 4, whose router is a softmax and whose scores grow with position.
pub const MISTRAL4: Architecture = Architecture {
    when: When::Otherwise,
    block: &[NORMS, LATENT, GATED, ROUTER, EXPERTS, SHARED_EXPERTS],
    more: Some(|read, config| {
        for field in ["n_group", "topk_group"] {
            config.entry(field).or_insert(1.into());
        }
        deepseek(read, config)?;
        // Without the key, the published model's number holds.
        let beta = read.real(TEMPERATURE)?.unwrap_or(0.1);
        if let Some(Value::Object(scaling)) = config.get_mut("rope_scaling") {
            scaling.insert("llama_4_scaling_beta".into(), beta.into());
        }
        Ok(())
    }),
    keys: &[
        WIDTHS[0],
        WIDTHS[1],
        WIDTHS[2],
        WIDTHS[3],
        WIDTHS[4],
        TEMPERATURE,
        // The context before stretching says as much.
        "attention.temperature_length",
    ],
    name: "mistral4",
    family: "mistral4",
    ..DEEPSEEK2
};

/// The text model of DeepSeek-OCR 2: DeepSeek 2's experts with Llama's attention.
pub const DEEPSEEK2_OCR: Architecture = Architecture {
    fields: &[SIZES, HEADS, RMS, ROPE, ROUTED_EXPERTS],
    unasked: &[
        "norm_topk_prob",
        "n_group",
        "topk_group",
        "first_k_dense_replace",
    ],
    present: &[ATTENTION_BIAS],
    ends: &[ENDS],
    block: &[NORMS, ATTENTION, GATED, ROUTER, EXPERTS, SHARED_EXPERTS],
    rope: RopeSpan::Apart,
    more: Some(|read, config| {
        config.insert("topk_method".into(), "greedy".into());
        sparse(read, config)
    }),
    // All of each head turns; the key is left over from DeepSeek 2.
    keys: &[TURNS],
    ..Architecture::named("deepseek2-ocr", "deepseek_ocr2_text")
};

pub const RANKS: &[Pair] = &[
    ("attention.q_lora_rank", "q_lora_rank"),
    ("attention.kv_lora_rank", "kv_lora_rank"),
];
const KEY_WIDTH: &str = "attention.key_length";
const EXPANDED_KEY_WIDTH: &str = "attention.key_length_mla";
const EXPANDED_VALUE_WIDTH: &str = "attention.value_length_mla";
const TURNS: &str = "rope.dimension_count";
const VALUE_WIDTH: &str = "attention.value_length";
pub const WIDTHS: &[&str] = &[
    KEY_WIDTH,
    EXPANDED_KEY_WIDTH,
    EXPANDED_VALUE_WIDTH,
    TURNS,
    VALUE_WIDTH,
];
pub const LATENT: &[Module] = &[
    Module("attn_q", "self_attn.q_proj", Same),
    Module("attn_q_a", "self_attn.q_a_proj", Same),
    Module("attn_q_a_norm", "self_attn.q_a_layernorm", Same),
    Module("attn_q_b", "self_attn.q_b_proj", Same),
    Module("attn_kv_a_mqa", "self_attn.kv_a_proj_with_mqa", Same),
    Module("attn_kv_a_norm", "self_attn.kv_a_layernorm", Same),
    // Older files have keys and values in one tensor.
    Module("attn_kv_b", "self_attn.kv_b_proj", Same),
    Module("attn_k_b", "self_attn.k_b_proj", HeadsTransposed),
    Module("attn_v_b", "self_attn.v_b_proj", Heads),
    Module("attn_output", "self_attn.o_proj", Same),
];

pub fn deepseek(read: &Read, config: &mut Config) -> Result<(), CheckpointError> {
    // The key of this architecture holds a tenth of the field.
    if let Some(Value::Object(scaling)) = config.get_mut("rope_scaling")
        && let Some(tenth) = scaling.get("mscale_all_dim").and_then(Value::as_f64)
    {
        let whole = ((10.0 * tenth) as f32).to_string();
        let whole: f64 = whole.parse().unwrap_or(10.0 * tenth);
        scaling.insert("mscale".into(), whole.into());
        scaling.insert("mscale_all_dim".into(), whole.into());
    }
    widths(read, config)
}

/// The widths of heads: keys are a part that turns and a part that does not.
pub fn widths(read: &Read, config: &mut Config) -> Result<(), CheckpointError> {
    let turning = read.needed(TURNS)?;
    let (key, wide) = match read.size(EXPANDED_KEY_WIDTH)? {
        Some(wide) => (EXPANDED_KEY_WIDTH, wide),
        None => (KEY_WIDTH, read.needed(KEY_WIDTH)?),
    };
    let Some(plain) = wide.checked_sub(turning) else {
        let problem = format!("is {wide}, less than the {turning} dimensions that turn");
        return Err(read.error(key, problem));
    };
    let value = match read.size(EXPANDED_VALUE_WIDTH)? {
        Some(wide) => Some(wide),
        None => read.size(VALUE_WIDTH)?,
    };
    config.insert("qk_rope_head_dim".into(), turning.into());
    config.insert("qk_nope_head_dim".into(), plain.into());
    if let Some(value) = value {
        config.insert("v_head_dim".into(), value.into());
    }
    config.entry("q_lora_rank").or_insert(Value::Null);
    // All heads share one latent vector, and each has keys and values of its own.
    if let Some(heads) = config.get("num_attention_heads").cloned() {
        config.insert("num_key_value_heads".into(), heads);
    }
    Ok(())
}
