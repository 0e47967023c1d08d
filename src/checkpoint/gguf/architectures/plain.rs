//! Architectures with norms that subtract the mean, most with a plain MLP, and encoders.

use super::Mapping::*;
use super::gated::LLAMA;
use super::parts::*;
use super::{Architecture, Module, RopeSpan};

pub const PHI2: Architecture = Architecture {
    name: "phi2",
    family: "phi",
    fields: &[SIZES, HEADS, LAYER_NORM, ROPE],
    present: &[],
    modules: &[&[
        Module("token_embd", "embed_tokens", Same),
        Module("output_norm", "final_layernorm", Same),
        Module("output", "lm_head", Same),
        Module("blk.{}.attn_norm", "layers.{}.input_layernorm", Same),
        Module("blk.{}.attn_q", "layers.{}.self_attn.q_proj", Same),
        Module("blk.{}.attn_k", "layers.{}.self_attn.k_proj", Same),
        Module("blk.{}.attn_v", "layers.{}.self_attn.v_proj", Same),
        // As the model's own code had them, before transformers took them apart.
        Module("blk.{}.attn_qkv", "layers.{}.self_attn.{i}_proj", Thirds),
        Module("blk.{}.attn_output", "layers.{}.self_attn.dense", Same),
        Module("blk.{}.ffn_up", "layers.{}.mlp.fc1", Same),
        Module("blk.{}.ffn_down", "layers.{}.mlp.fc2", Same),
    ]],
    rope: RopeSpan::PartOfHeads,
    ..LLAMA
};

pub const STABLELM: Architecture = Architecture {
    name: "stablelm",
    family: "stablelm",
    fields: &[SIZES, HEADS, LAYER_NORM, ROPE],
    // The key of this name says true of models whose config says nothing, which means false.
    absent: &[("use_parallel_residual", "blk.0.ffn_norm.weight")],
    present: &[
        ("use_qkv_bias", "blk.0.attn_q.bias"),
        ("qk_layernorm", "blk.0.attn_q_norm.weight"),
    ],
    modules: &[
        ENDS,
        NORMS,
        ATTENTION,
        GATED,
        &[
            Module(
                "blk.{}.attn_q_norm",
                "layers.{}.self_attn.q_layernorm.norms.{i}",
                Stacked,
            ),
            Module(
                "blk.{}.attn_k_norm",
                "layers.{}.self_attn.k_layernorm.norms.{i}",
                Stacked,
            ),
        ],
    ],
    rope: RopeSpan::PartOfHeads,
    ..LLAMA
};

pub const STARCODER2: Architecture = Architecture {
    name: "starcoder2",
    family: "starcoder2",
    fields: &[
        SIZES,
        HEADS,
        &[("attention.layer_norm_epsilon", "norm_epsilon")],
        ROPE,
    ],
    present: &[("use_bias", "blk.0.attn_q.bias")],
    modules: &[
        ENDS,
        NORMS,
        ATTENTION,
        &[
            Module("blk.{}.ffn_up", "layers.{}.mlp.c_fc", Same),
            Module("blk.{}.ffn_down", "layers.{}.mlp.c_proj", Same),
        ],
    ],
    ..LLAMA
};

pub const GPTNEOX: Architecture = Architecture {
    name: "gptneox",
    family: "gpt_neox",
    fields: &[SIZES, LAYER_NORM, ROPE, PARALLEL],
    present: &[("attention_bias", "blk.0.attn_qkv.bias")],
    modules: &[&[
        Module("token_embd", "embed_in", Same),
        Module("output_norm", "final_layer_norm", Same),
        Module("output", "embed_out", Same),
        Module("blk.{}.attn_norm", "layers.{}.input_layernorm", Same),
        Module(
            "blk.{}.attn_qkv",
            "layers.{}.attention.query_key_value",
            InOrder,
        ),
        Module("blk.{}.attn_output", "layers.{}.attention.dense", Same),
        Module(
            "blk.{}.ffn_norm",
            "layers.{}.post_attention_layernorm",
            Same,
        ),
        Module("blk.{}.ffn_up", "layers.{}.mlp.dense_h_to_4h", Same),
        Module("blk.{}.ffn_down", "layers.{}.mlp.dense_4h_to_h", Same),
    ]],
    rope: RopeSpan::PartOfHeads,
    ..LLAMA
};

