//! CTRL (Keskar et al. 2019): fixed positions added to scaled embeddings, and a bias of logits.

use super::Model;
use super::fields::{Fields, Given::*};
use super::gpt2;
use super::names::Names;
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Activation, Positions};
use crate::graph::role::Role;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let fields = Fields {
        d_mlp: In("dff"),
        activation: Always(Activation::Relu),
        eps: Always(1e-6),
        ..gpt2::FIELDS
    };
    let mut arch = fields.plain(family, config)?;
    let d_model = arch.d_model;
    if d_model % 2 != 0 {
        let problem = format!("is {d_model}, but fixed positions need an even number");
        return Err(config.error("n_embd", problem));
    }
    arch.embedding.scale = (d_model as f64).sqrt();
    arch.positions = Positions::SinusoidalHalves {
        offset: 0,
        open: true,
    };
    // The norms of blocks have an ε that no field changes.
    arch.unembedding.eps = Some(config.positive("layer_norm_epsilon")?);
    config.harmless(&["n_ctx"]);
    let mut names = Names::new(&arch, "w", "lm_head");
    names.bias(Role::Unembed, "lm_head.bias");
    let block = [
        (Role::Ln1, "layernorm1"),
        (Role::Query, "multi_head_attention.Wq"),
        (Role::Key, "multi_head_attention.Wk"),
        (Role::Value, "multi_head_attention.Wv"),
        (Role::AttnOut, "multi_head_attention.dense"),
        (Role::Ln2, "layernorm2"),
        (Role::MlpIn, "ffn.0"),
        (Role::MlpOut, "ffn.2"),
    ];
    names.modules("h.{}", true, &block);
    names.module(Role::LnFinal, "layernorm", true);
    Ok(Model::new(arch, names))
}
