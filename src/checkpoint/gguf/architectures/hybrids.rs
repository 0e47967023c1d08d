//! Architectures that mix state-space models with attention.

use serde_json::{Value, json};

use super::Mapping::*;
use super::granite::{GRANITE_EXPERTS, SHARED_EXPERT};
use super::mixtures::{SHARED_WIDTH, SPARSE_EXPERTS};
use super::parts::*;
use super::recurrent::{Config, INNER, MAMBA_ENDS, MIXER, attending, layer_types, state_heads};
use super::sigmoids::SIGMOID;
use super::{Architecture, Module, Pair, RopeSpan, When};
use crate::checkpoint::error::CheckpointError;
use crate::checkpoint::gguf::keys::Read;

pub const JAMBA: Architecture = Architecture {
    fields: &[
        SIZES,
        HEADS,
        RMS,
        &[
            ("ssm.conv_kernel", "mamba_d_conv"),
            ("ssm.state_size", "mamba_d_state"),
            ("ssm.time_step_rank", "mamba_dt_rank"),
            ("expert_count", "num_experts"),
            ("expert_used_count", "num_experts_per_tok"),
        ],
    ],
    present: &[
        ("mamba_proj_bias", "blk.0.ssm_in.bias"),
        ("mamba_conv_bias", "blk.0.ssm_conv1d.bias"),
    ],
    ends: &[HYBRID_ENDS],
    block: &[
        HYBRID_NORMS,
        ATTENTION,
        HYBRID_MLP,
        &[
            Module("ssm_in", "mamba.in_proj", Same),
            Module("ssm_conv1d", "mamba.conv1d", Convolution),
            Module("ssm_x", "mamba.x_proj", Same),
            Module("ssm_dt", "mamba.dt_proj", Same),
            Module("ssm_dt_norm", "mamba.dt_layernorm", Same),
            Module("ssm_b_norm", "mamba.b_layernorm", Same),
            Module("ssm_c_norm", "mamba.c_layernorm", Same),
            Module("ssm_a", "mamba.A_log", MinusExp),
            Module("ssm_d", "mamba.D", Flat),
            Module("ssm_out", "mamba.out_proj", Same),
            Module("ffn_gate_inp", "feed_forward.router", Same),
            Module(
                "ffn_gate_exps",
                "feed_forward.experts.{i}.gate_proj",
                Stacked,
            ),
            Module("ffn_up_exps", "feed_forward.experts.{i}.up_proj", Stacked),
            Module(
                "ffn_down_exps",
                "feed_forward.experts.{i}.down_proj",
                Stacked,
            ),
        ],
    ],
    more: Some(periods),
    keys: &[INNER],
    ..Architecture::named("jamba", "jamba")
};

/// Jamba's periods of blocks with attention and of blocks with experts.
fn periods(read: &Read, config: &mut Config) -> Result<(), CheckpointError> {
    let wide = read.needed(INNER)? / read.needed("embedding_length")?.max(1);
    config.insert("mamba_expand".into(), wide.into());
    let attends = attending(read, config)?;
    period(config, "attn_layer", &attends);
    let sparse = |i| {
        let router = format!("blk.{i}.ffn_gate_inp.weight");
        read.tensor(&router).is_some()
    };
    let sparse: Vec<bool> = (0..attends.len()).map(sparse).collect();
    period(config, "expert_layer", &sparse);
    Ok(())
}

/// Set the first of the blocks that are `on`, and the distance between two of them.
fn period(config: &mut Config, field: &str, on: &[bool]) {
    let mut places = (0..on.len()).filter(|i| on[*i]);
    // A period as long as the model has no second block.
    let first = places.next().unwrap_or(on.len());
    let every = places.next().map_or(on.len() + 1, |second| second - first);
    config.insert(format!("{field}_offset"), first.into());
    config.insert(format!("{field}_period"), every.into());
}

const HYBRID_ENDS: &[Module] = &[
    Module("token_embd", "embed_tokens", Same),
    Module("output_norm", "final_layernorm", Same),
    Module("output", "lm_head", Same),
];
const HYBRID_NORMS: &[Module] = &[
    Module("attn_norm", "input_layernorm", Same),
    Module("ffn_norm", "pre_ff_layernorm", Same),
];
const HYBRID_MLP: &[Module] = &[
    Module("ffn_gate", "feed_forward.gate_proj", Same),
    Module("ffn_up", "feed_forward.up_proj", Same),
    Module("ffn_down", "feed_forward.down_proj", Same),
];
const MAMBA2_FIELDS: &[Pair] = &[
    ("ssm.conv_kernel", "mamba_d_conv"),
    ("ssm.state_size", "mamba_d_state"),
    ("ssm.group_count", "mamba_n_groups"),
    ("ssm.time_step_rank", "mamba_n_heads"),
];
const MAMBA2_BIASES: &[Pair] = &[
    ("mamba_proj_bias", "blk.0.ssm_in.bias"),
    ("mamba_conv_bias", "blk.0.ssm_conv1d.bias"),
];
const HYBRID_MIXER: &[Module] = &[
    Module("ssm_in", "mamba.in_proj", Same),
    Module("ssm_conv1d", "mamba.conv1d", Convolution),
    Module("ssm_dt", "mamba.dt_bias", Bare),
    Module("ssm_a", "mamba.A_log", MinusExp),
    Module("ssm_d", "mamba.D", Flat),
    Module("ssm_norm", "mamba.norm", Flat),
    Module("ssm_out", "mamba.out_proj", Same),
];

