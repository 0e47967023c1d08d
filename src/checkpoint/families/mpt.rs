//! MPT (MosaicML 2023): positions enter as a penalty on distance alone, norms have no biases, and queries, keys and
//! values may be bounded.

use super::Model;
use super::fields::{Fields, Given::*};
use super::names::{Names, QKV};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Activation, Positions};
use crate::graph::role::Role;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let fields = Fields {
        n_layers: "n_layers",
        d_model: "d_model",
        n_heads: "n_heads",
        n_ctx: In("max_seq_len"),
        d_mlp: Always(4),
        ..Fields::new(Always(Activation::Gelu), In("layer_norm_epsilon"))
    };
    // Read by transformers and then not used.
    config.harmless(&[
        "expansion_ratio",
        "learned_pos_emb",
        "logit_scale",
        "no_bias",
        "norm_type",
        "resid_pdrop",
        "emb_pdrop",
        "embedding_fraction",
        "init_device",
        "verbose",
    ]);
    let mut arch = fields.plain(family, config)?;
    arch.positions = Positions::Alibi;
    if let Some(mut attention) = config.plain_object("attn_config")? {
        arch.attention.clip = attention.optional_positive("clip_qkv")?;
        if let Some(scale) = attention.optional_positive("softmax_scale")? {
            arch.attention.scales = vec![scale; arch.n_layers];
        }
        attention.harmless(&[
            "attn_type",
            "attn_impl",
            "alibi",
            "alibi_bias_max",
            "prefix_lm",
            "attn_uses_sequence_id",
            "qk_ln",
            "model_type",
        ]);
        attention.finish()?;
    }
    let mut names = Names::new(&arch, "wte", "lm_head");
    names.module(Role::LnFinal, "norm_f", false);
    names.fused(QKV, "blocks.{}.attn.Wqkv", false);
    names.module(Role::AttnOut, "blocks.{}.attn.out_proj", false);
    names.module(Role::Ln1, "blocks.{}.norm_1", false);
    names.module(Role::Ln2, "blocks.{}.norm_2", false);
    names.module(Role::MlpIn, "blocks.{}.ffn.up_proj", false);
    names.module(Role::MlpOut, "blocks.{}.ffn.down_proj", false);
    Ok(Model::new(arch, names))
}
