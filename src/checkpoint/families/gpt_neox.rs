//! GPT-NeoX (Black et al. 2022) and Pythia (Biderman et al. 2023): attention and MLP side by side, each
//! behind its own norm; a quarter of each head turns; queries, keys and values in turns in one tensor.

use super::fields::{Fields, Given::Or};
use super::names::Names;
use super::{Model, rope};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Activation, Residual};
use crate::graph::role::Role;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let fields = Fields::new(
        Or("hidden_act", Activation::Gelu),
        Or("layer_norm_eps", 1e-5),
    );
    let mut arch = fields.plain(family, config)?;
    let defaults = rope::Defaults {
        part: Some(0.25),
        ..rope::Defaults::default()
    };
    rope::turn(config, &mut arch, &defaults)?;
    if config.flag("use_parallel_residual", true)? {
        arch.block.residual = Residual::Parallel;
    }
    let bias = config.flag("attention_bias", true)?;
    let mut names = Names::new(&arch, "embed_in", "lm_head");
    names.module(Role::LnFinal, "final_layer_norm", true);
    let qkv = "layers.{}.attention.query_key_value";
    names.interleaved(qkv, arch.attention.d_head, bias);
    names.module(Role::AttnOut, "layers.{}.attention.dense", bias);
    names.module(Role::Ln1, "layers.{}.input_layernorm", true);
    names.module(Role::Ln2, "layers.{}.post_attention_layernorm", true);
    names.module(Role::MlpIn, "layers.{}.mlp.dense_h_to_4h", true);
    names.module(Role::MlpOut, "layers.{}.mlp.dense_4h_to_h", true);
    Ok(Model::new(arch, names))
}
