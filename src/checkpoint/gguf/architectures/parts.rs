//! Keys, flags and modules that several architectures share.

use super::Mapping::*;
use super::{Module, Pair};

pub const SIZES: &[Pair] = &[
    ("block_count", "num_hidden_layers"),
    ("context_length", "max_position_embeddings"),
    ("embedding_length", "hidden_size"),
    ("feed_forward_length", "intermediate_size"),
    ("attention.head_count", "num_attention_heads"),
];
pub const HEADS: &[Pair] = &[
    ("attention.head_count_kv", "num_key_value_heads"),
    ("attention.key_length", "head_dim"),
];
pub const RMS: &[Pair] = &[("attention.layer_norm_rms_epsilon", "rms_norm_eps")];
pub const LAYER_NORM: &[Pair] = &[("attention.layer_norm_epsilon", "layer_norm_eps")];
pub const ROPE: &[Pair] = &[("rope.freq_base", "rope_theta")];
/// The width of windows; 0 if there are none.
pub const SLIDING_WINDOW: &str = "attention.sliding_window";
pub const WINDOW: &[Pair] = &[(SLIDING_WINDOW, "sliding_window")];
pub const CAPS: &[Pair] = &[
    ("attn_logit_softcapping", "attn_logit_softcapping"),
    ("final_logit_softcapping", "final_logit_softcapping"),
];
pub const MULTIPLIERS: &[Pair] = &[
    ("embedding_scale", "embedding_multiplier"),
    ("residual_scale", "residual_multiplier"),
    ("attention.scale", "attention_multiplier"),
    ("logit_scale", "logits_scaling"),
];
pub const EXPERT_COUNTS: &[Pair] = &[
    ("expert_count", "num_local_experts"),
    ("expert_used_count", "num_experts_per_tok"),
];

pub const MLP_BIAS: Pair = ("mlp_bias", "blk.0.ffn_gate.bias");
pub const ATTENTION_BIAS: Pair = ("attention_bias", "blk.0.attn_q.bias");

pub const ENDS: &[Module] = &[
    Module("token_embd", "embed_tokens", Same),
    Module("output_norm", "norm", Same),
    Module("output", "lm_head", Same),
];
pub const PLUS_ONE_ENDS: &[Module] = &[
    Module("token_embd", "embed_tokens", Same),
    Module("output_norm", "norm", PlusOne),
    Module("output", "lm_head", Same),
];
pub const NORMS: &[Module] = &[
    Module("attn_norm", "input_layernorm", Same),
    Module("ffn_norm", "post_attention_layernorm", Same),
];
/// Norms of what attention and MLP give.
pub const POST_NORMS: &[Module] = &[
    Module("post_attention_norm", "post_attention_layernorm", Same),
    Module("post_ffw_norm", "post_feedforward_layernorm", Same),
];
pub const ATTENTION: &[Module] = &[
    Module("attn_q", "self_attn.q_proj", Same),
    Module("attn_k", "self_attn.k_proj", Same),
    Module("attn_v", "self_attn.v_proj", Same),
    Module("attn_output", "self_attn.o_proj", Same),
];
/// Queries and keys, ordered for llama.cpp's own kernel: the converter made the two dimensions that turn
/// together adjacent.
pub const PERMUTED: &[Module] = &[
    Module("attn_q", "self_attn.q_proj", QueryPairs),
    Module("attn_k", "self_attn.k_proj", KeyPairs),
    Module("attn_v", "self_attn.v_proj", Same),
    Module("attn_output", "self_attn.o_proj", Same),
];
pub const QK_NORM: &[Module] = &[
    Module("attn_q_norm", "self_attn.q_norm", Same),
    Module("attn_k_norm", "self_attn.k_norm", Same),
];
pub const GATED: &[Module] = &[
    Module("ffn_gate", "mlp.gate_proj", Same),
    Module("ffn_up", "mlp.up_proj", Same),
    Module("ffn_down", "mlp.down_proj", Same),
];
pub const EXPERTS: &[Module] = &[
    Module("ffn_gate_exps", "mlp.experts.{i}.gate_proj", Stacked),
    Module("ffn_up_exps", "mlp.experts.{i}.up_proj", Stacked),
    Module("ffn_down_exps", "mlp.experts.{i}.down_proj", Stacked),
    Module(
        "ffn_gate_up_exps",
        "mlp.experts.{i}.gate_proj|up_proj",
        StackedPairs,
    ),
];
