//! StableLM (Bellagente et al. 2024): Llama with LayerNorm and a quarter of each head turning; in some
//! attention and the MLP stand side by side, or each head has norms of its own.

use super::Model;
use super::llama::{self, Defaults};
use super::names::Names;
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Norm, NormKind, QkNorm, Residual};
use crate::graph::role::Role;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut defaults = Defaults::default();
    defaults.rope.part = Some(0.25);
    let mut arch = llama::arch(family, config, &defaults)?;
    arch.norm = Norm::new(
        NormKind::Layer,
        config.positive_or(config.spelled(&["layer_norm_eps", "norm_eps"]), 1e-5)?,
    );
    if config.flag("use_parallel_residual", false)? {
        arch.block.residual = Residual::ParallelShared;
    }
    if config.flag("qk_layernorm", false)? {
        arch.attention.qk_norm = Some(QkNorm::EachHead);
    }
    let bias = config.flag("use_qkv_bias", false)?;
    let mut names = Names::default();
    names.weight(Role::Embed, "embed_tokens.weight");
    names.module(Role::Ln1, "layers.{}.input_layernorm", true);
    llama::attention(&mut names, bias, false);
    if arch.attention.qk_norm.is_some() {
        for i in 0..arch.attention.n_heads {
            let name = "layers.{}.self_attn.q_layernorm.norms.{i}.weight";
            names.weight(Role::QueryNorm(i), name);
        }
        for i in 0..arch.attention.n_kv_heads {
            let name = "layers.{}.self_attn.k_layernorm.norms.{i}.weight";
            names.weight(Role::KeyNorm(i), name);
        }
    }
    if arch.block.residual == Residual::Sequential {
        names.module(Role::Ln2, "layers.{}.post_attention_layernorm", true);
    }
    llama::gated(&mut names, false);
    names.module(Role::LnFinal, "norm", true);
    names.unembed(
        arch.tied_embeddings,
        "embed_tokens.weight",
        "lm_head.weight",
    );
    Ok(Model::new(arch, names))
}
