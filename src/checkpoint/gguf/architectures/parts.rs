//! What several architectures share: keys and modules.

use serde_json::Value;

use super::Mapping::*;
use super::Module;

pub const SIZES: &[(&str, &str)] = &[
    ("block_count", "num_hidden_layers"),
    ("context_length", "max_position_embeddings"),
    ("embedding_length", "hidden_size"),
    ("feed_forward_length", "intermediate_size"),
    ("attention.head_count", "num_attention_heads"),
];
pub const HEADS: &[(&str, &str)] = &[
    ("attention.head_count_kv", "num_key_value_heads"),
    ("attention.key_length", "head_dim"),
];
pub const RMS: &[(&str, &str)] = &[("attention.layer_norm_rms_epsilon", "rms_norm_eps")];
pub const LAYER_NORM: &[(&str, &str)] = &[("attention.layer_norm_epsilon", "layer_norm_eps")];
pub const ROPE: &[(&str, &str)] = &[("rope.freq_base", "rope_theta")];
pub const PARALLEL: &[(&str, &str)] = &[("use_parallel_residual", "use_parallel_residual")];
/// 0 where there is none.
pub const SLIDING_WINDOW: &str = "attention.sliding_window";
pub const WINDOW: &[(&str, &str)] = &[(SLIDING_WINDOW, "sliding_window")];
pub const CAPS: &[(&str, &str)] = &[
    ("attn_logit_softcapping", "attn_logit_softcapping"),
    ("final_logit_softcapping", "final_logit_softcapping"),
];
pub const MULTIPLIERS: &[(&str, &str)] = &[
    ("embedding_scale", "embedding_multiplier"),
    ("residual_scale", "residual_multiplier"),
    ("attention.scale", "attention_multiplier"),
    ("logit_scale", "logits_scaling"),
];

pub const ENDS: &[Module] = &[
    Module("token_embd", "embed_tokens", Same),
    Module("output_norm", "norm", Same),
    Module("output", "lm_head", Same),
];
pub const NORMS: &[Module] = &[
    Module("blk.{}.attn_norm", "layers.{}.input_layernorm", Same),
    Module(
        "blk.{}.ffn_norm",
        "layers.{}.post_attention_layernorm",
        Same,
    ),
];
/// Queries and keys as llama.cpp's own kernel turns them: the converter put the two dimensions that turn
/// together side by side.
pub const PERMUTED: &[Module] = &[
    Module("blk.{}.attn_q", "layers.{}.self_attn.q_proj", QueryPairs),
    Module("blk.{}.attn_k", "layers.{}.self_attn.k_proj", KeyPairs),
    Module("blk.{}.attn_v", "layers.{}.self_attn.v_proj", Same),
    Module("blk.{}.attn_output", "layers.{}.self_attn.o_proj", Same),
];
pub const ATTENTION: &[Module] = &[
    Module("blk.{}.attn_q", "layers.{}.self_attn.q_proj", Same),
    Module("blk.{}.attn_k", "layers.{}.self_attn.k_proj", Same),
    Module("blk.{}.attn_v", "layers.{}.self_attn.v_proj", Same),
    Module("blk.{}.attn_output", "layers.{}.self_attn.o_proj", Same),
];
pub const QK_NORM: &[Module] = &[
    Module("blk.{}.attn_q_norm", "layers.{}.self_attn.q_norm", Same),
    Module("blk.{}.attn_k_norm", "layers.{}.self_attn.k_norm", Same),
];
pub const GATED: &[Module] = &[
    Module("blk.{}.ffn_gate", "layers.{}.mlp.gate_proj", Same),
    Module("blk.{}.ffn_up", "layers.{}.mlp.up_proj", Same),
    Module("blk.{}.ffn_down", "layers.{}.mlp.down_proj", Same),
];
pub const AFTER: &[Module] = &[
    Module(
        "blk.{}.post_attention_norm",
        "layers.{}.post_attention_layernorm",
        Same,
    ),
    Module(
        "blk.{}.post_ffw_norm",
        "layers.{}.post_feedforward_layernorm",
        Same,
    ),
];
pub const GEMMA_ENDS: &[Module] = &[
    Module("token_embd", "embed_tokens", Same),
    Module("output_norm", "norm", PlusOne),
    Module("output", "lm_head", Same),
];
pub const GEMMA_AROUND: &[Module] = &[
    Module("blk.{}.attn_norm", "layers.{}.input_layernorm", PlusOne),
    Module(
        "blk.{}.post_attention_norm",
        "layers.{}.post_attention_layernorm",
        PlusOne,
    ),
    Module(
        "blk.{}.ffn_norm",
        "layers.{}.pre_feedforward_layernorm",
        PlusOne,
    ),
    Module(
        "blk.{}.post_ffw_norm",
        "layers.{}.post_feedforward_layernorm",
        PlusOne,
    ),
    Module("blk.{}.attn_q_norm", "layers.{}.self_attn.q_norm", PlusOne),
    Module("blk.{}.attn_k_norm", "layers.{}.self_attn.k_norm", PlusOne),
];

pub fn none() -> Vec<(&'static str, Value)> {
    Vec::new()
}
