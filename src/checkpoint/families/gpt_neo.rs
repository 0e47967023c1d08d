//! GPT-Neo (Black et al. 2021): GPT-2 with scores left unscaled, and a window in every other block.

use super::names::Names;
use super::{Model, activation, gpt2, sizes};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{
    Activation, Arch, Attention, Block, Embedding, Mlp, Norm, NormKind, Positions, Unembedding,
};
use crate::graph::role::Role;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let n_layers = config.layers(config.spelled(&["num_layers", "num_hidden_layers"]))?;
    let d_model = config.size("hidden_size")?;
    let heads = config.spelled(&["num_heads", "num_attention_heads"]);
    let n_heads = config.size(heads)?;
    let d_head = sizes::split(config, heads, n_heads, "hidden_size", d_model)?;
    let window = config.size_or("window_size", 256)?;
    let local = local(config, n_layers)?;
    // attention_types, written out.
    config.harmless(&["attention_layers"]);
    config.harmless(gpt2::SUMMARY);
    let d_mlp = config.size_or("intermediate_size", 4 * d_model)?;
    let activation = activation::read(config, "activation_function", Activation::GeluTanh)?;
    let arch = Arch {
        family: family.to_owned(),
        n_layers,
        d_model,
        d_vocab: config.size("vocab_size")?,
        n_ctx: config.size("max_position_embeddings")?,
        embedding: Embedding::default(),
        positions: Positions::Learned { offset: 0 },
        norm: Norm::new(
            NormKind::Layer,
            config.positive_or("layer_norm_epsilon", 1e-5)?,
        ),
        block: Block::default(),
        attention: Attention {
            scales: vec![1.0; n_layers],
            windows: local.iter().map(|local| local.then_some(window)).collect(),
            ..Attention::new(n_layers, n_heads, n_heads, d_head)
        },
        mlp: Mlp::plain(d_mlp, activation),
        experts: None,
        unembedding: Unembedding::default(),
        tied_embeddings: config.flag("tie_word_embeddings", true)?,
        stored: Vec::new(),
    };
    let names = names(&arch);
    Ok(Model::new(arch, names))
}

/// Which blocks are local, from `attention_types`: `[[["global", "local"], 12]]` is twelve times both.
fn local(config: &mut Config, n_layers: usize) -> Result<Vec<bool>, CheckpointError> {
    const FIELD: &str = "attention_types";
    let Some(types) = config.json(FIELD) else {
        return Ok((0..n_layers).map(|i| i % 2 == 1).collect());
    };
    let odd = || {
        config.error(
            FIELD,
            "is not a list of [[\"global\" or \"local\", …], times]",
        )
    };
    let mut local = Vec::new();
    for item in types.as_array().ok_or_else(odd)? {
        let names = item.get(0).and_then(|n| n.as_array()).ok_or_else(odd)?;
        let times = item.get(1).and_then(|n| n.as_u64()).ok_or_else(odd)?;
        let these: Vec<bool> = names
            .iter()
            .map(|name| match name.as_str() {
                Some("global") => Ok(false),
                Some("local") => Ok(true),
                _ => Err(odd()),
            })
            .collect::<Result<_, _>>()?;
        // One block too many is enough to know that the sum is wrong.
        for _ in 0..times {
            if these.is_empty() || local.len() > n_layers {
                break;
            }
            local.extend(&these);
        }
    }
    if local.len() == n_layers {
        Ok(local)
    } else {
        Err(config.error(FIELD, format!("is not for {n_layers} blocks")))
    }
}

fn names(arch: &Arch) -> Names {
    let mut names = Names::default();
    names.weight(Role::Embed, "wte.weight");
    names.weight(Role::PosEmbed, "wpe.weight");
    names.module(Role::Ln1, "h.{}.ln_1", true);
    names.module(Role::Query, "h.{}.attn.attention.q_proj", false);
    names.module(Role::Key, "h.{}.attn.attention.k_proj", false);
    names.module(Role::Value, "h.{}.attn.attention.v_proj", false);
    names.module(Role::AttnOut, "h.{}.attn.attention.out_proj", true);
    names.module(Role::Ln2, "h.{}.ln_2", true);
    names.module(Role::MlpIn, "h.{}.mlp.c_fc", true);
    names.module(Role::MlpOut, "h.{}.mlp.c_proj", true);
    names.module(Role::LnFinal, "ln_f", true);
    names.unembed(arch.tied_embeddings, "wte.weight", "lm_head.weight");
    names
}
