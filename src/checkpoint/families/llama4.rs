//! Llama 4 (Meta 2025): experts whose shares multiply what they read, beside one that every token goes through.
//! Attention of most blocks turns and stays within runs of tokens. The others do not turn, and their scores grow with
//! position.

use super::fields::{Fields, Given::In};
use super::llama::{self, Biases};
use super::rope::Part;
use super::{Model, mixtral, rope, smollm3};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Experts, QkNorm, RopePairs, Score, Shared, Temper};
use crate::graph::role::Role;

/// The types of a block's attention, and whether each stays within runs of tokens.
const TYPES: &[(&str, bool)] = &[("full_attention", false), ("chunked_attention", true)];

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let fields = Fields {
        d_mlp: In("intermediate_size_mlp"),
        ..llama::FIELDS
    };
    let mut arch = llama::partly_turning(family, config, &fields, Part::Whole)?;
    let n_layers = arch.n_layers;
    rope::pair(&mut arch, RopePairs::Interleaved);
    let every = config.size("no_rope_layer_interval")?;
    let turns = smollm3::turning(config, "no_rope_layers", n_layers, every)?;
    rope::leave(&mut arch, |i| turns[i]);
    let chunked = config.of_blocks("layer_types", TYPES, n_layers)?;
    let chunked = chunked.unwrap_or_else(|| turns.clone());
    let chunk = config.optional_size("attention_chunk_size")?;
    arch.attention.chunks = chunked.iter().map(|c| chunk.filter(|_| *c)).collect();
    if config.flag("use_qk_norm")? {
        // Without weights it makes no difference that queries and keys are normed after they turn.
        arch.attention.qk_norm = Some(QkNorm::Head);
        arch.attention.normed.clone_from(&turns);
    }
    if config.flag("attn_temperature_tuning")? {
        let temper = Temper {
            beta: config.positive("attn_scale")?,
            every: config.positive("floor_scale")?,
            first: 1,
        };
        arch.attention.tempers = turns.iter().map(|t| (!t).then_some(temper)).collect();
    }
    config.harmless(&["router_jitter_noise", "floor_scale", "attn_scale"]);
    let step = config.size("interleave_moe_layer_step")?;
    let listed = config.indices("moe_layers")?;
    let (count, width) = ("num_local_experts", "intermediate_size");
    let experts = mixtral::sizes(config, count, width, n_layers)?;
    let (n, d) = (experts.n_experts, experts.d_expert);
    let has = |i: usize| match config.json("moe_layers") {
        Some(_) => listed.contains(&i),
        None => (i + 1).is_multiple_of(step),
    };
    arch.experts = Some(Experts {
        layers: (0..n_layers).map(has).collect(),
        score: Score::Sigmoid,
        renormalise: false,
        share_of_input: true,
        shared: Some(Shared {
            d_mlp: d,
            gated: false,
            averaged: false,
        }),
        ..experts
    });
    let Biases { qkv, out, .. } = Biases::of_attention(config)?;
    let mut names = llama::ends(&arch);
    llama::attention(&mut names, qkv, out);
    let module = "layers.{}.feed_forward";
    let dense = [
        (Role::MlpIn, "gate_proj"),
        (Role::MlpLinear, "up_proj"),
        (Role::MlpOut, "down_proj"),
        (Role::Router, "router"),
        (Role::SharedIn, "shared_expert.gate_proj"),
        (Role::SharedLinear, "shared_expert.up_proj"),
        (Role::SharedOut, "shared_expert.down_proj"),
    ];
    names.modules(module, false, &dense);
    for i in 0..n {
        let halves = [Role::ExpertIn(i), Role::ExpertLinear(i)];
        names.stacked_turns(
            n,
            &halves,
            &format!("{module}.experts.gate_up_proj"),
            &[d; 2],
        );
        let out = names.weight(Role::ExpertOut(i), format!("{module}.experts.down_proj"));
        out.stack = Some(n);
        for role in [halves[0], halves[1], Role::ExpertOut(i)] {
            names.either_way(role, false);
        }
        names.transpose(&[halves[0], halves[1], Role::ExpertOut(i)]);
    }
    let parts = ["gate_proj", "up_proj", "down_proj"];
    names.stored_alone(&format!("{module}.experts.{{i}}"), parts);
    Ok(Model::new(arch, names))
}
