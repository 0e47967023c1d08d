//! Hunyuan (Tencent 2025): Llama with norms of queries and keys after they are turned.

use super::llama::{self, Biases};
use super::names::Names;
use super::{Model, rope};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Arch, QkNorm};
use crate::graph::role::Role;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let (arch, mut names) = parts(family, config)?;
    llama::gated(&mut names, false);
    Ok(Model::new(arch, names))
}

/// The architecture, and all names but the MLP's.
pub(super) fn parts(family: &str, config: &mut Config) -> Result<(Arch, Names), CheckpointError> {
    config.harmless(&["eod_token_id", "pretraining_tp", "sep_token_id"]);
    rope::plain_sections(config);
    let alpha = rope::take_alpha(config)?;
    let mut arch = llama::arch(family, config)?;
    if let Some(alpha) = alpha {
        rope::stretch_base(&mut arch, alpha);
    }
    let Biases { qkv, out, .. } = Biases::of_attention(config)?;
    let mut names = llama::ends(&arch);
    llama::attention(&mut names, qkv, out);
    arch.attention.qk_norm = Some(QkNorm::Head);
    arch.attention.norm_turned = true;
    let norm = |part: &str| format!("layers.{{}}.self_attn.{part}_layernorm.weight");
    names.weight(Role::QueryNorm(0), norm("query"));
    names.weight(Role::KeyNorm(0), norm("key"));
    Ok((arch, names))
}
