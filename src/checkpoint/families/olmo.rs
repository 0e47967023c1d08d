//! OLMo (Groeneveld et al. 2024): Llama with LayerNorm without weights, and bounds on queries, keys and values in
//! some models.

use super::Model;
use super::fields::{Fields, Given::Always};
use super::llama::{self, Biases};
use super::names::Names;
use super::rope::Part;
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::NormKind;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let fields = Fields {
        eps: Always(1e-5),
        ..llama::FIELDS
    };
    let mut arch = llama::partly_turning(family, config, &fields, Part::Whole)?;
    arch.norm.kind = NormKind::Layer;
    arch.attention.clip = config.optional_positive("clip_qkv")?;
    let Biases { qkv, out, .. } = Biases::of_attention(config)?;
    let mut names = Names::new(&arch, "embed_tokens", "lm_head");
    llama::attention(&mut names, qkv, out);
    llama::gated(&mut names, false);
    Ok(Model::new(arch, names))
}
