//! OLMo Hybrid (Ai2 2026): gated delta nets with norms before each half in three blocks of four, and OLMo 2's attention
//! with norms behind each half in the fourth.

use super::llama::{self, Biases};
use super::names::Names;
use super::qwen_next::{CONVOLVED, TYPES, delta_net};
use super::{Model, rope};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{NormKind, Norms, Positions, QkNorm};
use crate::graph::recurrence::{Mixing, StateNorm, Write};
use crate::graph::role::Role;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    // Initial weights.
    config.harmless(&[
        "linear_a_log_min",
        "linear_a_log_max",
        "linear_dt_min",
        "linear_dt_max",
        "linear_dt_init_floor",
    ]);
    let mut arch = llama::without_positions(family, config, &llama::FIELDS)?;
    // Without parameters no head turns.
    if config.json("rope_parameters").is_some() || config.json("rope_theta").is_some() {
        rope::turn(config, &mut arch, rope::Part::Whole)?;
    } else {
        arch.positions = Positions::None;
    }
    let n_layers = arch.n_layers;
    let types = config.of_blocks("layer_types", TYPES, n_layers)?;
    let by_place =
        |i: usize| Mixing::attention_if(i % 4 == 3 || (n_layers < 4 && i == n_layers - 1));
    arch.mixers = types.unwrap_or_else(|| (0..n_layers).map(by_place).collect());
    arch.block.norms_by_layer = (arch.mixers.iter())
        .map(|mixing| match mixing {
            Mixing::Attention => Norms::Output,
            _ => Norms::Pre,
        })
        .collect();
    arch.attention.qk_norm = Some(QkNorm::AllHeads);
    let heads = arch.attention.n_heads;
    for field in ["linear_num_key_heads", "linear_num_value_heads"] {
        if config.json(field).is_none() {
            config.set(field, heads.into());
        }
    }
    if config.json("linear_key_head_dim").is_none() {
        let keys = config.size("linear_num_key_heads")?;
        config.set("linear_key_head_dim", (3 * arch.d_model / 4 / keys).into());
    }
    if config.json("linear_value_head_dim").is_none() {
        let twice = 2 * config.size("linear_key_head_dim")?;
        config.set("linear_value_head_dim", twice.into());
    }
    let mut recurrence = delta_net(config, &arch)?;
    if config.flag("linear_allow_neg_eigval")? {
        recurrence.write = Write::Delta(2.0);
    }
    recurrence.norm = Some(StateNorm {
        kind: NormKind::Rms,
        over: QkNorm::Head,
        eps: 1e-5,
    });
    arch.recurrence = Some(recurrence);
    let mut names = Names::new(&arch, "embed_tokens", "lm_head");
    names.module(Role::LnFinal, "norm", false);
    let norms = [
        (Role::Ln1, "attention_layer_norm"),
        (Role::Ln2, "feedforward_layer_norm"),
        (Role::Ln1Post, "post_attention_layernorm"),
        (Role::Ln2Post, "post_feedforward_layernorm"),
    ];
    names.modules("layers.{}", false, &norms);
    // transformers saves this norm of attention's blocks by the name of another one of the rest.
    let saved = "layers.{}.feedforward_layer_norm.weight";
    names.also_apart(Role::Ln1Post, saved.to_owned());
    let biases = Biases::of_attention(config)?;
    llama::attention(&mut names, biases.qkv, biases.out);
    let norms = [(Role::QueryNorm(0), "q_norm"), (Role::KeyNorm(0), "k_norm")];
    names.modules("layers.{}.self_attn", false, &norms);
    let module = "layers.{}.linear_attn";
    let roles = [
        (Role::StateQuery, "q_proj"),
        (Role::StateKey, "k_proj"),
        (Role::StateValue, "v_proj"),
        (Role::ConvolvedQuery, "q_conv1d"),
        (Role::ConvolvedKey, "k_conv1d"),
        (Role::ConvolvedValue, "v_conv1d"),
        (Role::Step, "a_proj"),
        (Role::Beta, "b_proj"),
        (Role::StateGate, "g_proj"),
        (Role::StateNorm, "o_norm"),
        (Role::StateOut, "o_proj"),
    ];
    names.modules(module, false, &roles);
    // transformers joins these, and saves the whole in three equal parts.
    names.cut_anywhere(CONVOLVED);
    names.weight(Role::StepBias, format!("{module}.dt_bias"));
    names.weight(Role::DecayLog, format!("{module}.A_log"));
    llama::gated(&mut names, false);
    Ok(Model::new(arch, names))
}
