//! GPT-NeoX (Black et al. 2022) and Pythia (Biderman et al. 2023): attention and MLP side by side, each
//! behind its own norm; a quarter of each head turns; queries, keys and values in turns in one tensor.

use super::names::Names;
use super::{Model, activation, rope, sizes};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{
    Activation, Arch, Attention, Block, Embedding, Mlp, Norm, NormKind, Positions, Residual,
    Unembedding,
};
use crate::graph::role::Role;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let n_layers = config.layers("num_hidden_layers")?;
    let d_model = config.size("hidden_size")?;
    let n_heads = config.size("num_attention_heads")?;
    let d_head = sizes::split(
        config,
        "num_attention_heads",
        n_heads,
        "hidden_size",
        d_model,
    )?;
    let n_ctx = config.size("max_position_embeddings")?;
    let defaults = rope::Defaults {
        part: Some(0.25),
        ..rope::Defaults::default()
    };
    let rope = rope::read(config, d_head, n_ctx, &defaults)?;
    let residual = if config.flag("use_parallel_residual", true)? {
        Residual::Parallel
    } else {
        Residual::Sequential
    };
    let d_mlp = config.size("intermediate_size")?;
    let activation = activation::read(config, "hidden_act", Activation::Gelu)?;
    let arch = Arch {
        family: family.to_owned(),
        n_layers,
        d_model,
        d_vocab: config.size("vocab_size")?,
        n_ctx: rope::context(&rope, n_ctx),
        embedding: Embedding::default(),
        positions: Positions::rotary(rope, n_layers),
        norm: Norm::new(NormKind::Layer, config.positive_or("layer_norm_eps", 1e-5)?),
        block: Block {
            residual,
            ..Block::default()
        },
        attention: Attention::new(n_layers, n_heads, n_heads, d_head),
        mlp: Mlp::plain(d_mlp, activation),
        experts: None,
        unembedding: Unembedding::default(),
        tied_embeddings: config.flag("tie_word_embeddings", false)?,
        stored: Vec::new(),
    };
    let bias = config.flag("attention_bias", true)?;
    let names = names(&arch, bias);
    Ok(Model::new(arch, names))
}

fn names(arch: &Arch, attention_bias: bool) -> Names {
    let mut names = Names::default();
    names.weight(Role::Embed, "embed_in.weight");
    names.module(Role::Ln1, "layers.{}.input_layernorm", true);
    names.interleaved(
        &[Role::Query, Role::Key, Role::Value],
        "layers.{}.attention.query_key_value",
        arch.attention.d_head,
        attention_bias,
    );
    names.module(Role::AttnOut, "layers.{}.attention.dense", attention_bias);
    names.module(Role::Ln2, "layers.{}.post_attention_layernorm", true);
    names.module(Role::MlpIn, "layers.{}.mlp.dense_h_to_4h", true);
    names.module(Role::MlpOut, "layers.{}.mlp.dense_4h_to_h", true);
    names.module(Role::LnFinal, "final_layer_norm", true);
    names.unembed(arch.tied_embeddings, "embed_in.weight", "embed_out.weight");
    names
}
