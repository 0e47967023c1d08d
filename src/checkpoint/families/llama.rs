//! Llama (Touvron et al. 2023), with grouped-query attention and Llama 3's rotary scaling.

use super::{Model, Name, rope};
use crate::checkpoint::arch::{Activation, Arch, Attention, Mlp, Norm, NormKind, Positions};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::checkpoint::{Param, Role};

const ACTIVATIONS: &[(&str, Activation)] = &[
    ("silu", Activation::Silu),
    ("swish", Activation::Silu),
    ("gelu", Activation::Gelu),
    ("gelu_new", Activation::GeluTanh),
    ("gelu_pytorch_tanh", Activation::GeluTanh),
    ("relu", Activation::Relu),
];

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let n_layers = config.layers("num_hidden_layers")?;
    let d_model = config.size("hidden_size")?;
    let n_heads = config.size("num_attention_heads")?;
    let d_head = match config.optional_size("head_dim")? {
        Some(d_head) => d_head,
        None if d_model % n_heads == 0 => d_model / n_heads,
        None => {
            return Err(config.error(
                "num_attention_heads",
                format!("is {n_heads}, which does not divide hidden_size = {d_model}"),
            ));
        }
    };
    let n_kv_heads = config
        .optional_size("num_key_value_heads")?
        .unwrap_or(n_heads);
    if n_heads % n_kv_heads != 0 {
        return Err(config.error(
            "num_key_value_heads",
            format!("is {n_kv_heads}, which does not divide num_attention_heads = {n_heads}"),
        ));
    }
    if d_head % 2 != 0 {
        return Err(config.error(
            "head_dim",
            format!("is {d_head}, but rotary positions turn dimensions in pairs"),
        ));
    }
    config.only("rope_interleaved", false.into())?;
    config.harmless(&[
        // Splits matrix products for training on several machines; the sums are the same.
        "pretraining_tp",
        "is_llama_config",
    ]);
    let n_ctx = config.size("max_position_embeddings")?;
    let arch = Arch {
        family: family.to_owned(),
        n_layers,
        d_model,
        d_vocab: config.size("vocab_size")?,
        n_ctx,
        positions: Positions::Rotary(rope::read(config, d_head)?),
        norm: Norm {
            kind: NormKind::Rms,
            eps: config.optional_positive("rms_norm_eps")?.unwrap_or(1e-6),
        },
        attention: Attention {
            n_heads,
            n_kv_heads,
            d_head,
            scales: vec![1.0 / (d_head as f64).sqrt(); n_layers],
        },
        mlp: Mlp {
            d_mlp: config.size("intermediate_size")?,
            activation: config.choice("hidden_act", Activation::Silu, ACTIVATIONS)?,
            gated: true,
        },
        tied_embeddings: config.flag("tie_word_embeddings", false)?,
    };
    let attention_bias = config.flag("attention_bias", false)?;
    let mlp_bias = config.flag("mlp_bias", false)?;
    let names = names(&arch, attention_bias, mlp_bias);
    Ok(Model { arch, names })
}

fn names(arch: &Arch, attention_bias: bool, mlp_bias: bool) -> Vec<Name> {
    let mut names: Vec<Name> = [
        (Role::Embed, "embed_tokens.weight"),
        (Role::Ln1, "layers.{}.input_layernorm.weight"),
        (Role::Ln2, "layers.{}.post_attention_layernorm.weight"),
        (Role::LnFinal, "norm.weight"),
        (
            Role::Unembed,
            match arch.tied_embeddings {
                true => "embed_tokens.weight",
                false => "lm_head.weight",
            },
        ),
    ]
    .into_iter()
    .map(|(role, weight)| Name::new(role, Param::Weight, weight))
    .collect();
    for (role, weight, bias, biased) in [
        (
            Role::Query,
            "layers.{}.self_attn.q_proj.weight",
            "layers.{}.self_attn.q_proj.bias",
            attention_bias,
        ),
        (
            Role::Key,
            "layers.{}.self_attn.k_proj.weight",
            "layers.{}.self_attn.k_proj.bias",
            attention_bias,
        ),
        (
            Role::Value,
            "layers.{}.self_attn.v_proj.weight",
            "layers.{}.self_attn.v_proj.bias",
            attention_bias,
        ),
        (
            Role::AttnOut,
            "layers.{}.self_attn.o_proj.weight",
            "layers.{}.self_attn.o_proj.bias",
            attention_bias,
        ),
        (
            Role::MlpIn,
            "layers.{}.mlp.gate_proj.weight",
            "layers.{}.mlp.gate_proj.bias",
            mlp_bias,
        ),
        (
            Role::MlpLinear,
            "layers.{}.mlp.up_proj.weight",
            "layers.{}.mlp.up_proj.bias",
            mlp_bias,
        ),
        (
            Role::MlpOut,
            "layers.{}.mlp.down_proj.weight",
            "layers.{}.mlp.down_proj.bias",
            mlp_bias,
        ),
    ] {
        names.push(Name::new(role, Param::Weight, weight));
        if biased {
            names.push(Name::new(role, Param::Bias, bias));
        }
    }
    names
}
