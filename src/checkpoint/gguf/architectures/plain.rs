//! Architectures with norms that subtract the mean, most of them with a plain MLP, and encoders.

use super::Mapping::*;
use super::parts::*;
use super::{Architecture, Module, RopeSpan};

pub const PHI2: Architecture = Architecture {
    fields: &[SIZES, HEADS, LAYER_NORM, ROPE],
    ends: &[&[
        Module("token_embd", "embed_tokens", Same),
        Module("output_norm", "final_layernorm", Same),
        Module("output", "lm_head", Same),
    ]],
    block: &[&[
        Module("attn_norm", "input_layernorm", Same),
        Module("attn_q", "self_attn.q_proj", Same),
        Module("attn_k", "self_attn.k_proj", Same),
        Module("attn_v", "self_attn.v_proj", Same),
        // The tensor is fused as in the model's own code; transformers splits it.
        Module("attn_qkv", "self_attn.{i}_proj", Thirds),
        Module("attn_output", "self_attn.dense", Same),
        Module("ffn_up", "mlp.fc1", Same),
        Module("ffn_down", "mlp.fc2", Same),
    ]],
    rope: RopeSpan::PartOfHeads,
    ..Architecture::named("phi2", "phi")
};

pub const STABLELM: Architecture = Architecture {
    fields: &[SIZES, HEADS, LAYER_NORM, ROPE],
    // The key of this name says true even for models whose config says nothing, which means false.
    absent: &[("use_parallel_residual", "blk.0.ffn_norm.weight")],
    present: &[
        ("use_qkv_bias", "blk.0.attn_q.bias"),
        ("qk_layernorm", "blk.0.attn_q_norm.weight"),
    ],
    ends: &[ENDS],
    block: &[
        NORMS,
        ATTENTION,
        GATED,
        &[
            Module("attn_q_norm", "self_attn.q_layernorm.norms.{i}", Stacked),
            Module("attn_k_norm", "self_attn.k_layernorm.norms.{i}", Stacked),
        ],
    ],
    rope: RopeSpan::PartOfHeads,
    ..Architecture::named("stablelm", "stablelm")
};

pub const STARCODER2: Architecture = Architecture {
    fields: &[
        SIZES,
        HEADS,
        &[("attention.layer_norm_epsilon", "norm_epsilon")],
        ROPE,
    ],
    present: &[("use_bias", "blk.0.attn_q.bias")],
    ends: &[ENDS],
    block: &[
        NORMS,
        ATTENTION,
        &[
            Module("ffn_up", "mlp.c_fc", Same),
            Module("ffn_down", "mlp.c_proj", Same),
        ],
    ],
    rope: RopeSpan::WholeHeads,
    ..Architecture::named("starcoder2", "starcoder2")
};

pub const GPTNEOX: Architecture = Architecture {
    fields: &[
        SIZES,
        LAYER_NORM,
        &[
            ("rope.freq_base", "rotary_emb_base"),
            ("use_parallel_residual", "use_parallel_residual"),
        ],
    ],
    present: &[("attention_bias", "blk.0.attn_qkv.bias")],
    ends: &[&[
        Module("token_embd", "embed_in", Same),
        Module("output_norm", "final_layer_norm", Same),
        Module("output", "lm_head", Same),
    ]],
    block: &[&[
        Module("attn_norm", "input_layernorm", Same),
        Module("attn_qkv", "attention.query_key_value", InOrder),
        Module("attn_output", "attention.dense", Same),
        Module("ffn_norm", "post_attention_layernorm", Same),
        Module("ffn_up", "mlp.dense_h_to_4h", Same),
        Module("ffn_down", "mlp.dense_4h_to_h", Same),
    ]],
    rope: RopeSpan::PartOfHeads,
    rope_fields: ["rotary_emb_base", "rotary_pct"],
    ..Architecture::named("gptneox", "gpt_neox")
};

pub const BLOOM: Architecture = Architecture {
    fields: &[&[
        ("block_count", "n_layer"),
        ("context_length", "seq_length"),
        ("embedding_length", "hidden_size"),
        ("feed_forward_length", "n_inner"),
        ("attention.head_count", "n_head"),
        ("attention.layer_norm_epsilon", "layer_norm_epsilon"),
    ]],
    ends: &[&[
        Module("token_embd", "word_embeddings", Same),
        Module("token_embd_norm", "word_embeddings_layernorm", Same),
        Module("output_norm", "ln_f", Same),
        Module("output", "lm_head", Same),
    ]],
    layers: "h",
    block: &[&[
        Module("attn_norm", "input_layernorm", Same),
        Module("attn_qkv", "self_attention.query_key_value", InOrder),
        Module("attn_output", "self_attention.dense", Same),
        Module("ffn_norm", "post_attention_layernorm", Same),
        Module("ffn_up", "mlp.dense_h_to_4h", Same),
        Module("ffn_down", "mlp.dense_4h_to_h", Same),
    ]],
    ..Architecture::named("bloom", "bloom")
};

