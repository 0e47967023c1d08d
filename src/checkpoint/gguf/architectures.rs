//! llama.cpp's architectures, each as the Hugging Face family that it is: which metadata is which field of
//! `config.json`, and which tensor is which. Facts from llama.cpp's converter and the package `gguf`.

use serde_json::{Value, json};

/// One of llama.cpp's architectures.
pub struct Architecture {
    /// `general.architecture`.
    pub name: &'static str,
    /// `model_type` in `config.json`.
    pub family: &'static str,
    /// Keys without the architecture's name, and the fields they are. A key is optional here; the family
    /// says whether it may be left out.
    pub fields: &'static [&'static [(&'static str, &'static str)]],
    /// Fields that llama.cpp takes for granted.
    pub constants: fn() -> Vec<(&'static str, Value)>,
    /// Flags that say whether a tensor stands in the file.
    pub present: &'static [(&'static str, &'static str)],
    /// Modules (a tensor's name without `.weight` or `.bias`) and what they are; `{}` is the block's number
    /// and `{i}` the expert's or head's.
    pub modules: &'static [&'static [Module]],
    /// The whole of each head turns, and no file says otherwise.
    pub whole_heads: bool,
}

/// A module's name in the file, its name in Hugging Face's layout, and what the converter did to it.
pub struct Module(pub &'static str, pub &'static str, pub How);

/// How a tensor of the file stands to the one of `config.json`'s family.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum How {
    Same,
    /// Stored `[out, in]` where Hugging Face has `[in, out]`.
    Turned,
    /// The rows of each head are in the order in which adjacent dimensions turn together.
    QueryPairs,
    KeyPairs,
    /// Queries, keys and values one after the other, where Hugging Face has them head by head.
    InOrder,
    /// The converter added 1.
    PlusOne,
    /// As many tensors as the first axis is long.
    Stacked,
}

use How::*;

const SIZES: &[(&str, &str)] = &[
    ("block_count", "num_hidden_layers"),
    ("context_length", "max_position_embeddings"),
    ("embedding_length", "hidden_size"),
    ("feed_forward_length", "intermediate_size"),
    ("attention.head_count", "num_attention_heads"),
];
const HEADS: &[(&str, &str)] = &[
    ("attention.head_count_kv", "num_key_value_heads"),
    ("attention.key_length", "head_dim"),
];
const RMS: &[(&str, &str)] = &[("attention.layer_norm_rms_epsilon", "rms_norm_eps")];
const LAYER_NORM: &[(&str, &str)] = &[("attention.layer_norm_epsilon", "layer_norm_eps")];
const ROPE: &[(&str, &str)] = &[("rope.freq_base", "rope_theta")];
const PARALLEL: &[(&str, &str)] = &[("use_parallel_residual", "use_parallel_residual")];
const WINDOW: &[(&str, &str)] = &[("attention.sliding_window", "sliding_window")];
const CAPS: &[(&str, &str)] = &[
    ("attn_logit_softcapping", "attn_logit_softcapping"),
    ("final_logit_softcapping", "final_logit_softcapping"),
];
const MULTIPLIERS: &[(&str, &str)] = &[
    ("embedding_scale", "embedding_multiplier"),
    ("residual_scale", "residual_multiplier"),
    ("attention.scale", "attention_multiplier"),
    ("logit_scale", "logits_scaling"),
];