pub const BLOOM: Architecture = Architecture {
    name: "bloom",
    family: "bloom",
    fields: &[&[
        ("block_count", "n_layer"),
        ("context_length", "seq_length"),
        ("embedding_length", "hidden_size"),
        ("feed_forward_length", "n_inner"),
        ("attention.head_count", "n_head"),
        ("attention.layer_norm_epsilon", "layer_norm_epsilon"),
    ]],
    present: &[],
    modules: &[&[
        Module("token_embd", "word_embeddings", Same),
        Module("token_embd_norm", "word_embeddings_layernorm", Same),
        Module("output_norm", "ln_f", Same),
        Module("output", "lm_head", Same),
        Module("blk.{}.attn_norm", "h.{}.input_layernorm", Same),
        Module(
            "blk.{}.attn_qkv",
            "h.{}.self_attention.query_key_value",
            InOrder,
        ),
        Module("blk.{}.attn_output", "h.{}.self_attention.dense", Same),
        Module("blk.{}.ffn_norm", "h.{}.post_attention_layernorm", Same),
        Module("blk.{}.ffn_up", "h.{}.mlp.dense_h_to_4h", Same),
        Module("blk.{}.ffn_down", "h.{}.mlp.dense_4h_to_h", Same),
    ]],
    rope: RopeSpan::None,
    ..LLAMA
};

pub const GPT2: Architecture = Architecture {
    name: "gpt2",
    family: "gpt2",
    fields: &[&[
        ("block_count", "n_layer"),
        ("context_length", "n_positions"),
        ("embedding_length", "n_embd"),
        ("feed_forward_length", "n_inner"),
        ("attention.head_count", "n_head"),
        ("attention.layer_norm_epsilon", "layer_norm_epsilon"),
    ]],
    present: &[],
    modules: &[&[
        Module("token_embd", "wte", Same),
        Module("position_embd", "wpe", Same),
        Module("output_norm", "ln_f", Same),
        Module("output", "lm_head", Same),
        Module("blk.{}.attn_norm", "h.{}.ln_1", Same),
        Module("blk.{}.attn_qkv", "h.{}.attn.c_attn", Transposed),
        Module("blk.{}.attn_output", "h.{}.attn.c_proj", Transposed),
        Module("blk.{}.ffn_norm", "h.{}.ln_2", Same),
        Module("blk.{}.ffn_up", "h.{}.mlp.c_fc", Transposed),
        Module("blk.{}.ffn_down", "h.{}.mlp.c_proj", Transposed),
    ]],
    rope: RopeSpan::None,
    ..LLAMA
};

pub const BERT: Architecture = Architecture {
    name: "bert",
    family: "bert",
    fields: &[SIZES, LAYER_NORM],
    present: &[],
    modules: &[&[
        Module("token_embd", "embeddings.word_embeddings", Same),
        Module("position_embd", "embeddings.position_embeddings", Same),
        Module("token_types", "embeddings.token_type_embeddings", Same),
        Module("token_embd_norm", "embeddings.LayerNorm", Same),
        Module(
            "blk.{}.attn_q",
            "encoder.layer.{}.attention.self.query",
            Same,
        ),
        Module("blk.{}.attn_k", "encoder.layer.{}.attention.self.key", Same),
        Module(
            "blk.{}.attn_v",
            "encoder.layer.{}.attention.self.value",
            Same,
        ),
        Module(
            "blk.{}.attn_output",
            "encoder.layer.{}.attention.output.dense",
            Same,
        ),
        Module(
            "blk.{}.attn_output_norm",
            "encoder.layer.{}.attention.output.LayerNorm",
            Same,
        ),
        Module("blk.{}.ffn_up", "encoder.layer.{}.intermediate.dense", Same),
        Module("blk.{}.ffn_down", "encoder.layer.{}.output.dense", Same),
        Module(
            "blk.{}.layer_output_norm",
            "encoder.layer.{}.output.LayerNorm",
            Same,
        ),
    ]],
    rope: RopeSpan::None,
    encoder: true,
    ..LLAMA
};
