//! DistilBERT (Sanh et al. 2019): BERT with half its blocks, without segments and without a pooler. A file
//! may hold the head that fills in masked tokens.

use super::bert::HEAD;
use super::names::Names;
use super::{Model, activation, sizes};
use crate::checkpoint::Role;
use crate::checkpoint::arch::{
    Activation, Arch, Attention, Block, EmbedNorm, Embedding, Mlp, Norm, NormKind, Norms,
    Positions, Unembedding,
};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let n_layers = config.layers("n_layers")?;
    let d_model = config.size("dim")?;
    let n_heads = config.size("n_heads")?;
    let d_head = sizes::split(config, "n_heads", n_heads, "dim", d_model)?;
    let activation = activation::read(config, "activation", Activation::Gelu)?;
    // A file has a table of positions, however it was filled.
    config.flag("sinusoidal_pos_embds", false)?;
    // transformers goes by `tie_word_embeddings`.
    config.flag("tie_weights_", true)?;
    let arch = Arch {
        family: family.to_owned(),
        n_layers,
        d_model,
        d_vocab: config.size("vocab_size")?,
        n_ctx: config.size_or("max_position_embeddings", 512)?,
        embedding: Embedding {
            norm: EmbedNorm::OfSum,
            ..Embedding::default()
        },
        positions: Positions::Learned { offset: 0 },
        norm: Norm::new(NormKind::Layer, 1e-12),
        block: Block {
            norms: Norms::OfSum,
            ..Block::default()
        },
        attention: Attention {
            causal: false,
            ..Attention::new(n_layers, n_heads, n_heads, d_head)
        },
        mlp: Mlp::plain(config.size("hidden_dim")?, activation),
        experts: None,
        unembedding: Unembedding {
            transform: Some(activation),
            ..Unembedding::default()
        },
        tied_embeddings: config.flag("tie_word_embeddings", true)?,
    };
    let names = names(&arch);
    let mut model = Model::new(arch, names);
    model.optional = vec![HEAD];
    Ok(model)
}

fn names(arch: &Arch) -> Names {
    let mut names = Names::default();
    let tokens = "embeddings.word_embeddings.weight";
    names.weight(Role::Embed, tokens);
    names.weight(Role::PosEmbed, "embeddings.position_embeddings.weight");
    names.module(Role::EmbedNorm, "embeddings.LayerNorm", true);
    for (role, module) in [
        (Role::Query, "attention.q_lin"),
        (Role::Key, "attention.k_lin"),
        (Role::Value, "attention.v_lin"),
        (Role::AttnOut, "attention.out_lin"),
        (Role::Ln1, "sa_layer_norm"),
        (Role::MlpIn, "ffn.lin1"),
        (Role::MlpOut, "ffn.lin2"),
        (Role::Ln2, "output_layer_norm"),
    ] {
        names.module(role, &format!("transformer.layer.{{}}.{module}"), true);
    }
    names.module(Role::Transform, "vocab_transform", true);
    names.module(Role::LnFinal, "vocab_layer_norm", true);
    names.unembed(arch.tied_embeddings, tokens, "vocab_projector.weight");
    names.bias(Role::Unembed, "vocab_projector.bias");
    names
}