const ENDS: &[Module] = &[
    Module("token_embd", "embed_tokens", Same),
    Module("output_norm", "norm", Same),
    Module("output", "lm_head", Same),
];
const NORMS: &[Module] = &[
    Module("blk.{}.attn_norm", "layers.{}.input_layernorm", Same),
    Module(
        "blk.{}.ffn_norm",
        "layers.{}.post_attention_layernorm",
        Same,
    ),
];
/// Queries and keys as llama.cpp's own kernel turns them: the converter put the two dimensions that turn
/// together side by side.
const PERMUTED: &[Module] = &[
    Module("blk.{}.attn_q", "layers.{}.self_attn.q_proj", QueryPairs),
    Module("blk.{}.attn_k", "layers.{}.self_attn.k_proj", KeyPairs),
    Module("blk.{}.attn_v", "layers.{}.self_attn.v_proj", Same),
    Module("blk.{}.attn_output", "layers.{}.self_attn.o_proj", Same),
];
const ATTENTION: &[Module] = &[
    Module("blk.{}.attn_q", "layers.{}.self_attn.q_proj", Same),
    Module("blk.{}.attn_k", "layers.{}.self_attn.k_proj", Same),
    Module("blk.{}.attn_v", "layers.{}.self_attn.v_proj", Same),
    Module("blk.{}.attn_output", "layers.{}.self_attn.o_proj", Same),
];
const QK_NORM: &[Module] = &[
    Module("blk.{}.attn_q_norm", "layers.{}.self_attn.q_norm", Same),
    Module("blk.{}.attn_k_norm", "layers.{}.self_attn.k_norm", Same),
];
const GATED: &[Module] = &[
    Module("blk.{}.ffn_gate", "layers.{}.mlp.gate_proj", Same),
    Module("blk.{}.ffn_up", "layers.{}.mlp.up_proj", Same),
    Module("blk.{}.ffn_down", "layers.{}.mlp.down_proj", Same),
];
const AFTER: &[Module] = &[
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
const GEMMA_ENDS: &[Module] = &[
    Module("token_embd", "embed_tokens", Same),
    Module("output_norm", "norm", PlusOne),
    Module("output", "lm_head", Same),
];
const GEMMA_AROUND: &[Module] = &[
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

fn none() -> Vec<(&'static str, Value)> {
    Vec::new()
}

const LLAMA: Architecture = Architecture {
    name: "llama",
    family: "llama",
    fields: &[SIZES, HEADS, RMS, ROPE],
    constants: none,
    present: &[
        ("attention_bias", "blk.0.attn_q.bias"),
        ("mlp_bias", "blk.0.ffn_gate.bias"),
    ],
    modules: &[ENDS, NORMS, PERMUTED, GATED],
    whole_heads: true,
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

/// Every architecture that is read, but for Mixtral.
pub const ALL: &[Architecture] = &[
    LLAMA,
    Architecture {
        name: "granite",
        family: "granite",
        fields: &[SIZES, HEADS, RMS, ROPE, MULTIPLIERS],
        ..LLAMA
    },
    Architecture {
        name: "qwen2",
        family: "qwen2",
        present: &[],
        modules: &[ENDS, NORMS, ATTENTION, GATED],
        ..LLAMA
    },
    Architecture {
        name: "qwen3",
        family: "qwen3",
        present: &[("attention_bias", "blk.0.attn_q.bias")],
        modules: &[ENDS, NORMS, ATTENTION, QK_NORM, GATED],
        ..LLAMA
    },
    Architecture {
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
    },
    Architecture {
        name: "olmo2",
        family: "olmo2",
        present: &[("attention_bias", "blk.0.attn_q.bias")],
        modules: &[ENDS, ATTENTION, QK_NORM, AFTER, GATED],
        ..LLAMA
    },
    Architecture {
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
    },
    Architecture {
        name: "gemma2",
        family: "gemma2",
        fields: &[SIZES, HEADS, RMS, ROPE, WINDOW, CAPS],
        present: &[("attention_bias", "blk.0.attn_q.bias")],
        modules: &[GEMMA_ENDS, GEMMA_AROUND, ATTENTION, GATED],
        ..LLAMA
    },
    Architecture {
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
        present: &[("attention_bias", "blk.0.attn_q.bias")],
        modules: &[GEMMA_ENDS, GEMMA_AROUND, ATTENTION, GATED],
        ..LLAMA
    },
    Architecture {
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
        whole_heads: false,
        ..LLAMA
    },
    Architecture {
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
            Module("blk.{}.attn_output", "layers.{}.self_attn.dense", Same),
            Module("blk.{}.ffn_up", "layers.{}.mlp.fc1", Same),
            Module("blk.{}.ffn_down", "layers.{}.mlp.fc2", Same),
        ]],
        whole_heads: false,
        ..LLAMA
    },
    Architecture {
        name: "stablelm",
        family: "stablelm",
        fields: &[SIZES, HEADS, LAYER_NORM, ROPE, PARALLEL],
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
        whole_heads: false,
        ..LLAMA
    },
    Architecture {
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
    },
    Architecture {
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
        whole_heads: false,
        ..LLAMA
    },
    Architecture {
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
        whole_heads: false,
        ..LLAMA
    },
    Architecture {
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
            Module("blk.{}.attn_qkv", "h.{}.attn.c_attn", Turned),
            Module("blk.{}.attn_output", "h.{}.attn.c_proj", Turned),
            Module("blk.{}.ffn_norm", "h.{}.ln_2", Same),
            Module("blk.{}.ffn_up", "h.{}.mlp.c_fc", Turned),
            Module("blk.{}.ffn_down", "h.{}.mlp.c_proj", Turned),
        ]],
        whole_heads: false,
        ..LLAMA
    },
];
