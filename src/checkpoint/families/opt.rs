//! OPT (Zhang et al. 2022) and Galactica (Taylor et al. 2022): GPT-2 with ReLU and a position table that
//! starts at its third row; the 350M model norms sums and has short embeddings.

use super::names::Names;
use super::{Model, activation, sizes};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{
    Activation, Arch, Attention, Block, Embedding, Mlp, Norm, NormKind, Norms, Positions,
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
    let d_embed = config.size_or("word_embed_proj_dim", d_model)?;
    let norms = if config.flag("do_layer_norm_before", true)? {
        Norms::Pre
    } else {
        Norms::Post
    };
    let removed = config.flag("_remove_final_layer_norm", false)?;
    config.harmless(&["init_std", "layerdrop", "output_projection"]);
    let d_mlp = config.size("ffn_dim")?;
    let activation = activation::read(config, "activation_function", Activation::Relu)?;
    let arch = Arch {
        family: family.to_owned(),
        n_layers,
        d_model,
        d_vocab: config.size("vocab_size")?,
        n_ctx: config.size("max_position_embeddings")?,
        embedding: Embedding {
            d_embed: (d_embed != d_model).then_some(d_embed),
            ..Embedding::default()
        },
        positions: Positions::Learned { offset: 2 },
        norm: Norm::new(NormKind::Layer, 1e-5),
        block: Block {
            norms,
            ..Block::default()
        },
        attention: Attention::new(n_layers, n_heads, n_heads, d_head),
        mlp: Mlp::plain(d_mlp, activation),
        experts: None,
        unembedding: Unembedding {
            norm: norms == Norms::Pre && !removed,
            ..Unembedding::default()
        },
        tied_embeddings: config.flag("tie_word_embeddings", true)?,
        stored: Vec::new(),
    };
    let bias = config.flag("enable_bias", true)?;
    let affine = config.flag("layer_norm_elementwise_affine", true)?;
    let names = names(&arch, bias, affine);
    Ok(Model::new(arch, names))
}

fn names(arch: &Arch, bias: bool, affine: bool) -> Names {
    let mut names = Names::default();
    names.weight(Role::Embed, "embed_tokens.weight");
    names.weight(Role::PosEmbed, "embed_positions.weight");
    if arch.embedding.d_embed.is_some() {
        names.weight(Role::EmbedOut, "project_in.weight");
        names.weight(Role::UnembedIn, "project_out.weight");
    }
    names.module(Role::Query, "layers.{}.self_attn.q_proj", bias);
    names.module(Role::Key, "layers.{}.self_attn.k_proj", bias);
    names.module(Role::Value, "layers.{}.self_attn.v_proj", bias);
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
    names.unembed(
        arch.tied_embeddings,
        "embed_tokens.weight",
        "lm_head.weight",
    );
    names
}
