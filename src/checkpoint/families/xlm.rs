//! XLM (Conneau & Lample 2019) and FlauBERT (Le et al. 2020): encoders whose logits read the stream itself. Rows for languages are
//! added only if somebody names a language.

use super::Model;
use super::fields::{Fields, Given::*};
use super::names::Names;
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Activation, EmbedNorm, Norms, Positions};
use crate::graph::role::Role;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    config.only("asm", false.into())?;
    config.only("is_encoder", true.into())?;
    // transformers' own class fails on blocks that begin with a norm, so that nothing says what they compute.
    config.only_or_left_out("pre_norm", false.into())?;
    config.harmless(&[
        // The table of positions is in the file, however it was filled.
        "sinusoidal_embeddings",
        "embed_init_std",
        "init_std",
        "n_langs",
        "use_lang_emb",
        "lang_id",
        "mask_token_id",
        "mask_index",
        "unk_index",
        "layerdrop",
        // Heads for other tasks.
        "summary_activation",
        "summary_first_dropout",
        "summary_proj_to_labels",
        "summary_type",
        "summary_use_proj",
        "start_n_top",
        "end_n_top",
    ]);
    let activation = if config.flag("gelu_activation")? {
        Activation::Gelu
    } else {
        Activation::Relu
    };
    let fields = Fields {
        n_layers: "n_layers",
        d_model: "emb_dim",
        n_heads: "n_heads",
        d_mlp: Always(4),
        ..Fields::new(Always(activation), In("layer_norm_eps"))
    };
    let mut arch = fields.plain(family, config)?;
    arch.embedding.norm = EmbedNorm::OfSum;
    arch.positions = Positions::learned(0);
    arch.attention.causal = config.flag("causal")?;
    arch.block.norms = Norms::Post;
    arch.unembedding.norm = false;
    let mut names = Names::new(&arch, "embeddings", "pred_layer.proj");
    names.bias(Role::Unembed, "pred_layer.proj.bias");
    names.weight(Role::PosEmbed, "position_embeddings.weight");
    names.module(Role::EmbedNorm, "layer_norm_emb", true);
    for (role, module) in [
        (Role::Query, "attentions.{}.q_lin"),
        (Role::Key, "attentions.{}.k_lin"),
        (Role::Value, "attentions.{}.v_lin"),
        (Role::AttnOut, "attentions.{}.out_lin"),
        (Role::Ln1, "layer_norm1.{}"),
        (Role::MlpIn, "ffns.{}.lin1"),
        (Role::MlpOut, "ffns.{}.lin2"),
        (Role::Ln2, "layer_norm2.{}"),
    ] {
        names.module(role, module, true);
    }
    Ok(Model::new(arch, names))
}
