//! Architectures with state-space models alone, or with short convolutions beside attention.

use serde_json::{Map, Value};

use super::Mapping::*;
use super::parts::*;
use super::sigmoids::SIGMOID;
use super::{Architecture, Module, Pair, RopeSpan, When};
use crate::checkpoint::error::CheckpointError;
use crate::checkpoint::gguf::keys::Read;

pub type Config = Map<String, Value>;

pub const LFM2: Architecture = Architecture {
    fields: &[SIZES, HEADS, NORM_EPS, ROPE, SHORT_CONVOLUTION],
    present: &[("conv_bias", "blk.0.shortconv.conv.bias")],
    ends: &[LFM2_ENDS],
    block: &[LFM2_BLOCK, LFM2_MLP],
    rope: RopeSpan::WholeHeads,
    more: Some(|read, config| {
        // The key has the width that the converter computed.
        config.insert("block_auto_adjust_ff_dim".into(), false.into());
        convolutions(read, config)
    }),
    ..Architecture::named("lfm2", "lfm2")
};

pub const LFM2MOE: Architecture = Architecture {
    fields: &[
        SIZES,
        HEADS,
        NORM_EPS,
        ROPE,
        SHORT_CONVOLUTION,
        &[
            ("expert_count", "num_experts"),
            ("expert_used_count", "num_experts_per_tok"),
            ("expert_feed_forward_length", "moe_intermediate_size"),
            ("leading_dense_block_count", "num_dense_layers"),
        ],
    ],
    present: &[
        ("conv_bias", "blk.0.shortconv.conv.bias"),
        ("use_expert_bias", "blk.0.exp_probs_b.bias"),
    ],
    block: &[
        LFM2_BLOCK,
        LFM2_MLP,
        &[
            Module("ffn_gate_inp", "feed_forward.gate", Same),
            Module("exp_probs_b", "feed_forward.expert_bias", Bare),
            Module("ffn_gate_exps", "feed_forward.experts.{i}.w1", Stacked),
            Module("ffn_up_exps", "feed_forward.experts.{i}.w3", Stacked),
            Module("ffn_down_exps", "feed_forward.experts.{i}.w2", Stacked),
        ],
    ],
    more: Some(convolutions),
    gating: SIGMOID,
    name: "lfm2moe",
    family: "lfm2_moe",
    ..LFM2
};

const NORM_EPS: &[Pair] = &[("attention.layer_norm_rms_epsilon", "norm_eps")];
const SHORT_CONVOLUTION: &[Pair] = &[("shortconv.l_cache", "conv_L_cache")];
const LFM2_ENDS: &[Module] = &[
    Module("token_embd", "embed_tokens", Same),
    Module("token_embd_norm", "embedding_norm", Same),
    Module("output", "lm_head", Same),
];
const LFM2_BLOCK: &[Module] = &[
    Module("attn_norm", "operator_norm", Same),
    Module("ffn_norm", "ffn_norm", Same),
    Module("attn_q", "self_attn.q_proj", Same),
    Module("attn_k", "self_attn.k_proj", Same),
    Module("attn_v", "self_attn.v_proj", Same),
    Module("attn_output", "self_attn.out_proj", Same),
    Module("attn_q_norm", "self_attn.q_layernorm", Same),
    Module("attn_k_norm", "self_attn.k_layernorm", Same),
    Module("shortconv.in_proj", "conv.in_proj", Same),
    Module("shortconv.conv", "conv.conv", Convolution),
    Module("shortconv.out_proj", "conv.out_proj", Same),
];
const LFM2_MLP: &[Module] = &[
    Module("ffn_gate", "feed_forward.w1", Same),
    Module("ffn_up", "feed_forward.w3", Same),
    Module("ffn_down", "feed_forward.w2", Same),
];

/// Blocks without keys are convolutions.
fn convolutions(read: &Read, config: &mut Config) -> Result<(), CheckpointError> {
    let attends = attending(read, config)?;
    let kinds = ["conv", "full_attention"];
    let kinds = attends.iter().map(|attends| kinds[usize::from(*attends)]);
    config.insert("layer_types".into(), kinds.collect());
    Ok(())
}

