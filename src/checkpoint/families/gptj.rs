//! GPT-J (Wang & Komatsuzaki 2021): attention and MLP side by side behind one norm, neighbouring
//! dimensions of each head turning in pairs, a bias on the logits.

use super::names::Names;
use super::{Model, activation, gpt2, sizes};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{
    Activation, Arch, Attention, Block, Embedding, Mlp, Norm, NormKind, Positions, Residual, Rope,
    RopePairs, RopeScaling, Unembedding,
};
use crate::graph::role::Role;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let n_layers = config.layers("n_layer")?;
    let d_model = config.size("n_embd")?;
    let n_heads = config.size("n_head")?;
    let d_head = sizes::split(config, "n_head", n_heads, "n_embd", d_model)?;
    let d_rotary = config.size_or("rotary_dim", 64)?;
    if d_rotary % 2 != 0 || d_rotary > d_head {
        return Err(config.error(
            "rotary_dim",
            format!("is {d_rotary}, not an even number up to the {d_head} dimensions of a head"),
        ));
    }
    config.only("rotary", true.into())?;
    config.only("scale_attn_weights", true.into())?;
    config.harmless(&["n_ctx"]);
    config.harmless(gpt2::SUMMARY);
    let rope = Rope {
        theta: 10_000.0,
        d_rotary,
        pairs: RopePairs::Interleaved,
        scaling: RopeScaling::None,
        magnitude: 1.0,
    };
    let d_mlp = config.size_or("n_inner", 4 * d_model)?;
    let activation = activation::read(config, "activation_function", Activation::GeluTanh)?;
    let arch = Arch {
        family: family.to_owned(),
        n_layers,
        d_model,
        d_vocab: config.size("vocab_size")?,
        n_ctx: config.size("n_positions")?,
        embedding: Embedding::default(),
        positions: Positions::rotary(rope, n_layers),
        norm: Norm::new(
            NormKind::Layer,
            config.positive_or("layer_norm_epsilon", 1e-5)?,
        ),
        block: Block {
            residual: Residual::ParallelShared,
            ..Block::default()
        },
        attention: Attention::new(n_layers, n_heads, n_heads, d_head),
        mlp: Mlp::plain(d_mlp, activation),
        experts: None,
        unembedding: Unembedding::default(),
        tied_embeddings: config.flag("tie_word_embeddings", false)?,
        stored: Vec::new(),
    };
    let names = names(&arch);
    Ok(Model::new(arch, names))
}

fn names(arch: &Arch) -> Names {
    let mut names = Names::default();
    names.weight(Role::Embed, "wte.weight");
    names.module(Role::Ln1, "h.{}.ln_1", true);
    names.module(Role::Query, "h.{}.attn.q_proj", false);
    names.module(Role::Key, "h.{}.attn.k_proj", false);
    names.module(Role::Value, "h.{}.attn.v_proj", false);
    names.module(Role::AttnOut, "h.{}.attn.out_proj", false);
    names.module(Role::MlpIn, "h.{}.mlp.fc_in", true);
    names.module(Role::MlpOut, "h.{}.mlp.fc_out", true);
    names.module(Role::LnFinal, "ln_f", true);
    names.unembed(arch.tied_embeddings, "wte.weight", "lm_head.weight");
    names.bias(Role::Unembed, "lm_head.bias");
    names
}
