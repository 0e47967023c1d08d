//! DistilBERT (Sanh et al. 2019): BERT with half its blocks, without segments and without a pooler. A file
//! may hold the head that fills in masked tokens.

use super::bert::{HEAD, Sizes, encoder, encoder_names};
use super::{Model, activation, sizes};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::Activation;
use crate::graph::role::Role;

/// The modules of a block.
const BLOCK: &[(Role, &str)] = &[
    (Role::Query, "attention.q_lin"),
    (Role::Key, "attention.k_lin"),
    (Role::Value, "attention.v_lin"),
    (Role::AttnOut, "attention.out_lin"),
    (Role::Ln1, "sa_layer_norm"),
    (Role::MlpIn, "ffn.lin1"),
    (Role::MlpOut, "ffn.lin2"),
    (Role::Ln2, "output_layer_norm"),
];
/// Those of the head, whose bias has one name.
const HEAD_MODULES: [&str; 4] = [
    "vocab_transform",
    "vocab_layer_norm",
    "vocab_projector",
    "vocab_projector",
];

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let d_model = config.size("dim")?;
    let n_heads = config.size("n_heads")?;
    let sizes = Sizes {
        n_layers: config.layers("n_layers")?,
        d_model,
        n_heads,
        d_head: sizes::split(config, "n_heads", n_heads, "dim", d_model)?,
        d_mlp: config.size("hidden_dim")?,
    };
    let activation = activation::read(config, "activation", Activation::Gelu)?;
    // A file has a table of positions, however it was filled.
    config.flag("sinusoidal_pos_embds", false)?;
    // transformers goes by `tie_word_embeddings`.
    config.flag("tie_weights_", true)?;
    let arch = encoder(family, config, sizes, activation)?;
    let names = encoder_names(&arch, "transformer.layer", BLOCK, HEAD_MODULES);
    let mut model = Model::new(arch, names);
    model.optional = vec![HEAD];
    Ok(model)
}
