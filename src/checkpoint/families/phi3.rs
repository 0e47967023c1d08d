//! Phi-3 (Abdin et al. 2024): Llama with queries, keys and values in one tensor, gate and linear half in
//! another. Rotary frequencies change with the length of the context.

use super::llama;
use super::names::QKV;
use super::rope::Part;
use super::{Model, windows};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::role::Role;

/// The text model of Phi-4-multimodal, without the small matrices that are added for images and sound.
pub(super) fn read_multimodal(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    config.harmless(&[
        "audio_config",
        "audio_processor",
        "embd_layer",
        "full_attn_mod",
        "img_processor",
        "interpolate_factor",
        "speech_lora",
        "vision_config",
        "vision_lora",
    ]);
    read(family, config)
}

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    for field in ["attention_bias", "mlp_bias", "lm_head_bias"] {
        config.usual(field, false.into());
    }
    let part = Part::Given(1.0);
    let mut arch = llama::partly_turning(family, config, &llama::FIELDS, part)?;
    arch.attention.windows = windows::everywhere(config, arch.n_layers)?;
    let mut names = llama::ends(&arch);
    names.fused(QKV, "layers.{}.self_attn.qkv_proj", false);
    names.module(Role::AttnOut, "layers.{}.self_attn.o_proj", false);
    let gate_up = &[Role::MlpIn, Role::MlpLinear];
    names.fused(gate_up, "layers.{}.mlp.gate_up_proj", false);
    names.module(Role::MlpOut, "layers.{}.mlp.down_proj", false);
    Ok(Model::new(arch, names))
}
