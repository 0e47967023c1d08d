//! Persimmon (Adept 2023): a plain MLP with squared ReLU, LayerNorm, norms of queries and keys, and heads of which
//! half turns. Queries, keys and values take turns in one tensor.

use super::Model;
use super::fields::{Fields, Given::In};
use super::names::Names;
use super::rope::{self, Part};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::QkNorm;
use crate::graph::role::Role;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let fields = Fields::new(In("hidden_act"), In("layer_norm_eps"));
    let mut arch = fields.plain(family, config)?;
    rope::turn(config, &mut arch, Part::Given(0.5))?;
    if config.flag("qk_layernorm")? {
        arch.attention.qk_norm = Some(QkNorm::Head);
    }
    let mut names = Names::new(&arch, "embed_tokens", "lm_head");
    names.module(Role::LnFinal, "final_layernorm", true);
    let qkv = "layers.{}.self_attn.query_key_value";
    names.interleaved(qkv, arch.attention.d_head, true);
    if arch.attention.qk_norm.is_some() {
        names.module(Role::QueryNorm(0), "layers.{}.self_attn.q_layernorm", true);
        names.module(Role::KeyNorm(0), "layers.{}.self_attn.k_layernorm", true);
    }
    names.module(Role::AttnOut, "layers.{}.self_attn.dense", true);
    names.module(Role::Ln1, "layers.{}.input_layernorm", true);
    names.module(Role::Ln2, "layers.{}.post_attention_layernorm", true);
    names.module(Role::MlpIn, "layers.{}.mlp.dense_h_to_4h", true);
    names.module(Role::MlpOut, "layers.{}.mlp.dense_4h_to_h", true);
    Ok(Model::new(arch, names))
}
