//! Command R (Cohere 2024): attention and a gated MLP are parallel behind one LayerNorm without bias, neighbouring
//! dimensions turn together, and a factor multiplies the logits. In later models only blocks with windows turn.

use super::fields::{Fields, Given::In};
use super::llama::{self, Biases};
use super::names::Names;
use super::rope::{self, Part};
use super::{Model, windows};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Arch, NormKind, QkNorm, Residual, RopePairs};
use crate::graph::role::Role;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut arch = arch(family, config)?;
    if config.flag_or("use_qk_norm", false)? {
        arch.attention.qk_norm = Some(QkNorm::EachHead);
    }
    let mut names = names(config, &arch)?;
    llama::gated(&mut names, false);
    Ok(Model::new(arch, names))
}

pub(super) fn read2(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let (arch, mut names) = parts2(family, config)?;
    llama::gated(&mut names, false);
    Ok(Model::new(arch, names))
}

/// The architecture of later models, and all names but the MLP's.
pub(super) fn parts2(family: &str, config: &mut Config) -> Result<(Arch, Names), CheckpointError> {
    let mut arch = arch(family, config)?;
    let every = config.size_or("sliding_window_pattern", 4)?;
    let sliding = windows::sliding(config, arch.n_layers, |i| (i + 1) % every != 0)?;
    let window = config.optional_size("sliding_window")?;
    arch.attention.windows = windows::by_layer(config, &sliding, window)?;
    rope::leave(&mut arch, |i| sliding[i]);
    let names = names(config, &arch)?;
    Ok((arch, names))
}

fn arch(family: &str, config: &mut Config) -> Result<Arch, CheckpointError> {
    let fields = Fields {
        eps: In("layer_norm_eps"),
        ..llama::FIELDS
    };
    let mut arch = llama::partly_turning(family, config, &fields, Part::Whole)?;
    arch.norm.kind = NormKind::Layer;
    arch.block.residual = Residual::ParallelShared;
    arch.unembedding.scale = config.positive("logit_scale")?;
    rope::pair(&mut arch, RopePairs::Interleaved);
    Ok(arch)
}

/// All names but the MLP's.
pub(super) fn names(config: &mut Config, arch: &Arch) -> Result<Names, CheckpointError> {
    let Biases { qkv, out, .. } = Biases::of_attention(config)?;
    let mut names = Names::new(arch, "embed_tokens", "lm_head");
    names.module(Role::LnFinal, "norm", false);
    names.module(Role::Ln1, "layers.{}.input_layernorm", false);
    llama::attention(&mut names, qkv, out);
    if arch.attention.qk_norm.is_some() {
        let norms = [
            (
                arch.attention.n_heads,
                "q",
                Role::QueryNorm as fn(usize) -> Role,
            ),
            (arch.attention.n_kv_heads, "k", Role::KeyNorm),
        ];
        for (n_heads, part, role) in norms {
            for head in 0..n_heads {
                let norm = format!("layers.{{}}.self_attn.{part}_norm.weight");
                names.weight(role(head), norm).stack = Some(n_heads);
            }
        }
    }
    Ok(names)
}
