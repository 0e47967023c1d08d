//! Apertus (Swiss AI 2025): a plain MLP whose activation has learned numbers, and norms of queries and keys.

use super::Model;
use super::llama::{self, Biases};
use super::names::Names;
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Activation, QkNorm};
use crate::graph::role::{Role, Sign};

/// The stretching of positions if the config does not give one.
const ROPE: &str = r#"{"rope_type": "llama3", "rope_theta": 12000000.0, "factor": 8.0,
    "original_max_position_embeddings": 8192, "low_freq_factor": 1.0, "high_freq_factor": 4.0}"#;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    config.default_object("rope_parameters", ROPE);
    let mut arch = llama::arch(family, config)?;
    arch.mlp.gated = false;
    arch.attention.qk_norm = Some(QkNorm::Head);
    let Biases { qkv, out, .. } = Biases::of_attention(config)?;
    let mut names = Names::new(&arch, "embed_tokens", "lm_head");
    names.module(Role::LnFinal, "norm", false);
    names.module(Role::Ln1, "layers.{}.attention_layernorm", false);
    names.module(Role::Ln2, "layers.{}.feedforward_layernorm", false);
    llama::attention(&mut names, qkv, out);
    names.module(Role::QueryNorm(0), "layers.{}.self_attn.q_norm", false);
    names.module(Role::KeyNorm(0), "layers.{}.self_attn.k_norm", false);
    names.module(Role::MlpIn, "layers.{}.mlp.up_proj", false);
    names.module(Role::MlpOut, "layers.{}.mlp.down_proj", false);
    if arch.mlp.activation == Activation::Xielu {
        for (role, part) in [
            (Role::ActivationAlpha(Sign::Above), "alpha_p"),
            (Role::ActivationAlpha(Sign::Below), "alpha_n"),
            (Role::ActivationBeta, "beta"),
            (Role::ActivationEps, "eps"),
        ] {
            names.weight(role, format!("layers.{{}}.mlp.act_fn.{part}"));
        }
    }
    Ok(Model::new(arch, names))
}