pub const MAMBA: Architecture = Architecture {
    fields: &[
        MAMBA_SIZES,
        MAMBA_EPS,
        &[
            ("ssm.conv_kernel", "conv_kernel"),
            ("ssm.state_size", "state_size"),
            ("ssm.time_step_rank", "time_step_rank"),
        ],
    ],
    unasked: &["n_ctx"],
    present: &[
        ("use_bias", "blk.0.ssm_in.bias"),
        ("use_conv_bias", "blk.0.ssm_conv1d.bias"),
    ],
    ends: &[MAMBA_ENDS],
    block: &[&[
        Module("attn_norm", "norm", Same),
        Module("ssm_in", "mixer.in_proj", Same),
        Module("ssm_conv1d", "mixer.conv1d", Convolution),
        Module("ssm_x", "mixer.x_proj", Same),
        Module("ssm_dt", "mixer.dt_proj", Same),
        Module("ssm_a", "mixer.A_log", MinusExp),
        Module("ssm_d", "mixer.D", Flat),
        Module("ssm_out", "mixer.out_proj", Same),
    ]],
    more: Some(expansion),
    keys: &[INNER, NORMED],
    ..Architecture::named("mamba", "mamba")
};

/// Falcon Mamba. The ε of its norms of queries, keys and steps is in no key.
pub const FALCON_MAMBA: Architecture = Architecture {
    when: When::Key(NORMED),
    family: "falcon_mamba",
    ..MAMBA
};

/// Whether steps, keys and queries are normed.
const NORMED: &str = "ssm.dt_b_c_rms";

pub const MAMBA2: Architecture = Architecture {
    fields: &[
        MAMBA_SIZES,
        MAMBA_EPS,
        &[
            ("ssm.conv_kernel", "conv_kernel"),
            ("ssm.state_size", "state_size"),
            ("ssm.group_count", "n_groups"),
            ("ssm.time_step_rank", "num_heads"),
        ],
    ],
    unasked: &["n_ctx"],
    present: &[
        ("use_bias", "blk.0.ssm_in.bias"),
        ("use_conv_bias", "blk.0.ssm_conv1d.bias"),
    ],
    ends: &[MAMBA_ENDS],
    block: &[MIXER],
    more: Some(|read, config| state_heads(read, config, "head_dim")),
    keys: &[INNER],
    ..Architecture::named("mamba2", "mamba2")
};

const MAMBA_SIZES: &[Pair] = &[
    ("block_count", "num_hidden_layers"),
    ("context_length", "n_ctx"),
    ("embedding_length", "hidden_size"),
];
const MAMBA_EPS: &[Pair] = &[("attention.layer_norm_rms_epsilon", "layer_norm_epsilon")];
pub const MAMBA_ENDS: &[Module] = &[
    Module("token_embd", "embeddings", Same),
    Module("output_norm", "norm_f", Same),
    Module("output", "lm_head", Same),
];
/// Mamba 2's mixer, and the norm of a block without another part.
pub const MIXER: &[Module] = &[
    Module("attn_norm", "norm", Same),
    Module("ssm_in", "mixer.in_proj", Same),
    Module("ssm_conv1d", "mixer.conv1d", Convolution),
    Module("ssm_dt", "mixer.dt_bias", Bare),
    Module("ssm_a", "mixer.A_log", MinusExp),
    Module("ssm_d", "mixer.D", Flat),
    Module("ssm_norm", "mixer.norm", Flat),
    Module("ssm_out", "mixer.out_proj", Same),
];
/// The width of all values together.
pub const INNER: &str = "ssm.inner_size";

fn expansion(read: &Read, config: &mut Config) -> Result<(), CheckpointError> {
    let wide = read.needed(INNER)? / read.needed("embedding_length")?.max(1);
    config.insert("expand".into(), wide.into());
    Ok(())
}

pub fn state_heads(read: &Read, config: &mut Config, field: &str) -> Result<(), CheckpointError> {
    let width = read.needed(INNER)? / read.needed("ssm.time_step_rank")?.max(1);
    config.insert(field.into(), width.into());
    Ok(())
}

/// Name the kind of each block: whether it attends.
pub fn layer_types(config: &mut Config, attends: impl IntoIterator<Item = bool>) {
    let kinds = ["linear_attention", "full_attention"];
    let kinds = attends.into_iter().map(|own| kinds[usize::from(own)]);
    config.insert("layer_types".into(), kinds.collect());
}

/// Whether each block attends: whether it has keys. All blocks that do have as many.
pub fn attending(read: &Read, config: &mut Config) -> Result<Vec<bool>, CheckpointError> {
    const KEY: &str = "attention.head_count_kv";
    let counts = read.by_block(KEY)?;
    let most = counts.iter().copied().max().unwrap_or(0);
    if counts.iter().any(|count| ![0, most].contains(count)) {
        let problem = "has several numbers above 0; one is known in this family";
        return Err(read.error(KEY, problem));
    }
    config.insert("num_key_value_heads".into(), most.max(1).into());
    Ok(counts.iter().map(|count| *count > 0).collect())
}
