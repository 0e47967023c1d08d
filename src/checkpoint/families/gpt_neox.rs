//! GPT-NeoX (Black et al. 2022) and Pythia (Biderman et al. 2023): attention and MLP are parallel, each after
//! its own norm. A quarter of each head turns. Queries, keys and values take turns in one tensor.

use super::Model;
use super::fields::{Fields, Given::*};
use super::names::Names;
use super::rope::{self, Around, Part};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::Residual;
use crate::graph::role::Role;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let fields = Fields::new(In("hidden_act"), In("layer_norm_eps"));
    let mut arch = fields.plain(family, config)?;
    let around = Around {
        theta: Some(config.positive_or("rotary_emb_base", 10_000.0)?),
        part: Part::Given(config.positive_or("rotary_pct", 0.25)?),
        original_n_ctx: config.optional_size("original_max_position_embeddings")?,
    };
    // Other families' names of `rotary_emb_base` and `rotary_pct`.
    config.passed_over(&["rope_theta", "partial_rotary_factor"]);
    rope::turn_by(config, &mut arch, &around)?;
    if config.flag("use_parallel_residual")? {
        arch.block.residual = Residual::Parallel;
    }
    let bias = config.flag("attention_bias")?;
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

/// GPT-NeoX Japanese (ABEJA 2022): one half after the other, and a bias of attention in the last block alone.
pub(super) fn read_japanese(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let times = config.size("intermediate_multiple_size")?;
    let fields = Fields {
        d_mlp: Always(times),
        ..Fields::new(In("hidden_act"), In("layer_norm_eps"))
    };
    let mut arch = fields.plain(family, config)?;
    let around = Around {
        theta: Some(config.positive_or("rotary_emb_base", 10_000.0)?),
        part: Part::Given(config.positive_or("rotary_pct", 1.0)?),
        original_n_ctx: config.optional_size("original_max_position_embeddings")?,
    };
    config.passed_over(&["rope_theta", "partial_rotary_factor"]);
    rope::turn_by(config, &mut arch, &around)?;
    let last = arch.n_layers - 1;
    arch.attention.out_biased = (0..arch.n_layers).map(|i| i == last).collect();
    let mut names = Names::new(&arch, "embed_in", "lm_head");
    names.module(Role::LnFinal, "final_layer_norm", true);
    let qkv = "layers.{}.attention.query_key_value";
    names.interleaved(qkv, arch.attention.d_head, false);
    names.module(Role::AttnOut, "layers.{}.attention.dense", false);
    names.bias(Role::AttnOut, "layers.{}.attention.dense_bias");
    names.module(Role::Ln1, "layers.{}.input_layernorm", true);
    names.module(Role::Ln2, "layers.{}.post_attention_layernorm", true);
    names.module(Role::MlpIn, "layers.{}.mlp.dense_h_to_4h", false);
    names.module(Role::MlpOut, "layers.{}.mlp.dense_4h_to_h", false);
    Ok(Model::new(arch, names))
}
