//! DistilBERT (Sanh et al. 2019): BERT with half its blocks, without segments and without a pooler. A file
//! may hold the head that fills in masked tokens.

use super::Model;
use super::bert::{HEAD, Head, encode, encoder_names};
use super::fields::{Fields, Given::*};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::role::Role;

/// The module names of a block.
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
const HEAD_MODULES: Head = Head {
    transform: "vocab_transform",
    norm: "vocab_layer_norm",
    matrix: "vocab_projector",
    tied_bias: "vocab_projector",
};

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let fields = Fields {
        n_layers: "n_layers",
        d_model: "dim",
        n_heads: "n_heads",
        d_mlp: In("hidden_dim"),
        ..Fields::new(In("activation"), Always(1e-12))
    };
    // The table of positions is in the file, however it was filled.
    config.flag("sinusoidal_pos_embds")?;
    // transformers reads `tie_word_embeddings` instead.
    config.usual("tie_weights_", true.into());
    let mut arch = fields.plain(family, config)?;
    encode(&mut arch);
    let names = encoder_names(&arch, "transformer.layer.{}", BLOCK, &HEAD_MODULES);
    let mut model = Model::new(arch, names);
    model.optional = vec![HEAD];
    Ok(model)
}