pub const GPT2: Architecture = Architecture {
    fields: &[&[
        ("block_count", "n_layer"),
        ("context_length", "n_positions"),
        ("embedding_length", "n_embd"),
        ("feed_forward_length", "n_inner"),
        ("attention.head_count", "n_head"),
        ("attention.layer_norm_epsilon", "layer_norm_epsilon"),
    ]],
    ends: &[&[
        Module("token_embd", "wte", Same),
        Module("position_embd", "wpe", Same),
        Module("output_norm", "ln_f", Same),
        Module("output", "lm_head", Same),
    ]],
    layers: "h",
    block: &[&[
        Module("attn_norm", "ln_1", Same),
        Module("attn_qkv", "attn.c_attn", Transposed),
        Module("attn_output", "attn.c_proj", Transposed),
        Module("ffn_norm", "ln_2", Same),
        Module("ffn_up", "mlp.c_fc", Transposed),
        Module("ffn_down", "mlp.c_proj", Transposed),
    ]],
    ..Architecture::named("gpt2", "gpt2")
};

pub const MPT: Architecture = Architecture {
    fields: &[&[
        ("block_count", "n_layers"),
        ("context_length", "max_seq_len"),
        ("embedding_length", "d_model"),
        ("attention.head_count", "n_heads"),
        ("attention.layer_norm_epsilon", "layer_norm_epsilon"),
        ("attention.clamp_kqv", "attn_config.clip_qkv"),
        // Always four times d_model.
        ("feed_forward_length", "d_mlp"),
    ]],
    unasked: &["d_mlp"],
    ends: &[&[
        Module("token_embd", "wte", Same),
        Module("output_norm", "norm_f", Same),
        Module("output", "lm_head", Same),
    ]],
    layers: "blocks",
    block: &[&[
        Module("attn_norm", "norm_1", Same),
        Module("attn_qkv", "attn.Wqkv", Same),
        Module("attn_output", "attn.out_proj", Same),
        Module("ffn_norm", "norm_2", Same),
        Module("ffn_up", "ffn.up_proj", Same),
        Module("ffn_down", "ffn.down_proj", Same),
    ]],
    ..Architecture::named("mpt", "mpt")
};

/// StarCoder, whose heads share one key and one value.
pub const STARCODER: Architecture = Architecture {
    fields: &[&[
        ("block_count", "n_layer"),
        ("context_length", "n_positions"),
        ("embedding_length", "n_embd"),
        ("feed_forward_length", "n_inner"),
        ("attention.head_count", "n_head"),
        ("attention.layer_norm_epsilon", "layer_norm_epsilon"),
    ]],
    ends: &[&[
        Module("token_embd", "wte", Same),
        Module("position_embd", "wpe", Same),
        Module("output_norm", "ln_f", Same),
        Module("output", "lm_head", Same),
    ]],
    layers: "h",
    block: &[&[
        Module("attn_norm", "ln_1", Same),
        Module("attn_qkv", "attn.c_attn", Same),
        Module("attn_output", "attn.c_proj", Same),
        Module("ffn_norm", "ln_2", Same),
        Module("ffn_up", "mlp.c_fc", Same),
        Module("ffn_down", "mlp.c_proj", Same),
    ]],
    ..Architecture::named("starcoder", "gpt_bigcode")
};

pub const BERT: Architecture = Architecture {
    fields: &[SIZES, LAYER_NORM],
    ends: &[&[
        Module("token_embd", "embeddings.word_embeddings", Same),
        Module("position_embd", "embeddings.position_embeddings", Same),
        Module("token_types", "embeddings.token_type_embeddings", Same),
        Module("token_embd_norm", "embeddings.LayerNorm", Same),
    ]],
    layers: "encoder.layer",
    block: &[&[
        Module("attn_q", "attention.self.query", Same),
        Module("attn_k", "attention.self.key", Same),
        Module("attn_v", "attention.self.value", Same),
        Module("attn_output", "attention.output.dense", Same),
        Module("attn_output_norm", "attention.output.LayerNorm", Same),
        Module("ffn_up", "intermediate.dense", Same),
        Module("ffn_down", "output.dense", Same),
        Module("layer_output_norm", "output.LayerNorm", Same),
    ]],
    encoder: true,
    ..Architecture::named("bert", "bert")
};
