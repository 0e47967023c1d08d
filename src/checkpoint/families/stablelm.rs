//! StableLM (Bellagente et al. 2024): Llama with LayerNorm, in which a quarter of each head turns. In some
//! models attention and MLP are parallel, or each head has norms of its own.

use super::Model;
use super::fields::{Fields, Given::In};
use super::llama;
use super::names::Names;
use super::rope::Part;
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{NormKind, QkNorm, Residual};
use crate::graph::role::Role;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let fields = Fields {
        eps: In("layer_norm_eps"),
        ..llama::FIELDS
    };
    let mut arch = llama::partly_turning(family, config, &fields, Part::Given(0.25))?;
    arch.norm.kind = NormKind::Layer;
    if config.flag("use_parallel_residual")? {
        arch.block.residual = Residual::ParallelShared;
    }
    if config.flag("qk_layernorm")? {
        arch.attention.qk_norm = Some(QkNorm::EachHead);
    }
    let bias = config.flag("use_qkv_bias")?;
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
