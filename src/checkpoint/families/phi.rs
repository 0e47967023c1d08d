//! Phi-1, 1.5 and 2 (Gunasekar et al. 2023): attention and a plain MLP are parallel behind one LayerNorm.
//! Half of each head turns. All linear layers have biases, the logits too.

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
    let mut arch = llama::partly_turning(family, config, &fields, Part::Given(0.5))?;
    arch.norm.kind = NormKind::Layer;
    arch.mlp.gated = false;
    arch.block.residual = Residual::ParallelShared;
    if config.flag("qk_layernorm")? {
        arch.attention.qk_norm = Some(QkNorm::Head);
    }
    let mut names = Names::new(&arch, "embed_tokens", "lm_head");
    names.bias(Role::Unembed, "lm_head.bias");
    names.module(Role::LnFinal, "final_layernorm", true);
    names.module(Role::Ln1, "layers.{}.input_layernorm", true);
    names.qkv("layers.{}.self_attn", true);
    names.module(Role::AttnOut, "layers.{}.self_attn.dense", true);
    if arch.attention.qk_norm.is_some() {
        names.module(Role::QueryNorm(0), "layers.{}.self_attn.q_layernorm", true);
        names.module(Role::KeyNorm(0), "layers.{}.self_attn.k_layernorm", true);
    }
    names.module(Role::MlpIn, "layers.{}.mlp.fc1", true);
    names.module(Role::MlpOut, "layers.{}.mlp.fc2", true);
    Ok(Model::new(arch, names))
}
