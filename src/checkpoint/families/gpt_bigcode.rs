//! StarCoder (Li et al. 2023): GPT-2 whose query heads share one head of keys and values.

use super::{Model, gpt2};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::Positions;
use crate::graph::role::Role;

use super::names::QKV;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut arch = gpt2::FIELDS.plain(family, config)?;
    arch.positions = Positions::learned(0);
    let shared = config.flag("multi_query")?;
    if shared {
        arch.attention.n_kv_heads = 1;
    }
    if !config.flag("scale_attn_weights")? {
        arch.attention.scales = vec![1.0; arch.n_layers];
    }
    config.only("add_cross_attention", false.into())?;
    config.harmless(&[
        "attention_softmax_in_fp32",
        "scale_attention_softmax_in_fp32",
        "n_ctx",
        "inference_runner",
        "max_batch_size",
        "max_sequence_length",
        "pad_key_length",
        "pre_allocate_kv_cache",
        "validate_runner_input",
    ]);
    config.harmless(gpt2::SUMMARY);
    let mut names = gpt2::ends(&arch);
    let qkv = "h.{}.attn.c_attn";
    if shared {
        names.fused(QKV, qkv, true);
    } else {
        names.interleaved(qkv, arch.attention.d_head, true);
    }
    names.module(Role::AttnOut, "h.{}.attn.c_proj", true);
    names.module(Role::Ln2, "h.{}.ln_2", true);
    names.module(Role::MlpIn, "h.{}.mlp.c_fc", true);
    names.module(Role::MlpOut, "h.{}.mlp.c_proj", true);
    Ok(Model::new(arch, names))
}
