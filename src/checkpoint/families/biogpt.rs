//! BioGPT (Luo et al. 2022) and XGLM (Lin et al. 2022): OPT with scaled embeddings; XGLM has fixed positions.

use super::Model;
use super::fields::{Fields, Given::*};
use super::names::Names;
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Arch, Positions};
use crate::graph::role::Role;

/// The row of the first position in tables of either family.
const FIRST: usize = 2;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let fields = Fields::new(In("hidden_act"), Always(1e-5));
    let mut arch = fields.plain(family, config)?;
    arch.positions = Positions::learned(FIRST);
    model(config, arch, "output_projection")
}

pub(super) fn read_xglm(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    config.only("add_cross_attention", false.into())?;
    let fields = Fields {
        n_layers: "num_layers",
        d_model: "d_model",
        n_heads: "attention_heads",
        d_mlp: In("ffn_dim"),
        ..Fields::new(In("activation_function"), Always(1e-5))
    };
    let mut arch = fields.plain(family, config)?;
    arch.positions = Positions::SinusoidalHalves {
        offset: FIRST,
        open: false,
    };
    model(config, arch, "lm_head")
}

fn model(config: &mut Config, mut arch: Arch, head: &str) -> Result<Model, CheckpointError> {
    if config.flag("scale_embedding")? {
        arch.embedding.scale = (arch.d_model as f64).sqrt();
    }
    config.harmless(&["layerdrop"]);
    let mut names = Names::new(&arch, "embed_tokens", head);
    if matches!(arch.positions, Positions::Learned { .. }) {
        names.weight(Role::PosEmbed, "embed_positions.weight");
    }
    names.module(Role::LnFinal, "layer_norm", true);
    names.qkv("layers.{}.self_attn", true);
    names.module(Role::AttnOut, "layers.{}.self_attn.out_proj", true);
    names.module(Role::Ln1, "layers.{}.self_attn_layer_norm", true);
    names.module(Role::Ln2, "layers.{}.final_layer_norm", true);
    names.module(Role::MlpIn, "layers.{}.fc1", true);
    names.module(Role::MlpOut, "layers.{}.fc2", true);
    Ok(Model::new(arch, names))
}
