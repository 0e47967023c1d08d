//! Granite, dense and with experts, whose shares are a softmax.

use serde_json::{Map, Value, json};

use super::Mapping::*;
use super::mixtures::SHARED_WIDTH;
use super::parts::*;
use super::{Architecture, Module, Pair, RopeSpan, When};
use crate::checkpoint::error::CheckpointError;
use crate::checkpoint::gguf::keys::Read;

pub const GRANITE: Architecture = Architecture {
    fields: &[SIZES, HEADS, RMS, ROPE, MULTIPLIERS],
    present: &[ATTENTION_BIAS, MLP_BIAS],
    ends: &[ENDS],
    block: &[NORMS, PERMUTED, GATED],
    rope: RopeSpan::WholeHeads,
    ..Architecture::named("granite", "granite")
};

pub const GRANITE_MOE: Architecture = Architecture {
    fields: &[SIZES, HEADS, RMS, ROPE, MULTIPLIERS, EXPERT_COUNTS],
    present: &[ATTENTION_BIAS],
    ends: &[ENDS],
    block: &[NORMS, PERMUTED, GRANITE_EXPERTS],
    rope: RopeSpan::WholeHeads,
    ..Architecture::named("granitemoe", "granitemoe")
};

/// The mixture of Granite's older families.
pub const GRANITE_EXPERTS: &[Module] = &[
    Module("ffn_gate_inp", "block_sparse_moe.router.layer", Same),
    Module(
        "ffn_gate_exps",
        "block_sparse_moe.experts.{i}.gate",
        Stacked,
    ),
    Module("ffn_up_exps", "block_sparse_moe.experts.{i}.up", Stacked),
    Module("ffn_down_exps", "block_sparse_moe.output_linear", Same),
    Module("ffn_gate_shexp", "shared_mlp.gate", Same),
    Module("ffn_up_shexp", "shared_mlp.up", Same),
    Module("ffn_down_shexp", "shared_mlp.output_linear", Same),
];

/// Granite with a shared expert, whose files say `granitemoe` too.
pub const GRANITE_MOE_SHARED: Architecture = Architecture {
    fields: &[
        SIZES,
        HEADS,
        RMS,
        ROPE,
        MULTIPLIERS,
        EXPERT_COUNTS,
        SHARED_EXPERT,
    ],
    when: When::Key(SHARED_WIDTH),
    family: "granitemoeshared",
    ..GRANITE_MOE
};

/// Granite with windows and sinks. A list says which blocks turn.
pub const GRANITE_SWA: Architecture = Architecture {
    fields: &[SIZES, HEADS, RMS, ROPE, WINDOW, MULTIPLIERS],
    block: &[NORMS, PERMUTED, SINKS, GATED],
    sees_all: Some(4),
    more: Some(turning),
    keys: &[TURNING],
    ..Architecture {
        name: "granite_swa",
        family: "granite_swa",
        ..GRANITE
    }
};

/// Granite with windows, sinks and experts, whose files say `granite_swa` too.
pub const GRANITE_MOE_SWA: Architecture = Architecture {
    fields: &[
        SIZES,
        HEADS,
        RMS,
        ROPE,
        WINDOW,
        MULTIPLIERS,
        EXPERT_COUNTS,
        SHARED_EXPERT,
    ],
    when: When::Key("expert_count"),
    present: &[ATTENTION_BIAS],
    block: &[
        NORMS,
        PERMUTED,
        SINKS,
        &[
            Module("ffn_gate_inp", "block_sparse_moe.router", Same),
            Module(
                "ffn_gate_exps",
                "block_sparse_moe.experts.{i}.gate_proj",
                Stacked,
            ),
            Module(
                "ffn_up_exps",
                "block_sparse_moe.experts.{i}.up_proj",
                Stacked,
            ),
            Module(
                "ffn_gate_up_exps",
                "block_sparse_moe.experts.{i}.gate_proj|up_proj",
                StackedPairs,
            ),
            Module(
                "ffn_down_exps",
                "block_sparse_moe.experts.{i}.down_proj",
                Stacked,
            ),
            // Both halves of a gated MLP, despite the name.
            Module("ffn_up_shexp", "shared_mlp.input_linear", Same),
            Module("ffn_down_shexp", "shared_mlp.output_linear", Same),
        ],
    ],
    family: "granitemoe_swa",
    ..GRANITE_SWA
};

pub const SHARED_EXPERT: &[Pair] = &[(SHARED_WIDTH, "shared_intermediate_size")];
const SINKS: &[Module] = &[Module("attn_sinks", "self_attn.sinks", Bare)];

/// A flag for each block: whether it turns.
const TURNING: &str = "attention.rope_pattern";

/// Set the rotary base of each block; 0 in those that do not turn.
fn turning(read: &Read, config: &mut Map<String, Value>) -> Result<(), CheckpointError> {
    if let Some(turns) = read.metadata.flags(&read.key(TURNING))? {
        let base = read.real("rope.freq_base")?.unwrap_or(1e4);
        let bases = turns.iter().map(|turns| if *turns { base } else { 0.0 });
        config.insert("layer_rope_theta".into(), json!(bases.collect::<Vec<_>>()));
    }
    if config.contains_key("num_local_experts") {
        config.entry("shared_intermediate_size").or_insert(0.into());
    }
    Ok(())
}
