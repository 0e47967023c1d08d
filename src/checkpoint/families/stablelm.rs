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
    let eps = config.spelled(&["layer_norm_eps", "norm_eps"]);
    arch.norm = Norm::new(NormKind::Layer, config.positive_or(eps, 1e-5)?);
    if config.flag("use_parallel_residual", false)? {
        arch.block.residual = Residual::ParallelShared;
    }
    if config.flag("qk_layernorm", false)? {
        arch.attention.qk_norm = Some(QkNorm::EachHead);
    }
    let bias = config.flag("use_qkv_bias", false)?;
    let mut names = Names::new(&arch, "embed_tokens", "lm_head");
    names.module(Role::LnFinal, "norm", true);
    names.module(Role::Ln1, "layers.{}.input_layernorm", true);
    llama::attention(&mut names, bias, false);
    if arch.attention.qk_norm.is_some() {
        let module = |part: &str| format!("layers.{{}}.self_attn.{part}_layernorm.norms.{{i}}");
        for i in 0..arch.attention.n_heads {
            names.module(Role::QueryNorm(i), &module("q"), false);
        }
        for i in 0..arch.attention.n_kv_heads {
            names.module(Role::KeyNorm(i), &module("k"), false);
        }
    }
    if arch.block.residual == Residual::Sequential {
        names.module(Role::Ln2, "layers.{}.post_attention_layernorm", true);
    }
    llama::gated(&mut names, false);
    Ok(Model::new(arch, names))
}