/// Falcon-H1, whose multipliers the converter has multiplied into the weights.
pub const FALCON_H1: Architecture = Architecture {
    fields: &[
        SIZES,
        HEADS,
        RMS,
        ROPE,
        MAMBA2_FIELDS,
        &[(INNER, "mamba_d_ssm")],
    ],
    present: &[
        MAMBA2_BIASES[0],
        MAMBA2_BIASES[1],
        ATTENTION_BIAS,
        MLP_BIAS,
        ("mamba_rms_norm", "blk.0.ssm_norm.weight"),
    ],
    ends: &[HYBRID_ENDS],
    block: &[
        ATTENTION,
        HYBRID_MLP,
        HYBRID_MIXER,
        &[
            Module("attn_norm", "input_layernorm", Same),
            // The file's name has no `.weight`.
            Module("ffn_norm", "pre_ff_layernorm.weight", Same),
        ],
    ],
    rope: RopeSpan::WholeHeads,
    more: Some(|read, config| {
        config.insert("mamba_norm_before_gate".into(), false.into());
        state_heads(read, config, "mamba_d_head")
    }),
    ..Architecture::named("falcon-h1", "falcon_h1")
};

/// Granite 4, without positions.
pub const GRANITE_HYBRID: Architecture = Architecture {
    fields: &[
        SIZES,
        HEADS,
        RMS,
        ROPE,
        MULTIPLIERS,
        EXPERT_COUNTS,
        MAMBA2_FIELDS,
        SHARED_EXPERT,
    ],
    present: &[MAMBA2_BIASES[0], MAMBA2_BIASES[1], ATTENTION_BIAS],
    ends: &[ENDS],
    block: &[
        NORMS,
        PERMUTED,
        HYBRID_MIXER,
        GRANITE_EXPERTS,
        &[
            // A model without experts has the shared one alone.
            Module("ffn_gate", "shared_mlp.gate", Same),
            Module("ffn_up", "shared_mlp.up", Same),
            Module("ffn_down", "shared_mlp.output_linear", Same),
        ],
    ],
    more: Some(|read, config| {
        config.entry("num_local_experts").or_insert(0.into());
        config.insert("position_embedding_type".into(), Value::Null);
        let attends = attending(read, config)?;
        layer_types(config, attends);
        state_heads(read, config, "mamba_d_head")
    }),
    keys: &[INNER, "rope.dimension_count"],
    ..Architecture::named("granitehybrid", "granitemoehybrid")
};

/// MiniMax-Text-01: lightning attention in all blocks but every eighth, and one factor of what blocks add to.
pub const MINIMAX_01: Architecture = Architecture {
    fields: &[
        SIZES,
        HEADS,
        RMS,
        EXPERT_COUNTS,
        &[
            ("rope.freq_base", "rope_theta"),
            ("residual_scale", "full_attn_alpha_factor"),
            (TURNS, "qk_rope_head_dim"),
        ],
    ],
    ends: &[ENDS],
    block: &[
        NORMS,
        ATTENTION,
        SPARSE_EXPERTS,
        &[
            Module("attn_qkv", "self_attn.qkv_proj", Same),
            Module("attn_gate", "self_attn.output_gate", Same),
            Module("attn_norm_2", "self_attn.norm", Same),
        ],
    ],
    rope: RopeSpan::Apart,
    more: Some(|read, config| {
        let factor = config.get("full_attn_alpha_factor").cloned();
        for field in ["linear_attn_alpha_factor", "mlp_alpha_factor"] {
            config.insert(field.into(), json!(factor));
        }
        let count = read.by_block("embedding_length")?.len() as u64;
        let every = read.size(INTERVAL)?.unwrap_or(8).max(1);
        let recurrent = read.metadata.flags(&read.key(RECURRENT))?;
        let by_place = || (1..=count).map(|i| !i.is_multiple_of(every)).collect();
        let recurrent: Vec<bool> = recurrent.unwrap_or_else(by_place);
        layer_types(config, recurrent.iter().map(|own| !own));
        Ok(())
    }),
    keys: &[INTERVAL, RECURRENT],
    ..Architecture::named("minimax-01", "minimax")
};

const TURNS: &str = "rope.dimension_count";
const INTERVAL: &str = "full_attention_interval";
/// A flag for each block: whether it has a state.
const RECURRENT: &str = "attention.recurrent_layers";

