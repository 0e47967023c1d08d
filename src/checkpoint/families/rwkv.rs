//! RWKV 4 (Peng et al. 2023): means of earlier values, weighted by exponentials that fade, and rows mixed with the one
//! before. Each channel is a head of one dimension.

use super::Model;
use super::fields::{Fields, Given::*};
use super::names::Names;
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Activation, EmbedNorm};
use crate::graph::recurrence::{
    Decay, GateBy, Mixing, Multipliers, Normal, Recurrence, StateGate, Write,
};
use crate::graph::role::Role;

/// The ε of the final norm, whatever the config says.
const FINAL_EPS: f64 = 1e-5;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    config.set("one_head", 1.into());
    let n_ctx = config.spelled(&["context_length", "max_position_embeddings"]);
    let n_ctx = config.size(n_ctx)?;
    let fields = Fields {
        n_heads: "one_head",
        n_ctx: Always(n_ctx),
        d_mlp: Or("intermediate_size", 4),
        ..Fields::new(Always(Activation::Relu2), In("layer_norm_epsilon"))
    };
    let mut arch = fields.plain(family, config)?;
    if arch.norm.eps != FINAL_EPS {
        let problem = format!("is not {FINAL_EPS}, which the final norm has in any case");
        return Err(config.error("layer_norm_epsilon", problem));
    }
    let every = config
        .json("rescale_every")
        .and_then(|every| every.as_i64());
    let every = config.required("rescale_every", every)?;
    arch.block.halve_every = usize::try_from(every).ok().filter(|every| *every > 0);
    arch.embedding.norm = EmbedNorm::OfTokens;
    arch.mlp.shifted = true;
    arch.mixers = vec![Mixing::Recurrence; arch.n_layers];
    let width = config.optional_size("attention_hidden_size")?;
    arch.recurrence = Some(Recurrence {
        n_groups: 0,
        n_heads: width.unwrap_or(arch.d_model),
        d_state: 1,
        d_head: 1,
        convolution: None,
        activation: None,
        unit: None,
        decay: Decay::Learned,
        write: Write::Exponential {
            cap: None,
            by: Normal::Mean,
        },
        skip: false,
        gate: Some(StateGate {
            by: GateBy::Sigmoid,
            rank: None,
            first: true,
        }),
        norm: None,
        from_values: None,
        shifted: true,
        multipliers: Multipliers::default(),
    });
    let mut names = Names::new(&arch, "embeddings", "head");
    names.module(Role::EmbedNorm, "blocks.0.pre_ln", true);
    names.module(Role::LnFinal, "ln_out", true);
    names.modules("blocks.{}", true, &[(Role::Ln1, "ln1"), (Role::Ln2, "ln2")]);
    let module = "blocks.{}.attention";
    let maps = [
        (Role::WriteGate, "key"),
        (Role::StateValue, "value"),
        (Role::StateGate, "receptance"),
        (Role::StateOut, "output"),
    ];
    names.modules(module, false, &maps);
    for (role, rest) in [
        (Role::DecayLog, "time_decay"),
        (Role::Bonus, "time_first"),
        (Role::ShiftKey, "time_mix_key"),
        (Role::ShiftValue, "time_mix_value"),
        (Role::ShiftGate, "time_mix_receptance"),
    ] {
        names.weight(role, format!("{module}.{rest}"));
    }
    let module = "blocks.{}.feed_forward";
    let maps = [
        (Role::MlpIn, "key"),
        (Role::MlpGate, "receptance"),
        (Role::MlpOut, "value"),
    ];
    names.modules(module, false, &maps);
    names.weight(Role::ShiftMlp, format!("{module}.time_mix_key"));
    names.weight(Role::ShiftMlpGate, format!("{module}.time_mix_receptance"));
    Ok(Model::new(arch, names))
}
