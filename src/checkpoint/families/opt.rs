//! OPT (Zhang et al. 2022) and Galactica (Taylor et al. 2022): GPT-2 with ReLU and a position table that
//! starts at row 2. The 350M model has norms of sums, and token rows shorter than d_model.

use super::Model;
use super::fields::{Fields, Given::*};
use super::names::Names;
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Norms, Positions};
use crate::graph::role::Role;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let fields = Fields {
        d_mlp: In("ffn_dim"),
        ..Fields::new(In("activation_function"), Always(1e-5))
    };
    let mut arch = fields.plain(family, config)?;
    arch.positions = Positions::learned(2);
    let d_embed = config.size_or("word_embed_proj_dim", arch.d_model)?;
    arch.embedding.d_embed = (d_embed != arch.d_model).then_some(d_embed);
    if !config.flag("do_layer_norm_before")? {
        arch.block.norms = Norms::Post;
    }
    let removed = config.flag("_remove_final_layer_norm")?;
    arch.unembedding.norm = arch.block.norms == Norms::Pre && !removed;
    config.harmless(&["layerdrop"]);
    let bias = config.flag("enable_bias")?;
    let affine = config.flag("layer_norm_elementwise_affine")?;
    let mut names = Names::new(&arch, "embed_tokens", "lm_head");
    names.weight(Role::PosEmbed, "embed_positions.weight");
    if arch.embedding.d_embed.is_some() {
        names.weight(Role::EmbedOut, "project_in.weight");
        names.weight(Role::UnembedIn, "project_out.weight");
    }
    names.qkv("layers.{}.self_attn", bias);
    names.module(Role::AttnOut, "layers.{}.self_attn.out_proj", bias);
    names.module(Role::MlpIn, "layers.{}.fc1", bias);
    names.module(Role::MlpOut, "layers.{}.fc2", bias);
    if affine {
        names.module(Role::Ln1, "layers.{}.self_attn_layer_norm", true);
        names.module(Role::Ln2, "layers.{}.final_layer_norm", true);
        if arch.unembedding.norm {
            names.module(Role::LnFinal, "final_layer_norm", true);
        }
    }
    Ok(Model::new(arch, names))
}