/// Bamba, whose files say `granitehybrid` too, and that rotary positions are in use.
pub const BAMBA: Architecture = Architecture {
    when: When::Key("rope.scaling.finetuned"),
    family: "bamba",
    fields: &[SIZES, HEADS, RMS, ROPE, MAMBA2_FIELDS],
    present: &[MAMBA2_BIASES[0], MAMBA2_BIASES[1], ATTENTION_BIAS, MLP_BIAS],
    ends: &[HYBRID_ENDS],
    block: &[HYBRID_NORMS, PERMUTED, HYBRID_MLP, HYBRID_MIXER],
    more: Some(|read, config| {
        let attends = attending(read, config)?;
        let full: Vec<usize> = (0..attends.len()).filter(|i| attends[*i]).collect();
        config.insert("attn_layer_indices".into(), json!(full));
        state_heads(read, config, "mamba_d_head")
    }),
    ..GRANITE_HYBRID
};

pub const NEMOTRON_H: Architecture = Architecture {
    fields: &[SIZES, HEADS, NEMOTRON_EPS, NEMOTRON_MIXER],
    present: &[
        ("mamba_proj_bias", "blk.0.ssm_in.bias"),
        ("use_conv_bias", "blk.0.ssm_conv1d.bias"),
        ("mlp_bias", "blk.0.ffn_up.bias"),
    ],
    ends: &[MAMBA_ENDS],
    block: &[
        MIXER,
        &[
            Module("attn_q", "mixer.q_proj", Same),
            Module("attn_k", "mixer.k_proj", Same),
            Module("attn_v", "mixer.v_proj", Same),
            Module("attn_output", "mixer.o_proj", Same),
            Module("ffn_up", "mixer.up_proj", Same),
            Module("ffn_down", "mixer.down_proj", Same),
            Module("ffn_gate_inp", "mixer.gate", Same),
            Module("exp_probs_b", "mixer.gate.e_score_correction_bias", Bare),
            Module("ffn_up_exps", "mixer.experts.{i}.up_proj", Stacked),
            Module("ffn_down_exps", "mixer.experts.{i}.down_proj", Stacked),
            Module("ffn_up_shexp", "mixer.shared_experts.up_proj", Same),
            Module("ffn_down_shexp", "mixer.shared_experts.down_proj", Same),
        ],
    ],
    more: Some(halves),
    keys: &[INNER, "rope.dimension_count", "rope.freq_base"],
    gating: SIGMOID,
    ..Architecture::named("nemotron_h", "nemotron_h")
};

/// Some files have one key, and some the other; if a file has both, norms use the second.
const NEMOTRON_EPS: &[Pair] = &[
    ("attention.layer_norm_epsilon", "layer_norm_epsilon"),
    ("attention.layer_norm_rms_epsilon", "layer_norm_epsilon"),
];
const NEMOTRON_MIXER: &[Pair] = &[
    ("ssm.conv_kernel", "conv_kernel"),
    ("ssm.state_size", "ssm_state_size"),
    ("ssm.group_count", "n_groups"),
    ("ssm.time_step_rank", "mamba_num_heads"),
];

pub const NEMOTRON_H_MOE: Architecture = Architecture {
    name: "nemotron_h_moe",
    fields: &[
        SIZES,
        HEADS,
        NEMOTRON_EPS,
        NEMOTRON_MIXER,
        &[
            ("expert_count", "n_routed_experts"),
            ("expert_used_count", "num_experts_per_tok"),
            ("expert_feed_forward_length", "moe_intermediate_size"),
            (SHARED_WIDTH, "moe_shared_expert_intermediate_size"),
            ("expert_shared_count", "n_shared_experts"),
            ("expert_weights_norm", "norm_topk_prob"),
            ("expert_weights_scale", "routed_scaling_factor"),
            ("expert_group_count", "n_group"),
            ("expert_group_used_count", "topk_group"),
            ("moe_latent_size", "moe_latent_size"),
        ],
    ],
    ..NEMOTRON_H
};

/// The kind of each of Nemotron-H's blocks, by its tensors.
fn halves(read: &Read, config: &mut Config) -> Result<(), CheckpointError> {
    // The key says nothing of blocks with an MLP if others have experts.
    let width = read.any("blk.0.ffn_up.weight").map_or(1, |up| up.shape[0]);
    config.insert("intermediate_size".into(), width.into());
    let blocks = attending(read, config)?.len();
    let kind = |i: usize| {
        let has = |module: &str| read.tensor(&format!("blk.{i}.{module}.weight")).is_some();
        let kinds = [
            ("attn_q", "full_attention"),
            ("ssm_in", "linear_attention"),
            ("ffn_gate_inp", "moe"),
        ];
        let found = kinds.iter().find(|(module, _)| has(module));
        found.map_or("mlp", |(_, kind)| kind)
    };
    config.insert("layers_block_type".into(), (0..blocks).map(kind).collect());
    state_heads(read, config, "mamba_head_dim")
}
