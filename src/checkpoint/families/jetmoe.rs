//! JetMoE (Shen et al. 2024): the heads of attention are experts too, and the experts of a token share keys and values.

use super::fields::{Fields, Given::In};
use super::llama;
use super::names::Names;
use super::rope::Part;
use super::{Model, mixtral};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::heads::HeadExperts;
use crate::graph::role::Role;

/// The norms of blocks have this ε, whatever the config says.
const EPS: f64 = 1e-6;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let (count, width) = ("num_local_experts", "intermediate_size");
    let active = config.size("num_experts_per_tok")?;
    let heads = config.size("num_key_value_heads")? * active;
    let d_head = config.size("kv_channels")?;
    config.harmless(&["num_attention_heads"]);
    config.set("num_attention_heads", heads.into());
    config.set("head_dim", d_head.into());
    let fields = Fields {
        activation: In("activation_function"),
        ..llama::FIELDS
    };
    let mut arch = llama::partly_turning(family, config, &fields, Part::Whole)?;
    arch.unembedding.eps = Some(arch.norm.eps);
    arch.norm.eps = EPS;
    let experts = mixtral::sizes(config, count, width, arch.n_layers)?;
    arch.attention.experts = Some(HeadExperts {
        n_experts: experts.n_experts,
        n_active: active,
    });
    let (n, d) = (experts.n_experts, experts.d_expert);
    arch.experts = Some(experts);
    let mut names = Names::new(&arch, "embed_tokens", "lm_head");
    names.module(Role::LnFinal, "norm", false);
    names.module(Role::Ln1, "layers.{}.input_layernorm", false);
    names.module(Role::Ln2, "layers.{}.post_attention_layernorm", false);
    let heads = "layers.{}.self_attention.experts";
    names.module(Role::HeadRouter, &format!("{heads}.router.layer"), false);
    names.weight(Role::HeadsBias, format!("{heads}.bias"));
    let both = &[Role::Key, Role::Value];
    names.fused(both, "layers.{}.self_attention.kv_proj", false);
    let module = "layers.{}.mlp";
    names.module(Role::Router, &format!("{module}.router.layer"), false);
    names.weight(Role::ExpertsBias, format!("{module}.bias"));
    for i in 0..n {
        let halves = [Role::ExpertIn(i), Role::ExpertLinear(i)];
        let tensor = format!("{module}.input_linear.weight");
        names.stacked_turns(n, &halves, &tensor, &[d; 2]);
        for (role, tensor) in [
            (Role::ExpertOut(i), format!("{module}.output_linear.weight")),
            (Role::HeadIn(i), format!("{heads}.input_linear.weight")),
            (Role::HeadOut(i), format!("{heads}.output_linear.weight")),
        ] {
            names.weight(role, tensor).stack = Some(n);
        }
    }
    Ok(Model::new(arch, names))
}
